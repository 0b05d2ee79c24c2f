import { inflateRawSync } from "node:zlib";
import { type ConsumerMessages, DeliverPolicy, jetstream, type OrderedConsumerOptions } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Chunk, ChunkError, decodeChunk } from "../chunk/index.ts";
import { RelayError } from "../relay-error.ts";
import { lastSequence, streamError } from "../stream/relay-stream.ts";
import { chunkSubject, streamName } from "../stream/subject.ts";

/** Where in the stream reading begins. */
export type SourceStart =
  | { readonly kind: "start" }
  | { readonly kind: "time"; readonly time: Date }
  | { readonly kind: "sequence"; readonly sequence: number };

/** A chunk and where it was. */
export interface SourcedChunk {
  readonly chunk: Chunk;
  /** Reads it once more from the bytes in which it came. */
  readonly again: () => Chunk;
  /** In the stream, from 1. */
  readonly sequence: number;
  /** Messages behind it in the stream, as far as the server knew. */
  readonly pending: number;
}

/** Chunks that the server may send ahead, bytes: all that a reader keeps beside those that wait for their turn. */
const aheadBytes = 8 * 1024 * 1024;

const inflate = (bytes: Uint8Array, maxOutputLength: number): Uint8Array =>
  // zlib takes no limit of zero
  inflateRawSync(bytes, { maxOutputLength: Math.max(1, maxOutputLength) });

/** The chunks of a ring's stream, checked, in the stream's order; the server keeps no state for it. */
export class ChunkSource {
  readonly #messages: ConsumerMessages;
  readonly #iterator: AsyncIterator<{
    readonly data: Uint8Array;
    readonly seq: number;
    readonly subject: string;
    readonly info: { readonly pending: number };
  }>;
  readonly #ring: string;
  #open = true;

  private constructor(messages: ConsumerMessages, ring: string) {
    this.#messages = messages;
    this.#iterator = messages[Symbol.asyncIterator]();
    this.#ring = ring;
  }

  /** @param host the only host whose chunks come; all unless told. @throws RelayError ERR_RELAY_STREAM */
  static async open(connection: NatsConnection, ring: string, start: SourceStart, host?: string): Promise<ChunkSource> {
    const name = streamName(ring);
    try {
      await lastSequence(connection, ring);
      const consumer = await jetstream(connection).consumers.get(name, consumerOf(start, chunkSubject(ring, host)));
      return new ChunkSource(await consumer.consume({ max_bytes: aheadBytes }), ring);
    } catch (cause) {
      if (cause instanceof RelayError) throw cause;
      throw streamError(`the stream ${name}`, cause);
    }
  }

  /** The next chunk; undefined when closed. @throws ChunkError with its sequence; the next call goes on behind it. */
  async next(): Promise<SourcedChunk | undefined> {
    const { done, value: message } = await this.#iterator.next();
    if (done || !this.#open) return undefined;
    const { seq: sequence, data, subject } = message;
    try {
      const chunk = decodeChunk(data, inflate);
      const { host, ring } = chunk.header;
      if (ring !== this.#ring || chunkSubject(ring, host) !== subject) {
        throw new ChunkError("host", 156, `it says ${ring} of ${host}, and was published as ${subject}`);
      }
      return { chunk, again: () => decodeChunk(data, inflate), sequence, pending: message.info.pending };
    } catch (error) {
      throw error instanceof ChunkError ? error.at(sequence) : error;
    }
  }

  /** Ends what is pending. What was sent ahead is given up, and comes again to whoever begins where this one was. */
  close(): void {
    this.#open = false;
    // no wait for its end: that comes only when somebody takes what was sent ahead
    void this.#messages.close();
  }
}

function consumerOf(start: SourceStart, subject: string): Partial<OrderedConsumerOptions> {
  const filter = { filter_subjects: subject };
  switch (start.kind) {
    case "start":
      return { ...filter, deliver_policy: DeliverPolicy.All };
    case "time":
      return { ...filter, deliver_policy: DeliverPolicy.StartTime, opt_start_time: start.time.toISOString() };
    case "sequence":
      return { ...filter, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start.sequence };
  }
}
