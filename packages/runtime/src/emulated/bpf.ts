import { Dynptr } from "./dynptr.ts";
import * as dynptrs from "./dynptr-helpers.ts";
import type { EmulatedPerfEventArray } from "./perf-event-array.ts";
import { perfEventOutput } from "./perf-helpers.ts";
import type { EmulatedRingBuf } from "./ringbuf.ts";
import { ringbufCommit, ringbufOutput, ringbufQuery, ringbufReserve } from "./ringbuf-helpers.ts";
import type { HeldRecord, Run } from "./run.ts";
import { Sample } from "./sample.ts";
import type { EmulatedUserRingBuf } from "./user-ringbuf.ts";
import { userRingbufDrain } from "./user-ringbuf-helpers.ts";

/** Callback of a drain: 0 goes on, 1 stops; the verifier refuses anything else. */
export type DrainCallback<Context> = (sample: Dynptr, context: Context) => 0 | 1;

/**
 * The helpers of one run of a program, named as the kernel's in camel case without `bpf_`; returns are the kernel's
 * (0, counts, null, negative errno). Sizes, offsets and lengths in bytes. What the verifier would refuse throws a
 * {@link VerifierError}, which ends the run; so does an argument that is not the integer that a register would hold.
 *
 * Follows kernel/bpf/ringbuf.c and kernel/bpf/helpers.c of 6.18.
 */
export class Bpf {
  readonly #run: Run;
  readonly #samples: WeakMap<Sample, HeldRecord> = new WeakMap();

  /** @internal */
  constructor(run: Run) {
    this.#run = run;
  }

  /** `bpf_ringbuf_reserve`: null if there is no room, if `size` can never fit, or for any flag. */
  ringbufReserve(map: EmulatedRingBuf, size: number, flags: number): Sample | null {
    const held = ringbufReserve(this.#run, map, size, flags);
    if (held === null) return null;
    const sample = new Sample(held.reference, held.bytes.buffer, 0, size);
    this.#samples.set(sample, held);
    return sample;
  }

  /** `bpf_ringbuf_submit`. Only `BPF_RB_NO_WAKEUP` and `BPF_RB_FORCE_WAKEUP` of the flags are looked at. */
  ringbufSubmit(sample: Sample, flags: number): void {
    ringbufCommit(this.#run, this.#heldBy(sample), false, flags);
  }

  /** `bpf_ringbuf_discard`: the reader never sees the record, but its space is in use until then. It wakes as a submit does. */
  ringbufDiscard(sample: Sample, flags: number): void {
    ringbufCommit(this.#run, this.#heldBy(sample), true, flags);
  }

  /** `bpf_ringbuf_output`: 0, −EINVAL for unknown flags, −EAGAIN if there is no room or the bytes can never fit. */
  ringbufOutput(map: EmulatedRingBuf, bytes: ArrayBufferView, flags: number): number {
    return ringbufOutput(this.#run, map, this.#bytesOf(bytes, 2), flags);
  }

  /** `bpf_ringbuf_query`: one of `BPF_RB_AVAIL_DATA`, `RING_SIZE`, `CONS_POS`, `PROD_POS` and `OVERWRITE_POS`; else 0. */
  ringbufQuery(map: EmulatedRingBuf, what: number): bigint {
    return ringbufQuery(this.#run, map, what);
  }

  /**
   * `bpf_perf_event_output`, with `BPF_F_CURRENT_CPU` or a slot as flags: 0, −EINVAL for unknown flags, −E2BIG for a slot
   * that there is not, −ENOENT where nobody reads, −EOPNOTSUPP for another CPU's slot, −ENOSPC where there is no room.
   */
  perfEventOutput(map: EmulatedPerfEventArray, flags: number, bytes: ArrayBufferView): number {
    return perfEventOutput(this.#run, map, flags, this.#bytesOf(bytes, 4));
  }

  /** A dynptr on the program's stack. */
  dynptr(): Dynptr {
    this.#run.check();
    return new Dynptr();
  }

  /**
   * `bpf_ringbuf_reserve_dynptr`: 0, −EINVAL for any flag or if there is no room, −E2BIG above 24 bits of size. Whatever
   * it returns, `dynptr` has to be released by submit or discard.
   */
  ringbufReserveDynptr(map: EmulatedRingBuf, size: number, flags: number, dynptr: Dynptr): number {
    return dynptrs.ringbufReserveDynptr(this.#run, map, size, flags, dynptr);
  }

  /** `bpf_ringbuf_submit_dynptr`: the whole record, whatever the dynptr was adjusted to; of a null dynptr nothing. */
  ringbufSubmitDynptr(dynptr: Dynptr, flags: number): void {
    dynptrs.ringbufCommitDynptr(this.#run, dynptr, false, flags);
  }

  /** `bpf_ringbuf_discard_dynptr`. */
  ringbufDiscardDynptr(dynptr: Dynptr, flags: number): void {
    dynptrs.ringbufCommitDynptr(this.#run, dynptr, true, flags);
  }

  /** `bpf_dynptr_write`: 0; −EINVAL for a null dynptr, −E2BIG outside of it, then −EINVAL for any flag. */
  dynptrWrite(dynptr: Dynptr, offset: number, source: ArrayBufferView, flags: number): number {
    return dynptrs.dynptrWrite(this.#run, dynptr, offset, this.#bytesOf(source, 3), flags);
  }

  /** `bpf_dynptr_read` into all of `target`: 0; −EINVAL for a null dynptr or any flag, −E2BIG outside of it. */
  dynptrRead(target: ArrayBufferView, dynptr: Dynptr, offset: number, flags: number): number {
    return dynptrs.dynptrRead(this.#run, this.#bytesOf(target, 1), dynptr, offset, flags);
  }

  /** `bpf_dynptr_data`: `length` bytes to read and write, dead with the dynptr; null if they are not all inside. */
  dynptrData(dynptr: Dynptr, offset: number, length: number): Sample | null {
    return this.#slice(dynptr, offset, length, true);
  }

  /** `bpf_dynptr_slice`: as `dynptrData`, to read only. `buffer` is never needed for a ring, and may be null. */
  dynptrSlice(dynptr: Dynptr, offset: number, _buffer: ArrayBufferView | null, length: number): Sample | null {
    return this.#slice(dynptr, offset, length, false);
  }

  /** `bpf_dynptr_adjust`: from `start` to `end` of what it is now; −EINVAL for a null dynptr or start > end, −ERANGE outside. */
  dynptrAdjust(dynptr: Dynptr, start: number, end: number): number {
    return dynptrs.dynptrAdjust(this.#run, dynptr, start, end);
  }

  /** `bpf_dynptr_size`; of a null dynptr −EINVAL, as u32 before Linux 6.19. */
  dynptrSize(dynptr: Dynptr): number {
    return dynptrs.dynptrSize(this.#run, dynptr);
  }

  /** `bpf_dynptr_is_null`: true after a failed reservation. */
  dynptrIsNull(dynptr: Dynptr): boolean {
    return dynptrs.dynptrIsNull(this.#run, dynptr);
  }

  /** `bpf_dynptr_is_rdonly`: false for any dynptr on a ring. */
  dynptrIsRdonly(dynptr: Dynptr): boolean {
    return dynptrs.dynptrIsRdonly(this.#run, dynptr);
  }

  /** `bpf_dynptr_clone`: `clone` becomes a dynptr of the same record, with offsets of its own; −EINVAL for a null dynptr. */
  dynptrClone(dynptr: Dynptr, clone: Dynptr): number {
    return dynptrs.dynptrClone(this.#run, dynptr, clone);
  }

  /** `bpf_dynptr_memset`: `length` bytes of `value`; −EINVAL for a null dynptr, −E2BIG outside of it. */
  dynptrMemset(dynptr: Dynptr, offset: number, length: number, value: number): number {
    return dynptrs.dynptrMemset(this.#run, dynptr, offset, length, value);
  }

  /**
   * `bpf_user_ringbuf_drain`: the samples that `callback` saw; −EBUSY while another drain of the map goes on, also this
   * run's own; −EINVAL for unknown flags or a writer's lie, −E2BIG for a sample that cannot be.
   */
  userRingbufDrain<Context>(
    map: EmulatedUserRingBuf,
    callback: DrainCallback<Context>,
    context: Context,
    flags: number,
  ): number {
    const shown = typeof callback === "function" ? (sample: Dynptr) => callback(sample, context) : callback;
    return userRingbufDrain(this.#run, map, shown, flags);
  }

  /** `bpf_ktime_get_ns`, by the kernel's clock. */
  ktimeGetNs(): bigint {
    return BigInt(Math.round(this.#run.environment.clock.now() * 1e6));
  }

  #heldBy(sample: Sample): HeldRecord {
    this.#run.check();
    return this.#samples.get(sample) ?? this.#run.refuse("EACCES", "R1 type=mem expected=ringbuf_mem");
  }

  #slice(dynptr: Dynptr, offset: number, length: number, writable: boolean): Sample | null {
    const slice = dynptrs.dynptrSlice(this.#run, dynptr, offset, length, writable);
    return slice && new Sample(slice.reference, slice.lent.buffer, slice.byteOffset, slice.byteLength, writable);
  }

  /** Bytes of a program's buffer, which may be a record that it holds. */
  #bytesOf(view: ArrayBufferView, register: number): Uint8Array {
    if (view instanceof Sample && this.#samples.get(view)?.reference.alive === false) {
      this.#run.refuse("EACCES", `R${register} type=scalar expected=mem`);
    }
    return this.#run.memory(view, register);
  }
}
