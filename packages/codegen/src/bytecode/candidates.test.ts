import { encodeBtf, parseBtf, type Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { kernelTypesOf, recordAt } from "./candidates.ts";

test("types that lead to themselves, as malformed ones do, are followed once", () => {
  const loop: Type = {
    kind: "ptr",
    get target() {
      return loop;
    },
  };
  const rows: Type = {
    kind: "array",
    count: 1,
    get element(): Type {
      return { kind: "const", target: rows };
    },
  };
  const found = kernelTypesOf(parseBtf(encodeBtf([], { endian: "little" })), [loop, rows]);
  expect([...found]).toEqual([rows, loop]);
});

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
  expect([recordAt(buffer, 0, 24), recordAt(buffer, 0, undefined), recordAt(buffer, 0, 256)]).toEqual([
    undefined,
    undefined,
    buffer,
  ]);
  expect([recordAt(event, 0, 24), recordAt(event, 0, undefined), recordAt(event, 0, 260)]).toEqual([
    event,
    event,
    event,
  ]);
});
