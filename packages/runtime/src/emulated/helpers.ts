import { maxDynptrBytes } from "../ring/kernel-consumer.ts";
import type { Clock } from "./clock.ts";
import { Dynptr, type DynptrGround } from "./dynptr.ts";
import { type EmulatedRingBuf, insideRingBuf, type RingBufInside } from "./ringbuf.ts";
import { Lease, Sample } from "./sample.ts";
import { type EmulatedUserRingBuf, insideUserRingBuf, type UserRingBufInside } from "./user-ringbuf.ts";
import { VerifierError } from "./verifier-error.ts";

const einval = -22;
const eagain = -11;
const e2big = -7;
const erange = -34;
const wakeupFlags = 3;

/** A record that a run has reserved and not yet given back. */
interface Held {
  readonly map: RingBufInside;
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly lease: Lease;
}

/** What the kernel gives a run beside its maps. */
export interface RunEnvironment {
  readonly clock: Clock;
  /** Whether the kernel knows overwrite mode (6.19). */
  readonly overwrite: boolean;
}

/** Callback of a drain: 0 goes on, 1 stops; the verifier refuses anything else. */
export type DrainCallback<Context> = (sample: Dynptr, context: Context) => 0 | 1;

/**
 * The helpers of one run of a program, named as the kernel's in camel case without `bpf_`; returns are the kernel's
 * (0, counts, null, negative errno). Sizes, offsets and lengths in bytes. What the verifier would refuse throws a
 * {@link VerifierError}, which ends the run.
 *
 * Follows kernel/bpf/ringbuf.c and kernel/bpf/helpers.c of 6.18.
 */
export class Bpf {
  readonly #environment: RunEnvironment;
  readonly #held: Map<Lease, Held> = new Map();
  readonly #samples: WeakMap<Sample, Held> = new WeakMap();
  /** Null dynptrs that a failed reservation left, by the depth at which. */
  readonly #nulls: Map<Dynptr, number> = new Map();
  #depth = 0;
  #running = true;
  #refused: VerifierError | undefined;

  /** @internal */
  constructor(environment: RunEnvironment) {
    this.#environment = environment;
  }

  /** `bpf_ringbuf_reserve`: null if there is no room, if `size` can never fit, or for any flag. */
  ringbufReserve(map: EmulatedRingBuf, size: number, flags: number): Sample | null {
    const ring = this.#expectRingBuf(map);
    if (!Number.isInteger(size)) this.refuse("EACCES", "R2 is not a known constant");
    if (flags !== 0 || size < 0) return null;
    const held = this.#reserve(ring, size);
    if (held === undefined) return null;
    const sample = new Sample(held.lease, held.bytes.buffer, 0, size);
    this.#samples.set(sample, held);
    return sample;
  }

  /** `bpf_ringbuf_submit`. Only `BPF_RB_NO_WAKEUP` and `BPF_RB_FORCE_WAKEUP` of the flags are looked at. */
  ringbufSubmit(sample: Sample, flags: number): void {
    this.#commitSample(sample, false, flags);
  }

  /** `bpf_ringbuf_discard`: the reader never sees the record, but its space is in use until then. It wakes as a submit does. */
  ringbufDiscard(sample: Sample, flags: number): void {
    this.#commitSample(sample, true, flags);
  }

  /** `bpf_ringbuf_output`: 0, −EINVAL for unknown flags, −EAGAIN if there is no room or the bytes can never fit. */
  ringbufOutput(map: EmulatedRingBuf, bytes: ArrayBufferView, flags: number): number {
    const ring = this.#expectRingBuf(map);
    if ((flags & ~wakeupFlags) !== 0 || flags > wakeupFlags) return einval;
    const source = bytes instanceof Uint8Array ? bytes : this.#bytesOf(bytes);
    return ring.output(source, flags) < 0 ? eagain : 0;
  }

  /** `bpf_ringbuf_query`: one of `BPF_RB_AVAIL_DATA`, `RING_SIZE`, `CONS_POS`, `PROD_POS` and `OVERWRITE_POS`; else 0. */
  ringbufQuery(map: EmulatedRingBuf, what: number): bigint {
    return this.#expectRingBuf(map).query(what, this.#environment.overwrite);
  }

  /** A dynptr on the program's stack. */
  dynptr(): Dynptr {
    this.#expectRunning();
    return new Dynptr();
  }

  /**
   * `bpf_ringbuf_reserve_dynptr`: 0, −EINVAL for any flag or if there is no room, −E2BIG above 24 bits of size. Whatever
   * it returns, `dynptr` has to be released by submit or discard.
   */
  ringbufReserveDynptr(map: EmulatedRingBuf, size: number, flags: number, dynptr: Dynptr): number {
    const ring = this.#expectRingBuf(map);
    if (dynptr.ground?.constant) {
      this.refuse("EINVAL", "Dynptr has to be an uninitialized dynptr");
    }
    if (dynptr.state !== "uninitialised") this.refuse("EINVAL", "cannot overwrite referenced dynptr");
    const bytes = size >>> 0;
    const failure = flags !== 0 ? einval : bytes > maxDynptrBytes ? e2big : 0;
    const held = failure === 0 ? this.#reserve(ring, bytes) : undefined;
    if (held === undefined) {
      dynptr.state = "null";
      this.#nulls.set(dynptr, this.#depth);
      return failure === 0 ? einval : failure;
    }
    const ground: DynptrGround = {
      lease: held.lease,
      buffer: held.bytes.buffer,
      constant: false,
      touched: false,
      release: (discard, commitFlags) => this.#commit(held, discard, commitFlags),
    };
    set(dynptr, ground, 0, bytes);
    return 0;
  }

  /** `bpf_ringbuf_submit_dynptr`: the whole record, whatever the dynptr was adjusted to; of a null dynptr nothing. */
  ringbufSubmitDynptr(dynptr: Dynptr, flags: number): void {
    this.#commitDynptr(dynptr, false, flags);
  }

  /** `bpf_ringbuf_discard_dynptr`. */
  ringbufDiscardDynptr(dynptr: Dynptr, flags: number): void {
    this.#commitDynptr(dynptr, true, flags);
  }

  /** `bpf_dynptr_write`: 0; −EINVAL for a null dynptr, −E2BIG outside of it, then −EINVAL for any flag. */
  dynptrWrite(dynptr: Dynptr, offset: number, source: ArrayBufferView, flags: number): number {
    const ground = this.#expectDynptr(dynptr);
    const bytes = this.#bytesOf(source);
    if (ground === undefined) return einval;
    if (outside(dynptr, offset >>> 0, bytes.byteLength)) return e2big;
    if (flags !== 0) return einval;
    ground.touched = true;
    new Uint8Array(ground.buffer).set(bytes, dynptr.offset + (offset >>> 0));
    return 0;
  }

  /** `bpf_dynptr_read` into all of `target`: 0; −EINVAL for a null dynptr or any flag, −E2BIG outside of it. */
  dynptrRead(target: ArrayBufferView, dynptr: Dynptr, offset: number, flags: number): number {
    const ground = this.#expectDynptr(dynptr);
    const bytes = this.#bytesOf(target);
    if (ground === undefined || flags !== 0) return einval;
    if (outside(dynptr, offset >>> 0, bytes.byteLength)) return e2big;
    bytes.set(new Uint8Array(ground.buffer, dynptr.offset + (offset >>> 0), bytes.byteLength));
    return 0;
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
    const ground = this.#expectDynptr(dynptr);
    const from = start >>> 0;
    const to = end >>> 0;
    if (ground === undefined || from > to) return einval;
    if (from > dynptr.size || to > dynptr.size) return erange;
    dynptr.offset += from;
    dynptr.size = to - from;
    return 0;
  }

  /** `bpf_dynptr_size`; of a null dynptr −EINVAL as u32. */
  dynptrSize(dynptr: Dynptr): number {
    return this.#expectDynptr(dynptr) === undefined ? einval >>> 0 : dynptr.size;
  }

  /** `bpf_dynptr_is_null`: true after a failed reservation. */
  dynptrIsNull(dynptr: Dynptr): boolean {
    return this.#expectDynptr(dynptr) === undefined;
  }

  /** `bpf_dynptr_is_rdonly`: false for any dynptr on a ring. */
  dynptrIsRdonly(dynptr: Dynptr): boolean {
    this.#expectDynptr(dynptr);
    return false;
  }

  /** `bpf_dynptr_clone`: `clone` becomes a dynptr of the same record, with offsets of its own; −EINVAL for a null dynptr. */
  dynptrClone(dynptr: Dynptr, clone: Dynptr): number {
    const ground = this.#expectDynptr(dynptr);
    if (clone.state !== "uninitialised") this.refuse("EINVAL", "cannot overwrite referenced dynptr");
    if (ground === undefined) {
      clone.state = "null"; // initialised, and released with the one it was made from
      return einval;
    }
    set(clone, ground, dynptr.offset, dynptr.size);
    return 0;
  }

  /** `bpf_dynptr_memset`: `length` bytes of `value`; −EINVAL for a null dynptr, −E2BIG outside of it. */
  dynptrMemset(dynptr: Dynptr, offset: number, length: number, value: number): number {
    const ground = this.#expectDynptr(dynptr);
    if (ground === undefined) return einval;
    if (outside(dynptr, offset >>> 0, length >>> 0)) return e2big;
    const start = dynptr.offset + (offset >>> 0);
    ground.touched = true;
    new Uint8Array(ground.buffer).fill(value, start, start + (length >>> 0));
    return 0;
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
    this.#expectRunning();
    const ring = insideUserRingBuf(map);
    if (ring === undefined) return this.#wrongMap("bpf_user_ringbuf_drain");
    return ring.drain(
      (offset, byteLength) => this.#show(ring, offset, byteLength, callback, context),
      flags > wakeupFlags ? -1 : flags,
    );
  }

  /** `bpf_ktime_get_ns`, by the kernel's clock. */
  ktimeGetNs(): bigint {
    return BigInt(Math.round(this.#environment.clock.now() * 1e6));
  }

  /** @internal Ends the run: what it still holds is discarded, which is a refusal if it `returned`. The refusal, if any. */
  finish(returned: boolean): VerifierError | undefined {
    const leaked = this.#releaseFrom(0);
    this.#running = false;
    if (leaked && returned) this.#refused ??= leak();
    return this.#refused;
  }

  /** @internal */
  refuse(code: "EACCES" | "EINVAL", log: string): never {
    this.#refused ??= new VerifierError(code, log);
    throw this.#refused;
  }

  #show<Context>(
    map: UserRingBufInside,
    offset: number,
    byteLength: number,
    callback: DrainCallback<Context>,
    context: Context,
  ): number {
    this.#depth += 1;
    const bytes = map.load(offset, byteLength);
    const lease = new Lease(this, this.#depth);
    const ground: DynptrGround = { lease, buffer: bytes.buffer, constant: true, touched: false, release: () => {} };
    const dynptr = new Dynptr();
    set(dynptr, ground, 0, byteLength);
    try {
      const result: number = callback(dynptr, context);
      if (result !== 0 && result !== 1) {
        this.refuse("EINVAL", `At callback return the register R0 has value ${result} should have been in [0, 1]`);
      }
      if (this.#releaseFrom(this.#depth)) this.#refused ??= leak();
      if (this.#refused !== undefined) throw this.#refused;
      return result;
    } finally {
      this.#releaseFrom(this.#depth);
      this.#depth -= 1;
      lease.alive = false;
      if (ground.touched && !map.closed) map.store(offset, bytes);
    }
  }

  /** Discards what was reserved at `depth` or deeper; whether there was anything. */
  #releaseFrom(depth: number): boolean {
    let leaked = false;
    for (const held of [...this.#held.values()]) {
      if (held.lease.depth < depth) continue;
      leaked = true;
      this.#end(held, true, 0);
    }
    for (const [dynptr, at] of [...this.#nulls]) {
      if (at < depth) continue;
      leaked = true;
      this.#nulls.delete(dynptr);
    }
    return leaked;
  }

  #reserve(map: RingBufInside, byteLength: number): Held | undefined {
    const offset = map.reserve(byteLength);
    if (offset < 0) return undefined;
    const lease = new Lease(this, this.#depth);
    const held: Held = { map, offset, bytes: map.load(offset, byteLength), lease };
    this.#held.set(lease, held);
    return held;
  }

  #commitSample(sample: Sample, discard: boolean, flags: number): void {
    this.#expectRunning();
    const held = this.#samples.get(sample);
    if (held === undefined) this.refuse("EACCES", "R1 type=mem expected=ringbuf_mem");
    if (!held.lease.alive) this.refuse("EACCES", "R1 type=scalar expected=ringbuf_mem");
    this.#commit(held, discard, flags);
  }

  #commitDynptr(dynptr: Dynptr, discard: boolean, flags: number): void {
    this.#expectRunning();
    if (this.#nulls.delete(dynptr)) {
      dynptr.state = "uninitialised";
      return;
    }
    const { ground } = dynptr;
    if (ground?.constant) this.refuse("EINVAL", "cannot release unowned const bpf_dynptr");
    if (ground === undefined || !ground.lease.alive) {
      this.refuse("EINVAL", "arg 1 is an unacquired reference");
    }
    ground.release(discard, flags);
    dynptr.state = "uninitialised";
    dynptr.ground = undefined;
  }

  #commit(held: Held, discard: boolean, flags: number): void {
    if (held.lease.depth < this.#depth) {
      this.refuse("EINVAL", "release of a reference that was acquired outside of the callback");
    }
    this.#end(held, discard, flags);
  }

  #end({ map, offset, bytes, lease }: Held, discard: boolean, flags: number): void {
    lease.alive = false;
    this.#held.delete(lease);
    if (map.closed) return;
    map.store(offset, bytes);
    map.commit(offset, bytes.byteLength, discard, flags);
  }

  #slice(dynptr: Dynptr, offset: number, length: number, writable: boolean): Sample | null {
    const ground = this.#expectDynptr(dynptr);
    if (ground === undefined || outside(dynptr, offset >>> 0, length >>> 0)) return null;
    if (writable) ground.touched = true;
    return new Sample(ground.lease, ground.buffer, dynptr.offset + (offset >>> 0), length >>> 0, writable);
  }

  /** What the dynptr stands on; undefined for a null one. */
  #expectDynptr(dynptr: Dynptr): DynptrGround | undefined {
    this.#expectRunning();
    if (dynptr.state === "null") return undefined;
    if (dynptr.ground === undefined || !dynptr.ground.lease.alive) {
      this.refuse("EINVAL", "Expected an initialized dynptr as arg #1");
    }
    return dynptr.ground;
  }

  /** Bytes of a program's buffer, which may be a record that it holds. */
  #bytesOf(view: ArrayBufferView): Uint8Array {
    const held = view instanceof Sample ? this.#samples.get(view) : undefined;
    if (held?.lease.alive === false) this.refuse("EACCES", "R2 type=scalar expected=mem");
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }

  #expectRingBuf(map: EmulatedRingBuf): RingBufInside {
    if (!this.#running) this.#expectRunning();
    return insideRingBuf(map) ?? this.#wrongMap("bpf_ringbuf_output");
  }

  #expectRunning(): void {
    if (!this.#running) this.refuse("EINVAL", "helpers exist only while the program runs");
  }

  #wrongMap(helper: string): never {
    return this.refuse("EINVAL", `cannot pass map_type to func ${helper}`);
  }
}

function leak(): VerifierError {
  return new VerifierError("EINVAL", "Unreleased reference: reference leak");
}

function set(dynptr: Dynptr, ground: DynptrGround, offset: number, size: number): void {
  dynptr.state = "set";
  dynptr.ground = ground;
  dynptr.offset = offset;
  dynptr.size = size;
}

function outside(dynptr: Dynptr, offset: number, length: number): boolean {
  return length > dynptr.size || offset > dynptr.size - length;
}
