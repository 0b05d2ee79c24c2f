import type { RingClaim, RingMemory } from "@rbgen/runtime/backend";

/** The programs of interpreter.bpf.c. */
export type ProgramName = "ring_ops" | "dynptr_ops" | "user_ops";

/** A ring under comparison: what user space has of it, and its own memory, which is another one where that is a copy. */
export interface ExecutorRing {
  readonly memory: RingMemory;
  readonly truth: RingMemory;
}

/** One of the two kernels under comparison. */
export interface Executor {
  readonly ring: RingClaim;
  readonly userRing: RingClaim;
  /** The memory of each, as the kernel has it. */
  readonly truth: { readonly ring: RingMemory; readonly userRing: RingMemory };
  /** `struct op` by `struct op`, written before a run. */
  readonly ops: Uint32Array;
  /** `struct result` by `struct result`, read after it. */
  readonly results: Uint32Array;
  /** Runs the first `count` operations. */
  run(program: ProgramName, count: number): void;
  close(): void;
}
