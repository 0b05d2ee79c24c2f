import { integer, unsigned64 } from "../checked-number.ts";
import { object } from "../checked-object.ts";
import type { OwnedBytes } from "../codec.ts";
import { RingBufError, UnsupportedError } from "../errors.ts";
import type { RingPart } from "../ring/memory.ts";
import type { RingClaim } from "../ring-claim.ts";
import type { Clock } from "./clock.ts";
import { EmulatedClaim } from "./emulated-claim.ts";
import type { WakeupFaults } from "./fault.ts";
import { onePlacing, type SharedRing, word } from "./shared-ring.ts";

/** What `handle()` gives and `attachRingBuf` takes: it can be posted to another thread. */
export interface EmulatedHandle {
  /** Which backend takes it, and its version. */
  readonly backend: "rbgen.emulated.v1";
  /** What kind of map it is. */
  readonly type: "ringbuf" | "user_ringbuf";
  /** The map's name. */
  readonly name: string;
  /** Pages and state of the map, for all threads. */
  readonly buffer: SharedArrayBuffer;
}

/** What a map on this thread has beside its ring. */
export interface MapContext {
  readonly name: string;
  readonly clock: Clock;
  readonly seed: number;
  /** Calls what a claim is registered with once that is collected; absent where claims are never forgotten. */
  readonly forgotten?: FinalizationRegistry<() => void>;
}

/** Releases claims that nobody released. */
export const forgottenClaims: FinalizationRegistry<() => void> = new FinalizationRegistry((release) => release());

/** What both types of emulated maps are: a ring that several threads may have, one of whose ends user space claims. */
export abstract class EmulatedMap {
  abstract readonly type: "ringbuf" | "user_ringbuf";
  readonly name: string;
  /** `max_entries`, bytes. */
  readonly maxEntries: number;
  /** `map_flags` as given at creation. */
  readonly flags: number;
  /** Byte order of the records. */
  readonly endian: "little" | "big";
  /** Faults on purpose; of this thread's operations. */
  abstract readonly faults: WakeupFaults;
  readonly #data: Uint8Array;
  readonly #ring: SharedRing;
  readonly #clock: Clock;
  readonly #forgotten: MapContext["forgotten"];
  /** Weakly: a reader or writer that is forgotten gives the map back when it is collected. */
  #claim: WeakRef<EmulatedClaim> | undefined;
  /** While somebody waits for it. */
  #waiting: EmulatedClaim | undefined;
  #open = true;

  protected constructor(ring: SharedRing, context: MapContext) {
    this.name = context.name;
    this.maxEntries = ring.memory.size;
    this.flags = ring.flags;
    this.endian = ring.endian;
    const { data, size } = ring.memory;
    this.#data = new Uint8Array(data.buffer, data.byteOffset, 2 * size);
    this.#ring = ring;
    this.#clock = context.clock;
    this.#forgotten = context.forgotten;
  }

  /** Whether the map was closed on this thread. */
  get closed(): boolean {
    return !this.#open;
  }

  /** @throws UnsupportedError where the ring is not in shared memory; RingBufError ERR_RINGBUF_CLOSED. */
  handle(): EmulatedHandle {
    this.check();
    const { buffer } = this.#ring;
    if (buffer instanceof ArrayBuffer) throw new UnsupportedError("this platform has no shared memory");
    return { backend: "rbgen.emulated.v1", type: this.type, name: this.name, buffer };
  }

  /** Ends the reader or writer of this thread. The ring lives on where another thread has it. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#claim?.deref()?.terminate();
  }

  /**
   * Ends a claim whose thread is gone, as by `terminate()`: true if there was one. Whoever calls it has to know that the
   * thread has ended: one that goes on would read or write beside the next. A reader begins at the consumer position, so
   * that records come again which were handed out and not yet committed; a sample that a writer left reserved stays busy,
   * until a writer is opened with `discardAbandoned`.
   */
  breakClaim(): boolean {
    this.check();
    const held = Atomics.load(this.#ring.words, word.claimed);
    this.#claim?.deref()?.terminate();
    unclaim(this.#ring.words, held);
    return (held & 1) !== 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** A copy of the bytes of a sample. */
  load(offset: number, byteLength: number): OwnedBytes {
    const bytes = new Uint8Array(byteLength);
    bytes.set(this.#data.subarray(offset, offset + byteLength));
    return bytes;
  }

  /** Writes the bytes of a sample. */
  store(offset: number, bytes: Uint8Array): void {
    this.#data.set(bytes, offset);
  }

  /** The data, and as much again for what crosses its end. */
  protected get data(): Uint8Array {
    return this.#data;
  }

  /** Puts a word where the header at `position` is, as no kernel does. */
  corruptHeader(position: bigint, header: number): void {
    const { buffer, byteOffset } = this.#data;
    const { size } = this.#ring.memory;
    integer(header, "header", -(2 ** 31), 2 ** 32 - 1);
    const at = Number(unsigned64(position, "position") & BigInt(size - 1));
    Atomics.store(new Int32Array(buffer, byteOffset, size / 4), at >>> 2, header);
  }

  /**
   * Sets the positions that are given.
   * @throws RingBufError EINVAL, with none of them set
   */
  protected place(positions: { readonly producer?: bigint; readonly consumer?: bigint }): void {
    const { producer, consumer } = object(positions, "positions");
    if (producer !== undefined) unsigned64(producer, "producer");
    if (consumer !== undefined) unsigned64(consumer, "consumer");
    const { memory } = this.#ring;
    if (consumer !== undefined) Atomics.store(positionIn(memory.consumer), 0, consumer);
    if (producer !== undefined) Atomics.store(positionIn(memory.producer), 0, producer);
  }

  /**
   * Lends the user side.
   * @throws RingBufError EBUSY if it is claimed, on any thread; ERR_RINGBUF_CLOSED.
   */
  protected claim(): RingClaim {
    this.check();
    const { words } = this.#ring;
    const claims = Atomics.load(words, word.claimed);
    if ((claims & 1) !== 0 || Atomics.compareExchange(words, word.claimed, claims, claims + 1) !== claims) {
      throw new RingBufError(`${this.name} has a ${this.type === "ringbuf" ? "reader" : "writer"} already`, {
        code: "EBUSY",
      });
    }
    const token = {};
    const source = {
      name: this.name,
      timer: this.#clock,
      released: () => {
        this.#claim = undefined;
        this.#forgotten?.unregister(token);
        unclaim(words, claims + 1);
      },
    };
    const claim = new EmulatedClaim(this.#ring, source, (waiting) => {
      this.#waiting = waiting;
    });
    this.#claim = new WeakRef(claim);
    this.#forgotten?.register(claim, () => unclaim(words, claims + 1), token);
    return claim;
  }

  /** Wakes whoever waits, on any thread, unless a fault prevents it. */
  protected wake(): void {
    this.faults.deliver(() => {
      const { words } = this.#ring;
      // after the store that the sleeper is to see; pairs with its load of the count, and then of the ring
      Atomics.add(words, word.wake, 1);
      // pairs with the sleeper's add before it compares the count: one of the two sees the other
      if (Atomics.load(words, word.sleepers) > 0) Atomics.notify(words, word.wake);
      if (!this.#ring.shared) this.#waiting?.wake();
    });
  }

  /** @throws RingBufError ERR_RINGBUF_CLOSED */
  protected check(): void {
    if (!this.#open) throw new RingBufError(`${this.name} is closed`, { code: "ERR_RINGBUF_CLOSED" });
  }
}

/** The position at the start of a page. */
function positionIn({ buffer, byteOffset }: RingPart): BigUint64Array {
  return new BigUint64Array(buffer, byteOffset, 1);
}

/** Ends the claim that `held` is of, unless it was broken, and may be another's now. */
function unclaim(words: Int32Array, held: number): void {
  if ((held & 1) === 0) return;
  for (;;) {
    const now = Atomics.load(words, word.claimed);
    if ((now ^ held) % onePlacing !== 0 || Atomics.compareExchange(words, word.claimed, now, now + 1) === now) return;
  }
}
