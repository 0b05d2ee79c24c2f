import type { Btf, Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { VmMemory } from "../memory/memory.ts";
import { type GlobalVariable, globalVariables } from "./data-section.ts";

/** The variables of a `.data` of 16 bytes whose only symbol says where it is and how long. */
function variablesIn(value: bigint, size: bigint, type?: Type): ReadonlyMap<string, GlobalVariable> {
  const memory = new VmMemory({ regions: 64, limit: 65536 });
  const region = memory.allocate(16, { kind: "global", name: ".data" });
  const symbol = { name: "variable", value, size, type: "object", section: { index: 1, name: ".data" } };
  const btf = { elf: { symbols: [symbol] }, findKind: () => (type ? [{ type }] : []) } as unknown as Btf;
  return globalVariables(btf, memory, { regionOf: () => region, loaded: () => false, changed: () => {} });
}

function variablesOf(value: bigint, size: bigint): readonly string[] {
  return [...variablesIn(value, size).keys()];
}

test.each([
  [3n, new Uint8Array(3)],
  [4n, 0],
  [8n, 0],
  [16n, new Uint8Array(16)],
])("a floating-point number of %d bytes is a number where JavaScript has it, and else its bytes", (size, value) => {
  const type = { kind: "float", name: "double", size: Number(size) } as Type;
  expect(variablesIn(0n, size, type).get("variable")?.get()).toEqual(value);
});

test.each([
  [0n, 4n],
  [12n, 4n],
  [0n, 16n],
])("a symbol at %d of %d bytes is a variable of its section", (value, size) => {
  expect(variablesOf(value, size)).toEqual(["variable"]);
});

test.each([
  [13n, 4n],
  [16n, 4n],
  [0n, 17n],
  [0n, 2n ** 63n],
  [2n ** 64n - 4n, 4n],
  [2n ** 63n, 8n],
])("a symbol at %d of %d bytes, beyond its section, is none", (value, size) => {
  expect(variablesOf(value, size)).toEqual([]);
});
