import type { Elf } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import type { Endian } from "../types.ts";
import { SectionReader } from "./bytes.ts";
import { type Entry, readUnits } from "./entries.ts";
import { attribute, form } from "./names.ts";

/** Debug information of an object: its entries, and what their attributes stand for. */
export class DebugFile {
  readonly units: readonly Entry[];
  readonly elf: Elf;
  readonly #entries = new Map<number, Entry>();

  /** @throws BtfError as {@link readUnits} does. */
  constructor(elf: Elf) {
    this.elf = elf;
    this.units = readUnits(elf);
    const pending = [...this.units];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      this.#entries.set(next.offset, next);
      for (const child of next.children) pending.push(child);
    }
  }

  get endian(): Endian {
    return this.elf.endian;
  }

  get entries(): Iterable<Entry> {
    return this.#entries.values();
  }

  /** The entry that an attribute refers to. */
  referred(entry: Entry, name: number): Entry | undefined {
    const found = entry.attributes.get(name);
    return typeof found?.value === "number" ? this.#entries.get(found.value) : undefined;
  }

  /** What an entry is called; empty where it has no name. */
  nameOf(entry: Entry): string {
    return this.textOf(entry, attribute.name) ?? "";
  }

  /** A text of an entry, written there or in a section; undefined where it has none. */
  textOf(entry: Entry, name: number): string | undefined {
    const found = entry.attributes.get(name);
    if (found === undefined) return undefined;
    const { value } = found;
    if (typeof value === "string") return value;
    const index = Number(value);
    if (found.form === form.strp) return this.reader(".debug_str", index).text();
    if (found.form === form.lineStrp) return this.reader(".debug_line_str", index).text();
    const base = entry.unit.bases.get(attribute.stringOffsetsBase) ?? 8;
    return this.reader(".debug_str", this.reader(".debug_str_offsets", base + index * 4).unsigned(4)).text();
  }

  /**
   * Bytes of a section from `at` on.
   * @throws BtfError where the object has none of that name.
   */
  reader(name: string, at: number): SectionReader {
    const section = this.elf.section(name);
    if (section === undefined) throw new BtfError("bounds", `debug information refers to ${name}, which is not there`);
    return new SectionReader(section, this.elf.endian, at);
  }
}
