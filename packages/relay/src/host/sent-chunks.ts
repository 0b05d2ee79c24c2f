import { type ChunkHeader, endOf, numberingOf } from "../chunk/index.ts";

/** Of the highest chunk that was sent: where it ended, and what it said of drops. */
interface Sent {
  readonly end: bigint;
  readonly spool: bigint;
  /** Drops for all other reasons. */
  readonly elsewhere: bigint;
}

/** The highest chunk that was sent of each numbering, from which the next one tells what the spool gave up between. */
export class SentChunks {
  readonly #highest: Map<string, Sent>;

  /** @param stored what the stream has of each numbering that goes on. */
  constructor(stored: Iterable<ChunkHeader>) {
    this.#highest = new Map(
      Array.from(stored, (header) => [numberingOf(header), sentOf(header, header.dropped.spool)]),
    );
  }

  /**
   * Takes the chunk that is sent next. What lies between it and the one before, and was dropped for no other reason, was
   * dropped from the spool. One that an earlier relay sent, behind which others are in the stream, says what it said then,
   * and those behind it stay the ones to go on from.
   */
  take(header: ChunkHeader): { readonly droppedSpool: bigint; readonly opens: boolean } {
    const numbering = numberingOf(header);
    const highest = this.#highest.get(numbering);
    const told = header.dropped.spool;
    if (highest !== undefined && highest.end > header.first) return { droppedSpool: told, opens: false };
    const between = highest === undefined ? 0n : header.first - highest.end - (elsewhere(header) - highest.elsewhere);
    const droppedSpool = highest === undefined ? told : highest.spool + between;
    this.#highest.set(numbering, sentOf(header, droppedSpool));
    return { droppedSpool, opens: highest === undefined };
  }
}

function sentOf(header: ChunkHeader, spool: bigint): Sent {
  return { end: endOf(header), spool, elsewhere: elsewhere(header) };
}

function elsewhere({ dropped }: ChunkHeader): bigint {
  return dropped.kernel + dropped.restart + dropped.size;
}
