import { connect, type NatsConnection } from "@nats-io/transport-node";
import { type HostStats, RelayError, RelayReader, type RelayReaderStats } from "@rbgen/relay";
import { ChunkError } from "@rbgen/relay/chunk";
import { LinkError } from "../backends/kernel-link.ts";
import type { HostAccount } from "../frames.gen.ts";
import type { FrameInput } from "../protocol/frame.ts";
import { rawSample } from "../records/raw-sample.ts";
import type { RecordSource } from "./record-source.ts";
import { SampleFrames } from "./sample-frames.ts";

/** The ring of the demo's events, as its hosts relay it. */
const ring = "events";

/** What a frame says of a host; how long its name is, the encoder knows. */
type Account = Omit<HostAccount, "nameLength">;

/** The rings of many hosts, through a relay: samples as each host's kernel had them. */
export class RelaySource implements RecordSource {
  readonly name = "relay";
  readonly eventsSize = 0;
  readonly commandsSize = 0;
  readonly eventsFill = 0;
  readonly commandsFill = 0;
  readonly lost: RecordSource["lost"] = { full: 0, tooBig: 0 };
  readonly #connection: NatsConnection;
  readonly #reader: RelayReader<Uint8Array>;
  readonly frames: SampleFrames = new SampleFrames();
  /** What pages call each host, and how far behind its newest record came, nanoseconds. */
  readonly #hosts = new Map<string, { readonly host: number; behindNs: bigint }>();
  readonly reading: Promise<void>;
  waits = 0;
  #open = true;

  private constructor(connection: NatsConnection, reader: RelayReader<Uint8Array>) {
    this.#connection = connection;
    this.#reader = reader;
    this.reading = this.#run();
  }

  /** Reads what hosts relay from now on to the server at `url`. @throws LinkError */
  static async open(url: string): Promise<RelaySource> {
    let connection: NatsConnection;
    try {
      connection = await connect({ servers: url, maxReconnectAttempts: -1 });
    } catch (error) {
      throw new LinkError(`${url}: ${(error as Error).message}: is a nats-server there, with -js?`);
    }
    try {
      // a host of another layout is one among many: its records are counted, and the others are shown
      const policies = { from: "new", onDrift: "skip", onMissing: "count" } as const;
      return new RelaySource(connection, await RelayReader.open({ connection, ring, codec: rawSample, ...policies }));
    } catch (error) {
      await connection.close();
      if (!(error instanceof RelayError)) throw error;
      throw new LinkError(`${error.message}\nrbgen-relay publish --pinned … --ring ${ring} on a host makes it.`);
    }
  }

  hosts(): FrameInput {
    const { hosts, past, lag, refusedChunks } = this.#reader.stats();
    const accounts = new Map<string, Account>();
    for (const stats of [...past, ...hosts]) this.#account(accounts, stats);
    return { kind: "hosts_frame", lag: BigInt(lag), refused: refusedChunks, hosts: [...accounts.values()] };
  }

  /** Commands are for a ring of this machine: hosts have theirs of a `RelayWriter`. */
  send(): undefined {
    return undefined;
  }

  async close(): Promise<void> {
    this.#open = false;
    await this.#reader.close();
    await this.reading;
    this.frames.close();
    await this.#connection.close();
  }

  #account(accounts: Map<string, Account>, stats: HostStats | RelayReaderStats["past"][number]): void {
    const { host, behindNs } = this.#known(stats.host);
    const { before, delivered, skipped, errored, missing, dropped } = stats;
    const all = dropped.kernel + dropped.spool + dropped.restart + dropped.size;
    const next = "next" in stats ? stats.next : before + delivered + skipped + errored + missing + all;
    const sum = accounts.get(stats.host);
    accounts.set(stats.host, {
      ...{ host, name: stats.host, behindNs },
      next: next + (sum?.next ?? 0n),
      before: before + (sum?.before ?? 0n),
      delivered: delivered + (sum?.delivered ?? 0n),
      skipped: skipped + (sum?.skipped ?? 0n),
      errored: errored + (sum?.errored ?? 0n),
      missing: missing + (sum?.missing ?? 0n),
      droppedKernel: dropped.kernel + (sum?.droppedKernel ?? 0n),
      droppedSpool: dropped.spool + (sum?.droppedSpool ?? 0n),
      droppedRestart: dropped.restart + (sum?.droppedRestart ?? 0n),
      droppedSize: dropped.size + (sum?.droppedSize ?? 0n),
    });
  }

  #known(name: string): { readonly host: number; behindNs: bigint } {
    let known = this.#hosts.get(name);
    if (known === undefined) {
      known = { host: this.#hosts.size + 1, behindNs: 0n };
      this.#hosts.set(name, known);
    }
    return known;
  }

  async #run(): Promise<void> {
    while (this.#open) {
      try {
        for await (const batch of this.#reader.batches()) {
          const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
          for (const { host, record, time } of batch) {
            const known = this.#known(host);
            known.behindNs = now - time;
            this.frames.take(record, known.host);
          }
          if (batch.length === 0) continue;
          this.waits += 1;
          this.frames.took(batch.length);
        }
        return;
      } catch (error) {
        // counted: reading again goes on behind it
        if (this.#open && !(error instanceof ChunkError)) throw error;
      }
    }
  }
}
