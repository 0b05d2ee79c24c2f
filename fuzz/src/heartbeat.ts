/**
 * What the thread that fuzzes is doing, in memory that the other thread sees: how many executions began, and the input of
 * the one that is under way. An endless loop cannot be left from within, and nothing else tells which input it is.
 */
export class Heartbeat {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(8 + (1 << 20))) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, 2);
    this.#bytes = new Uint8Array(buffer, 8);
  }

  begin(input: Uint8Array): void {
    this.#bytes.set(input.subarray(0, this.#bytes.length));
    this.#words[1] = Math.min(input.length, this.#bytes.length);
    Atomics.add(this.#words, 0, 1);
  }

  get executions(): number {
    return Atomics.load(this.#words, 0);
  }

  /** The input of the execution under way. */
  get input(): Uint8Array {
    return this.#bytes.slice(0, this.#words[1]);
  }
}
