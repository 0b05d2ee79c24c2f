/**
 * The helpers of the emulated kernel as functions over a run, for what executes compiled programs. Programs in TypeScript
 * have them as `bpf`.
 */

export { Dynptr, type DynptrGround } from "./dynptr.ts";
export type { DynptrSlice } from "./dynptr-helpers.ts";
export {
  dynptrAdjust,
  dynptrClone,
  dynptrIsNull,
  dynptrIsRdonly,
  dynptrMemset,
  dynptrRead,
  dynptrSize,
  dynptrSlice,
  dynptrWrite,
  ringbufCommitDynptr,
  ringbufReserveDynptr,
} from "./dynptr-helpers.ts";
export { type FailingHelper, type FaultSource, failingHelpers, HelperFaults } from "./helper-faults.ts";
export type { Lend, LentBytes } from "./lent-bytes.ts";
export { insidePerfEventArray, type PerfEventArrayInside } from "./perf-event-array.ts";
export { Reference, type Refusal } from "./reference.ts";
export { insideRingBuf, type RingBufInside } from "./ringbuf.ts";
export { ringbufCommit, ringbufOutput, ringbufQuery, ringbufReserve } from "./ringbuf-helpers.ts";
export type { HeldRecord, RunEnvironment } from "./run.ts";
export { Run } from "./run.ts";
export { insideUserRingBuf, type UserRingBufInside } from "./user-ringbuf.ts";
export { userRingbufDrain } from "./user-ringbuf-helpers.ts";
