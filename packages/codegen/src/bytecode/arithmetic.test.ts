import { expect, test } from "vitest";
import { computed, extended, storable } from "./arithmetic.ts";
import type { Instruction } from "./instruction.ts";
import { constant, numberFrom, numberOf, one, pointerAtom, sumAtom, unknown } from "./value.ts";

const of = (opcode: number, immediate: number, offset = 0): Instruction => ({
  opcode,
  destination: 1,
  source: 0,
  offset,
  immediate,
});

// What the kernel's interpreter makes of it (kernel/bpf/core.c).
test.each([
  ["a shift down with the sign of 32 bits", 0xc4, 0xffff_fff0n, 2, 0xffff_fffcn],
  ["a shift down without one", 0x74, 0xffff_fff0n, 2, 0x3fff_fffcn],
  ["a shift down with the sign of 64 bits", 0xc7, 0xffff_fff0n, 2, 0x3fff_fffcn],
  ["an addition that passes 32 bits", 0x04, 0xffff_ffffn, 2, 1n],
  ["a difference below 0 in 32 bits", 0x14, 1n, 2, 0xffff_ffffn],
  ["a difference below 0 in 64 bits", 0x17, 1n, 2, 0xffff_ffff_ffff_ffffn],
  ["a negation in 32 bits", 0x84, 1n, 0, 0xffff_ffffn],
  ["a mask with the sign of its immediate", 0x57, 0x1_0000_00ffn, -16, 0x1_0000_00f0n],
])("a constant is what the instruction makes of it: %s", (_, opcode, value, immediate, expected) => {
  expect(numberOf(computed(of(opcode, immediate), constant(value), unknown))).toBe(expected);
});

test.each([
  [8, 0xbf, 0xffff_ffff_ffff_ff80n],
  [16, 0xbf, 0x80n],
  [8, 0xbc, 0xffff_ff80n],
])("a move of %s bits with their sign extends it (opcode %s)", (bits, opcode, expected) => {
  const moved = computed({ ...of(opcode | 8, 0, bits), source: 2 }, unknown, constant(0x80n));
  expect(numberOf(moved)).toBe(expected);
});

test("a store leaves the bytes of a constant that it has room for, and a load with a sign extends them", () => {
  const stored = storable(constant(-2n), 1);
  expect(numberOf(stored)).toBe(0xfen);
  expect(numberOf(extended(stored, 1))).toBe(0xffff_ffff_ffff_fffen);
  expect(numberOf(extended(constant(0x7fn), 1))).toBe(0x7fn);
});

test("a store leaves a number that it has room for, and less of one alone, but nothing of a greater sum", () => {
  const bit = { origin: "o", bits: 1, times: 1n };
  const fits = one(sumAtom(254n, bit));
  expect(storable(fits, 1)).toEqual(fits);
  expect(storable(one(sumAtom(255n, bit)), 1)).toEqual(unknown);
  expect(storable(numberFrom("o", 32), 2)).toEqual(numberFrom("o", 16));
  expect(storable(one(sumAtom(0n, { origin: "o", bits: 8, times: 2n })), 1)).toEqual(unknown);
});

test("a part of a pointer is none", () => {
  const pointer = one(pointerAtom({ kind: "stack", key: "k" }, -8));
  expect(storable(pointer, 8)).toBe(pointer);
  expect(storable(pointer, 4)).toEqual(unknown);
});
