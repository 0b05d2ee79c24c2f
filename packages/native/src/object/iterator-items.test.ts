import { isRingBufError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { selftestSample } from "../../../testkit/src/contract/codecs.ts";
import { type Items, LineItems, RecordItems } from "./iterator-items.ts";

/** Items of `bytes`, read `length` at a time from a buffer that each read writes over. */
function cut<Item>(items: Items<Item>, bytes: Uint8Array, length: number): Item[] {
  const found: Item[] = [];
  const buffer = new Uint8Array(length);
  for (let at = 0; at < bytes.length; at += length) {
    const chunk = bytes.subarray(at, at + length);
    buffer.set(chunk);
    found.push(...items.take(buffer.subarray(0, chunk.length)));
  }
  found.push(...items.end());
  return found;
}

test("records are whole however their bytes were read", () => {
  const bytes = new Uint8Array(32 * 7);
  const records = Array.from({ length: 7 }, (_, i) => ({
    pid: i,
    seq: 2 - i,
    value: 1n << BigInt(8 * i),
    comm: `r${i}`,
  }));
  records.forEach((record, i) => void selftestSample.encode(record, new DataView(bytes.buffer), 32 * i));
  for (let length = 1; length <= bytes.length; length += 1) {
    expect(cut(new RecordItems(selftestSample), bytes, length)).toEqual(records);
  }
});

test("output that ends within a record is an error that says where", () => {
  let thrown: unknown;
  try {
    cut(new RecordItems(selftestSample), new Uint8Array(70), 9);
  } catch (error) {
    thrown = error;
  }
  expect(isRingBufError(thrown, "ERR_RINGBUF_DECODE")).toBe(true);
  expect(String(thrown)).toContain("ends after 6 of 32 bytes");
});

test("lines are whole however their bytes were read, letters of several bytes and a last one without an end too", () => {
  const lines = ["1 systemd", "", "2 Müller-Lüdenscheidt 🐝", "last"];
  const bytes = new TextEncoder().encode(lines.join("\n"));
  for (let length = 1; length <= bytes.length; length += 1) expect(cut(new LineItems(), bytes, length)).toEqual(lines);
  expect(cut(new LineItems(), new TextEncoder().encode("a\nb\n"), 3)).toEqual(["a", "b"]);
});
