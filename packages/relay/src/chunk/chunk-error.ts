import { RingBufError } from "@rbgen/runtime";

/** Bytes that are no chunk, or one of a version or kind that this package does not know. Nothing of it was taken. */
export class ChunkError extends RingBufError {
  /** Part of the format, as docs/relay-format.md names it. */
  readonly field: string;
  /** Bytes from the chunk's start. */
  readonly offset: number;
  /** Sequence in the stream, where it came from one. */
  readonly sequence: number | undefined;
  /** What is wrong, in words. */
  readonly reason: string;
  constructor(field: string, offset: number, reason: string, sequence?: number) {
    const where = sequence === undefined ? "chunk" : `chunk at stream sequence ${sequence}`;
    super(`${where}: ${field} at byte ${offset}: ${reason}`, { code: "ERR_RELAY_CHUNK" });
    this.name = "ChunkError";
    this.field = field;
    this.offset = offset;
    this.sequence = sequence;
    this.reason = reason;
  }

  /** The same error, told where in the stream its chunk lies. */
  at(sequence: number): ChunkError {
    return new ChunkError(this.field, this.offset, this.reason, sequence);
  }
}
