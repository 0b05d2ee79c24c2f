import { type ChunkHeader, type Dropped, endOf } from "../chunk/index.ts";

/** How a numbering goes on. */
export interface NumberingStart {
  /** The last chunk of it, in the stream or in the spool; none for a ring that is new. */
  readonly last: ChunkHeader | undefined;
  /** The ring's consumer position now. */
  readonly position: bigint;
  /** Records consumed by a relay before this one that are in no chunk, where they can be told. */
  readonly lostRecords?: bigint | undefined;
}

/** Numbers of a ring's records: every record that the kernel side tried to produce has one, those that were dropped too. */
export class Numbering {
  /** Samples up to this position are in chunks already. */
  readonly skipTo: bigint;
  #next: bigint;
  #kernel: bigint;
  #restart: bigint;
  #size: bigint;
  #newTooLong = 0n;
  #newRestart: bigint;
  #lostBytes: bigint;
  #toldLostBytes: bigint;
  readonly #spool: bigint;

  constructor({ last, position, lostRecords = 0n }: NumberingStart) {
    this.#next = last === undefined ? 0n : endOf(last);
    this.#kernel = last?.dropped.kernel ?? 0n;
    this.#restart = last?.dropped.restart ?? 0n;
    this.#size = last?.dropped.size ?? 0n;
    this.#spool = last?.dropped.spool ?? 0n;
    this.skipTo = last?.position ?? 0n;
    const lost = last === undefined || position <= last.position ? 0n : position - last.position;
    this.#newRestart = lost === 0n ? 0n : lostRecords;
    this.#toldLostBytes = last?.lostBytes ?? 0n;
    this.#lostBytes = this.#toldLostBytes + lost;
  }

  /** A sample that no message has room for. */
  tooLong(): void {
    this.#newTooLong += 1n;
  }

  /** Whether there is something to tell without a sample; `kernel` is what the kernel side dropped so far. */
  hasNews(kernel: bigint): boolean {
    return (
      kernel > this.#kernel || this.#newTooLong > 0n || this.#newRestart > 0n || this.#lostBytes > this.#toldLostBytes
    );
  }

  /** Numbers a chunk of `count` samples. */
  take(
    count: number,
    kernel: bigint,
  ): { readonly first: bigint; readonly dropped: Dropped; readonly lostBytes: bigint } {
    const more = kernel > this.#kernel ? kernel - this.#kernel : 0n;
    this.#kernel += more;
    this.#size += this.#newTooLong;
    this.#restart += this.#newRestart;
    const first = this.#next + more + this.#newTooLong + this.#newRestart;
    this.#newTooLong = this.#newRestart = 0n;
    this.#toldLostBytes = this.#lostBytes;
    this.#next = first + BigInt(count);
    // what the spool drops is known, and put in, when the chunk is sent
    const dropped = { kernel: this.#kernel, spool: this.#spool, restart: this.#restart, size: this.#size };
    return { first, dropped, lostBytes: this.#lostBytes };
  }

  /** Number of the next record. */
  get next(): bigint {
    return this.#next;
  }
}
