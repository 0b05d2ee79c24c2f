import { type ElfRelocation, relocationsOf } from "../elf/relocations.ts";
import { BtfError } from "../error.ts";
import { SectionReader } from "./bytes.ts";
import type { CodePlace, CodeRange } from "./code-place.ts";
import type { Attribute, Entry } from "./entries.ts";
import type { DebugFile } from "./file.ts";
import { attribute, form } from "./names.ts";

/** What a variable is found by while the code is in `range`; everywhere where there is none. */
export interface LocationRange {
  readonly range: CodeRange | undefined;
  readonly expression: Uint8Array;
}

/** Where code and variables of an object are, as its debug information says. */
export class DebugLocations {
  readonly #file: DebugFile;
  #addresses: ReadonlyMap<number, ElfRelocation> | undefined;

  constructor(file: DebugFile) {
    this.#file = file;
  }

  /** The code that an entry is about; undefined where it says none. */
  rangesOf(entry: Entry): readonly CodeRange[] | undefined {
    const listed = entry.attributes.get(attribute.ranges);
    if (listed !== undefined) {
      return this.#list(entry, listed, ".debug_rnglists", attribute.rangeListsBase).flatMap(({ range }) => range ?? []);
    }
    const [low, high] = [entry.attributes.get(attribute.lowPc), entry.attributes.get(attribute.highPc)];
    if (low === undefined || high === undefined || high.form === form.addrx) return undefined;
    const start = this.#addressIn(entry, low);
    if (start === undefined) return undefined;
    const length = high.value instanceof Uint8Array ? 0 : Number(high.value);
    return [{ section: start.section, start: start.at, end: start.at + length }];
  }

  /** What a variable is found by. */
  locationsOf(entry: Entry): readonly LocationRange[] {
    const location = entry.attributes.get(attribute.location);
    if (location === undefined) return [];
    if (location.value instanceof Uint8Array) return [{ range: undefined, expression: location.value }];
    return this.#list(entry, location, ".debug_loclists", attribute.locationListsBase);
  }

  /** A list of ranges, with what each has beside it (7.7.3, 7.25). */
  #list(entry: Entry, { form: own, value }: Attribute, section: string, baseName: number): readonly LocationRange[] {
    const located = section === ".debug_loclists";
    let start = Number(value);
    if (own === form.loclistx || own === form.rnglistx) {
      const base = entry.unit.bases.get(baseName) ?? 12;
      start = base + this.#file.reader(section, base + start * 4).unsigned(4);
    }
    const read = this.#file.reader(section, start);
    const found: LocationRange[] = [];
    const unit = this.#file.units.find((one) => one.unit === entry.unit);
    const low = unit?.attributes.get(attribute.lowPc);
    let from = unit === undefined || low === undefined ? undefined : this.#addressIn(unit, low);
    const add = (first: CodePlace | undefined, length: number): void => {
      const expression = located ? read.bytes(read.count()) : new Uint8Array();
      if (first === undefined) return;
      found.push({ range: { section: first.section, start: first.at, end: first.at + length }, expression });
    };
    for (;;) {
      const kind = read.unsigned(1);
      if (kind === 0) return found;
      if (kind === 1) from = this.#address(entry, read.count());
      else if (kind === 2) {
        const [first, last] = [this.#address(entry, read.count()), this.#address(entry, read.count())];
        add(first, first === undefined || last === undefined ? 0 : last.at - first.at);
      } else if (kind === 3) {
        const first = this.#address(entry, read.count());
        add(first, read.count());
      } else if (kind === 4) {
        const [first, last] = [read.count(), read.count()];
        add(from && { section: from.section, at: from.at + first }, last - first);
      } else if (kind === 5 && located) found.push({ range: undefined, expression: read.bytes(read.count()) });
      else
        throw new BtfError("kind", `${section} has an entry of kind ${kind}, which is not read`, { offset: read.at });
    }
  }

  #addressIn(entry: Entry, { form: own, value }: Attribute): CodePlace | undefined {
    const indexed = own === form.addrx || (own >= form.addrx1 && own <= form.addrx4);
    return indexed ? this.#address(entry, Number(value)) : undefined;
  }

  /** An address of `.debug_addr`: what relocates it tells the section. */
  #address(entry: Entry, index: number): CodePlace | undefined {
    const section = this.#file.elf.section(".debug_addr");
    if (section === undefined) return undefined;
    this.#addresses ??= new Map(relocationsOf(this.#file.elf, section).map((one) => [one.offset, one]));
    const at = (entry.unit.bases.get(attribute.addressBase) ?? 8) + index * 8;
    const symbol = this.#addresses.get(at)?.symbol;
    if (symbol?.section === undefined) return undefined;
    const added = new SectionReader(section, this.#file.elf.endian, at).unsigned(8);
    return { section: symbol.section.index, at: Number(symbol.value) + added };
  }
}
