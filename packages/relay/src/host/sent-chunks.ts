import { type ChunkHeader, endOf, numberingOf } from "../chunk/index.ts";

/** The highest chunk that was sent of each numbering, from which the next one tells what the spool gave up between. */
export class SentChunks {
  readonly #highest: Map<string, ChunkHeader>;

  /** @param stored what the stream has of each numbering that goes on. */
  constructor(stored: Iterable<ChunkHeader>) {
    this.#highest = new Map(Array.from(stored, (header) => [numberingOf(header), header]));
  }

  /**
   * Takes the chunk that is sent next. What lies between it and the one before, and was dropped for no other reason, was
   * dropped from the spool. One that an earlier relay sent, behind which others are in the stream, says what it said then,
   * and those behind it stay the ones to go on from.
   */
  take(header: ChunkHeader): { readonly droppedSpool: bigint; readonly opens: boolean } {
    const numbering = numberingOf(header);
    const highest = this.#highest.get(numbering);
    if (highest !== undefined && endOf(highest) > header.first) {
      return { droppedSpool: header.dropped.spool, opens: false };
    }
    const droppedSpool =
      highest === undefined
        ? header.dropped.spool
        : highest.dropped.spool + (header.first - endOf(highest)) - (elsewhere(header) - elsewhere(highest));
    this.#highest.set(numbering, { ...header, dropped: { ...header.dropped, spool: droppedSpool } });
    return { droppedSpool, opens: highest === undefined };
  }
}

function elsewhere({ dropped }: ChunkHeader): bigint {
  return dropped.kernel + dropped.restart + dropped.size;
}
