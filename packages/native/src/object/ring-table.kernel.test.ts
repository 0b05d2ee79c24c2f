import { RingBufReader } from "@rbgen/runtime";
import { beforeAll, expect, test } from "vitest";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { BpfObject, createRingBuf, openRingBuf } from "../index.ts";

/** Asks the program to send `value` to the ring at `key` of the hash, or of the array. */
function request(table: "array" | "hash", key: number, value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(table === "hash" ? 1 : 0, key, value, 0).buffer);
}

describeWith(["kernel", "clang", "libbpf"], "rings inside of maps", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBeside("ring-table.bpf.c");
  });

  const opened = (size: number) => {
    using template = createRingBuf({ name: "template", maxEntries: size });
    const maps = {
      first: { maxEntries: size },
      second: { maxEntries: size },
      by_index: { inner: { maxEntries: size } },
      by_key: { inner: template },
    };
    const object = BpfObject.open(bytes, { maps });
    object.load();
    return object;
  };
  const numbers = (reader: RingBufReader<Uint8Array>): number[] => {
    const seen: number[] = [];
    reader.consume((record) => void seen.push(record[0] ?? -1));
    return seen;
  };

  test.each([4096, 65536])("have templates of the size that is set before loading, %i bytes", (size) => {
    using object = opened(size);
    const first = new RingBufReader(object.ringBuf("first"), anyBytes);
    expect(object.program("send").runInPlace(request("array", 1, 7))).toBe(0);
    expect(object.program("send").runInPlace(request("array", 0, 7))).toBe(-2);
    expect(numbers(first)).toEqual([7]);
    using inner = createRingBuf({ name: "inner", maxEntries: size });
    object.mapOfMaps("by_key").set(42, inner);
    object.mapOfMaps("by_index").set(0, inner);
    const reader = new RingBufReader(inner, anyBytes);
    expect(object.program("send").runInPlace(request("hash", 42, 1))).toBe(0);
    expect(object.program("send").runInPlace(request("array", 0, 2))).toBe(0);
    expect(numbers(reader)).toEqual([1, 2]);
  });

  test("without a size, or a template, the object is not loaded", () => {
    using object = BpfObject.open(bytes);
    expect(() => object.load()).toThrow(/EINVAL|by_index|by_key/);
    expect(() => BpfObject.open(bytes, { maps: { by_key: { inner: { maxEntries: 4096 } } } })).toThrow(
      /EINVAL: map "by_key" declares no template for maps inside/,
    );
    expect(() => BpfObject.open(bytes, { maps: { first: { inner: { maxEntries: 4096 } } } })).toThrow(
      /declares no template/,
    );
    expect(() => BpfObject.open(bytes, { maps: { by_key: { inner: { fd: -1 } } } })).toThrow(
      /EBADF.*not a map that exists/,
    );
    expect(() => BpfObject.open(bytes, { maps: { by_index: { inner: { maxEntries: 1.5 } } } })).toThrow(
      /EINVAL: the template of map "by_index" cannot have 1.5 entries/,
    );
  });

  test("are replaced and taken out while they are read, and nothing that was sent is lost", async () => {
    using object = opened(4096);
    const table = object.mapOfMaps("by_key");
    const send = object.program("send");
    using old = createRingBuf({ name: "old", maxEntries: 4096 });
    using next = createRingBuf({ name: "next", maxEntries: 4096 });
    table.set(5, old);
    const reading = new RingBufReader(old, anyBytes);
    const pending = reading.poll(() => undefined, { timeoutMs: -1 });
    expect(send.runInPlace(request("hash", 5, 1))).toBe(0);
    expect(await pending).toBe(1);
    expect(send.runInPlace(request("hash", 5, 2))).toBe(0);
    table.set(5, next);
    expect(table.idOf(5)).toBe(next.id);
    expect(send.runInPlace(request("hash", 5, 3))).toBe(0);
    expect(numbers(reading)).toEqual([2]);
    const replaced = new RingBufReader(next, anyBytes);
    expect(numbers(replaced)).toEqual([3]);
    expect([table.delete(5), table.delete(5), object.mapOfMaps("by_index").delete(9)]).toEqual([true, false, false]);
    expect(send.runInPlace(request("hash", 5, 4))).toBe(-2);
    // what was taken out is still a ring, and its reader may go on
    table.set(6, old);
    expect(send.runInPlace(request("hash", 6, 5))).toBe(0);
    expect(numbers(reading)).toEqual([5]);
  });

  test("are opened by the id that the table tells, and outlive the object in their reader", () => {
    using inner = createRingBuf({ name: "inner", maxEntries: 4096 });
    const object = opened(4096);
    object.mapOfMaps("by_index").set(2, inner);
    using found = openRingBuf({ id: object.mapOfMaps("by_index").idOf(2) ?? 0 });
    expect(object.program("send").runInPlace(request("array", 2, 9))).toBe(0);
    object.close();
    expect(numbers(new RingBufReader(found, anyBytes))).toEqual([9]);
  });
});
