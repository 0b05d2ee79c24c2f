import { expect, test } from "vitest";
import type { LayoutDescriptor, LayoutLeaf } from "../codec.ts";
import { memberKey } from "./member-key.ts";

const u32 = (path: string, at: number): LayoutLeaf => ({ path, bitOffset: 8 * at, bitSize: 32, class: "unsigned" });

function layout(...leaves: readonly LayoutLeaf[]): LayoutDescriptor {
  return { name: "event", size: 32, endian: "little", leaves };
}

const bytes = new DataView(Uint8Array.from({ length: 32 }, (_, i) => 0xf0 + i).buffer);

test("a member is found by its path, spelled as in C or as in generated code", () => {
  const read = memberKey(layout(u32("hdr.ts_ns", 4), u32("ts_ns", 8)), "hdr.tsNs");
  expect(read(bytes, 0, 32)).toBe(0xf7f6f5f4);
  expect(memberKey(layout(u32("ts_ns", 8)), "ts_ns")(bytes, 1, 31)).toBe(0xfcfbfaf9);
});

test("each width, sign and byte order is read as it is", () => {
  const leaf = (bitSize: number, sign: "signed" | "unsigned", endian?: "big"): LayoutLeaf => ({
    ...{ path: "key", bitOffset: 0, bitSize, class: sign },
    ...(endian && { endian }),
  });
  const read = (...of: Parameters<typeof leaf>): unknown => memberKey(layout(leaf(...of)), "key")(bytes, 0, 32);
  expect([read(8, "signed"), read(8, "unsigned")]).toEqual([-16, 240]);
  expect([read(16, "signed"), read(16, "unsigned", "big")]).toEqual([-3600, 0xf0f1]);
  expect([read(32, "signed"), read(32, "unsigned")]).toEqual([0xf3f2f1f0 - 2 ** 32, 0xf3f2f1f0]);
  expect([read(64, "signed"), read(64, "unsigned", "big")]).toEqual([
    0xf7f6f5f4f3f2f1f0n - 2n ** 64n,
    0xf0f1f2f3f4f5f6f7n,
  ]);
});

test("a sample that ends before the member has no key", () => {
  expect(memberKey(layout(u32("ts", 8)), "ts")(bytes, 0, 11)).toBeUndefined();
});

test("a member of a tagged stream has to be at one place in each of its records", () => {
  const same = layout(u32("open.ts", 0), u32("open.fd", 4), u32("exit.ts", 0), u32("exit.code", 8));
  expect(memberKey(same, "ts")(bytes, 0, 32)).toBe(0xf3f2f1f0);
  expect(() => memberKey(same, "fd")).toThrow("event has no member fd");
  const other = layout(u32("open.ts", 0), u32("exit.ts", 8));
  expect(() => memberKey(other, "ts")).toThrow("at different places");
});

test.each<LayoutLeaf>([
  { path: "key", bitOffset: 3, bitSize: 5, class: "unsigned" },
  { path: "key", bitOffset: 0, bitSize: 64, class: "float" },
  { path: "key", bitOffset: 0, bitSize: 8, class: "unsigned", count: 4, stride: 8 },
  { path: "key", bitOffset: 0, bitSize: 128, class: "unsigned" },
])("what is no integer to be compared is refused: %o", (leaf) => {
  expect(() => memberKey(layout(leaf), "key")).toThrow("no integer");
});
