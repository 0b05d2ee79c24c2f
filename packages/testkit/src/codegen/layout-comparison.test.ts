import {
  bits,
  bytes,
  compareLayouts,
  type Int,
  layoutOf,
  type Member,
  type Struct,
  sizeOf,
  type Type,
} from "@rbgen/btf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { firstDifference } from "./difference.ts";
import { properties } from "./fault.ts";
import { ReferenceDecoder } from "./reference-decoder.ts";

function int(name: string, size: number, signed: boolean, extra: Partial<Int> = {}): Int {
  return { kind: "int", name, size: bytes(size), signed, char: false, bool: false, ...extra };
}

const scalars: readonly Type[] = [
  int("u8", 1, false),
  int("s8", 1, true),
  int("char", 1, true, { char: true }),
  int("_Bool", 1, false, { bool: true }),
  int("u16", 2, false),
  int("s16", 2, true),
  int("u32", 4, false),
  int("long unsigned int", 8, false),
  int("long long unsigned int", 8, false),
  { kind: "typedef", name: "__be16", target: int("u16", 2, false) },
  { kind: "typedef", name: "__be32", target: int("u32", 4, false) },
  { kind: "float", name: "float", size: bytes(4) },
  { kind: "ptr", target: { kind: "void" } },
  ...[0n, 1n].map(
    (value): Type => ({
      kind: "enum",
      name: "e",
      size: bytes(4),
      signed: false,
      values: [{ name: "A", value }],
    }),
  ),
];

const inner: Struct = structOf([
  ["a", scalars[4]!],
  ["b", scalars[9]!],
]);
const arbitraryType: fc.Arbitrary<Type> = fc.oneof(
  fc.constantFrom(...scalars),
  fc
    .record({ element: fc.constantFrom<Type>(...scalars, inner), count: fc.integer({ min: 1, max: 3 }) })
    .map(({ element, count }): Type => ({ kind: "array", element, count })),
  fc.constant(inner),
);
const arbitraryMembers = fc.uniqueArray(fc.tuple(fc.constantFrom(..."abcdefgh"), arbitraryType), {
  minLength: 1,
  maxLength: 6,
  selector: ([name]) => name,
});

/** Members one after another, without padding. */
function structOf(members: readonly (readonly [string, Type])[]): Struct {
  let offset = 0;
  const placed = members.map(([name, type]): Member => {
    const member: Member = { name, type, bitOffset: bits(offset * 8) };
    offset += sizeOf(type);
    return member;
  });
  return { kind: "struct", name: "s", size: bytes(offset), members: placed };
}

/** A struct, and the same with some of its members taken away, changed, renamed or moved. */
const arbitraryPair = arbitraryMembers.chain((before) =>
  fc
    .tuple(
      fc.shuffledSubarray(before, { minLength: Math.min(1, before.length) }),
      arbitraryMembers,
      fc.constantFrom("keep", "retype", "rename", "replace"),
    )
    .map(([kept, others, change]) => {
      const [first, ...rest] = kept;
      if (first === undefined || change === "replace") return [before, others] as const;
      if (change === "retype") {
        // Another type of the same size, so that nothing else moves.
        const twins = scalars.filter((type) => type !== first[1] && sizeOf(type) === sizeOf(first[1]));
        const twin = twins[others.length % twins.length] ?? others[0]![1];
        return [before, before.map(([name, type]) => [name, name === first[0] ? twin : type] as const)] as const;
      }
      if (change === "rename") return [before, [["z", first[1]] as const, ...rest]] as const;
      return [before, kept] as const;
    }),
);

test("members of which no difference is told read the same in both layouts, whatever the bytes", () => {
  fc.assert(
    fc.property(arbitraryPair, fc.uint8Array({ minLength: 200, maxLength: 200 }), ([one, other], data) => {
      const [before, after] = [structOf(one), structOf(other)];
      const drifts = compareLayouts(layoutOf(before, "s", "little"), layoutOf(after, "s", "little"));
      const old = new ReferenceDecoder(data, "little").record(before);
      const now = new ReferenceDecoder(data, "little").record(after);
      const told = (name: string) =>
        drifts.filter(({ path }) => path === name || path.startsWith(`${name}.`) || path.startsWith(`${name}[`));
      for (const [name, value] of Object.entries(old)) {
        const found = told(name);
        if (found.length > 0) continue;
        expect(firstDifference(properties(now)[name], value, name)).toBeUndefined();
      }
      // What is the same in name, place and type is never told.
      for (const member of before.members) {
        const same = after.members.find(({ name }) => name === member.name);
        if (same?.type === member.type && same.bitOffset === member.bitOffset) expect(told(member.name)).toEqual([]);
      }
      const size = drifts.filter(({ kind }) => kind === "size");
      expect(size).toHaveLength(before.size === after.size ? 0 : 1);
    }),
    { numRuns: 1500 },
  );
});
