import { expect, test } from "vitest";
import { EncodeError } from "../errors.ts";
import {
  blobLength,
  bool,
  checkArray,
  checkObject,
  countBytes,
  countElements,
  countText,
  endOfElements,
  float32,
  float64,
  givenArm,
  givenLength,
  int,
  toJson,
  uint32,
  uint64,
  utf8Length,
  writeBytes,
  writeString,
} from "./v1.ts";

const target = new DataView(new ArrayBuffer(8));
const any = (value: unknown): never => value as never;

test.each<[string, () => unknown]>([
  ["a double as a float", () => float32(1e300, "x")],
  ["a string as a float", () => float64(any("1"), "x")],
  ["null as a float", () => float32(any(null), "x")],
  ["a word as a boolean", () => bool(any("false"), "x")],
  ["a number as a boolean", () => bool(any(1), "x")],
  ["null as a boolean", () => bool(any(null), "x")],
  ["a bigint as 32 bits", () => uint32(any(5n), "x")],
  ["a bigint as signed bits", () => int(any(5n), 8, "x")],
  ["null as 32 bits", () => uint32(any(null), "x")],
  ["a string as 64 bits", () => uint64(any("5"), "x")],
  ["half of a surrogate pair", () => writeString("a\ud800", target, 0, 8, "x")],
  ["a number as text", () => writeString(any(5), target, 0, 8, "x")],
  ["null as text", () => writeString(any(null), target, 0, 8, "x")],
  ["hexadecimal text as bytes", () => writeBytes(any("00ff"), target, 0, 8, "x")],
  ["a buffer as bytes", () => writeBytes(any(new ArrayBuffer(4)), target, 0, 8, "x")],
  ["an array as bytes", () => writeBytes(any([1, 300]), target, 0, 8, "x")],
  ["words as bytes", () => writeBytes(any(new Uint16Array(2)), target, 0, 8, "x")],
  ["null as bytes", () => writeBytes(any(null), target, 0, 8, "x")],
  ["text as an array", () => checkArray("ab", 2, "x")],
  ["null as an array", () => checkArray(null, 0, "x")],
  ["a number as a struct", () => checkObject(5, "x")],
])("%s is an EncodeError, and no other value", (_, work) => {
  expect(work).toThrow(EncodeError);
});

test("a number beyond 2^53 is told to be given as a bigint", () => {
  expect(() => uint64(2 ** 53, "ts")).toThrow("ts: is a number beyond 2^53");
});

test("floats that are exact, rounded, infinite or not a number are taken", () => {
  for (const value of [0, -0, 0.1, 3e38, Number.POSITIVE_INFINITY, Number.NaN]) expect(float32(value, "x")).toBe(value);
});

test("a Buffer is hexadecimal in JSON, as any bytes are", () => {
  expect(toJson({ a: Buffer.from([1, 255]), b: [new Uint8Array([2])] })).toEqual({ a: "01ff", b: ["02"] });
});

test("a value that gives one arm has its kind; two arms are refused", () => {
  const arms = [
    ["open", "fd"],
    ["close", "code", "why"],
  ] as const;
  const told = (value: object): string | undefined => givenArm(value, "kind", arms, "event");
  expect(told({ fd: 1 })).toBe("open");
  expect(told({ why: 2 })).toBe("close");
  expect(told({ cpu: 1 })).toBeUndefined();
  expect(() => told({ fd: 1, code: 2 })).toThrow("more than one arm of event");
});

test.each([-40, -8, 0.5, "2", Number.NaN, 100, 4])("bytes that tell a length of %s are as many as they are", (told) => {
  class Told extends Uint8Array {
    override get length(): number {
      return told as number;
    }
  }
  const target = new Uint8Array(64).fill(0xee);
  const source = new Told(40).fill(7);
  expect(givenLength(source, "a")).toBe(40);
  expect(() => writeBytes(source, new DataView(target.buffer), 8, 39, "a")).toThrow(EncodeError);
  expect([...target]).toEqual(Array(64).fill(0xee));
  writeBytes(source, new DataView(target.buffer), 8, 40, "a");
  expect([...target]).toEqual([...Array(8).fill(0xee), ...Array(40).fill(7), ...Array(16).fill(0xee)]);
});

const odd: readonly [string, never][] = [
  ["a symbol", Symbol("s") as never],
  ["an object of no class", Object.create(null) as never],
  ["an object with a length of a bigint", { length: 3n } as never],
  ["an array that tells a length of a bigint", new Proxy([], { get: () => 3n }) as never],
  ["bytes behind a proxy", new Proxy(new Uint8Array(3), {}) as never],
  ["an object that takes the place of bytes", Object.create(Uint8Array.prototype) as never],
  ["a bigint", 3n as never],
  ["null", null as never],
];

const takers: readonly [string, (value: never) => unknown][] = [
  ["8 bits", (value) => int(value, 8, "x")],
  ["32 bits", (value) => uint32(value, "x")],
  ["a float", (value) => float64(value, "x")],
  ["a boolean", (value) => bool(value, "x")],
  ["text", (value) => writeString(value, target, 0, 8, "x")],
  ["bytes", (value) => writeBytes(value, target, 0, 8, "x")],
  ["an array", (value) => checkArray(value, 3, "x")],
  ["the elements of an array", (value) => countElements(value, "x")],
  ["elements that end somewhere", (value) => endOfElements(value, [4], () => 4, "x")],
  ["the length of text", (value) => utf8Length(value, "x")],
  ["the length of bytes", (value) => countBytes(value, "x")],
  ["data that is pointed to", (value) => blobLength(value, "x")],
];

test.each(odd.flatMap(([what, value]) => takers.map(([where, take]) => [what, where, value, take] as const)))(
  "%s as %s is an EncodeError with its path",
  (_, __, value, take) => {
    expect(() => take(value)).toThrow(expect.objectContaining({ name: "EncodeError", path: "x" }));
  },
);

test("what the engine says of a proxy that was revoked passes through as it is", () => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  expect(() => checkArray(proxy, 3, "x")).toThrow(TypeError);
  expect(() => countElements(proxy, "x")).toThrow(TypeError);
});

test("what a getter of the value throws passes through as it is", () => {
  const own = new TypeError("of the value");
  const list = new Proxy([1], {
    get: () => {
      throw own;
    },
  });
  expect(() => countElements(list, "x")).toThrow(own);
});

test("a text is as long as a member says, unless it was left out", () => {
  expect(countText("ab", undefined, 4, "x")).toBe(2);
  expect(countText("ab", 12n, 4, "x")).toBe(8);
  for (const told of [3, 1.5, "8", Symbol("8"), {}, 2n ** 70n]) {
    expect(() => countText("ab", told, 4, "x")).toThrow(EncodeError);
  }
});
