import { claimMap, type UserRingBufMap } from "../backend.ts";
import type { OwnedBytes } from "../codec.ts";
import { KernelConsumer } from "../ring/kernel-consumer.ts";
import type { RingClaim } from "../ring-claim.ts";
import { type EmulatedHandle, EmulatedMap, type MapContext } from "./emulated-map.ts";
import { SeededRandom, WakeupFaults } from "./fault.ts";
import { counter, type SharedRing, word } from "./shared-ring.ts";

const writable = 0x104;

/** `BPF_MAP_TYPE_USER_RINGBUF` of an emulated kernel. Programs drain it by `bpf.userRingbufDrain`. */
export interface EmulatedUserRingBuf extends UserRingBufMap {
  /** Faults on purpose; of this thread's drains. */
  readonly faults: WakeupFaults;
  /** Whether the map was closed on this thread. */
  readonly closed: boolean;
  /** @throws UnsupportedError where the ring is not in shared memory. */
  handle(): EmulatedHandle;
  /**
   * Ends the claim of a writer whose thread is gone, and the drain that a thread died in, which else is EBUSY for ever;
   * false if there is neither. The sample that the drain was at comes again.
   * @see EmulatedMap.breakClaim
   */
  breakClaim(): boolean;
  /** As poll(2) on the map's fd: EPOLLOUT | EPOLLWRNORM (0x104) if at least a byte is free; else 0. */
  readiness(): number;
  /** Puts a word where the header at `position` is, as a hostile writer may. */
  corruptHeader(position: bigint, header: number): void;
  /** Sets positions, as of a ring that has run for long, or as a hostile writer may. */
  setPositions(positions: { readonly producer?: bigint; readonly consumer?: bigint }): void;
}

/** What helpers do with a user ring. */
export interface UserRingBufInside {
  /** The map's name. */
  readonly name: string;
  /** Whether the map was given up. */
  readonly closed: boolean;
  /** Another map of the same ring, open: what a program has when user space closed its own. */
  again(): EmulatedUserRingBuf;
  /** Its data as its writer has it, and as much again for what crosses its end. */
  readonly userData: Uint8Array;
  /** How far both sides are, bytes since the ring was made. */
  positions(): { readonly producer: bigint; readonly consumer: bigint };
  /** `bpf_user_ringbuf_drain`; `callback` gets where a sample lies and gives 0 to go on or 1 to stop. */
  drain(callback: (offset: number, byteLength: number) => number, flags: number): number;
  /** A copy of a sample's bytes. */
  load(offset: number, byteLength: number): OwnedBytes;
  /** Writes a sample's bytes back into the user's ring. */
  store(offset: number, bytes: Uint8Array): void;
}

/** A map of this thread over `ring`. */
export function makeUserRingBuf(ring: SharedRing, context: MapContext): EmulatedUserRingBuf {
  return new UserRingBuf(ring, context);
}

/** The inside of an emulated user ring; undefined for anything else. */
export function insideUserRingBuf(map: unknown): UserRingBufInside | undefined {
  return map instanceof UserRingBuf ? map : undefined;
}

class UserRingBuf extends EmulatedMap implements EmulatedUserRingBuf, UserRingBufInside {
  readonly type = "user_ringbuf";
  readonly faults: WakeupFaults;
  readonly #ring: SharedRing;
  readonly #consumer: KernelConsumer;
  readonly #context: MapContext;

  constructor(ring: SharedRing, context: MapContext) {
    super(ring, context);
    this.faults = new WakeupFaults(new SeededRandom(context.seed), context.clock);
    this.#ring = ring;
    this.#context = context;
    this.#consumer = new KernelConsumer(ring.memory, { words: ring.words, index: word.draining });
  }

  again(): EmulatedUserRingBuf {
    return new UserRingBuf(this.#ring, this.#context);
  }

  get userData(): Uint8Array {
    return this.data;
  }

  positions(): { readonly producer: bigint; readonly consumer: bigint } {
    return this.#consumer.positions();
  }

  readiness(): number {
    this.check();
    const { producer, consumer } = this.positions();
    return BigInt.asUintN(64, producer - consumer) < BigInt(this.maxEntries) ? writable : 0;
  }

  drain(callback: (offset: number, byteLength: number) => number, flags: number): number {
    this.check();
    const consumer = this.#consumer;
    const before = consumer.drains;
    try {
      return consumer.drain(callback, flags);
    } finally {
      if (consumer.drains !== before) {
        this.#ring.count(counter.records, consumer.samples + consumer.discards);
        this.#ring.count(counter.discarded, consumer.discards);
        if (consumer.wakes) this.wake();
      }
    }
  }

  override breakClaim(): boolean {
    const claimed = super.breakClaim();
    const { words } = this.#ring;
    const turn = Atomics.load(words, word.draining);
    const drained = (turn & 1) !== 0 && Atomics.compareExchange(words, word.draining, turn, turn + 1) === turn;
    return drained || claimed;
  }

  setPositions(positions: { readonly producer?: bigint; readonly consumer?: bigint }): void {
    this.place(positions);
  }

  [claimMap](): RingClaim {
    return this.claim();
  }
}
