import { expect, test } from "vitest";
import { describeUnknownKey, type KeysOf } from "./unknown-key.ts";

interface Options {
  readonly maps?: object | undefined;
  readonly rodata?: object;
}

const keys: KeysOf<Options> = { maps: true, rodata: true };

test("a key that there is not is told with those that there are, and the nearest", () => {
  expect(describeUnknownKey({ maps: {}, mapps: {} } as Options, keys)).toBe(
    'there is no "mapps"; there are "maps", "rodata"; did you mean "maps"?',
  );
  expect(describeUnknownKey({ toString: 1 } as Options, keys)).toContain('there is no "toString"');
});

test("known keys are taken, whatever their values, and what an object inherits is none of its own", () => {
  expect(describeUnknownKey({ maps: undefined }, keys)).toBeUndefined();
  expect(describeUnknownKey(Object.create({ mapps: 1 }) as Options, keys)).toBeUndefined();
});

test("a list of keys that lacks one does not compile", () => {
  // @ts-expect-error: without rodata
  const short: KeysOf<Options> = { maps: true };
  // @ts-expect-error: one of its own
  const long: KeysOf<Options> = { maps: true, rodata: true, other: true };
  const both: KeysOf<{ readonly a: 1 } | { readonly b: 2 }> = { a: true, b: true };
  expect([short, long, both]).toHaveLength(3);
});
