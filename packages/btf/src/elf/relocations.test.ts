import { elfFile, elfForms, relocationTable, type Section, symbolTable } from "@rbgen/testkit/btf/elf-file";
import { describe, expect, test } from "vitest";
import { BtfError, bpfRelocationType, functionsOf, readElf, relocationsOf } from "../index.ts";

const names = new TextEncoder().encode("\0program\0events\0local\0");

interface Changes {
  readonly relocations?: Parameters<typeof relocationTable>[3];
  readonly table?: Partial<Section>;
  readonly size?: number;
  readonly value?: number;
}

/** Code of four instructions, a map's section, their symbols, and the relocations of the code. */
function object(bits: 32 | 64, little: boolean, changes: Changes = {}): Uint8Array {
  const relocations = changes.relocations ?? [
    { offset: 8, symbol: 2, type: bpfRelocationType.imm64 },
    { offset: 24, symbol: 3, type: bpfRelocationType.call },
  ];
  return elfFile(bits, little, [
    { name: "tracepoint", type: 1, flags: 6, bytes: Uint8Array.from({ length: 32 }, (_, i) => i) },
    { name: ".maps", type: 1, flags: 3, bytes: new Uint8Array(32) },
    symbolTable(bits, little, 4, [
      { name: 1, value: changes.value ?? 0, size: changes.size ?? 24, info: 0x12, section: 1 },
      { name: 9, size: 32, info: 0x11, section: 2 },
      { name: 16, value: 24, size: 8, info: 0x02, section: 1 },
      { name: 9, info: 0x12, section: 0 },
      { name: 9, value: 4, info: 0x11, section: 0xfff1 },
    ]),
    { name: ".strtab", type: 3, bytes: names },
    { ...relocationTable(bits, little, { link: 3, info: 1 }, relocations), ...changes.table },
  ]);
}

function errorOf(work: () => unknown): BtfError {
  try {
    work();
  } catch (error) {
    if (error instanceof BtfError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe.each(elfForms)("objects of $bits bits, little-endian: $little", ({ bits, little }) => {
  const relocationsIn = (changes: Changes): unknown => {
    const elf = readElf(object(bits, little, changes));
    return relocationsOf(elf, elf.section("tracepoint")!);
  };

  test("give the relocations of a section with their symbols, in order", () => {
    expect(relocationsIn({})).toMatchObject([
      { offset: 8, type: 1, symbol: { name: "events", section: { name: ".maps" } }, addend: undefined },
      { offset: 24, type: 10, symbol: { name: "local" }, addend: undefined },
    ]);
    const elf = readElf(object(bits, little));
    expect(relocationsOf(elf, elf.section(".maps")!)).toEqual([]);
  });

  test("give addends where the table holds them", () => {
    const relocations = [{ offset: 16, symbol: 2, type: 2, addend: -8 }];
    expect(relocationsIn({ relocations })).toMatchObject([{ offset: 16, type: 2, addend: -8n }]);
  });

  test("give functions in order of their places, each with its code", () => {
    const functions = functionsOf(readElf(object(bits, little)));
    expect(functions.map(({ name, offset, bytes }) => [name, offset, bytes.length, bytes[0]])).toEqual([
      ["program", 0, 24, 0],
      ["local", 24, 8, 24],
    ]);
  });

  test("tell symbols of other objects from those of no section", () => {
    const places = readElf(object(bits, little)).symbols.map((symbol) => symbol.place);
    expect(places).toEqual(["undefined", "section", "section", "section", "undefined", "absolute"]);
  });

  test.each<[string, string, Changes]>([
    ["outside of its section", "bounds", { relocations: [{ offset: 32, symbol: 1, type: 1 }] }],
    ["of a symbol that is none", "elf", { relocations: [{ offset: 0, symbol: 6, type: 1 }] }],
    ["in a table of entries of another size", "elf", { table: { entry: 7 } }],
    ["in a table that is cut off", "elf", { table: { bytes: new Uint8Array(9) } }],
    ["with symbols in a section that is no symbol table", "elf", { table: { link: 4 } }],
  ])("refuse a relocation %s", (_, code, changes) => {
    expect(errorOf(() => relocationsIn(changes)).code).toBe(code);
  });

  test.each<[string, string, Changes]>([
    ["that ends outside of its section", "bounds", { size: 40 }],
    ["that starts inside of an instruction", "elf", { value: 4, size: 8 }],
    ["without code", "elf", { size: 0 }],
  ])("refuse a function %s", (_, code, changes) => {
    expect(errorOf(() => functionsOf(readElf(object(bits, little, changes)))).code).toBe(code);
  });
});
