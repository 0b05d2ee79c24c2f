import { expect, test } from "vitest";

import { compareLayouts, effectOf } from "./compare-layouts.ts";
import type { LayoutDescriptor, LayoutLeaf } from "./layout-descriptor.ts";

const pid: LayoutLeaf = { path: "pid", bitOffset: 64, bitSize: 32, class: "unsigned" };
const comm: LayoutLeaf = { path: "comm", bitOffset: 96, bitSize: 8, class: "char", count: 16, stride: 8 };
const state: LayoutLeaf = {
  path: "state",
  bitOffset: 224,
  bitSize: 32,
  class: "enum",
  values: { OPEN: "1", CLOSED: "7" },
};

function layout(leaves: readonly LayoutLeaf[], extra: Partial<LayoutDescriptor> = {}): LayoutDescriptor {
  return { name: "event", size: 32, endian: "little", leaves, ...extra };
}

test("layouts that agree have no differences, whatever the record is called", () => {
  expect(compareLayouts(layout([pid, comm, state]), layout([pid, comm, state], { name: "other" }))).toEqual([]);
  expect(effectOf([])).toBe("neither");
});

test.each<[string, LayoutLeaf, LayoutLeaf, string, string]>([
  ["moved", pid, { ...pid, bitOffset: 96 }, "`pid` moved from byte 8 to 12", "both"],
  ["moved", { ...pid, bitSize: 3 }, { ...pid, bitSize: 3, bitOffset: 67 }, "`pid` moved from bit 64 to 67", "both"],
  ["grown", comm, { ...comm, count: 32 }, "`comm` grew from 16 to 32", "both"],
  ["a text by itself", { ...comm, path: "" }, { ...comm, path: "", count: 32 }, "it grew from 16 to 32 bytes", "both"],
  ["shrunk", pid, { ...pid, bitSize: 16 }, "`pid` shrank from 4 bytes to 2 bytes", "both"],
  ["no longer flexible", { ...comm, count: 0 }, comm, "`comm` changed from a flexible array to 16", "both"],
  ["signed", pid, { ...pid, class: "signed" }, "`pid` changed from unsigned to signed", "both"],
  ["an enum", pid, { ...pid, class: "enum", values: {} }, "`pid` changed from unsigned to enum", "neither"],
  ["bytes", comm, { ...comm, class: "bytes" }, "`comm` changed from char to bytes", "neither"],
  ["big-endian", pid, { ...pid, endian: "big" }, "`pid` changed its byte order to big", "both"],
  ["renamed", pid, { ...pid, path: "tgid" }, "`pid` is now called `tgid`", "neither"],
  ["of one byte", { ...pid, bitSize: 8 }, pid, "`pid` grew from 1 byte to 4 bytes", "both"],
  [
    "flexible of more",
    { ...comm, count: 0 },
    { ...comm, count: 0, bitSize: 32, stride: 32 },
    "`comm` changed from a flexible array of 1 byte to a flexible array of 4 bytes",
    "both",
  ],
  [
    "one element of more",
    { ...comm, count: 1 },
    { ...comm, count: 1, bitSize: 32, stride: 32 },
    "`comm` grew from 1 element of 1 byte to 1 element of 4 bytes",
    "both",
  ],
  ["a bool", pid, { ...pid, class: "bool" }, "`pid` changed from unsigned to bool", "encode"],
  ["no bool any more", { ...pid, class: "bool" }, pid, "`pid` changed from bool to unsigned", "decode"],
  [
    "an enum with a sign",
    pid,
    { ...pid, class: "enum", values: { NO: "-1" } },
    "`pid` changed from unsigned to enum",
    "both",
  ],
  [
    "an integer in place of an enum with a sign",
    { ...pid, class: "enum", values: { NO: "-1" } },
    { ...pid, class: "signed" },
    "`pid` changed from enum to signed",
    "neither",
  ],
  ["spread", comm, { ...comm, stride: 16 }, "elements of `comm` are 2 bytes apart in place of 1", "both"],
])("a member that is %s is told, with what it breaks", (_, before, after, message, affects) => {
  expect(compareLayouts(layout([before]), layout([after]))).toMatchObject([{ message, affects }]);
});

test("members that are gone or new are told", () => {
  expect(
    compareLayouts(layout([pid, comm]), layout([pid, state])).map(({ message, affects }) => [message, affects]),
  ).toEqual([
    ["`comm` is gone", "both"],
    ["`state` is new at byte 28", "encode"],
  ]);
});

test("enum values are compared by name", () => {
  const after = { ...state, values: { OPEN: "2", LISTEN: "3" } };
  expect(compareLayouts(layout([state]), layout([after])).map(({ message, affects }) => [message, affects])).toEqual([
    ["`OPEN` of `state` changed from 1 to 2", "both"],
    ["`CLOSED` of `state` (7) is gone", "encode"],
    ["`LISTEN` of `state` (3) is new", "neither"],
  ]);
});

test("a value that is negative in an enum that had no sign does not decode as what it is", () => {
  const after = { ...state, values: { ...state.values, FAILED: "-1" } };
  expect(compareLayouts(layout([state]), layout([after]))).toMatchObject([
    { affects: "decode", message: "`FAILED` of `state` (-1) is new, and negative in an enum that had no sign" },
  ]);
  const more = { ...after, values: { ...after.values, LOST: "-2" } };
  expect(compareLayouts(layout([after]), layout([more]))).toMatchObject([{ affects: "neither" }]);
});

test("a value whose sign the compiler did not tell is the same in both readings", () => {
  const values = (a: string, b: string): [LayoutLeaf, LayoutLeaf] => [
    { ...state, values: { A: a } },
    { ...state, values: { A: b } },
  ];
  const differences = (a: string, b: string) => {
    const [before, after] = values(a, b);
    return compareLayouts(layout([before]), layout([after])).map(({ message }) => message);
  };
  expect(differences("-1", "4294967295")).toEqual([]);
  expect(differences("4294967295", "-1")).toEqual([]);
  expect(differences("-1", "18446744073709551615")).toEqual([]);
  expect(differences("-9223372036854775808", "9223372036854775808")).toEqual([]);
  expect(differences("-1", "4294967294")).toEqual(["`A` of `state` changed from -1 to 4294967294"]);
  expect(differences("1", "4294967297")).toEqual(["`A` of `state` changed from 1 to 4294967297"]);
  expect(differences("1", "x")).toEqual(["`A` of `state` changed from 1 to x"]);
});

test("values that are not known are not compared", () => {
  const { values: _, ...untold } = state;
  expect(compareLayouts(layout([state]), layout([untold]))).toEqual([]);
  expect(compareLayouts(layout([untold]), layout([state]))).toEqual([]);
});

test("a longer record still decodes, a shorter one does not", () => {
  expect(effectOf(compareLayouts(layout([pid]), layout([pid], { size: 40 })))).toBe("encode");
  expect(effectOf(compareLayouts(layout([pid]), layout([pid], { size: 24 })))).toBe("both");
  expect(effectOf(compareLayouts(layout([pid]), layout([pid], { endian: "big" })))).toBe("both");
});
