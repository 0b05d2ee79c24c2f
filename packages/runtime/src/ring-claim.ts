import type { RingMemory } from "./ring/memory.ts";

/** How long a wait lasts. */
export interface WaitOptions {
  /** Milliseconds; `Infinity` for ever, 0 looks once. */
  readonly timeoutMs: number;
  /** Ends the wait, which then rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a wait ended. Wake-ups may be spurious: look at the ring. */
export type Wake = "woken" | "timeout";

/** What the kernel side counts, where it counts (the emulated one does): records since the map was made. */
export interface KernelCounters {
  /** Records reserved, whatever became of them (user ring: samples drained). */
  readonly records: number;
  /** Of these, the ones discarded. */
  readonly discarded: number;
  /** Reservations that failed, by reason ("full", "too big", "lock", "fault"). */
  readonly dropped: Readonly<Record<string, number>>;
}

/**
 * One claim on a map: from `claim` until `release`, nobody else of this process (emulated: of any that shares the buffer)
 * reads or writes the map's user side. A map holds its claim no stronger than weakly, unless somebody waits: one that is
 * forgotten together with its reader or writer is released when it is collected.
 */
export interface RingClaim {
  /** The ring's pages, which the claim lends until it is released. */
  readonly memory: RingMemory;
  /**
   * Whether the map is still open. A close from anywhere turns it false before the memory goes away, so that it is
   * checked after every piece of user code and before every touch of the memory that follows one.
   */
  readonly open: boolean;
  /**
   * Resolves when the ring may have changed, at the timeout, or at once if the map closes.
   * A wake-up between the caller's last look at the ring and this call is not lost. What is in the ring does not end a
   * wait, only a wake-up does (edge, not level): else a busy record at the head would make its reader spin.
   * @throws the signal's `reason` when it aborts; RingBufError EBUSY while another wait of the claim is pending.
   */
  wait(options: WaitOptions): Promise<Wake>;
  /** The same on a thread that may block; absent where the platform has none (a browser's main thread). */
  waitSync?(timeoutMs: number): Wake;
  /** Whether a pending wait keeps the process alive. */
  ref(): void;
  /** Lets the process end though a wait is pending. */
  unref(): void;
  /** Ends the claim; a pending wait ends as if the map had closed. */
  release(): void;
  /** Milliseconds of the clock that timeouts are measured by; absent where it is `performance.now`. */
  now?(): number;
  /** What the kernel side counted; absent where it does not count. */
  counters?(): KernelCounters;
  /**
   * Called once when the map closes under the claim, with `open` already false and the memory still there until it
   * returns: the position after the last record handed out is stored then.
   */
  onClose: (() => void) | undefined;
}
