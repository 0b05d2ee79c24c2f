/** Word sizes and byte orders that ELF files come in. */
export const elfForms: readonly { readonly bits: 32 | 64; readonly little: boolean }[] = ([32, 64] as const).flatMap(
  (bits) => ([true, false] as const).map((little) => ({ bits, little })),
);

/** A section to write. */
export interface Section {
  readonly name: string;
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly flags?: number;
  readonly link?: number;
  readonly info?: number;
  readonly entry?: number;
}

/** A relocatable ELF file for BPF with these sections, the first of which is number 1, and a section of their names. */
export function elfFile(bits: 32 | 64, little: boolean, sections: readonly Section[]): Uint8Array {
  const wide = bits === 64;
  const names = new TextEncoder().encode(`\0${sections.map((section) => `${section.name}\0`).join("")}.shstrtab\0`);
  const all = [
    { name: "", type: 0, bytes: new Uint8Array() },
    ...sections,
    { name: ".shstrtab", type: 3, bytes: names },
  ];
  const header = wide ? 64 : 52;
  const entry = wide ? 64 : 40;
  const padded = (length: number): number => Math.ceil(length / 8) * 8;
  const table = all.reduce((end, section) => end + padded(section.bytes.length), padded(header));
  const file = new Uint8Array(table + all.length * entry);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1]);
  view.setUint16(16, 1, little);
  view.setUint16(18, 247, little);
  const word = (at: number, value: number): void =>
    wide ? view.setBigUint64(at, BigInt(value), little) : view.setUint32(at, value, little);
  word(wide ? 40 : 32, table);
  view.setUint16(wide ? 58 : 46, entry, little);
  view.setUint16(wide ? 60 : 48, all.length, little);
  view.setUint16(wide ? 62 : 50, all.length - 1, little);
  let at = padded(header);
  let name = 0;
  for (const [i, section] of all.entries()) {
    const start = table + i * entry;
    view.setUint32(start, name, little);
    name += section.name.length + 1;
    view.setUint32(start + 4, section.type, little);
    word(start + 8, (section as Section).flags ?? 0);
    word(start + (wide ? 24 : 16), at);
    word(start + (wide ? 32 : 20), section.bytes.length);
    view.setUint32(start + (wide ? 40 : 24), (section as Section).link ?? 0, little);
    view.setUint32(start + (wide ? 44 : 28), (section as Section).info ?? 0, little);
    word(start + (wide ? 56 : 36), (section as Section).entry ?? 0);
    file.set(section.bytes, at);
    at += padded(section.bytes.length);
  }
  return file;
}

/** A symbol to write. */
export interface Symbol {
  /** Offset of the name in the table of names. */
  readonly name: number;
  readonly value?: number;
  readonly size?: number;
  /** `st_info`: binding in the upper four bits, type in the lower. */
  readonly info: number;
  readonly visibility?: number;
  /** Number of the section. */
  readonly section: number;
}

/** A symbol table, the empty symbol first; its names are in section `link`. */
export function symbolTable(bits: 32 | 64, little: boolean, link: number, symbols: readonly Symbol[]): Section {
  const wide = bits === 64;
  const entry = wide ? 24 : 16;
  const bytes = new Uint8Array(entry * (symbols.length + 1));
  const view = new DataView(bytes.buffer);
  for (const [i, { name, value = 0, size = 0, info, visibility = 0, section }] of symbols.entries()) {
    const at = entry * (i + 1);
    view.setUint32(at, name, little);
    view.setUint8(at + (wide ? 4 : 12), info);
    view.setUint8(at + (wide ? 5 : 13), visibility);
    view.setUint16(at + (wide ? 6 : 14), section, little);
    if (wide) view.setBigUint64(at + 8, BigInt(value), little);
    else view.setUint32(at + 4, value, little);
    if (wide) view.setBigUint64(at + 16, BigInt(size), little);
    else view.setUint32(at + 8, size, little);
  }
  return { name: ".symtab", type: 2, bytes, link, entry };
}

/** A relocation to write. */
export interface Relocation {
  readonly offset: number;
  readonly symbol: number;
  readonly type: number;
  readonly addend?: number;
}

/** The relocations of section `info`, with symbols of section `link`: with addends where the first one has one. */
export function relocationTable(
  bits: 32 | 64,
  little: boolean,
  { link, info }: { readonly link: number; readonly info: number },
  relocations: readonly Relocation[],
): Section {
  const rela = relocations[0]?.addend !== undefined;
  const word = bits / 8;
  const entry = word * (rela ? 3 : 2);
  const bytes = new Uint8Array(entry * relocations.length);
  const view = new DataView(bytes.buffer);
  for (const [i, { offset, symbol, type, addend = 0 }] of relocations.entries()) {
    const at = entry * i;
    if (bits === 64) {
      view.setBigUint64(at, BigInt(offset), little);
      view.setBigUint64(at + 8, (BigInt(symbol) << 32n) | BigInt(type), little);
      if (rela) view.setBigInt64(at + 16, BigInt(addend), little);
    } else {
      view.setUint32(at, offset, little);
      view.setUint32(at + 4, (symbol << 8) | type, little);
      if (rela) view.setInt32(at + 8, addend, little);
    }
  }
  return { name: rela ? ".rela" : ".rel", type: rela ? 4 : 9, bytes, link, info, entry };
}
