import { errno } from "../errors.ts";
import { discardBit, footprint, headerBytes, lengthMask } from "./header.ts";
import type { RingMemory } from "./memory.ts";
import { PositionWords } from "./position-words.ts";
import { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from "./wakeup-flags.ts";

/** Largest dynptr: 24 bits of size. */
export const maxDynptrBytes = 0xffffff;
/** `BPF_MAX_USER_RINGBUF_SAMPLES`: headers that one drain looks at, discarded ones too. */
const maxDrainedSamples: number = 128 * 1024;

/** How `peek` found the ring, where it is not a negative errno. */
const nothing = 0;
const sample = 1;
const discarded = 2;

/**
 * Kernel side of a `BPF_MAP_TYPE_USER_RINGBUF`, after `bpf_user_ringbuf_drain` of kernel/bpf/ringbuf.c. The user side is
 * not trusted: every position and header is checked before it is used.
 */
export class KernelConsumer {
  readonly #size: number;
  readonly #mask: number;
  readonly #words: Int32Array;
  readonly #copies: Uint8Array | undefined;
  readonly #busy: Int32Array;
  readonly #busyIndex: number;
  readonly #consumer: PositionWords;
  readonly #producer: PositionWords;
  /** The record under the cursor: its payload in the data, and its length. */
  #offset = 0;
  #byteLength = 0;
  /** Of the last drain: records that the callback saw, records that were discarded, and whether the waiters are to be woken. */
  samples = 0;
  discards = 0;
  wakes = false;
  /** Drains that got as far as looking at the ring. */
  drains = 0;

  /** @param busy word in memory that every drain shares: odd from the begin of a drain to its end; each adds 1. */
  constructor(memory: RingMemory, busy: { readonly words: Int32Array; readonly index: number }) {
    const { buffer, byteOffset } = memory.data;
    this.#size = memory.size;
    this.#mask = memory.size - 1;
    this.#words = new Int32Array(buffer, byteOffset, memory.size / 4);
    this.#copies = memory.aliased ? undefined : new Uint8Array(buffer, byteOffset, 2 * memory.size);
    this.#busy = busy.words;
    this.#busyIndex = busy.index;
    this.#consumer = new PositionWords(memory.consumer);
    this.#producer = new PositionWords(memory.producer);
  }

  positions(): { readonly producer: bigint; readonly consumer: bigint } {
    return { producer: this.#producer.load(), consumer: this.#consumer.load() };
  }

  /**
   * Drains: `callback` gets offset and length of each sample and returns 0 to go on or 1 to stop. Samples passed to it,
   * or a negative errno. If it throws, its record counts as consumed and the drain ends as if it had returned 1.
   */
  drain(callback: (offset: number, byteLength: number) => number, flags: number): number {
    if ((flags & ~(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP)) !== 0) return errno.EINVAL;
    const turn = Atomics.load(this.#busy, this.#busyIndex);
    if ((turn & 1) !== 0 || Atomics.compareExchange(this.#busy, this.#busyIndex, turn, turn + 1) !== turn) {
      return errno.EBUSY;
    }
    this.#consumer.loadWords();
    let samples = 0;
    let discards = 0;
    let found: number = nothing;
    try {
      for (let stop = 0; samples < maxDrainedSamples && stop === 0; ) {
        found = this.#peek();
        if (found <= nothing) break;
        samples += 1;
        const byteLength = this.#byteLength;
        if (found === discarded) {
          discards += 1;
          this.#consumer.add(footprint(byteLength));
          continue;
        }
        try {
          stop = this.#show(callback, this.#offset, byteLength);
        } finally {
          // store-release after the callback: pairs with the writer's load, which then may write there again
          this.#consumer.add(footprint(byteLength));
        }
      }
    } finally {
      this.drains += 1;
      this.samples = samples - discards;
      this.discards = discards;
      // unless it was broken, and the word may be another drain's
      Atomics.compareExchange(this.#busy, this.#busyIndex, turn + 1, turn + 2);
      this.wakes = (flags & BPF_RB_FORCE_WAKEUP) !== 0 || ((flags & BPF_RB_NO_WAKEUP) === 0 && samples > 0);
    }
    return found < nothing ? found : samples - discards;
  }

  /** Where memory is not mapped twice, the bytes at its start are what counts, before and after the callback. */
  #show(callback: (offset: number, byteLength: number) => number, offset: number, byteLength: number): number {
    const beyond = offset + byteLength - this.#size;
    if (beyond <= 0 || this.#copies === undefined) return callback(offset, byteLength);
    this.#copies.copyWithin(this.#size, 0, beyond);
    try {
      return callback(offset, byteLength);
    } finally {
      this.#copies.copyWithin(0, this.#size, this.#size + beyond);
    }
  }

  /** `__bpf_user_ringbuf_peek`: lengths are checked before the flags are looked at. */
  #peek(): number {
    const producer = this.#producer;
    const consumer = this.#consumer;
    // load-acquire: pairs with the writer's store-release at reserve
    producer.loadWords();
    if ((producer.low & 7) !== 0) return errno.EINVAL;
    // plain unsigned comparison of the positions, not of their difference
    if (producer.high < consumer.high || (producer.high === consumer.high && producer.low <= consumer.low)) {
      return nothing;
    }
    const at = consumer.low & this.#mask;
    // load-acquire: pairs with the writer's commit
    const header = Atomics.load(this.#words, at >>> 2);
    const byteLength = header & lengthMask;
    const step = footprint(byteLength);
    const published = (producer.high - consumer.high) * 0x100000000 + (producer.low - consumer.low);
    if (step > published) return errno.EINVAL;
    if (step > this.#size || byteLength > maxDynptrBytes) return errno.E2BIG;
    this.#byteLength = byteLength;
    if ((header & discardBit) !== 0) return discarded;
    if (header < 0) return nothing;
    this.#offset = (at + headerBytes) & this.#mask;
    return sample;
  }
}
