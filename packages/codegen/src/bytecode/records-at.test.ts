import type { Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { recordsAt } from "./records-at.ts";

const byte: Type = { kind: "int", name: "__u8", size: 1, signed: false, bool: false, char: false } as never;
const word: Type = { kind: "int", name: "__u32", size: 4, signed: false, bool: false, char: false } as never;
const buffer: Type = {
  ...{ kind: "struct", name: "scratch", size: 256 },
  members: [{ name: "bytes", type: { kind: "array", element: byte, count: 256 }, bitOffset: 0 }],
} as never;
const event: Type = {
  ...{ kind: "struct", name: "event", size: 260 },
  members: [
    { name: "kind", type: word, bitOffset: 0 },
    { name: "text", type: { kind: "array", element: byte, count: 256 }, bitOffset: 32 },
  ],
} as never;

test("less than a struct that is a mere buffer is no record of its type, and all of it is", () => {
  expect([recordsAt(buffer, 0, 24), recordsAt(buffer, 0, undefined), recordsAt(buffer, 0, 256)]).toEqual([
    [],
    [],
    [buffer],
  ]);
  expect([recordsAt(event, 0, 24), recordsAt(event, 0, undefined), recordsAt(event, 0, 260)]).toEqual([
    [event],
    [event],
    [event],
  ]);
});

const pair: Type = {
  ...{ kind: "struct", name: "pair", size: 260 },
  members: [{ name: "words", type: { kind: "array", element: word, count: 65 }, bitOffset: 0 }],
} as never;
const either: Type = {
  ...{ kind: "union", name: "", size: 260 },
  members: [event, pair, { kind: "array", element: byte, count: 260 }].map((type) => ({
    name: "",
    type,
    bitOffset: 0,
  })),
} as never;
const holder: Type = {
  ...{ kind: "struct", name: "holder", size: 264 },
  members: [
    { name: "key", type: word, bitOffset: 0 },
    { name: "", type: either, bitOffset: 32 },
  ],
} as never;

test("each member of a union that is as long may lie there", () => {
  expect([recordsAt(either, 0, 260), recordsAt(holder, 4, 260), recordsAt(holder, 0, 264)]).toEqual([
    [event, pair],
    [event, pair],
    [holder],
  ]);
});
