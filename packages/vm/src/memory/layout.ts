/**
 * Where things lie in a VM's memory. Both engines know these addresses; everything else is found by the region table.
 *
 * ```
 *      0  nothing: never used
 *   1024  registers r0 to r10 of the frame that runs, 64 bits each, low word first
 *   1120  what compiled code and its imports pass each other
 *   1152  instructions that the run may still take
 *   1216  where each frame called the next one
 *   4096  stacks, one frame after the other; 16 KiB on, a mark for each of their bytes
 *  64 KiB  region table: 16 bytes an entry
 *         the heap
 * ```
 */
export const registersAt = 1024;
export const registerCount = 11;
/** 64 bits that compiled code and what it calls pass each other: the pointer of a fault, the value of a context's member. */
export const memberAt = 1120;
/** Instructions that the run may still take: an int32 that is negative when they are used up. */
export const budgetAt = 1152;
/** By frame, the slot of the instruction that called the next one: an int32 each. */
export const callSlotsAt = 1216;
export const stacksAt = 4096;
/** Bytes of a frame's stack (`MAX_BPF_STACK`). */
export const stackBytes = 512;
/** Frames of a call chain (`MAX_CALL_FRAMES`). */
export const maxFrames = 8;
/** What is known of a byte of a stack. */
export const stackMark = {
  never: 0,
  written: 1,
  /** A part of a dynptr or iterator, which only helpers look into. */
  object: 2,
} as const;
/** From a byte of a stack to its {@link stackMark}. */
export const writtenDelta = 16384;
export const tableAt = 65536;

/** Bytes of an entry of the region table: four words. */
export const entryBytes = 16;
/** Words of an entry: address of the region's first byte; bytes that may be read and written from there; {@link flag}. */
export const entry = { base: 0, readable: 1, writable: 2, flags: 3 } as const;
/** What an access looks at beyond bounds and permission. */
export const flag = {
  /** A stack: a byte is read only after it was written. */
  stack: 1,
  /** A context with members that are not plain memory: reads and writes by instructions go to its `members`. */
  members: 2,
} as const;
/** Region of the first frame's stack; those of deeper frames follow. */
export const firstStack = 1;
