import { readFileSync } from "node:fs";
import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { anyBytes } from "@rbgen/testkit/contract/codecs";
import { describeWith } from "@rbgen/testkit/tools";
import { relocated } from "@rbgen/testkit/vm/relocated-maps";
import { beforeAll, expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = readFileSync(new URL("../../../testkit/src/native/slots.bpf.c", import.meta.url), "utf8");

function request(key: number, inner: number, value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(key, inner, value, 0).buffer);
}

function numbers(reader: RingBufReader<Uint8Array>): (number | undefined)[] {
  const seen: (number | undefined)[] = [];
  reader.consume((record) => void seen.push(record[0]));
  return seen;
}

describeWith(["clang", "libbpf"], "what maps hold from the start", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(source);
  });

  test("a ring that is given in place of the object's own is what a map of maps holds", async () => {
    const kernel = new EmulatedKernel({ endian: "little" });
    using shared = kernel.createRingBuf({ name: "shared", maxEntries: 8192 });
    const maps = { events: { reuse: shared } };
    using one = await VmObject.load(bytes, { kernel, maps });
    using other = await VmObject.load(bytes, { kernel, maps });
    expect([one, other].map((object) => object.program("send").runInPlace(request(42, 0, 7)))).toEqual([0, 0]);
    expect(numbers(new RingBufReader(shared, anyBytes))).toEqual([7, 7]);
  });

  test("what was recorded is replayed with it", async () => {
    using object = await VmObject.load(bytes, { record: true });
    object.program("count").run({ context: request(3, 1, 5) });
    object.program("send").run({ context: request(42, 0, 9) });
    object.program("jump").run({ data: new Uint8Array(64) });
    object.mapOfMaps("by_index").set(0, object.hash("first"));
    object.mapOfMaps("by_index").delete(3);
    object.setTailCall("calls", 0, undefined);
    object.program("count").run({ context: request(0, 1, 5) });
    object.program("count").run({ context: request(3, 2, 5) });
    object.program("jump").run({ data: new Uint8Array(64) });
    const recording: unknown = JSON.parse(JSON.stringify(object.recording()));

    const replay = VmObject.replay(bytes, recording, { engine: "interpreter" });
    using replayed = replay.object;
    expect(replay.finish().map(({ output }) => output?.returnValue)).toEqual([0, 0, 42, 0, -2, 1]);
    expect(replay.records("events")).toEqual([new Uint8Array(BigUint64Array.of(9n).buffer)]);
    for (const name of ["first", "second"]) expect(replayed.hash(name).entries()).toEqual(object.hash(name).entries());
  });

  test("an object whose maps cannot hold it has no program that runs", () => {
    using object = VmObject.open(bytes);
    object.program("other").autoload(false);
    expect(() => object.load()).toThrow('EBADF: element 2 of map "calls" cannot hold program "other"');
    expect(() => object.program("jump").run({ data: new Uint8Array(64) })).toThrow(/not loaded/);
    object.program("other").autoload(true);
    object.load();
    expect(object.program("jump").run({ data: new Uint8Array(64) }).returnValue).toBe(42);
  });

  test("an object that was refused for one of its maps is refused a second time", () => {
    using object = VmObject.open(bytes, { maps: { by_index: { maxEntries: 3 } } });
    const refused = 'E2BIG: element 3 of map "by_index" cannot hold map "second": it has 3 elements';
    expect(() => object.load()).toThrow(refused);
    expect(() => object.load()).toThrow(refused);
  });

  test.each([
    [{ map: "events", offset: 8 }, 'map "events" is initialized with "first", and has type ringbuf'],
    [{ map: "by_index", offset: 8 }, 'map "by_index" is initialized at byte 8, which is none of its values'],
    [{ map: "by_index", offset: 36 }, 'map "by_index" is initialized at byte 36, which is none of its values'],
    [{ map: "by_index", offset: -4 }, /byte \d+ of \.maps, which is in no map, refers to something/],
    [{ offset: 2 ** 31 }, /relocation 0 is at byte 2147483648 of a section of \d+/],
    [{ offset: Number.MAX_SAFE_INTEGER }, /relocation 0 is at byte 9007199254740991 of a section of \d+/],
    [{ symbol: 2 ** 32 - 1 }, /relocation 0 is of symbol 4294967295, the last one is \d+/],
    [{ symbol: 0 }, "is initialized with what has no name, which the object does not define"],
  ])("a relocation with %j is refused with a reason", (change, reason) => {
    expect(() => VmObject.open(relocated(bytes, change))).toThrow(reason);
  });

  test("a tail call that user space sets goes to a program of the map's type only", async () => {
    using object = await VmObject.load(bytes);
    expect(() => object.setTailCall("calls", 1, object.program("send"))).toThrow(
      'EINVAL: element 1 of map "calls" cannot hold program "send", which has type syscall: it is of programs of type sched_cls',
    );
    expect(() => object.setTailCall("calls", 3, object.program("other"))).toThrow(/E2BIG.*it has 3 elements/);
    object.setTailCall("calls", 1, object.program("other"));
    object.global("wanted").set(1);
    expect(object.program("jump").run({ data: new Uint8Array(64) }).returnValue).toBe(43);
  });
});
