import { type ElfSymbol, readElf } from "@rbgen/btf";

/** What is other about the first relocation of `.maps`, and about where maps are. */
export interface Relocated {
  /** Byte that the relocation is at, from the start of `.maps`, or of a map. */
  readonly offset?: number;
  readonly map?: string;
  /** Number of the symbol that it is of. */
  readonly symbol?: number;
  /** Of these two maps the first is moved to the start of the section, the second to behind it. */
  readonly first?: string;
  readonly second?: string;
}

/** A copy of an object whose maps hold something from the start, damaged in the table that says what. */
export function relocated(object: Uint8Array, { offset, map, symbol, first, second }: Relocated): Uint8Array {
  const elf = readElf(object);
  const bytes = new Uint8Array(object);
  const view = new DataView(bytes.buffer);
  const placeOf = (section: Uint8Array | undefined): number => {
    if (section === undefined) throw new Error("nothing to damage: no such section");
    return section.byteOffset - object.byteOffset;
  };
  const entry = placeOf(elf.section(".rel.maps")?.bytes);
  const symbolOf = (name: string): ElfSymbol => {
    const found = elf.symbols.find((one) => one.name === name);
    if (found === undefined) throw new Error(`no symbol ${name}`);
    return found;
  };
  const start = map === undefined ? 0n : symbolOf(map).value;
  if (offset !== undefined) view.setBigUint64(entry, start + BigInt(offset), true);
  if (symbol !== undefined) view.setUint32(entry + 12, symbol, true);
  const symbols = placeOf(elf.symbolTable?.bytes);
  const move = (name: string, value: bigint): bigint => {
    const { index, size } = symbolOf(name);
    // 24 bytes a symbol, whose value is at byte 8
    view.setBigUint64(symbols + index * 24 + 8, value, true);
    return size;
  };
  if (first !== undefined && second !== undefined) move(second, move(first, 0n));
  return bytes;
}
