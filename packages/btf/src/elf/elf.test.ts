import { elfFile, elfForms, symbolTable } from "@rbgen/testkit/btf/elf-file";
import { sampleTypes } from "@rbgen/testkit/btf/sample";
import { describe, expect, test } from "vitest";
import { BtfError, encodeBtf, parseBtf, readElf } from "../index.ts";

describe("ELF files", () => {
  test.each(elfForms)(
    "of $bits bits, little-endian: $little, give their BTF, sections and symbols",
    ({ bits, little }) => {
      const endian = little ? "little" : "big";
      const file = elfFile(bits, little, [
        { name: ".BTF", type: 1, bytes: encodeBtf(sampleTypes, { endian }) },
        symbolTable(bits, little, 3, [{ name: 1, value: 24, size: 4, info: 0x11, visibility: 2, section: 1 }]),
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

  test.each(elfForms)("of $bits bits, little-endian: $little, without BTF say what to do", ({ bits, little }) => {
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
