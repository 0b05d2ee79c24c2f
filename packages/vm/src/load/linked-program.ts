import type { LineInfo } from "@rbgen/btf";

/** A program of an object with every function that it calls, and all that stood open in its instructions resolved. */
export interface LinkedProgram {
  /** Its C function. */
  readonly name: string;
  /** ELF section: "tracepoint/sched/sched_process_exec". */
  readonly section: string;
  readonly code: Uint8Array;
  /** What constants of two slots stand for, by slot. */
  readonly constants: ReadonlyMap<number, { readonly low: number; readonly high: number }>;
  /** Names of its functions by the slot where they begin. */
  readonly names: ReadonlyMap<number, string>;
  /** Ids of the types of its functions, by the slot where they begin; of those that have one. */
  readonly functionTypes: ReadonlyMap<number, number>;
  /** Slots where functions begin that are passed on as callbacks, by the slots of the constants that point to them. */
  readonly callbacks: ReadonlyMap<number, number>;
  /** The line that a slot comes from, where a line begins. */
  readonly lines: ReadonlyMap<number, LineInfo>;
  /** Why an instruction must not be reached on the target, by slot. */
  readonly poisoned: ReadonlyMap<number, string>;
}
