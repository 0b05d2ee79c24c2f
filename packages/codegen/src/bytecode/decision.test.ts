import fc from "fast-check";
import { expect, test } from "vitest";
import { Facts, sidesOf } from "./decision.ts";
import type { Instruction } from "./instruction.ts";
import { constant, joined, numberFrom, unknown, type Value } from "./value.ts";

const jump = (operation: number, immediate: number, kind = 5): Instruction => ({
  opcode: (operation << 4) | kind,
  destination: 1,
  source: 0,
  offset: 4,
  immediate,
});
const withR1 = (value: Value, facts = new Facts()) => ({ registers: [unknown, value], facts });

/** What `BPF_JMP` and `BPF_JMP32` instructions do (Documentation/bpf/standardization/instruction-set.rst), by their operation. */
const jumps: ReadonlyMap<number, (a: bigint, b: bigint, bits: number) => boolean> = new Map([
  [1, (a, b) => a === b],
  [2, (a, b) => a > b],
  [3, (a, b) => a >= b],
  [4, (a, b) => (a & b) !== 0n],
  [5, (a, b) => a !== b],
  [6, (a, b, bits) => BigInt.asIntN(bits, a) > BigInt.asIntN(bits, b)],
  [7, (a, b, bits) => BigInt.asIntN(bits, a) >= BigInt.asIntN(bits, b)],
  [0xa, (a, b) => a < b],
  [0xb, (a, b) => a <= b],
  [0xc, (a, b, bits) => BigInt.asIntN(bits, a) < BigInt.asIntN(bits, b)],
  [0xd, (a, b, bits) => BigInt.asIntN(bits, a) <= BigInt.asIntN(bits, b)],
]);
const near = fc.oneof(
  fc.bigInt(0n, (1n << 64n) - 1n),
  fc.bigInt(-3n, 3n).map((n) => BigInt.asUintN(64, n)),
);
const immediates = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.integer({ min: -3, max: 3 }));

test("a branch on constants goes where the instruction does", () => {
  fc.assert(
    fc.property(fc.constantFrom(...jumps), near, immediates, fc.boolean(), ([operation, of], a, b, narrow) => {
      const bits = narrow ? 32 : 64;
      const taken = of(BigInt.asUintN(bits, a), BigInt.asUintN(bits, BigInt(b)), bits);
      const sides = sidesOf(jump(operation, b, narrow ? 6 : 5), withR1(constant(a)));
      expect([sides.jump !== undefined, sides.next !== undefined]).toEqual([taken, !taken]);
    }),
  );
});

test("a branch decides those on the same number, and their contraries", () => {
  const number = numberFrom("o", 32);
  const first = sidesOf(jump(1, 0), withR1(number));
  expect(sidesOf(jump(1, 0), withR1(number, first.jump)).next).toBeUndefined();
  expect(sidesOf(jump(1, 0), withR1(number, first.next)).jump).toBeUndefined();
  expect(sidesOf(jump(5, 0), withR1(number, first.jump)).jump).toBeUndefined();
  expect(sidesOf(jump(5, 0), withR1(number, first.next)).next).toBeUndefined();
});

test.each([
  ["another number", numberFrom("p", 32), jump(1, 0)],
  ["less of it", numberFrom("o", 8), jump(1, 0)],
  ["another constant", numberFrom("o", 32), jump(1, 1)],
  ["32 bits of it", numberFrom("o", 32), jump(1, 0, 6)],
  ["one of several", joined(numberFrom("o", 32), constant(1n)), jump(1, 0)],
])("a branch decides none on %s", (_, value, instruction) => {
  const { jump: taken } = sidesOf(jump(1, 0), withR1(numberFrom("o", 32)));
  const sides = sidesOf(instruction, withR1(value, taken));
  expect([sides.jump, sides.next]).not.toContain(undefined);
});

test("what is decided is forgotten where its number is another one, and where a path decides otherwise", () => {
  const number = numberFrom("a/b", 32);
  const { jump: taken = new Facts(), next: left = new Facts() } = sidesOf(jump(1, 0), withR1(number));
  for (const facts of [taken.without("a/b"), taken.withoutWithin("a"), taken.onBoth(left), taken.onBoth(new Facts())]) {
    const sides = sidesOf(jump(1, 0), withR1(number, facts));
    expect([sides.jump, sides.next]).not.toContain(undefined);
  }
  expect(taken.without("a")).toBe(taken);
  expect(taken.withoutWithin("a/b")).toBe(taken);
  expect(taken.onBoth(taken)).toBe(taken);
});
