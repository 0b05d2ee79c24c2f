import type { RingClaim } from "@rbgen/runtime/backend";

/** The programs of interpreter.bpf.c. */
export type ProgramName = "ring_ops" | "dynptr_ops" | "user_ops";

/** One of the two kernels under comparison. */
export interface Executor {
  readonly ring: RingClaim;
  readonly userRing: RingClaim;
  /** `struct op` by `struct op`, written before a run. */
  readonly ops: Uint32Array;
  /** `struct result` by `struct result`, read after it. */
  readonly results: Uint32Array;
  /** Runs the first `count` operations. */
  run(program: ProgramName, count: number): void;
  close(): void;
}
