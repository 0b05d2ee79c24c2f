import { digestOf } from "./digest.ts";
import { type Operation, plain, signal } from "./operation.ts";

/** A thread's own doing: run from its begin up to the step it stands before, as often as the explorer likes. */
export interface Thread {
  readonly name: string;
  /** Deterministic but for what it reads from shared memory. Ends by returning. */
  run(port: Port): void;
}

/** Thrown through a thread to stop it before a step; a `finally` of its code that goes on is stopped again. */
class Pause extends Error {}

/** Byte that stands where shared memory would be: what is read past the explorer is wrong, what is written is found. */
const poison = 0xa5;

/** A thread that stands still: before a step, at its end, or at an error. */
export interface Standing {
  readonly operation: Operation | undefined;
  /** What it has reported so far. */
  readonly reports: readonly unknown[];
  readonly error: unknown;
  /** What it said of itself since its last step, {@link Port.checkpoint}; threads that say the same are one state. */
  readonly digest: string | undefined;
}

/**
 * Runs threads one at a time, each from its begin with the results of the steps that it has taken, until it comes to a
 * step that has none yet. Nothing else of it depends on the others, so these results are its state.
 */
export class Stage {
  /** What threads take for the shared memory. Every access to it goes through the stage. */
  readonly buffer: ArrayBuffer;
  /** Words beyond the shared memory in which the threads' waits are kept, byte offsets. */
  readonly slots: readonly number[];
  readonly #bytes: Uint8Array;
  #results: readonly unknown[] = [];
  #slot = 0;
  #taken = 0;
  #next: Operation | undefined;
  #reports: unknown[] = [];
  #digest: string | undefined;

  /** @param byteLength of shared memory, a multiple of 8. */
  constructor(byteLength: number, threads: number) {
    this.buffer = new ArrayBuffer(byteLength);
    this.slots = Array.from({ length: threads }, (_, thread) => byteLength + 4 * thread);
    this.#bytes = new Uint8Array(this.buffer).fill(poison);
  }

  /** The word in which the wait of the thread that is running is kept. */
  get slot(): number {
    return this.#slot;
  }

  /** Takes `thread`, which is number `index`, from its begin through `results`. */
  replay(thread: Thread, index: number, results: readonly unknown[]): Standing {
    this.#results = results;
    this.#slot = this.slots[index]!;
    this.#taken = 0;
    this.#next = undefined;
    this.#reports = [];
    this.#digest = undefined;
    let error: unknown;
    try {
      thread.run(new Port(this));
    } catch (thrown) {
      if (!(thrown instanceof Pause)) error = thrown;
    }
    if (this.#bytes.some((byte) => byte !== poison)) {
      throw new Error(`${thread.name} wrote to shared memory past the explorer`);
    }
    const operation = error === undefined ? this.#next : undefined;
    return { operation, reports: this.#reports, error, digest: this.#digest };
  }

  /** The result of `operation` if it was taken, else the end of this replay. */
  step(operation: Operation): unknown {
    if (this.#next !== undefined || this.#taken === this.#results.length) {
      this.#next ??= operation;
      throw new Pause();
    }
    const result = this.#results[this.#taken];
    this.#taken += 1;
    this.#digest = undefined;
    return result;
  }

  /** @see Port.checkpoint */
  checkpoint(roots: readonly unknown[]): void {
    this.#digest = digestOf([...roots, this.#reports], this.buffer);
  }

  /** @see Port.report */
  report(value: unknown): void {
    this.#reports.push(value);
  }
}

/** What a thread of a scenario does beside the code under test. */
export class Port {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Reports a value: not a step, seen by the final check only. */
  report(value: unknown): void {
    this.#stage.report(value);
  }

  /**
   * Says that what this thread will do depends on nothing but the contents of `roots` (and shared memory): ways to come
   * here that leave the same contents are then followed once, not each for itself. What is on the thread's stack has to
   * be among the roots.
   */
  checkpoint(...roots: unknown[]): void {
    this.#stage.checkpoint(roots);
  }

  /** Reads `byteLength` bytes of shared memory at `offset` of `view`, at once. */
  read(view: DataView, offset: number, byteLength: number): Uint8Array {
    if (view.buffer !== this.#stage.buffer) return new Uint8Array(view.buffer, view.byteOffset + offset, byteLength);
    return this.#stage.step(plain.read("thread", view.byteOffset + offset, byteLength)) as Uint8Array;
  }

  /** Writes `bytes` at `at` of shared memory. */
  write(at: number, bytes: Uint8Array): void {
    writeInTwo(this.#stage, "thread", at, bytes);
  }

  /** Makes a wake-up due at the word at byte `at`. */
  wake(at: number): void {
    this.#stage.step(signal.wake("thread", at));
  }

  /** Sleeps until a wake-up is due at the word at byte `at`. */
  sleep(at: number): void {
    this.#stage.step(signal.sleep("thread", at));
  }
}

/** Writes `bytes` at `at` of shared memory in two steps, so that a reader in between sees a torn record. */
export function writeInTwo(stage: Stage, site: string, at: number, bytes: Uint8Array): void {
  const half = bytes.length >> 1;
  stage.step(plain.write(site, at, bytes.subarray(0, half)));
  stage.step(plain.write(site, at + half, bytes.subarray(half)));
}
