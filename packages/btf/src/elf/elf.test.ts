import { sampleTypes } from "@rbgen/testkit/btf/sample";
import { describe, expect, test } from "vitest";
import { BtfError, encodeBtf, parseBtf, readElf } from "../index.ts";

interface Section {
  readonly name: string;
  readonly type: number;
  readonly bytes: Uint8Array;
  readonly link?: number;
  readonly entry?: number;
}

/** An ELF file with these sections and a section of their names. */
function elfFile(bits: 32 | 64, little: boolean, sections: readonly Section[]): Uint8Array {
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
    word(start + (wide ? 24 : 16), at);
    word(start + (wide ? 32 : 20), section.bytes.length);
    view.setUint32(start + (wide ? 40 : 24), (section as Section).link ?? 0, little);
    word(start + (wide ? 56 : 36), (section as Section).entry ?? 0);
    file.set(section.bytes, at);
    at += padded(section.bytes.length);
  }
  return file;
}

function symbolTable(bits: 32 | 64, little: boolean): Section {
  const wide = bits === 64;
  const entry = wide ? 24 : 16;
  const bytes = new Uint8Array(entry * 2);
  const view = new DataView(bytes.buffer);
  view.setUint32(entry, 1, little);
  view.setUint8(entry + (wide ? 4 : 12), (1 << 4) | 1);
  view.setUint8(entry + (wide ? 5 : 13), 2);
  view.setUint16(entry + (wide ? 6 : 14), 1, little);
  if (wide) view.setBigUint64(entry + 8, 24n, little);
  else view.setUint32(entry + 4, 24, little);
  if (wide) view.setBigUint64(entry + 16, 4n, little);
  else view.setUint32(entry + 8, 4, little);
  return { name: ".symtab", type: 2, bytes, link: 3, entry };
}

const forms = ([32, 64] as const).flatMap((bits) => ([true, false] as const).map((little) => ({ bits, little })));

describe("ELF files", () => {
  test.each(forms)(
    "of $bits bits, little-endian: $little, give their BTF, sections and symbols",
    ({ bits, little }) => {
      const endian = little ? "little" : "big";
      const file = elfFile(bits, little, [
        { name: ".BTF", type: 1, bytes: encodeBtf(sampleTypes, { endian }) },
        symbolTable(bits, little),
        { name: ".strtab", type: 3, bytes: new TextEncoder().encode("\0events\0") },
      ]);
      const btf = parseBtf(file);
      expect(btf.find("node")).toHaveLength(1);
      expect(btf.pointerSize).toBe(bits / 8);
      expect(btf.endian).toBe(endian);
      const elf = readElf(file);
      expect(elf).toMatchObject({ bits, endian, machine: 247, type: 1 });
      expect(elf.sections.map((section) => section.name)).toEqual(["", ".BTF", ".symtab", ".strtab", ".shstrtab"]);
      expect(elf.symbols).toMatchObject([
        { name: "", section: undefined },
        {
          name: "events",
          value: 24n,
          size: 4n,
          type: "object",
          bind: "global",
          visibility: "hidden",
          section: { name: ".BTF" },
        },
      ]);
    },
  );

  test.each(forms)("of $bits bits, little-endian: $little, without BTF say what to do", ({ bits, little }) => {
    expect(() => parseBtf(elfFile(bits, little, []), { name: "probe.o" })).toThrow(/^probe\.o: .*no \.BTF section.*-g/);
  });

  test("a section beyond the end is refused with its number", () => {
    const file = elfFile(64, true, [{ name: ".BTF", type: 1, bytes: new Uint8Array(8) }]);
    const view = new DataView(file.buffer);
    view.setBigUint64(Number(view.getBigUint64(40, true)) + 64 + 24, 0xffff_ffff_ffff_fff0n, true);
    expect(() => readElf(file)).toThrow(expect.objectContaining({ name: "BtfError", code: "bounds" }));
    expect(() => readElf(file)).toThrow(/section 1/);
  });

  test("every truncation is refused", () => {
    const file = elfFile(32, false, [{ name: ".BTF", type: 1, bytes: encodeBtf(sampleTypes, { endian: "big" }) }]);
    for (let length = 0; length < file.length; length++) {
      expect(() => parseBtf(file.subarray(0, length))).toThrow(BtfError);
    }
  });
});
