import { inflateRawSync } from "node:zlib";
import {
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
  jetstream,
  type OrderedConsumerOptions,
} from "@nats-io/jetstream";
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

/** How often a server that has nothing to send says so; two that fail to come, and it is asked anew. */
const heartbeatMs = 1000;
const retryMs = 250;

/**
 * The chunks of a ring's stream, checked, in the stream's order; the server keeps no state for it.
 *
 * What is on its way while nobody asks is bounded: the client asks a silent server for as much again with every heartbeat
 * that it misses, so a consumption that nobody takes from is ended before, and what came of it is handed out first.
 */
export class ChunkSource {
  readonly #connection: NatsConnection;
  readonly #ring: string;
  readonly #host: string | undefined;
  #start: SourceStart;
  #messages: ConsumerMessages;
  #iterator: AsyncIterator<JsMsg>;
  /** Ends the consumption when it is not asked for a chunk for as long as a heartbeat. */
  readonly #watch: ReturnType<typeof setInterval>;
  #asking = false;
  #asked = performance.now();
  #open = true;

  private constructor(
    connection: NatsConnection,
    ring: string,
    host: string | undefined,
    start: SourceStart,
    messages: ConsumerMessages,
  ) {
    this.#connection = connection;
    this.#ring = ring;
    this.#host = host;
    this.#start = start;
    this.#messages = messages;
    this.#iterator = messages[Symbol.asyncIterator]();
    this.#watch = setInterval(() => {
      if (!this.#asking && performance.now() - this.#asked >= heartbeatMs) void this.#messages.close();
    }, heartbeatMs);
    this.#watch.unref();
  }

  /**
   * @param host the only host whose chunks come; all unless told.
   * @throws RelayError ERR_RELAY_STREAM
   */
  static async open(connection: NatsConnection, ring: string, start: SourceStart, host?: string): Promise<ChunkSource> {
    try {
      await lastSequence(connection, ring);
      return new ChunkSource(connection, ring, host, start, await consume(connection, ring, start, host));
    } catch (cause) {
      if (cause instanceof RelayError) throw cause;
      throw streamError(`the stream ${streamName(ring)}`, cause);
    }
  }

  /**
   * The next chunk; undefined when closed.
   * @throws ChunkError with its sequence; the next call goes on behind it.
   */
  async next(): Promise<SourcedChunk | undefined> {
    this.#asking = true;
    try {
      for (;;) {
        const { done, value: message } = await this.#iterator.next();
        if (!this.#open || this.#connection.isClosed()) return undefined;
        if (!done) return this.#sourced(message);
        await this.#reopen();
      }
    } finally {
      this.#asking = false;
      this.#asked = performance.now();
    }
  }

  #sourced(message: JsMsg): SourcedChunk {
    const { seq: sequence, data, subject } = message;
    this.#start = { kind: "sequence", sequence: sequence + 1 };
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

  /** Goes on behind the last chunk, as soon as there is a server that lets it. */
  async #reopen(): Promise<void> {
    while (this.#open && !this.#connection.isClosed()) {
      try {
        this.#messages = await consume(this.#connection, this.#ring, this.#start, this.#host);
        this.#iterator = this.#messages[Symbol.asyncIterator]();
        // closed meanwhile
        if (!this.#open) void this.#messages.close();
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  /** Ends what is pending. What was sent ahead is given up, and comes again to whoever begins where this one was. */
  close(): void {
    this.#open = false;
    clearInterval(this.#watch);
    // no wait for its end: that comes only when somebody takes what was sent ahead
    void this.#messages.close();
  }
}

async function consume(
  connection: NatsConnection,
  ring: string,
  start: SourceStart,
  host: string | undefined,
): Promise<ConsumerMessages> {
  const consumer = await jetstream(connection).consumers.get(
    streamName(ring),
    consumerOf(start, chunkSubject(ring, host)),
  );
  // the client waits for as long as a pull lasts before it asks a second time after a server that did not answer
  return consumer.consume({ max_bytes: aheadBytes, expires: 2 * heartbeatMs, idle_heartbeat: heartbeatMs });
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
