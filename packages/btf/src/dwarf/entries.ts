import type { Elf, ElfSection } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import { SectionReader } from "./bytes.ts";
import { attribute, form } from "./names.ts";

/** What an attribute holds: `form` says what `value` counts. */
export interface Attribute {
  readonly form: number;
  readonly value: number | bigint | string | Uint8Array;
}

/** An entry of `.debug_info`, with those inside of it. */
export interface Entry {
  /** Bytes from the start of the section, which references give. */
  readonly offset: number;
  readonly tag: number;
  readonly attributes: ReadonlyMap<number, Attribute>;
  readonly children: readonly Entry[];
  readonly unit: Unit;
}

/** What the entries of one compilation share. */
export interface Unit {
  readonly offset: number;
  /** Where lists of texts, addresses, locations and ranges begin for it. */
  readonly bases: ReadonlyMap<number, number>;
}

interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly { readonly name: number; readonly form: number; readonly implicit: bigint }[];
}

/** Entries of an object that are read, and how deep they lie in each other. */
const mostEntries = 500_000;
const deepest = 256;

/**
 * The compilations of an object that was compiled with `-g`, in version 5, which clang writes since 14. None for an object
 * without debug information, and for other versions.
 * @throws BtfError for debug information that contradicts itself, `limit` for too much of it.
 */
export function readUnits(elf: Elf): readonly Entry[] {
  const info = elf.section(".debug_info");
  const abbreviations = elf.section(".debug_abbrev");
  if (info === undefined || abbreviations === undefined) return [];
  const units: Entry[] = [];
  const read = new SectionReader(info, elf.endian);
  const count = { left: mostEntries };
  while (!read.ended) {
    const offset = read.at;
    const length = read.unsigned(4);
    const end = read.at + length;
    const version = read.unsigned(2);
    const kind = read.unsigned(1);
    const addressBytes = read.unsigned(1);
    const table = read.unsigned(4);
    // 1: a whole compilation, with 64-bit addresses as BPF has.
    if (version === 5 && kind === 1 && addressBytes === 8) {
      const codes = readAbbreviations(abbreviations, elf, table);
      const bases = new Map<number, number>();
      const unit = new UnitReader(read, codes, { offset, bases }, bases, count).entry(0);
      if (unit !== undefined) units.push(unit);
    }
    if (end <= offset) throw new BtfError("bounds", "a compilation of debug information has no end", { offset });
    read.at = end;
  }
  return units;
}

function readAbbreviations(section: ElfSection, elf: Elf, at: number): ReadonlyMap<number, Abbreviation> {
  const read = new SectionReader(section, elf.endian, at);
  const found = new Map<number, Abbreviation>();
  for (let code = read.count(); code !== 0; code = read.count()) {
    const tag = read.count();
    const hasChildren = read.unsigned(1) !== 0;
    const attributes: Abbreviation["attributes"][number][] = [];
    for (;;) {
      const [name, own] = [read.count(), read.count()];
      if (name === 0 && own === 0) break;
      attributes.push({ name, form: own, implicit: own === form.implicitConst ? read.leb(true) : 0n });
    }
    found.set(code, { tag, hasChildren, attributes });
  }
  return found;
}

const baseAttributes: ReadonlySet<number> = new Set([
  attribute.stringOffsetsBase,
  attribute.addressBase,
  attribute.rangeListsBase,
  attribute.locationListsBase,
]);

class UnitReader {
  readonly #read: SectionReader;
  readonly #codes: ReadonlyMap<number, Abbreviation>;
  readonly #unit: Unit;
  readonly #bases: Map<number, number>;
  readonly #count: { left: number };

  constructor(
    read: SectionReader,
    codes: ReadonlyMap<number, Abbreviation>,
    unit: Unit,
    bases: Map<number, number>,
    count: { left: number },
  ) {
    this.#read = read;
    this.#codes = codes;
    this.#unit = unit;
    this.#bases = bases;
    this.#count = count;
  }

  /** The entry that stands here, and all inside of it; undefined at the end of a list of them. */
  entry(depth: number): Entry | undefined {
    const read = this.#read;
    const offset = read.at;
    const code = read.count();
    if (code === 0) return undefined;
    if (--this.#count.left < 0 || depth > deepest) {
      throw new BtfError("limit", "debug information of more entries than are read", { offset });
    }
    const abbreviation = this.#codes.get(code);
    if (abbreviation === undefined)
      throw new BtfError("type", `no abbreviation ${code} of debug information`, { offset });
    const attributes = new Map<number, Attribute>();
    for (const { name, form: own, implicit } of abbreviation.attributes) {
      const value = own === form.implicitConst ? implicit : this.#value(own);
      attributes.set(name, { form: own, value });
      if (depth === 0 && baseAttributes.has(name)) this.#bases.set(name, Number(value));
    }
    const children: Entry[] = [];
    const entry: Entry = { offset, tag: abbreviation.tag, attributes, children, unit: this.#unit };
    if (abbreviation.hasChildren) {
      for (let child = this.entry(depth + 1); child !== undefined; child = this.entry(depth + 1)) children.push(child);
    }
    return entry;
  }

  #value(own: number): Attribute["value"] {
    const read = this.#read;
    switch (own) {
      case form.data1:
      case form.flag:
      case form.strx1:
      case form.addrx1:
        return read.unsigned(1);
      case form.data2:
      case form.strx2:
      case form.addrx2:
        return read.unsigned(2);
      case form.strx3:
      case form.addrx3:
        return read.unsigned(3);
      case form.data4:
      case form.strp:
      case form.lineStrp:
      case form.secOffset:
      case form.strx4:
      case form.addrx4:
        return read.unsigned(4);
      case form.data8:
      case form.addr:
        return read.bytes(8);
      case form.data16:
        return read.bytes(16);
      case form.sdata:
        return read.leb(true);
      case form.udata:
        return read.leb();
      case form.strx:
      case form.addrx:
      case form.loclistx:
      case form.rnglistx:
        return read.count();
      case form.ref1:
        return this.#unit.offset + read.unsigned(1);
      case form.ref2:
        return this.#unit.offset + read.unsigned(2);
      case form.ref4:
        return this.#unit.offset + read.unsigned(4);
      case form.refUdata:
        return this.#unit.offset + read.count();
      case form.flagPresent:
        return 1;
      case form.string:
        return read.text();
      case form.exprloc:
      case form.block:
        return read.bytes(read.count());
      case form.block1:
        return read.bytes(read.unsigned(1));
      case form.block2:
        return read.bytes(read.unsigned(2));
      case form.block4:
        return read.bytes(read.unsigned(4));
      default:
        throw new BtfError("kind", `form ${own} of debug information is not known`, { offset: read.at });
    }
  }
}
