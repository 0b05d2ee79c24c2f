import { type JetStreamClient, jetstream } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { restate } from "../chunk/encode-chunk.ts";
import { type ChunkHeader, numberingOf } from "../chunk/index.ts";
import { messageOf } from "../relay-error.ts";
import type { Spool, SpoolEntry } from "../spool/spool.ts";
import { sendWindow } from "../stream/send-window.ts";
import { chunkSubject } from "../stream/subject.ts";
import { SentChunks } from "./sent-chunks.ts";

const acknowledgeMs = 5000;
const retryMs = { first: 50, most: 2000 };

/** `Nats-Msg-Id` of a chunk; one without samples has none of its own numbers, and says so. */
function messageId({ host, ring, boot, instance, first, count }: ChunkHeader): string {
  return `${host}/${boot}/${instance}/${ring}/${first}${count === 0 ? "/dropped" : ""}`;
}

/** Sends a spool's chunks in their order, several at a time, again until each is acknowledged. */
export class Publisher {
  readonly #client: JetStreamClient;
  readonly #spool: Spool;
  readonly #sentChunks: SentChunks;
  readonly #inFlight: Set<Promise<void>> = new Set();
  #failure: unknown;
  #stopped = false;
  acknowledgedChunks = 0;
  acknowledgedRecords = 0;
  acknowledgedBytes = 0;
  /** Chunks that the server had already. */
  duplicates = 0;
  retries = 0;
  /** Why the last try failed; undefined after one that did not. */
  lastError: string | undefined;

  /** @param last the chunk with the highest numbers in the stream, of each numbering that goes on. */
  constructor(connection: NatsConnection, spool: Spool, last: Iterable<ChunkHeader>) {
    this.#client = jetstream(connection, { timeout: acknowledgeMs });
    this.#spool = spool;
    this.#sentChunks = new SentChunks(last);
  }

  /** Sends until `stop`. */
  async run(): Promise<void> {
    let pauseMs = retryMs.first;
    while (!this.#stopped) {
      const before = this.acknowledgedChunks;
      this.#failure = undefined;
      await this.#sendAll();
      if (this.#failure === undefined) return;
      // all that was sent is settled: what is not acknowledged goes out again, in the same order
      this.lastError = messageOf(this.#failure);
      this.retries += 1;
      pauseMs = this.acknowledgedChunks > before ? retryMs.first : Math.min(2 * pauseMs, retryMs.most);
      await this.#spool.changed(pauseMs);
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  /** Returns when stopped, or with nothing in flight after a failure. */
  async #sendAll(): Promise<void> {
    for (const entry of [...this.#spool.pending()]) {
      if (!entry.sent) break;
      if (!(await this.#admit())) return;
      this.#send(entry);
    }
    for (;;) {
      if (!(await this.#admit())) return;
      const entry = this.#spool.unsent();
      const [oldest] = this.#spool.pending();
      if (entry !== undefined && entry.order - oldest!.order < sendWindow) this.#send(entry);
      // what fails tells nobody but its own promise
      else await Promise.race([this.#spool.changed(), ...this.#inFlight]);
    }
  }

  /** Waits for a place in the window; false when no more is to be sent, and nothing is in flight. */
  async #admit(): Promise<boolean> {
    while (this.#inFlight.size >= sendWindow) await Promise.race(this.#inFlight);
    if (this.#failure === undefined && !this.#stopped) return true;
    await Promise.all(this.#inFlight);
    return false;
  }

  #send(entry: SpoolEntry): void {
    // stopped since the place was given: the spool may be closed
    if (this.#stopped) return;
    const { host, ring, count } = entry.header;
    const bytes = entry.bytes ?? this.#prepare(entry);
    const sent = this.#client
      .publish(chunkSubject(ring, host), bytes, { msgID: messageId(entry.header), timeout: acknowledgeMs })
      .then(({ duplicate }) => {
        this.lastError = undefined;
        this.acknowledgedChunks += 1;
        this.acknowledgedRecords += count;
        this.acknowledgedBytes += bytes.byteLength;
        if (duplicate) this.duplicates += 1;
        this.#spool.acknowledge(entry);
      })
      .catch((error: unknown) => {
        this.#failure ??= error ?? new Error("no acknowledgement");
      })
      .finally(() => {
        this.#inFlight.delete(sent);
      });
    this.#inFlight.add(sent);
  }

  /** The chunk's bytes with what is known only now. */
  #prepare(entry: SpoolEntry): Uint8Array {
    const { header } = entry;
    const bytes = entry.stored.load();
    const { droppedSpool, opens } = this.#sentChunks.take(header);
    entry.opens = opens;
    const headerLength = restate(bytes, { acked: this.#settled(header), droppedSpool });
    // a relay that goes on from this spool has to say the same
    if (droppedSpool !== header.dropped.spool) entry.stored.rewrite(bytes.subarray(0, headerLength));
    entry.sent = true;
    entry.bytes = bytes;
    return bytes;
  }

  /**
   * The number before which all chunks of this numbering are in the stream, or dropped; 0 as long as the very first is not:
   * a reader from the start waits for that one.
   */
  #settled(header: ChunkHeader): bigint {
    const numbering = numberingOf(header);
    for (const entry of this.#spool.pending()) {
      const { first } = entry.header;
      if (first <= header.first && numberingOf(entry.header) === numbering) return entry.opens ? 0n : first;
    }
    return header.first;
  }
}
