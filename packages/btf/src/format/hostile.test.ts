import { exercise, mutations, tangledBtf } from "@rbgen/testkit/btf/hostile";
import { sampleTypes } from "@rbgen/testkit/btf/sample";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alignOf, BtfError, encodeBtf, leavesOf, parseBtf, readElf, resolve, sizeOf } from "../index.ts";

const sample = encodeBtf(sampleTypes, { endian: "little" });

/** A raw BTF file of these words and strings. */
function raw(words: readonly number[], strings = "\0a\0", header: Partial<Record<number, number>> = {}): Uint8Array {
  const text = new TextEncoder().encode(strings);
  const bytes = new Uint8Array(24 + words.length * 4 + text.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0xeb9f, true);
  view.setUint8(2, 1);
  const fields = [24, 0, words.length * 4, words.length * 4, text.length];
  for (const [i, value] of fields.entries()) view.setUint32(4 + i * 4, header[i] ?? value, true);
  for (const [i, value] of words.entries()) view.setUint32(24 + i * 4, value, true);
  bytes.set(text, 24 + words.length * 4);
  return bytes;
}

const info = (kind: number, vlen = 0, flag = false): number => ((flag ? 0x8000_0000 : 0) | (kind << 24) | vlen) >>> 0;

function errorOf(work: () => unknown): BtfError {
  try {
    work();
  } catch (error) {
    if (error instanceof BtfError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("hostile BTF", () => {
  test.each<[string, Uint8Array, string]>([
    ["no bytes", new Uint8Array(), "magic"],
    ["another file", new TextEncoder().encode("#include <stdio.h>"), "magic"],
    ["a magic number alone", Uint8Array.of(0x9f, 0xeb), "header"],
    ["another version", changed(sample, 2, 2), "version"],
    ["a header that is too short", raw([], "\0", { 0: 16 }), "header"],
    ["a header beyond the end", raw([], "\0", { 0: 4096 }), "header"],
    ["types beyond the end", raw([], "\0", { 2: 4096 }), "bounds"],
    ["strings beyond the end", raw([], "\0", { 4: 4096 }), "bounds"],
    ["types and strings that share bytes", raw([1, info(4), 0], "\0a\0", { 3: 8 }), "overlap"],
    ["types that are no words", raw([1, info(4), 0], "\0a\0", { 2: 11 }), "header"],
    ["strings without an end", raw([], "\0abc"), "string"],
    ["strings without the empty one", raw([], "abc\0"), "string"],
    ["a name outside of the strings", raw([99, info(4), 0]), "string"],
    ["a member's name outside of the strings", raw([1, info(4, 1), 4, 99, 0, 0]), "string"],
    ["a type that ends early", raw([1, info(1)]), "bounds"],
    ["more members than there are bytes", raw([1, info(4, 0xff_ffff), 4]), "bounds"],
    ["kind 0", raw([0, info(0), 0]), "kind"],
    ["a kind of the future", raw([0, info(20), 0]), "kind"],
    ["an id that does not exist", raw([0, info(2), 7]), "type-id"],
    ["a member of a type that does not exist", raw([1, info(4, 1), 4, 1, 7, 0]), "type-id"],
    ["an integer of 3 bytes", raw([1, info(1), 3, 24]), "size"],
    ["an integer of no bits", raw([1, info(1), 4, 0]), "type"],
    ["an integer of more bits than bytes", raw([1, info(1), 4, 40]), "type"],
    ["a float of 7 bytes", raw([1, info(16), 7]), "size"],
    ["an enum of 3 bytes", raw([1, info(6), 3]), "size"],
    ["a function of linkage 3", raw([0, info(13), 0, 1, info(12, 3), 1]), "type"],
    ["a variable of linkage 9", raw([1, info(1), 4, 32, 1, info(14), 1, 9]), "type"],
  ])("%s is refused", (_, bytes, code) => {
    expect(errorOf(() => parseBtf(bytes)).code).toBe(code);
  });

  test.each([
    undefined,
    null,
    "\x9f\xeb",
    [0x9f, 0xeb],
    new ArrayBuffer(64),
    new DataView(new ArrayBuffer(64)),
    { length: 64 },
  ])("%o is no bytes, and refused as such", (value) => {
    expect(errorOf(() => parseBtf(value as never)).message).toContain("a Uint8Array is wanted");
    expect(errorOf(() => readElf(value as never)).message).toContain("a Uint8Array is wanted");
  });

  test("an error names the kind and the type id that are not known", () => {
    const error = errorOf(() => parseBtf(raw([1, info(1), 4, 32, 0, info(77), 0]), { name: "probe.o" }));
    expect(error).toMatchObject({ code: "kind", typeId: 2, offset: 24 + 16 });
    expect(error.message).toBe(
      "probe.o: kind 77 is not known, and the file does not describe it (type id 2, byte offset 40)",
    );
  });

  test.each<[string, Uint8Array]>([
    ["a typedef of itself", raw([1, info(8), 1])],
    ["typedefs of each other", raw([1, info(8), 2, 1, info(8), 1])],
    ["a const of itself", raw([0, info(10), 1])],
    ["an array of itself", raw([0, info(3), 0, 1, 1, 2])],
  ])("%s has no size, and asking ends", (_, bytes) => {
    const type = parseBtf(bytes).typeById(1);
    expect(errorOf(() => sizeOf(type)).code).toBe("cycle");
    expect(errorOf(() => alignOf(type)).code).toBe("cycle");
    if (type.kind !== "array") expect(errorOf(() => resolve(type)).code).toBe("cycle");
  });

  test("a struct that contains itself has no alignment and no leaves, and asking ends", () => {
    const type = parseBtf(raw([1, info(4, 1), 4, 1, 1, 0])).typeById(1);
    if (type.kind !== "struct") throw new Error("a struct was written");
    expect(errorOf(() => alignOf(type)).code).toBe("cycle");
    expect(errorOf(() => leavesOf(type)).code).toBe("cycle");
  });

  test("an array of 2^64 elements is an error, not a wrong number", () => {
    const words = [1, info(1), 4, 32, 0, info(3), 0, 1, 1, 0xffff_ffff, 0, info(3), 0, 2, 1, 0xffff_ffff];
    expect(errorOf(() => sizeOf(parseBtf(raw(words)).typeById(3))).code).toBe("size");
  });

  test("structs that double at each step end in an error, not in all memory", () => {
    const words = [1, info(1), 1, 8];
    for (let i = 0; i < 24; i++) words.push(0, info(4, 2), 2, i % 2, i + 1, 0, 0, i + 1, 0);
    const type = parseBtf(raw(words)).typeById(25);
    if (type.kind !== "struct") throw new Error("a struct was written");
    expect(errorOf(() => leavesOf(type)).code).toBe("limit");
    expect(exercise(raw(words)).refused).toBeGreaterThan(0);
  });

  test("strings that overlap without end are refused before they fill the memory", () => {
    const words: number[] = [];
    for (let i = 0; i < 20_000; i++) words.push(i + 1, info(8), 0);
    const btf = parseBtf(raw(words, `\0${"x".repeat(20_000)}\0`));
    expect(errorOf(() => [...btf.names()]).code).toBe("limit");
  });

  test("every truncation of a sample is read or refused, never thrown at", () => {
    for (let length = 0; length < sample.length; length++) exercise(sample.slice(0, length));
    expect(exercise(sample).parsed).toBe(true);
  });

  test("changed bytes are read or refused, never thrown at", () => {
    fc.assert(
      fc.property(mutations, (mutate) => {
        exercise(mutate(sample));
      }),
      { numRuns: 1_000 },
    );
  });

  test("types that refer to each other at random are read or refused, never thrown at", () => {
    let parsed = 0;
    fc.assert(
      fc.property(tangledBtf, (bytes) => {
        if (exercise(bytes).parsed) parsed += 1;
      }),
      { numRuns: 1_000 },
    );
    expect(parsed).toBeGreaterThan(500);
  });
});

function changed(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}
