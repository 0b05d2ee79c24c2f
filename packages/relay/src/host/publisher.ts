import type { NatsConnection } from "@nats-io/transport-node";
import { restate } from "../chunk/encode-chunk.ts";
import { type ChunkHeader, numberingOf } from "../chunk/index.ts";
import { messageOf } from "../relay-error.ts";
import type { Spool, SpoolEntry } from "../spool/spool.ts";
import { sendWindow } from "../stream/send-window.ts";
import { StreamSender } from "../stream/stream-sender.ts";
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
  readonly #sender: StreamSender;
  readonly #spool: Spool;
  readonly #sentChunks: SentChunks;
  /** Chunks that were sent and are neither acknowledged nor failed. */
  #inFlight = 0;
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
    this.#sender = new StreamSender(connection, acknowledgeMs);
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
      if (this.#failure === undefined || this.#stopped) return;
      // all that was sent is settled: what is not acknowledged goes out again, in the same order
      this.lastError = messageOf(this.#failure);
      this.retries += 1;
      pauseMs = this.acknowledgedChunks > before ? retryMs.first : Math.min(2 * pauseMs, retryMs.most);
      await this.#spool.changed(pauseMs);
      await this.#sender.connected();
    }
  }

  /** Sends nothing more, and waits for no acknowledgement. */
  stop(): void {
    this.#stopped = true;
    this.#sender.close();
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
      // stopped since the place was given, it may be that nothing changes any more
      else if (!this.#stopped) await this.#spool.changed();
    }
  }

  /** Waits for a place in the window; false when no more is to be sent, and nothing is in flight. */
  async #admit(): Promise<boolean> {
    while (this.#inFlight >= sendWindow) await this.#spool.changed();
    if (this.#failure === undefined && !this.#stopped) return true;
    while (this.#inFlight > 0) await this.#spool.changed();
    return false;
  }

  #send(entry: SpoolEntry): void {
    // stopped since the place was given: the spool may be closed
    if (this.#stopped) return;
    const { host, ring, count } = entry.header;
    const bytes = entry.bytes ?? this.#prepare(entry);
    this.#inFlight += 1;
    entry.sends += 1;
    this.#sender.send(chunkSubject(ring, host), bytes, messageId(entry.header)).then(
      ({ duplicate }) => {
        this.#inFlight -= 1;
        this.lastError = undefined;
        this.acknowledgedChunks += 1;
        this.acknowledgedRecords += count;
        this.acknowledgedBytes += bytes.byteLength;
        if (duplicate) this.duplicates += 1;
        this.#spool.acknowledge(entry);
      },
      (error: unknown) => {
        this.#inFlight -= 1;
        this.#failure ??= error;
        this.#spool.notify();
      },
    );
  }

  /** The chunk's bytes with what is known only now. */
  #prepare(entry: SpoolEntry): Uint8Array<ArrayBuffer> {
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
