import { errno } from "../errors.ts";
import { maxDynptrBytes } from "../ring/kernel-consumer.ts";
import { Dynptr, type DynptrGround } from "./dynptr.ts";
import type { LentBytes } from "./lent-bytes.ts";
import type { Reference } from "./reference.ts";
import { ringBufOf } from "./ringbuf-helpers.ts";
import type { Run } from "./run.ts";

/** Where a slice of a dynptr lies. */
export interface DynptrSlice {
  /** What lends the bytes: a slice dies with it. */
  readonly reference: Reference;
  /** The bytes. */
  readonly lent: LentBytes;
  /** Of its first byte, in the buffer of `lent`. */
  readonly byteOffset: number;
  /** How many they are. */
  readonly byteLength: number;
}

/**
 * `bpf_ringbuf_reserve_dynptr`: 0, −EINVAL for any flag or if there is no room, −E2BIG above 24 bits of size. Whatever
 * it returns, `dynptr` has to be released by submit or discard.
 */
export function ringbufReserveDynptr(run: Run, map: unknown, size: number, flags: number, dynptr: Dynptr): number {
  const ring = ringBufOf(run, map, "bpf_ringbuf_reserve_dynptr");
  checkDynptr(run, dynptr, 4);
  if (dynptr.ground?.constant) run.refuse("EINVAL", "Dynptr has to be an uninitialized dynptr");
  if (dynptr.inUse) run.refuse("EINVAL", "cannot overwrite referenced dynptr");
  const bytes = run.scalar(size, 2) >>> 0;
  const refused = run.scalar(flags, 3) !== 0 ? errno.EINVAL : bytes > maxDynptrBytes ? errno.E2BIG : 0;
  const failure = refused === 0 ? run.failing("bpf_ringbuf_reserve_dynptr", ring, bytes) : refused;
  const held = failure === 0 ? run.reserve(ring, bytes) : undefined;
  if (held === undefined) {
    run.owe(dynptr);
    return failure === 0 ? errno.EINVAL : failure;
  }
  const ground: DynptrGround = {
    reference: held.reference,
    lent: held.lent,
    constant: false,
    touched: false,
    release: (discard, commitFlags) => run.commit(held, discard, commitFlags),
  };
  dynptr.stand(ground, held.lent.byteOffset, bytes);
  return 0;
}

/** `bpf_ringbuf_submit_dynptr` and `bpf_ringbuf_discard_dynptr`: the whole record; of a null dynptr nothing. */
export function ringbufCommitDynptr(run: Run, dynptr: Dynptr, discard: boolean, flags: number): void {
  run.check();
  checkDynptr(run, dynptr, 1);
  run.scalar(flags, 2);
  if (!run.forgive(dynptr)) {
    const { ground } = dynptr;
    if (ground?.constant) run.refuse("EINVAL", "cannot release unowned const bpf_dynptr");
    if (ground === undefined || !ground.reference.alive) run.refuse("EINVAL", "arg 1 is an unacquired reference");
    ground.release(discard, flags);
  }
  dynptr.clear();
}

/** `bpf_dynptr_write`: 0; −EINVAL for a null dynptr, −E2BIG outside of it, then −EINVAL for any flag. */
export function dynptrWrite(run: Run, dynptr: Dynptr, offset: number, source: Uint8Array, flags: number): number {
  const ground = groundOf(run, dynptr);
  const from = run.dynptrSize(offset, 2);
  run.scalar(flags, 5);
  if (ground === undefined) return errno.EINVAL;
  if (dynptr.excludes(from, source.byteLength)) return errno.E2BIG;
  if (flags !== 0) return errno.EINVAL;
  ground.touched = true;
  new Uint8Array(ground.lent.buffer).set(source, dynptr.offset + from);
  return 0;
}

/** `bpf_dynptr_read` into all of `target`: 0; −EINVAL for a null dynptr or any flag, −E2BIG outside of it. */
export function dynptrRead(run: Run, target: Uint8Array, dynptr: Dynptr, offset: number, flags: number): number {
  const ground = groundOf(run, dynptr);
  const from = run.dynptrSize(offset, 4);
  if (run.scalar(flags, 5) !== 0 || ground === undefined) return errno.EINVAL;
  if (dynptr.excludes(from, target.byteLength)) return errno.E2BIG;
  target.set(new Uint8Array(ground.lent.buffer, dynptr.offset + from, target.byteLength));
  return 0;
}

/** `bpf_dynptr_data` (`writable`) and `bpf_dynptr_slice`: `length` bytes that end with the dynptr; null if they are not all inside. */
export function dynptrSlice(
  run: Run,
  dynptr: Dynptr,
  offset: number,
  length: number,
  writable: boolean,
): DynptrSlice | null {
  const ground = groundOf(run, dynptr);
  const from = run.dynptrSize(offset, 2);
  const byteLength = run.dynptrSize(length, writable ? 3 : 4);
  if (ground === undefined || dynptr.excludes(from, byteLength)) return null;
  if (writable) ground.touched = true;
  return { reference: ground.reference, lent: ground.lent, byteOffset: dynptr.offset + from, byteLength };
}

/** `bpf_dynptr_adjust`: from `start` to `end` of what it is now; −EINVAL for a null dynptr or start > end, −ERANGE outside. */
export function dynptrAdjust(run: Run, dynptr: Dynptr, start: number, end: number): number {
  const ground = groundOf(run, dynptr);
  const from = run.dynptrSize(start, 2);
  const to = run.dynptrSize(end, 3);
  if (ground === undefined || from > to) return errno.EINVAL;
  if (from > dynptr.size || to > dynptr.size) return errno.ERANGE;
  dynptr.offset += from;
  dynptr.size = to - from;
  return 0;
}

/** `bpf_dynptr_size`; of a null dynptr −EINVAL, as u32 before Linux 6.19. */
export function dynptrSize(run: Run, dynptr: Dynptr): number {
  if (groundOf(run, dynptr) !== undefined) return dynptr.size;
  return run.environment.wideDynptrs ? errno.EINVAL : errno.EINVAL >>> 0;
}

/** `bpf_dynptr_is_null`: true after a failed reservation. */
export function dynptrIsNull(run: Run, dynptr: Dynptr): boolean {
  return groundOf(run, dynptr) === undefined;
}

/** `bpf_dynptr_is_rdonly`: false for any dynptr on a ring. */
export function dynptrIsRdonly(run: Run, dynptr: Dynptr): boolean {
  groundOf(run, dynptr);
  return false;
}

/** `bpf_dynptr_clone`: `clone` becomes a dynptr of the same record, with offsets of its own; −EINVAL for a null dynptr. */
export function dynptrClone(run: Run, dynptr: Dynptr, clone: Dynptr): number {
  const ground = groundOf(run, dynptr);
  checkDynptr(run, clone, 2);
  if (clone.inUse) run.refuse("EINVAL", "cannot overwrite referenced dynptr");
  if (ground === undefined) {
    clone.fail(); // initialised, and released with the one it was made from
    return errno.EINVAL;
  }
  clone.stand(ground, dynptr.offset, dynptr.size);
  return 0;
}

/** `bpf_dynptr_memset`: `length` bytes of `value`; −EINVAL for a null dynptr, −E2BIG outside of it. */
export function dynptrMemset(run: Run, dynptr: Dynptr, offset: number, length: number, value: number): number {
  const ground = groundOf(run, dynptr);
  const from = run.dynptrSize(offset, 2);
  const byteLength = run.dynptrSize(length, 3);
  run.scalar(value, 4);
  if (ground === undefined) return errno.EINVAL;
  if (dynptr.excludes(from, byteLength)) return errno.E2BIG;
  const start = dynptr.offset + from;
  ground.touched = true;
  new Uint8Array(ground.lent.buffer).fill(value, start, start + byteLength);
  return 0;
}

/** Refuses what is no dynptr of a program's stack. */
function checkDynptr(run: Run, dynptr: Dynptr, argument: number): void {
  if (!(dynptr instanceof Dynptr)) {
    run.refuse("EINVAL", `arg#${argument} expected pointer to stack or const struct bpf_dynptr`);
  }
}

/** What the dynptr stands on; undefined for a null one. */
function groundOf(run: Run, dynptr: Dynptr): DynptrGround | undefined {
  run.check();
  checkDynptr(run, dynptr, 1);
  if (dynptr.state === "null") return undefined;
  const { ground } = dynptr;
  if (ground === undefined || !ground.reference.alive) {
    run.refuse("EINVAL", "Expected an initialized dynptr as arg #1");
  }
  return ground;
}
