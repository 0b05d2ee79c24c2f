/**
 * The seam between the ring protocol and what holds the rings. A backend lends mapped memory and a way to sleep;
 * no record ever passes through it.
 */

/**
 * Memory of one ring, as `mmap` lays it out (kernel/bpf/ringbuf.c `struct bpf_ringbuf`): positions on pages of their
 * own, data twice. It is lent to this runtime and never handed to user code: a write to a page that the kernel maps
 * read-only ends the process, and a transferred buffer would take the mapping away.
 */
export interface RingMemory {
  /** `max_entries`: bytes of data, a power of two. */
  readonly size: number;
  /** Page of the consumer position (`u64` at its start). Writable for a ring buffer's reader only. */
  readonly consumer: { readonly buffer: ArrayBufferLike; readonly byteOffset: number };
  /** Page of the producer position (`u64` at its start, pending position at 8, overwrite position at 16). Writable for a user ring's writer only. */
  readonly producer: { readonly buffer: ArrayBufferLike; readonly byteOffset: number };
  /** `2 × size` bytes, so that a record is contiguous from `position & (size - 1)`. */
  readonly data: { readonly buffer: ArrayBufferLike; readonly byteOffset: number };
  /**
   * Whether the second half of `data` is the first one again, as the kernel maps it. Where it is not (emulated), the
   * side that reserves copies the head bytes of a crossing record to the tail, and the side that commits copies them back.
   */
  readonly aliased: boolean;
}

export interface WaitOptions {
  /** Milliseconds; `Infinity` for ever, 0 looks once. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** How a wait ended. Wake-ups may be spurious: look at the ring. */
export type Wake = "woken" | "timeout";

/**
 * One claim on a map: from `claim` until `release`, nobody else of this process (emulated: of any that shares the buffer)
 * reads or writes the map's user side.
 */
export interface RingClaim {
  readonly memory: RingMemory;
  /**
   * Whether the map is still open. A close from anywhere turns it false before the memory goes away, so that it is
   * checked after every piece of user code and before every touch of the memory that follows one.
   */
  readonly open: boolean;
  /**
   * Resolves when the ring may have changed, at the timeout, or at once if the map closes.
   * A wake-up between the caller's last look at the ring and this call is not lost.
   * @throws the signal's `reason` when it aborts.
   */
  wait(options: WaitOptions): Promise<Wake>;
  /** The same on a thread that may block; absent where the platform has none (a browser's main thread). */
  waitSync?(timeoutMs: number): Wake;
  /** Whether a pending wait keeps the process alive. */
  ref(): void;
  unref(): void;
  release(): void;
  /** Called once when the map closes under the claim. */
  onClose: (() => void) | undefined;
}

interface MapBase {
  readonly name: string;
  /** `max_entries`, bytes. */
  readonly maxEntries: number;
  /** `map_flags` as given at creation. */
  readonly flags: number;
  /** Byte order of records and headers: the machine's (native), or as created (emulated). */
  readonly endian: "little" | "big";
  /** What can be posted to another thread, to attach there. */
  handle(): unknown;
  close(): void;
  [Symbol.dispose](): void;
}

/** Lends the memory: known to this runtime and its backends only. */
export const claimMap: unique symbol = Symbol.for("rbgen.v1.claim") as never;

/** `BPF_MAP_TYPE_RINGBUF`: the kernel side produces, a `RingBufReader` consumes. */
export interface RingBufMap extends MapBase {
  readonly type: "ringbuf";
  /** @throws RingBufError EBUSY if it is claimed already, ERR_RINGBUF_CLOSED if it is closed. */
  [claimMap](): RingClaim;
}

/** `BPF_MAP_TYPE_USER_RINGBUF`: a `UserRingBufWriter` produces, the kernel side drains. */
export interface UserRingBufMap extends MapBase {
  readonly type: "user_ringbuf";
  /** @throws RingBufError EBUSY if it is claimed already, ERR_RINGBUF_CLOSED if it is closed. */
  [claimMap](): RingClaim;
}
