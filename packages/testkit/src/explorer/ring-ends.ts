import { join } from "node:path";
import type { Sources } from "./load-sources.ts";
import { type Parts, ringMemory } from "./ring.ts";
import type { Port, Stage } from "./thread.ts";

/** A ring buffer as the threads of an exploration share it. */
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

/** The kernel side's end. A commit wakes the reader where it has to. */
export interface Producer {
  reserve(byteLength: number): number;
  commit(offset: number, byteLength: number, discard: boolean, flags: number): void;
}

/** Makes a thread's own end of the ring. */
export interface Ends {
  producer(port: Port): Producer;
  /** What a `RingBufReader` is opened on. */
  map(port: Port): unknown;
}

function flagsOf({ sources, source, overwrite }: RingOnStage): number {
  const { BPF_F_RB_OVERWRITE } = sources.load<{ BPF_F_RB_OVERWRITE: number }>(join(source, "constants.ts"));
  return overwrite ? BPF_F_RB_OVERWRITE : 0;
}

/** `KernelProducer` and a claim with the simplest wake-up there is: a word that is set, and cleared by who wakes. */
export function bareEnds(ring: RingOnStage): Ends {
  const { sources, source, stage, where, size, overwrite, spins } = ring;
  const memory = ringMemory(stage, where, size);
  const flags = flagsOf(ring);
  const { KernelProducer } = sources.load<{
    KernelProducer: new (
      memory: unknown,
      options: unknown,
    ) => { reserve(byteLength: number): number; commit(...commit: Parameters<Producer["commit"]>): boolean };
  }>(join(source, "ring/kernel-producer.ts"));
  const { claimMap } = sources.load<{ claimMap: symbol }>(join(source, "backend.ts"));
  return {
    producer: (port) => {
      const lock = { words: new Int32Array(stage.buffer), index: where.lock / 4 };
      const kernel = new KernelProducer(memory, { lock, pageSize: size, overwrite, spins });
      return {
        // reached by checkpoints
        ...{ kernel },
        reserve: (byteLength) => kernel.reserve(byteLength),
        commit: (...commit) => {
          if (kernel.commit(...commit)) port.wake(where.wake);
        },
      };
    },
    map: (port) => {
      const waitSync = (): string => {
        port.sleep(where.wake);
        return "woken";
      };
      const claim = { memory, open: true, now: () => 0, waitSync };
      return { name: "ring", maxEntries: size, flags, endian: "little", [claimMap]: () => claim };
    },
  };
}

/** Maps of the emulated kernel, whose threads sleep in `Atomics.wait`. The counters of its private page are left out. */
export function emulatedEnds(ring: RingOnStage): Ends {
  const { sources, source, stage, where, size } = ring;
  const { makeRingBuf, insideRingBuf } = sources.load<{
    makeRingBuf(ring: unknown, context: unknown): unknown;
    insideRingBuf(map: unknown): Producer;
  }>(join(source, "emulated/ringbuf.ts"));
  const memory = ringMemory(stage, where, size);
  const flags = flagsOf(ring);
  const map = (): unknown => {
    const words = new Int32Array(stage.buffer, 0, where.data / 4);
    const shared = { memory, words, flags, pageSize: size, endian: "little", shared: true, count: () => {} };
    const clock = { now: () => 0, schedule: () => () => {} };
    return makeRingBuf({ ...shared, counters: () => undefined }, { name: "ring", clock, seed: 1 });
  };
  return { producer: () => insideRingBuf(map()), map };
}
