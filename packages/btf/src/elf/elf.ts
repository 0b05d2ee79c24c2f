import { BtfError } from "../error.ts";
import { Strings } from "../strings.ts";
import type { Endian } from "../types.ts";

/** `bytes`, as a caller without types may not have given them. @throws {@link BtfError} `magic`. */
export function checkedBytes(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array && bytes.buffer.byteLength >= bytes.length) return bytes;
  throw new BtfError("magic", "no bytes: a Uint8Array is wanted, such as readFileSync gives");
}

/** A section of an ELF file. */
export interface ElfSection {
  readonly index: number;
  readonly name: string;
  /** `SHT_*`. */
  readonly type: number;
  /** `SHF_*`. */
  readonly flags: number;
  /** Size in bytes; a section without content in the file (`.bss`) has one too. */
  readonly size: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
  /** Where it lies in memory once a loader has placed it: 0 in an object file. */
  readonly address: bigint;
  /** Content: a view of the file; empty where the section has none in it. */
  readonly bytes: Uint8Array;
}

/** A symbol of an ELF file. */
export interface ElfSymbol {
  readonly index: number;
  readonly name: string;
  /** In an object file: bytes from the start of its section; in a program or library an address. */
  readonly value: bigint;
  /** Bytes. */
  readonly size: bigint;
  readonly type: "notype" | "object" | "func" | "section" | "file" | "other";
  readonly bind: "local" | "global" | "weak" | "other";
  /** Whether other objects may see it. */
  readonly visibility: "default" | "internal" | "hidden" | "protected";
  /** The section that it lies in; absent for an undefined or absolute one. */
  readonly section: ElfSection | undefined;
  /** Where it is: in a section, in another object (`SHN_UNDEF`), nowhere (`SHN_ABS`), in what a linker allots (`SHN_COMMON`). */
  readonly place: "section" | "undefined" | "absolute" | "common" | "other";
}

const sectionTypeSymtab = 2;
const sectionTypeNobits = 8;
const sectionTypeDynsym = 11;
/** `SHN_LORESERVE`: numbers from here on are no sections. */
const firstReserved = 0xff00;
const reservedPlaces: ReadonlyMap<number, ElfSymbol["place"]> = new Map([
  [0, "undefined"],
  [0xfff1, "absolute"],
  [0xfff2, "common"],
]);
const symbolTypes = ["notype", "object", "func", "section", "file"] as const;
const visibilities = ["default", "internal", "hidden", "protected"] as const;
const symbolBinds = ["local", "global", "weak"] as const;

/** Whether `bytes` start as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** Sections and symbols of an ELF file, 32 or 64 bits, in either byte order. */
export class Elf {
  readonly bits: 32 | 64;
  readonly endian: Endian;
  /** `EM_*`: 247 is BPF. */
  readonly machine: number;
  /** `ET_*`: 1 is a relocatable object. */
  readonly type: number;
  readonly sections: readonly ElfSection[];
  readonly #bytes: Uint8Array;
  #symbols: readonly ElfSymbol[] | undefined;
  #dynamicSymbols: readonly ElfSymbol[] | undefined;

  /** @throws {@link BtfError} `elf`, `version`, `bounds`. */
  constructor(bytes: Uint8Array) {
    this.#bytes = checkedBytes(bytes);
    if (!isElf(bytes)) throw new BtfError("magic", "not an ELF file", { offset: 0 });
    if (bytes.length < 52)
      throw new BtfError("elf", "the file ends inside of the ELF header", { offset: bytes.length });
    const [elfClass, data, version] = [bytes[4]!, bytes[5]!, bytes[6]!];
    if (elfClass !== 1 && elfClass !== 2)
      throw new BtfError("elf", `ELF class ${elfClass} is not known`, { offset: 4 });
    if (data !== 1 && data !== 2) throw new BtfError("elf", `ELF byte order ${data} is not known`, { offset: 5 });
    if (version !== 1) throw new BtfError("version", `ELF version ${version} is not known`, { offset: 6 });
    this.bits = elfClass === 1 ? 32 : 64;
    this.endian = data === 1 ? "little" : "big";
    if (this.bits === 64 && bytes.length < 64) {
      throw new BtfError("elf", "the file ends inside of the ELF header", { offset: bytes.length });
    }
    const read = new Reader(bytes, this.bits, this.endian);
    this.type = read.u16(16);
    this.machine = read.u16(18);
    this.sections = readSections(bytes, read);
  }

  /** The first section with this name. */
  section(name: string): ElfSection | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /**
   * The symbol table, in order; the first one is the empty symbol. Without a symbol table: none.
   * @throws {@link BtfError} `elf`, `bounds`, `string`.
   */
  get symbols(): readonly ElfSymbol[] {
    this.#symbols ??= readSymbols(this.sections, this.symbolTable, new Reader(this.#bytes, this.bits, this.endian));
    return this.#symbols;
  }

  /**
   * The symbols that a dynamic linker looks at, in order; without them: none.
   * @throws {@link BtfError} `elf`, `bounds`, `string`.
   */
  get dynamicSymbols(): readonly ElfSymbol[] {
    const table = this.sections.find((section) => section.type === sectionTypeDynsym);
    this.#dynamicSymbols ??= readSymbols(this.sections, table, new Reader(this.#bytes, this.bits, this.endian));
    return this.#dynamicSymbols;
  }

  /** The section that {@link Elf.symbols} are read from. */
  get symbolTable(): ElfSection | undefined {
    return this.sections.find((section) => section.type === sectionTypeSymtab);
  }
}

/**
 * Reads the headers of an ELF file.
 * @throws {@link BtfError} `magic`, `elf`, `version`, `bounds`, `string`.
 */
export function readElf(bytes: Uint8Array): Elf {
  return new Elf(bytes);
}

class Reader {
  readonly bits: 32 | 64;
  readonly little: boolean;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, bits: 32 | 64, endian: Endian) {
    this.bits = bits;
    this.little = endian === "little";
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u8(at: number): number {
    return this.#view.getUint8(at);
  }
  u16(at: number): number {
    return this.#view.getUint16(at, this.little);
  }
  u32(at: number): number {
    return this.#view.getUint32(at, this.little);
  }
  u64(at: number): bigint {
    return this.#view.getBigUint64(at, this.little);
  }
  /** An address, offset or size: 4 or 8 bytes, by class. */
  word(at: number): bigint {
    return this.bits === 32 ? BigInt(this.u32(at)) : this.u64(at);
  }
}

/** `offset + size` within the file, as numbers. */
function range(offset: bigint, size: bigint, length: number, what: string): [start: number, end: number] {
  if (offset + size > BigInt(length)) {
    throw new BtfError("bounds", `${what} ends at ${offset + size}, the file at ${length}`);
  }
  return [Number(offset), Number(offset + size)];
}

function readSections(bytes: Uint8Array, read: Reader): ElfSection[] {
  const wide = read.bits === 64;
  const tableOffset = wide ? read.u64(40) : BigInt(read.u32(32));
  const entry = read.u16(wide ? 58 : 46);
  let count = read.u16(wide ? 60 : 48);
  let namesIndex = read.u16(wide ? 62 : 50);
  if (tableOffset === 0n) return [];
  const entrySize = wide ? 64 : 40;
  if (entry < entrySize) throw new BtfError("elf", `section headers of ${entry} bytes`, { offset: wide ? 58 : 46 });
  const [table] = range(tableOffset, BigInt(entrySize), bytes.length, "the section header table");
  // More than 65 279 sections: the first header holds the numbers that do not fit (SHN_LORESERVE, SHN_XINDEX).
  if (count === 0) count = Number(read.word(table + (wide ? 32 : 20)));
  if (namesIndex === 0xffff) namesIndex = read.u32(table + (wide ? 40 : 24));
  range(tableOffset, BigInt(count) * BigInt(entry), bytes.length, "the section header table");

  const headers = Array.from({ length: count }, (_, index) => {
    const at = table + index * entry;
    const type = read.u32(at + 4);
    const offset = read.word(at + (wide ? 24 : 16));
    const size = read.word(at + (wide ? 32 : 20));
    let content: Uint8Array = bytes.subarray(0, 0);
    if (type !== sectionTypeNobits && type !== 0) {
      const [start, end] = range(offset, size, bytes.length, `section ${index}`);
      content = bytes.subarray(start, end);
    }
    return {
      index,
      nameOffset: read.u32(at),
      type,
      flags: Number(read.word(at + 8)),
      size: Number(size),
      link: read.u32(at + (wide ? 40 : 24)),
      info: read.u32(at + (wide ? 44 : 28)),
      entrySize: Number(read.word(at + (wide ? 56 : 36))),
      address: read.word(at + (wide ? 16 : 12)),
      bytes: content,
    };
  });
  const names = headers[namesIndex];
  if (names === undefined || namesIndex === 0) {
    return headers.map(({ nameOffset: _, ...header }) => ({ ...header, name: "" }));
  }
  const strings = stringTable(names.bytes, "section names");
  return headers.map(({ nameOffset, ...header }) => ({ ...header, name: strings.at(nameOffset) }));
}

function stringTable(bytes: Uint8Array, what: string): Strings {
  if (bytes.length > 0 && bytes[bytes.length - 1] !== 0) {
    throw new BtfError("string", `the string table of ${what} does not end with a NUL byte`);
  }
  return new Strings(bytes);
}

function readSymbols(sections: readonly ElfSection[], table: ElfSection | undefined, read: Reader): ElfSymbol[] {
  if (table === undefined) return [];
  const wide = read.bits === 64;
  const entry = wide ? 24 : 16;
  if (table.entrySize !== entry || table.bytes.length % entry !== 0) {
    throw new BtfError("elf", `symbols of ${table.entrySize} bytes in a table of ${table.bytes.length}`);
  }
  const names = sections[table.link];
  if (names === undefined)
    throw new BtfError("elf", `the symbol table's names are in section ${table.link}, which is none`);
  const strings = stringTable(names.bytes, "symbol names");
  const view = new DataView(table.bytes.buffer, table.bytes.byteOffset, table.bytes.byteLength);
  const symbols: ElfSymbol[] = [];
  for (let at = 0; at < table.bytes.length; at += entry) {
    const info = view.getUint8(at + (wide ? 4 : 12));
    const section = view.getUint16(at + (wide ? 6 : 14), read.little);
    symbols.push({
      index: symbols.length,
      name: strings.at(view.getUint32(at, read.little)),
      value: wide ? view.getBigUint64(at + 8, read.little) : BigInt(view.getUint32(at + 4, read.little)),
      size: wide ? view.getBigUint64(at + 16, read.little) : BigInt(view.getUint32(at + 8, read.little)),
      type: symbolTypes[info & 15] ?? "other",
      bind: symbolBinds[info >> 4] ?? "other",
      visibility: visibilities[view.getUint8(at + (wide ? 5 : 13)) & 3] ?? "default",
      section: section === 0 || section >= firstReserved ? undefined : sections[section],
      place: reservedPlaces.get(section) ?? (section >= firstReserved ? "other" : "section"),
    });
  }
  return symbols;
}
