import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { ChunkError, type ChunkHeader, readHeader } from "../chunk/index.ts";
import { RelayError } from "../relay-error.ts";
import { chunkSubject, streamName } from "./subject.ts";

/** How a ring's stream is made where there is none yet; one that exists is taken as it is. */
export interface RelayStreamOptions {
  /** Servers that hold a copy: 1 unless told; 3 outlive the loss of one. */
  readonly replicas?: number | undefined;
  /** Oldest chunks go beyond it; none unless told. */
  readonly maxBytes?: number | undefined;
  readonly maxAgeMs?: number | undefined;
  /** How long the server knows a chunk that comes twice: 2 minutes unless told. Readers know it for ever. */
  readonly duplicateWindowMs?: number | undefined;
  readonly storage?: "file" | "memory" | undefined;
}

const nsPerMs = 1_000_000;

/** The stream of a ring, made if it is not there. @throws RelayError ERR_RELAY_STREAM */
export async function ensureStream(
  connection: NatsConnection,
  ring: string,
  options: RelayStreamOptions = {},
): Promise<StreamInfo> {
  const { replicas = 1, maxBytes, maxAgeMs, duplicateWindowMs = 120_000, storage = "file" } = options;
  const name = streamName(ring);
  try {
    const manager = await jetstreamManager(connection);
    const found = await streamInfo(manager, name);
    if (found !== undefined) return found;
    const made = manager.streams.add({
      name,
      subjects: [chunkSubject(ring)],
      num_replicas: replicas,
      storage: storage === "file" ? StorageType.File : StorageType.Memory,
      discard: DiscardPolicy.Old,
      duplicate_window: duplicateWindowMs * nsPerMs,
      ...(maxBytes === undefined ? {} : { max_bytes: maxBytes }),
      ...(maxAgeMs === undefined ? {} : { max_age: maxAgeMs * nsPerMs }),
    });
    return await made.catch(async (error: unknown) => {
      // another host may have made it meanwhile
      const theirs = await streamInfo(manager, name);
      if (theirs === undefined) throw error;
      return theirs;
    });
  } catch (cause) {
    throw streamError(`the stream ${name}`, cause);
  }
}

/** The stream, or undefined where there is none. */
async function streamInfo(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw error;
  }
}

/** Sequence of the last message of a ring's stream. @throws RelayError ERR_RELAY_STREAM, where there is no stream too. */
export async function lastSequence(connection: NatsConnection, ring: string): Promise<number> {
  const name = streamName(ring);
  const info = await jetstreamManager(connection)
    .then((manager) => streamInfo(manager, name))
    .catch((cause: unknown) => {
      throw streamError(`the stream ${name}`, cause);
    });
  if (info !== undefined) return info.state.last_seq;
  throw new RelayError("ERR_RELAY_STREAM", `there is no stream ${name}: was a relay of a ring called ${ring} started?`);
}

/** Header of the last chunk that is stored of a host's ring; undefined if there is none. @throws RelayError, ChunkError */
export async function lastStored(
  connection: NatsConnection,
  ring: string,
  host: string,
): Promise<ChunkHeader | undefined> {
  const name = streamName(ring);
  try {
    const manager = await jetstreamManager(connection);
    const message = await manager.streams.getMessage(name, { last_by_subj: chunkSubject(ring, host) });
    return message === null ? undefined : readHeader(message.data).header;
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.NoMessageFound) return undefined;
    if (cause instanceof ChunkError) throw cause;
    throw streamError(`the last chunk of ${host} in ${name}`, cause);
  }
}

export function streamError(what: string, cause: unknown): RelayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RelayError("ERR_RELAY_STREAM", `${what}: ${reason}: is JetStream on, and are enough servers up?`, {
    cause,
  });
}
