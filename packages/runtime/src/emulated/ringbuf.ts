import type { RingBufMap } from "../backend.ts";
import {
  BPF_F_RB_OVERWRITE,
  BPF_RB_AVAIL_DATA,
  BPF_RB_CONS_POS,
  BPF_RB_OVERWRITE_POS,
  BPF_RB_PROD_POS,
  BPF_RB_RING_SIZE,
} from "../constants.ts";
import { footprint } from "../ring/header.ts";
import { KernelProducer, lockBusy } from "../ring/kernel-producer.ts";
import { noSpace, tooBig } from "../ring/producer.ts";
import { EmulatedMap, type MapContext } from "./emulated-map.ts";
import { RingBufFaults, SeededRandom } from "./fault.ts";
import { counter, type SharedRing, word } from "./shared-ring.ts";

/** Tries before a reservation gives up a lock, about a millisecond; where the thread may sleep, also milliseconds of sleep. */
const spins = 20_000;
const sleeps = 20;
const readable = 0x41;

/** `BPF_MAP_TYPE_RINGBUF` of an emulated kernel. Programs produce into it by the helpers of their `bpf`. */
export class EmulatedRingBuf extends EmulatedMap implements RingBufMap {
  readonly type = "ringbuf";
  /** Faults on purpose; of this thread's operations. */
  readonly faults: RingBufFaults;
  readonly #producer: KernelProducer;
  readonly #data: Uint8Array;
  readonly #overwrite: boolean;

  constructor(ring: SharedRing, context: MapContext) {
    super(ring, context);
    this.faults = new RingBufFaults(new SeededRandom(context.seed), context.clock);
    const { data, size } = ring.memory;
    this.#overwrite = (ring.flags & BPF_F_RB_OVERWRITE) !== 0;
    this.#data = new Uint8Array(data.buffer, data.byteOffset, 2 * size);
    this.#producer = new KernelProducer(ring.memory, {
      lock: { words: ring.words, index: word.lock },
      pageSize: ring.pageSize,
      overwrite: this.#overwrite,
      spins,
    });
  }

  /** As poll(2) on the map's fd: EPOLLIN | EPOLLRDNORM if there is data, busy and discarded records too; else 0. */
  readiness(): number {
    this.check();
    return this.#available() === 0n ? 0 : readable;
  }

  /** `bpf_ringbuf_query`; the overwrite position only where the kernel knows it. */
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

  /** Offset of the payload in the data, or negative. */
  reserve(byteLength: number): number {
    if (this.closed) this.check();
    if (this.faults.active && this.#faulted(byteLength)) return noSpace;
    let offset = this.#producer.reserve(byteLength);
    for (let slept = 0; offset === lockBusy && slept < sleeps && this.#sleep(); slept += 1) {
      offset = this.#producer.reserve(byteLength);
    }
    if (offset >= 0) this.ring.count(counter.records);
    else if (offset === noSpace) this.ring.count(counter.full);
    else this.ring.count(offset === tooBig ? counter.tooBig : counter.lock);
    return offset;
  }

  /** Copies a payload in; `bytes` is at most what was reserved. */
  store(offset: number, bytes: Uint8Array): void {
    this.#data.set(bytes, offset);
  }

  /** A copy of what a reserved payload holds. */
  load(offset: number, byteLength: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(byteLength);
    bytes.set(this.#data.subarray(offset, offset + byteLength));
    return bytes;
  }

  /** Ends a reservation, and wakes the reader as `flags` say. */
  commit(offset: number, byteLength: number, discard: boolean, flags: number): void {
    if (discard) this.ring.count(counter.discarded);
    if (this.#producer.commit(offset, byteLength, discard, flags)) this.wake();
  }

  /** Puts a word where the header at `position` is, as no kernel does: for tests of a reader's defences. */
  corruptHeader(position: bigint, header: number): void {
    const { data, size } = this.ring.memory;
    const at = Number(position & BigInt(size - 1));
    Atomics.store(new Int32Array(data.buffer, data.byteOffset, size / 4), at >>> 2, header);
  }

  /** Sets positions, as of a ring that has run for long, or as no kernel does. */
  setPositions(positions: { readonly producer?: bigint; readonly consumer?: bigint; readonly pending?: bigint }): void {
    const { producer, consumer } = this.ring.memory;
    const set = (buffer: ArrayBufferLike, byteOffset: number, position: bigint | undefined): void => {
      if (position !== undefined) Atomics.store(new BigUint64Array(buffer, byteOffset, 1), 0, position);
    };
    set(consumer.buffer, consumer.byteOffset, positions.consumer);
    set(producer.buffer, producer.byteOffset, positions.producer);
    set(producer.buffer, producer.byteOffset + 8, positions.pending);
    if (this.#overwrite) set(producer.buffer, producer.byteOffset + 16, positions.pending);
  }

  #available(): bigint {
    const { producer, consumer, overwrite } = this.#producer.positions();
    const from = this.#overwrite && overwrite > consumer ? overwrite : consumer;
    return BigInt.asUintN(64, producer - from);
  }

  #faulted(byteLength: number): boolean {
    const fails = this.faults.reservationFails(this.maxEntries - 1 - Number(this.#available()) - footprint(byteLength));
    if (fails) this.ring.count(counter.fault);
    return fails;
  }

  /** Lets the lock's holder run; false where this thread may not sleep. */
  #sleep(): boolean {
    try {
      Atomics.wait(this.ring.words, word.lock, 1, 1);
      return true;
    } catch {
      return false;
    }
  }
}
