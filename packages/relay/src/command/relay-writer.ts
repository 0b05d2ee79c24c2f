import { type NatsConnection, RequestError, TimeoutError } from "@nats-io/transport-node";
import { hashLayout } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime";
import { ChunkBuilder } from "../chunk/encode-chunk.ts";
import { messageOf, RelayError } from "../relay-error.ts";
import { commandSubject } from "../stream/subject.ts";
import type { CommandReply } from "./command-port.ts";

/** Where records for user rings go. */
export interface RelayWriterOptions<In> {
  /** The client's connection, which stays its owner's. */
  readonly connection: NatsConnection;
  /** The user ring's name, as its hosts relay it. */
  readonly ring: string;
  /** Encodes the commands. */
  readonly codec: RecordCodec<unknown, In>;
  /** The hosts that they are for. */
  readonly hosts: readonly string[];
  /** How long a host may take to answer, milliseconds: 5000 unless told. */
  readonly timeoutMs?: number | undefined;
}

const noBoot = "00000000-0000-0000-0000-000000000000";

/** Writes records into the user rings of many hosts, by the relays on them. */
export class RelayWriter<In> {
  readonly #options: RelayWriterOptions<In>;
  readonly #hash: string;
  #open = true;

  private constructor(options: RelayWriterOptions<In>) {
    this.#options = options;
    this.#hash = hashLayout(options.codec.layout);
  }

  /** Opens the way to a user ring of other hosts. */
  static async open<In>(options: RelayWriterOptions<In>): Promise<RelayWriter<In>> {
    return new RelayWriter(options);
  }

  /**
   * Sends `value` to each host at once. "applied": it is in the host's user ring, for the next drain of its BPF program.
   * An error: the host is down, refused it (its ring is full, or of another layout), or did not answer in time — then
   * alone it may have been applied, or be applied yet. Nothing is sent twice.
   * @throws EncodeError; RelayError ERR_RELAY_CLOSED
   */
  async write(value: In): Promise<Map<string, "applied" | RelayError>> {
    if (!this.#open) throw new RelayError("ERR_RELAY_CLOSED", "the writer is closed");
    const { codec, hosts } = this.#options;
    const sample = new Uint8Array(codec.byteLengthOf(value));
    codec.encode(value, new DataView(sample.buffer));
    const answers = hosts.map(async (host) => [host, await this.#send(host, sample)] as const);
    return new Map(await Promise.all(answers));
  }

  /** Sends nothing more; the connection stays its owner's. */
  close(): void {
    this.#open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  async #send(host: string, sample: Uint8Array): Promise<"applied" | RelayError> {
    const { connection, ring, timeoutMs: timeout = 5000 } = this.#options;
    try {
      const { data } = await connection.request(commandSubject(ring, host), this.#chunk(host, sample), { timeout });
      const reply = JSON.parse(new TextDecoder().decode(data)) as CommandReply;
      if (reply.applied === true) return "applied";
      return new RelayError("ERR_RELAY_COMMAND", `${host} refused the record: ${reply.code}: ${reply.message}`);
    } catch (cause) {
      return new RelayError("ERR_RELAY_COMMAND", this.#explain(host, cause), { cause });
    }
  }

  #explain(host: string, cause: unknown): string {
    const { ring, timeoutMs = 5000 } = this.#options;
    if (cause instanceof RequestError && cause.isNoResponders())
      return `${host} is down: no relay there takes records for ${ring}`;
    if (cause instanceof TimeoutError)
      return `${host} did not answer in ${timeoutMs} ms: whether it applied the record is not known`;
    return `${host}: ${messageOf(cause)}`;
  }

  /** One record, as a chunk: bounds, checksums and layout are checked as those of any other. */
  #chunk(host: string, sample: Uint8Array): Uint8Array {
    const { ring, codec } = this.#options;
    const { endian } = codec;
    const identity = {
      host,
      ring,
      boot: noBoot,
      instance: 0n,
      layoutHash: this.#hash,
      endian,
      clock: "monotonic",
    } as const;
    const builder = new ChunkBuilder({ ...identity, timeOffset: undefined }, sample.length + 1024);
    builder.add(new DataView(sample.buffer, sample.byteOffset, sample.length), 0, sample.length);
    const dropped = { kernel: 0n, spool: 0n, restart: 0n, size: 0n };
    return builder.finish({
      ...{ first: 0n, acked: 0n, dropped, lostBytes: 0n, position: 0n },
      ...{ clockOffset: 0n, firstTime: 0n, lastTime: 0n },
    });
  }
}
