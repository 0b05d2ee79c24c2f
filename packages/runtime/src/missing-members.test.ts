import {
  type Clock,
  EmulatedKernel,
  ManualClock,
  RingCapture,
  readCapture,
  replayCapture,
} from "@rbgen/runtime/emulated";
import { anyBytes, selftestSample } from "@rbgen/testkit/contract/codecs";
import { expect, test } from "vitest";
import { claimMap, type RingBufMap } from "./backend.ts";
import { isRingBufError, PerfEventReader, RingBufGroup, RingBufReader, UserRingBufWriter } from "./index.ts";
import type { RingClaim } from "./ring-claim.ts";

const kernel = new EmulatedKernel({ clock: new ManualClock() });
const ring = () => kernel.createRingBuf({ name: "events", maxEntries: 4096 });
const userRing = () => kernel.createUserRingBuf({ name: "commands", maxEntries: 4096 });

/** What `use` is refused with, which has to be EINVAL and name `member`. */
function expectToLack(member: string, use: () => unknown): void {
  let thrown: unknown;
  try {
    use();
  } catch (error) {
    thrown = error;
  }
  expect(isRingBufError(thrown, "EINVAL"), `${member}: ${thrown}`).toBe(true);
  expect((thrown as Error).message).toContain(member);
}

/** `value` without one member, and with a wrong one in its place. */
function spoilt<T extends object>(value: T, member: keyof T): T[] {
  const { [member]: _, ...rest } = value;
  return [rest, { ...rest, [member]: Symbol("wrong") }] as T[];
}

test.each(["name", "size", "minByteLength", "endian", "layout", "decode"] as const)(
  "a codec without %s is told so by whoever reads",
  (member) => {
    for (const codec of spoilt(selftestSample, member)) {
      expectToLack(member, () => new RingBufReader(ring(), codec));
      expectToLack(member, () => new RingBufGroup().add(ring(), codec));
      expectToLack(member, () => new PerfEventReader(kernel.createPerfEventArray({ name: "perf" }), codec));
    }
  },
);

test.each(["name", "size", "minByteLength", "endian", "layout", "encode", "byteLengthOf"] as const)(
  "a codec without %s is told so by its writer",
  (member) => {
    for (const codec of spoilt(selftestSample, member))
      expectToLack(member, () => new UserRingBufWriter(userRing(), codec));
  },
);

test("a layout without leaves is told of, and so is a leaf that is none", () => {
  for (const leaves of [undefined, {}, "", [null]]) {
    const codec = { ...selftestSample, layout: { ...selftestSample.layout, leaves: leaves as never } };
    expectToLack(Array.isArray(leaves) ? "leaf" : "leaves", () => new RingBufReader(ring(), codec));
  }
});

test("a codec that makes no view or no writer is told so when one is asked for, and no sample stays busy", () => {
  for (const createView of [undefined, () => undefined, () => ({})] as never[]) {
    const reader = new RingBufReader(ring(), { ...selftestSample, createView });
    expectToLack("createView", () => reader.consumeViews(() => {}));
    expect(reader.consume(() => {})).toBe(0);
  }
  const map = userRing();
  for (const createWriter of [undefined, () => null, () => ({})] as never[]) {
    using writer = new UserRingBufWriter(map, { ...selftestSample, createWriter });
    expectToLack("createWriter", () => writer.reserve());
    expectToLack("createWriter", () => writer.tryReserve());
  }
  using writer = new UserRingBufWriter(map, selftestSample);
  writer.write({ pid: 1, seq: 2, value: 3n, comm: "" });
  let drained = 0;
  const run = (bpf: Parameters<Parameters<typeof kernel.loadProgram>[0]["run"]>[0]): number =>
    bpf.userRingbufDrain(map, () => 0, undefined, 0);
  drained = kernel.loadProgram({ type: "xdp", run }).run().returnValue;
  expect(drained).toBe(1);
});

test("a map that no backend made is told so", () => {
  const like = { type: "ringbuf", name: "events", maxEntries: 4096, flags: 0, endian: selftestSample.endian } as const;
  expectToLack("claim", () => new RingBufReader(like as unknown as RingBufMap, selftestSample));
  for (const member of ["type", "name", "endian", "maxEntries"] as const) {
    for (const map of spoilt(like, member)) {
      expectToLack(member, () => new RingBufReader(map as unknown as RingBufMap, selftestSample));
    }
  }
});

test("a claim that lacks what the seam asks for is released, and told of", () => {
  const buffer = new ArrayBuffer(3 * 4096 + 2 * 4096);
  const memory = {
    size: 4096,
    aliased: false,
    consumer: { buffer, byteOffset: 0 },
    producer: { buffer, byteOffset: 4096 },
    data: { buffer, byteOffset: 3 * 4096 },
  };
  let released = 0;
  const whole: RingClaim = {
    memory,
    open: true,
    wait: () => Promise.resolve("timeout"),
    ref: () => {},
    unref: () => {},
    release: () => void released++,
    onClose: undefined,
  };
  const mapOf = (claim: unknown): RingBufMap =>
    ({
      ...{ type: "ringbuf", name: "events", maxEntries: 4096, flags: 0, endian: selftestSample.endian },
      [claimMap]: () => claim,
    }) as RingBufMap;
  new RingBufReader(mapOf(whole), selftestSample).close();
  expect(released).toBe(1);
  for (const member of ["memory", "open", "wait", "ref", "unref"] as const) {
    released = 0;
    for (const claim of spoilt(whole, member))
      expectToLack(member, () => new RingBufReader(mapOf(claim), selftestSample));
    expect(released).toBe(2);
  }
  for (const claim of [undefined, null, 5, ...spoilt(whole, "release")]) {
    expectToLack("the claim of events", () => new RingBufReader(mapOf(claim), selftestSample));
  }
  for (const member of ["now", "waitSync", "counters"]) {
    expectToLack(member, () => new RingBufReader(mapOf({ ...whole, [member]: 5 }), selftestSample));
  }
  for (const [part, wrong] of [
    ["size", { size: 4095 }],
    ["size", { size: "4096" }],
    ["data", { data: { buffer, byteOffset: 3 * 4096 + 8 } }],
    ["data", { data: { buffer, byteOffset: 4 } }],
    ["consumer", { consumer: undefined }],
    ["consumer", { consumer: { buffer, byteOffset: Number.NaN } }],
    ["producer", { producer: { buffer: undefined, byteOffset: 0 } }],
    ["acquire", { acquire: 5 }],
    ["alike", { alike: 5 }],
    ["gather", { gather: 5 }],
  ] as const) {
    expectToLack(part, () => new RingBufReader(mapOf({ ...whole, memory: { ...memory, ...wrong } }), selftestSample));
  }
});

test("a signal that is none is refused wherever one is taken", async () => {
  for (const signal of [null, 5, {}, { aborted: false }] as never[]) {
    expectToLack("signal", () => new RingBufReader(ring(), anyBytes, { signal }));
    expectToLack("signal", () => new RingBufReader(ring(), anyBytes).batches({ signal }));
    expectToLack("signal", () => new RingBufGroup().iterate({ signal }));
    const refused = [
      new RingBufReader(ring(), anyBytes).poll(() => {}, { signal }),
      new UserRingBufWriter(userRing(), anyBytes).writeBlocking(new Uint8Array(8), { timeoutMs: 1, signal }),
      new UserRingBufWriter(userRing(), anyBytes).reserveBlocking({ timeoutMs: 1, signal }),
      replayCapture(new RingCapture(ring()).toBytes(), ring(), { speed: "full", signal }),
    ];
    for (const result of refused) await expect(result).rejects.toThrow(/EINVAL: signal/);
  }
});

test("a clock without a member is refused, and one that gives no number or no way to cancel is told of when it does", () => {
  const clock: Clock = { now: () => 0, schedule: () => () => {} };
  for (const member of ["now", "schedule"] as const) {
    for (const wrong of spoilt(clock, member)) expectToLack(member, () => new EmulatedKernel({ clock: wrong }));
  }
  const timeless = new EmulatedKernel({ clock: { ...clock, now: () => "8" as never } });
  const run = (bpf: { ktimeGetNs(): bigint }): number => Number(bpf.ktimeGetNs());
  expectToLack("now()", () => timeless.loadProgram({ type: "xdp", run }).run());
  const endless = new EmulatedKernel({ clock: { ...clock, schedule: () => undefined as never } });
  const map = endless.createRingBuf({ name: "late", maxEntries: 4096 });
  map.faults.delayWakeups(5);
  expectToLack("schedule()", () => map.hold(8).submit());
});

test("what a definition is made from is looked at once", () => {
  const looks: string[] = [];
  const definition = {
    get name() {
      looks.push("name");
      return "a".repeat(looks.length);
    },
    get maxEntries() {
      looks.push("maxEntries");
      return looks.filter((look) => look === "maxEntries").length === 1 ? 4096 : 5;
    },
  };
  const map = kernel.createRingBuf(definition);
  expect(looks.sort()).toEqual(["maxEntries", "name"]);
  expect({ name: map.name, maxEntries: map.maxEntries }).toEqual({ name: "a", maxEntries: 4096 });
});

test("a capture whose bytes go away while it is read is refused", () => {
  const map = ring();
  const capture = new RingCapture(map);
  for (let i = 0; i < 3; i++) map.hold(16).submit();
  expect(capture.take()).toBe(3);
  const file = capture.toBytes();
  const records: unknown[] = [];
  expect(() => {
    for (const record of readCapture(file)) {
      records.push(record);
      structuredClone(file.buffer, { transfer: [file.buffer as ArrayBuffer] });
    }
  }).toThrow(/EINVAL: capture: its bytes are gone/);
  expect(records).toHaveLength(1);
});
