import { bits, bytes, type Struct, type Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { writeFields } from "./write-fields.ts";

function int(name: string, size: number, signed: boolean): Type {
  return { kind: "int", name, size: bytes(size), signed, char: false, bool: false };
}

const args: Struct = {
  kind: "struct",
  name: "args",
  size: bytes(12),
  members: [
    { name: "pid", type: int("unsigned int", 4, false), bitOffset: bits(0) },
    { name: "delta", type: int("int", 4, true), bitOffset: bits(32) },
    { name: "flags", type: int("unsigned int", 4, false), bitOffset: bits(64), bitSize: bits(3) },
  ],
};

test("a negative number is refused of a member without a sign, as one that is too large", () => {
  const target = new Uint8Array(12);
  for (const fields of [{ pid: -1 }, { pid: 2 ** 32 }, { flags: -1 }, { flags: 8 }, { delta: -(2 ** 31) - 1 }]) {
    expect(() => writeFields(target, args, fields, "args")).toThrow(expect.objectContaining({ code: "ERANGE" }));
  }
  expect(target).toEqual(new Uint8Array(12));
});

test("what a member holds is written, negative where it has a sign", () => {
  const target = new Uint8Array(12);
  writeFields(target, args, { pid: 2 ** 32 - 1, delta: -2, flags: 5 }, "args");
  expect(new Uint32Array(target.buffer)).toEqual(Uint32Array.of(2 ** 32 - 1, 2 ** 32 - 2, 5));
});
