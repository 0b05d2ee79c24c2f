import { expect, test } from "vitest";
import { EncodeError } from "../errors.ts";
import {
  bool,
  checkArray,
  checkFit,
  checkObject,
  float32,
  float64,
  givenLength,
  int,
  toJson,
  uint32,
  uint64,
  withKind,
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

test("a value that gives one arm has its kind; a kind that there is not, and two arms, are refused", () => {
  const arms = [
    ["open", "fd"],
    ["close", "code", "why"],
  ] as const;
  const told = (value: object): object => withKind(value, "kind", arms, "event");
  expect(told({ fd: 1 })).toEqual({ kind: "open", fd: 1 });
  expect(told({ why: 2 })).toEqual({ kind: "close", why: 2 });
  const nothing = { cpu: 1 };
  expect(told(nothing)).toBe(nothing);
  expect(() => told({ kind: "reopen" })).toThrow("kind: names no arm of event");
  expect(() => told({ fd: 1, code: 2 })).toThrow("more than one arm of event");
});

test.each([-40, -8, 0.5, "2", Number.NaN])(
  "bytes that tell a length of %s are refused, and nothing is written",
  (told) => {
    class Told extends Uint8Array {
      override get length(): number {
        return told as number;
      }
    }
    const target = new Uint8Array(64).fill(0xee);
    const view = new DataView(target.buffer);
    const source = new Told(8);
    expect(() => writeBytes(source, view, 32, 8, "a")).toThrow(EncodeError);
    expect(() => givenLength(source, "a")).toThrow(EncodeError);
    expect(() => checkFit(source.length, 1, 8, source, "a")).toThrow(EncodeError);
    expect([...target]).toEqual(Array(64).fill(0xee));
  },
);
