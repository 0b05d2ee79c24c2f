import { randomUUID } from "node:crypto";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { type KV, Kvm } from "@nats-io/kv";
import type { NatsConnection } from "@nats-io/transport-node";
import { messageOf, RelayError } from "../relay-error.ts";
import { streamError } from "../stream/relay-stream.ts";
import { nameOf, tokenOf } from "../stream/subject.ts";
import type { RelayCheckpoint } from "./checkpoint.ts";

const bucket = "rbgen-readers";

/** Longest checkpoint that is read: that of some hundred thousand numberings. */
const maxCheckpoint = 64 * 1024 * 1024;

/** A checkpoint as the bucket has it: JSON by raw DEFLATE, since a message of the server holds a MiB. */
function packed(checkpoint: RelayCheckpoint & { readonly reader: string }): Uint8Array {
  return deflateRawSync(JSON.stringify(checkpoint));
}

/** The checkpoint, whose members are not looked at; undefined of bytes that are none. */
function unpacked(bytes: Uint8Array): RelayCheckpoint | undefined {
  try {
    return JSON.parse(inflateRawSync(bytes, { maxOutputLength: maxCheckpoint }).toString()) as RelayCheckpoint;
  } catch {
    return undefined;
  }
}

/** Where the reader of a name was; undefined where what is stored is no checkpoint. */
export interface StoredCheckpoint {
  readonly ring: string;
  readonly reader: string;
  readonly checkpoint: RelayCheckpoint | undefined;
}

/**
 * Checkpoints of all readers that have a name, by ring and name.
 * @throws RelayError ERR_RELAY_STREAM
 */
export async function storedCheckpoints(connection: NatsConnection): Promise<StoredCheckpoint[]> {
  const found: StoredCheckpoint[] = [];
  try {
    const kv = await new Kvm(connection).create(bucket);
    for await (const key of await kv.keys()) {
      const [ring, reader, ...more] = key.split(".").map(nameOf);
      const entry = await kv.get(key);
      if (ring === undefined || reader === undefined || more.length > 0 || entry?.operation !== "PUT") continue;
      found.push({ ring, reader, checkpoint: unpacked(entry.value) });
    }
  } catch (cause) {
    throw streamError(`the readers in ${bucket}`, cause);
  }
  return found;
}

/** The checkpoint of a reader with a name, kept by the server. One reader has the name at a time. */
export class Durable {
  readonly #kv: KV;
  readonly #key: string;
  readonly #name: string;
  /** Tells this reader's checkpoints from those of another one of its name. */
  readonly #id: string = randomUUID();
  #revision: number;
  /** Where the reader with this name was; undefined for a new one. */
  readonly checkpoint: RelayCheckpoint | undefined;

  private constructor(kv: KV, key: string, name: string, revision: number, checkpoint: RelayCheckpoint | undefined) {
    this.#kv = kv;
    this.#key = key;
    this.#name = name;
    this.#revision = revision;
    this.checkpoint = checkpoint;
  }

  /** @throws RelayError ERR_RELAY_STREAM */
  static async open(connection: NatsConnection, ring: string, name: string, replicas: number): Promise<Durable> {
    const key = `${tokenOf(ring)}.${tokenOf(name)}`;
    try {
      const kv = await new Kvm(connection).create(bucket, { replicas });
      const entry = await kv.get(key);
      if (entry === null || entry.operation !== "PUT")
        return new Durable(kv, key, name, entry?.revision ?? 0, undefined);
      const checkpoint = unpacked(entry.value);
      if (checkpoint === undefined) {
        throw new RelayError(
          "ERR_RELAY_STREAM",
          `what ${bucket} has under ${key} is no checkpoint: remove it to begin anew`,
        );
      }
      return new Durable(kv, key, name, entry.revision, checkpoint);
    } catch (cause) {
      if (cause instanceof RelayError) throw cause;
      throw streamError(`the reader ${name} in ${bucket}`, cause);
    }
  }

  /** @throws RelayError EBUSY if another reader has stored one under this name meanwhile. */
  async store(checkpoint: RelayCheckpoint): Promise<void> {
    const bytes = packed({ ...checkpoint, reader: this.#id });
    try {
      const kv = this.#kv;
      const key = this.#key;
      this.#revision = await (this.#revision === 0 ? kv.create(key, bytes) : kv.update(key, bytes, this.#revision));
    } catch (cause) {
      const entry = await this.#kv.get(this.#key).catch(() => null);
      if (entry !== null && Buffer.compare(entry.value, bytes) === 0) {
        // it was stored, and the acknowledgement was lost
        this.#revision = entry.revision;
        return;
      }
      if (entry !== null && entry.revision !== this.#revision) {
        throw new RelayError("EBUSY", `another reader goes on as ${this.#name}`, { cause });
      }
      throw new RelayError("ERR_RELAY_STREAM", `the checkpoint of ${this.#name} was not stored: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}
