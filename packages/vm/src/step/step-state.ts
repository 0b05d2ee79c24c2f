import type { RegionKind } from "../memory/region.ts";
import type { Place } from "../run/code.ts";
import type { FaultFrame } from "../run/program-fault.ts";

/** Bytes that an instruction, or the helper that it called, wrote. */
export interface MemoryWrite {
  /** What they are a part of: "map value", "stack", "ring sample". */
  readonly kind: RegionKind;
  /** Its name: "counts[3]", "frame 0", ".bss". */
  readonly name: string;
  /** Of the first byte, from the start of that part. */
  readonly offset: number;
  /** The bytes before the instruction. */
  readonly before: Uint8Array;
  /** The bytes behind it. */
  readonly after: Uint8Array;
}

/** Where a run stood before one of its instructions. */
export interface StepState {
  /** Number of the step, from 0. */
  readonly index: number;
  /** Name of the program: another one after a tail call. */
  readonly program: string;
  /** The instruction that is next, as the verifier's log writes it. */
  readonly text: string;
  /** Its slot in the program. */
  readonly instruction: number;
  /** The line of C that it is a part of; undefined where the object has none for it. */
  readonly place: Place | undefined;
  /** From the function that runs to the program's first, each with where it is. */
  readonly frames: readonly FaultFrame[];
  /** r0 to r10 as unsigned 64-bit numbers. */
  readonly registers: readonly bigint[];
  /** The registers as a person reads them, those of pointers with their region. */
  readonly registerText: readonly string[];
  /** The 512 bytes of the function's stack: r10 points behind the last one. */
  readonly stack: Uint8Array;
  /** By byte of the stack: 0 was never written, 1 was, 2 is a part of a dynptr or iterator. */
  readonly stackMarks: Uint8Array;
  /** What the step before this one wrote, in its order. */
  readonly written: readonly MemoryWrite[];
}
