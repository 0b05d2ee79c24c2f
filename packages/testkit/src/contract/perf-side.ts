import type { PerfEventArrayMap } from "@rbgen/runtime";

/** What a program sends: `count` samples of `length` bytes, numbered from `number` on (a u32 at byte 0). */
export interface Sent {
  readonly number?: number;
  readonly count?: number;
  readonly length?: number;
  /** A u64 at byte 8. */
  readonly key?: bigint;
  /** The CPU that the program runs on. */
  readonly cpu?: number;
  /** Slot of the map; the CPU's own unless told. */
  readonly flags?: number;
}

/** The kernel's end of a perf event array: the real one, the emulated one, or compiled programs in the emulated one. */
export interface PerfSide {
  readonly map: PerfEventArrayMap;
  /** CPUs that are online; two at least, or the tests of their order prove nothing. */
  readonly cpus: readonly number[];
  /** What `bpf_perf_event_output` returns where nobody reads: the kernel's −ENOENT, or 0 where what is sent is kept. */
  readonly unread: number;
  /** What the last `bpf_perf_event_output` returned. */
  send(sent: Sent): number;
  /** Takes a CPU, not the first, offline, and brings it back; undefined where that cannot be done. */
  readonly setOnline?: ((cpu: number, online: boolean) => void) | undefined;
  close(): void;
}
