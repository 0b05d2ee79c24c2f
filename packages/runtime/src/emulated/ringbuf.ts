import { claimMap, type RingBufMap } from "../backend.ts";
import { integer, unsigned64 } from "../checked-number.ts";
import { object } from "../checked-object.ts";
import type { OwnedBytes } from "../codec.ts";
import {
  BPF_F_RB_OVERWRITE,
  BPF_RB_AVAIL_DATA,
  BPF_RB_CONS_POS,
  BPF_RB_FORCE_WAKEUP,
  BPF_RB_NO_WAKEUP,
  BPF_RB_OVERWRITE_POS,
  BPF_RB_PROD_POS,
  BPF_RB_RING_SIZE,
} from "../constants.ts";
import { invalid, RingBufError } from "../errors.ts";
import { footprint, lengthMask } from "../ring/header.ts";
import { KernelProducer, lockBusy, mustWake } from "../ring/kernel-producer.ts";
import { noSpace, tooBig } from "../ring/producer.ts";
import type { RingClaim } from "../ring-claim.ts";
import { type EmulatedHandle, EmulatedMap, type MapContext } from "./emulated-map.ts";
import { RingBufFaults, SeededRandom } from "./fault.ts";
import { counter, onePlacing, type SharedRing, word } from "./shared-ring.ts";

/** Tries before a reservation gives up a lock, about a millisecond; where the thread may sleep, also milliseconds of sleep. */
const spins = 20_000;
const sleeps = 20;
const readable = 0x41;

/** A record that is held busy on purpose, as by a program that takes its time. */
export interface BusyRecord {
  /** Its bytes, which the commit writes to the ring. */
  readonly bytes: Uint8Array;
  /** Hands it to the reader, as `bpf_ringbuf_submit` does. */
  submit(flags?: number): void;
  /** Gives it up, as `bpf_ringbuf_discard` does. */
  discard(flags?: number): void;
}

/** `BPF_MAP_TYPE_RINGBUF` of an emulated kernel. Programs produce into it by the helpers of their `bpf`. */
export interface EmulatedRingBuf extends RingBufMap {
  /** Faults on purpose; of this thread's operations. */
  readonly faults: RingBufFaults;
  /** Whether the map was closed on this thread. */
  readonly closed: boolean;
  /** @throws UnsupportedError where the ring is not in shared memory. */
  handle(): EmulatedHandle;
  /** Ends the claim of a reader whose thread is gone; false if there is none. @see EmulatedMap.breakClaim */
  breakClaim(): boolean;
  /** As poll(2) on the map's fd: EPOLLIN | EPOLLRDNORM (0x41) if there is data, busy and discarded records too; else 0. */
  readiness(): number;
  /**
   * Reserves a record and holds it busy until it is committed: whatever is produced meanwhile waits behind it.
   * @throws RingBufError ENOSPC if the reservation fails, EINVAL for a second commit.
   */
  hold(byteLength: number): BusyRecord;
  /** Puts a word where the header at `position` is, as no kernel does: for tests of a reader's defences. */
  corruptHeader(position: bigint, header: number): void;
  /** Sets positions, as of a ring that has run for long, or as no kernel does; not while programs of other threads run. */
  setPositions(positions: { readonly producer?: bigint; readonly consumer?: bigint; readonly pending?: bigint }): void;
}

/** What helpers do with a ring. */
export interface RingBufInside {
  /** The map's name. */
  readonly name: string;
  /** Whether the map was given up. */
  readonly closed: boolean;
  /** Another map of the same ring, open: what a program has when user space closed its own. */
  again(): EmulatedRingBuf;
  /** `bpf_ringbuf_query`; the overwrite position only where the kernel knows it. */
  query(what: number, overwriteKnown: boolean): bigint;
  /** Whether a reservation of so many bytes is to fail, as the ring's faults say: asked once for each. */
  faulted(byteLength: number): boolean;
  /** Offset of the payload in the data, or negative. */
  reserve(byteLength: number): number;
  /** Reserves, copies `bytes` in, commits and wakes: 0, or negative. */
  output(bytes: Uint8Array, flags: number): number;
  /** Copies a payload in; `bytes` is at most what was reserved. */
  store(offset: number, bytes: Uint8Array): void;
  /** A copy of what a reserved payload holds. */
  load(offset: number, byteLength: number): OwnedBytes;
  /** Ends a reservation, and wakes the reader as `flags` say. */
  commit(offset: number, byteLength: number, discard: boolean, flags: number): void;
}

/** A map of this thread over `ring`. */
export function makeRingBuf(ring: SharedRing, context: MapContext): EmulatedRingBuf {
  return new RingBuf(ring, context);
}

/** The inside of an emulated ring buffer; undefined for anything else. */
export function insideRingBuf(map: unknown): RingBufInside | undefined {
  return map instanceof RingBuf ? map : undefined;
}

class RingBuf extends EmulatedMap implements EmulatedRingBuf, RingBufInside {
  readonly type = "ringbuf";
  readonly faults: RingBufFaults;
  readonly #ring: SharedRing;
  readonly #producer: KernelProducer;
  readonly #overwrite: boolean;
  readonly #context: MapContext;

  constructor(ring: SharedRing, context: MapContext) {
    super(ring, context);
    this.faults = new RingBufFaults(new SeededRandom(context.seed), context.clock);
    this.#ring = ring;
    this.#context = context;
    this.#overwrite = (ring.flags & BPF_F_RB_OVERWRITE) !== 0;
    this.#producer = new KernelProducer(ring.memory, {
      lock: { words: ring.words, index: word.lock },
      pageSize: ring.pageSize,
      overwrite: this.#overwrite,
      spins,
      records: counter.records,
      claims: word.claimed,
    });
  }

  again(): EmulatedRingBuf {
    return new RingBuf(this.#ring, this.#context);
  }

  readiness(): number {
    this.check();
    return this.#available() === 0n ? 0 : readable;
  }

  query(what: number, overwriteKnown: boolean): bigint {
    const { producer, consumer, overwrite } = this.#producer.positions();
    switch (what) {
      case BPF_RB_AVAIL_DATA:
        return this.#available();
      case BPF_RB_RING_SIZE:
        return BigInt(this.maxEntries);
      case BPF_RB_CONS_POS:
        return consumer;
      case BPF_RB_PROD_POS:
        return producer;
      case BPF_RB_OVERWRITE_POS:
        return overwriteKnown ? overwrite : 0n;
      default:
        return 0n;
    }
  }

  hold(byteLength: number): BusyRecord {
    integer(byteLength, "byteLength", 0, lengthMask);
    const offset = this.faulted(byteLength) ? noSpace : this.reserve(byteLength);
    if (offset < 0) throw new RingBufError(`no room for ${byteLength} bytes in ${this.name}`, { code: "ENOSPC" });
    const bytes = this.load(offset, byteLength);
    let held = true;
    const end = (discard: boolean, flags: number): void => {
      integer(flags, "flags", 0, BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP);
      if (!held) throw invalid("the record was committed");
      held = false;
      this.check();
      this.store(offset, bytes);
      this.commit(offset, byteLength, discard, flags);
    };
    return { bytes, submit: (flags = 0) => end(false, flags), discard: (flags = 0) => end(true, flags) };
  }

  faulted(byteLength: number): boolean {
    if (this.closed) this.check();
    if (!this.faults.active) return false;
    const fails = this.faults.reservationFails(this.maxEntries - 1 - Number(this.#available()) - footprint(byteLength));
    if (fails) this.#ring.count(counter.fault);
    return fails;
  }

  reserve(byteLength: number): number {
    if (this.closed) this.check();
    let offset = this.#producer.reserve(byteLength);
    for (let slept = 0; offset === lockBusy && slept < sleeps && this.#sleep(); slept += 1) {
      offset = this.#producer.reserve(byteLength);
    }
    return offset < 0 ? this.#failed(offset) : offset;
  }

  output(bytes: Uint8Array, flags: number): number {
    if (this.closed) this.check();
    let outcome = this.#producer.output(bytes, flags);
    for (let slept = 0; outcome === lockBusy && slept < sleeps && this.#sleep(); slept += 1) {
      outcome = this.#producer.output(bytes, flags);
    }
    if (outcome < 0) return this.#failed(outcome);
    if (outcome === mustWake) this.wake();
    return 0;
  }

  commit(offset: number, byteLength: number, discard: boolean, flags: number): void {
    if (discard) this.#ring.count(counter.discarded);
    if (this.#producer.commit(offset, byteLength, discard, flags)) this.wake();
  }

  setPositions(positions: { readonly producer?: bigint; readonly consumer?: bigint; readonly pending?: bigint }): void {
    const { pending } = object(positions, "positions");
    if (pending !== undefined) unsigned64(pending, "pending");
    this.place(positions);
    const { buffer, byteOffset } = this.#ring.memory.producer;
    if (pending !== undefined) {
      const words = new BigUint64Array(buffer, byteOffset, 3);
      Atomics.store(words, 1, pending);
      if (this.#overwrite) Atomics.store(words, 2, pending);
    }
    Atomics.store(this.#ring.words, word.settled, 0);
    Atomics.add(this.#ring.words, word.claimed, onePlacing);
  }

  [claimMap](): RingClaim {
    return this.claim();
  }

  #available(): bigint {
    const { producer, consumer, overwrite } = this.#producer.positions();
    const from = this.#overwrite && overwrite > consumer ? overwrite : consumer;
    return BigInt.asUintN(64, producer - from);
  }

  /** Counts a failed reservation. */
  #failed(reason: number): number {
    if (reason === noSpace) this.#ring.count(counter.full);
    else this.#ring.count(reason === tooBig ? counter.tooBig : counter.lock);
    return reason;
  }

  /** Lets the lock's holder run; false where this thread may not sleep. */
  #sleep(): boolean {
    try {
      Atomics.wait(this.#ring.words, word.lock, 1, 1);
      return true;
    } catch {
      return false;
    }
  }
}
