import { join } from "node:path";
import type { Sources } from "./load-sources.ts";
import { type Parts, ringMemory } from "./ring.ts";
import type { Port, Stage } from "./thread.ts";

/** A ring as the threads of an exploration share it. */
export interface RingOnStage {
  readonly sources: Sources;
  /** Folder of the runtime's sources. */
  readonly source: string;
  readonly stage: Stage;
  readonly where: Parts;
  readonly size: number;
  readonly overwrite: boolean;
  readonly spins: number;
}

/** Callback of a drain: where a sample lies; 0 goes on, 1 stops. */
export type DrainCallback = (offset: number, byteLength: number) => number;

/** The kernel side's end of a user ring. A drain wakes the writer where it has to. */
export interface Drain {
  drain(callback: DrainCallback, flags: number): number;
}

/** The kernel side's end. A commit wakes the reader where it has to. */
export interface Producer {
  reserve(byteLength: number): number;
  commit(offset: number, byteLength: number, discard: boolean, flags: number): void;
  /** Reserves, writes and commits; negative if there is no room. */
  output(bytes: Uint8Array, flags: number): number;
  positions(): { readonly producer: bigint; readonly consumer: bigint; readonly overwrite: bigint };
}

/** Makes a thread's own end of the ring. */
export interface Ends<KernelEnd> {
  kernel(port: Port): KernelEnd;
  /** What a `RingBufReader` or `UserRingBufWriter` is opened on. */
  map(port: Port): unknown;
}

function flagsOf({ sources, source, overwrite }: RingOnStage): number {
  const { BPF_F_RB_OVERWRITE } = sources.load<{ BPF_F_RB_OVERWRITE: number }>(join(source, "constants.ts"));
  return overwrite ? BPF_F_RB_OVERWRITE : 0;
}

/** A map with the simplest wake-up there is: a word that is set, and cleared by who wakes. */
function bareMap(ring: RingOnStage, type: "ringbuf" | "user_ringbuf"): (port: Port) => unknown {
  const { sources, source, stage, where, size } = ring;
  const memory = ringMemory(stage, where, size);
  const flags = flagsOf(ring);
  const { claimMap } = sources.load<{ claimMap: symbol }>(join(source, "backend.ts"));
  return (port) => {
    const waitSync = (): string => {
      port.sleep(where.wake);
      return "woken";
    };
    const none = () => {};
    const claim = { memory, open: true, now: () => 0, waitSync, wait: none, ref: none, unref: none, release: none };
    return { type, name: "ring", maxEntries: size, flags, endian: "little", [claimMap]: () => claim };
  };
}

/** What a map of the emulated kernel is made of. The counters of its private page are left out. */
function emulatedGround(ring: RingOnStage): readonly [ring: unknown, context: unknown] {
  const { stage, where, size } = ring;
  const words = new Int32Array(stage.buffer, 0, where.data / 4);
  const memory = ringMemory(stage, where, size);
  const clock = { now: () => 0, schedule: () => () => {} };
  return [
    {
      memory,
      words,
      flags: flagsOf(ring),
      pageSize: size,
      endian: "little",
      shared: true,
      count: () => {},
      counters: () => undefined,
    },
    { name: "ring", clock, seed: 1 },
  ];
}

type Commit = Producer["commit"];

/** `KernelProducer`, and a reader's map. */
export function bareRingBuf(ring: RingOnStage): Ends<Producer> {
  const { sources, source, stage, where, size, overwrite, spins } = ring;
  const memory = ringMemory(stage, where, size);
  const { KernelProducer, mustWake } = sources.load<{
    KernelProducer: new (
      memory: unknown,
      options: unknown,
    ) => Pick<Producer, "reserve" | "output" | "positions"> & { commit(...commit: Parameters<Commit>): boolean };
    mustWake: number;
  }>(join(source, "ring/kernel-producer.ts"));
  return {
    kernel: (port) => {
      const lock = { words: new Int32Array(stage.buffer), index: where.lock / 4 };
      const kernel = new KernelProducer(memory, { lock, pageSize: size, overwrite, spins });
      return {
        // reached by checkpoints
        ...{ kernel },
        reserve: (byteLength) => kernel.reserve(byteLength),
        commit: (...commit) => {
          if (kernel.commit(...commit)) port.wake(where.wake);
        },
        output: (bytes, flags) => {
          const outcome = kernel.output(bytes, flags);
          if (outcome === mustWake) port.wake(where.wake);
          return outcome;
        },
        positions: () => kernel.positions(),
      };
    },
    map: bareMap(ring, "ringbuf"),
  };
}

/** A ring buffer of the emulated kernel, whose threads sleep in `Atomics.wait`. */
export function emulatedRingBuf(ring: RingOnStage): Ends<Producer> {
  const { makeRingBuf, insideRingBuf } = ring.sources.load<{
    makeRingBuf(ring: unknown, context: unknown): unknown;
    insideRingBuf(map: unknown): Pick<Producer, "reserve" | "commit" | "output"> & { query(what: number): bigint };
  }>(join(ring.source, "emulated/ringbuf.ts"));
  const map = (): unknown => makeRingBuf(...emulatedGround(ring));
  const kernel = (): Producer => {
    const inside = insideRingBuf(map());
    return {
      ...{ inside },
      reserve: (byteLength) => inside.reserve(byteLength),
      commit: (...commit) => inside.commit(...commit),
      output: (bytes, flags) => inside.output(bytes, flags),
      positions: () => ({ consumer: inside.query(2), producer: inside.query(3), overwrite: 0n }),
    };
  };
  return { kernel, map };
}

/** `KernelConsumer`, and a writer's map. */
export function bareUserRingBuf(ring: RingOnStage): Ends<Drain> {
  const { sources, source, stage, where, size } = ring;
  const { KernelConsumer } = sources.load<{
    KernelConsumer: new (memory: unknown, busy: unknown) => Drain & { readonly wakes: boolean };
  }>(join(source, "ring/kernel-consumer.ts"));
  return {
    kernel: (port) => {
      const busy = { words: new Int32Array(stage.buffer), index: where.drain / 4 };
      const kernel = new KernelConsumer(ringMemory(stage, where, size), busy);
      return {
        ...{ kernel },
        drain: (callback, flags) => {
          const returned = kernel.drain(callback, flags);
          if (kernel.wakes) port.wake(where.wake);
          return returned;
        },
      };
    },
    map: bareMap(ring, "user_ringbuf"),
  };
}

/** A user ring of the emulated kernel. */
export function emulatedUserRingBuf(ring: RingOnStage): Ends<Drain> {
  const { makeUserRingBuf, insideUserRingBuf } = ring.sources.load<{
    makeUserRingBuf(ring: unknown, context: unknown): unknown;
    insideUserRingBuf(map: unknown): Drain;
  }>(join(ring.source, "emulated/user-ringbuf.ts"));
  const map = (): unknown => makeUserRingBuf(...emulatedGround(ring));
  return { kernel: () => insideUserRingBuf(map()), map };
}
