import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  jetstream,
  jetstreamManager,
  StorageType,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { ChunkError, type ChunkHeader, endOf, numberingOf, readHeader } from "../chunk/index.ts";
import { RelayError } from "../relay-error.ts";
import { sendWindow } from "./send-window.ts";
import { chunkSubject, streamName } from "./subject.ts";

/** How a ring's stream is made where there is none yet; one that exists is taken as it is. */
export interface RelayStreamOptions {
  /** Servers that hold a copy: 1 unless told; 3 outlive the loss of one. */
  readonly replicas?: number | undefined;
  /** Oldest chunks go beyond it; none unless told. */
  readonly maxBytes?: number | undefined;
  /** How long the server keeps chunks, milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** How long the server knows a chunk that comes twice: 2 minutes unless told. Readers know it for ever. */
  readonly duplicateWindowMs?: number | undefined;
  /** Where the server keeps chunks. */
  readonly storage?: "file" | "memory" | undefined;
}

const nsPerMs = 1_000_000;
/** A chunk lies behind fewer than `sendWindow` successors, of which each may have been stored again. */
const lookBehind = 4 * sendWindow;

/**
 * The stream of a ring, made if it is not there.
 * @throws RelayError ERR_RELAY_STREAM
 */
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

/**
 * Sequence of the last message of a ring's stream.
 * @throws RelayError ERR_RELAY_STREAM, where there is no stream too.
 */
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

/** What is stored last of a host's ring. */
export interface LastStored {
  readonly headers: readonly ChunkHeader[];
  /** Messages among the last ones that are no chunks of this host and ring. */
  readonly refused: number;
}

/**
 * Headers of the last chunks that are stored of a host's ring, of each numbering that they show the one with the highest
 * numbers. The very last one need not be it: a chunk that failed goes out again behind its successors.
 * @throws RelayError
 */
export async function lastStored(connection: NatsConnection, ring: string, host: string): Promise<LastStored> {
  const name = streamName(ring);
  const subject = chunkSubject(ring, host);
  try {
    const manager = await jetstreamManager(connection);
    const start = await startOfLast(manager, name, subject);
    if (start === undefined) return { headers: [], refused: 0 };
    const options = { filter_subjects: subject, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: start };
    const messages = await (await jetstream(connection).consumers.get(name, options)).consume();
    const highest = new Map<string, ChunkHeader>();
    let refused = 0;
    for await (const { data, info } of messages) {
      const header = headerOf(data, ring, host);
      if (header === undefined) refused += 1;
      else {
        const numbering = numberingOf(header);
        const before = highest.get(numbering);
        if (before === undefined || endOf(header) >= endOf(before)) highest.set(numbering, header);
      }
      if (info.pending === 0) break;
    }
    return { headers: [...highest.values()], refused };
  } catch (cause) {
    throw streamError(`the last chunk of ${host} in ${name}`, cause);
  }
}

/** The header of a chunk of this host and ring; undefined of anything else. */
function headerOf(bytes: Uint8Array, ring: string, host: string): ChunkHeader | undefined {
  try {
    const { header } = readHeader(bytes);
    return header.ring === ring && header.host === host ? header : undefined;
  } catch (error) {
    if (error instanceof ChunkError) return undefined;
    throw error;
  }
}

/** A sequence from which on a subject has `lookBehind` messages, or all of them, and not many times more; undefined where it has none. */
async function startOfLast(manager: JetStreamManager, name: string, subject: string): Promise<number | undefined> {
  const last = await manager.streams.getMessage(name, { last_by_subj: subject }).catch(noMessage);
  if (last === null) return undefined;
  const { first_seq } = (await manager.streams.info(name)).state;
  const from = async (sequence: number): Promise<number> => {
    const consumer = await manager.consumers.add(name, {
      ...{ filter_subject: subject, deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: sequence },
      ...{ ack_policy: AckPolicy.None, mem_storage: true, num_replicas: 1 },
    });
    await manager.consumers.delete(name, consumer.name);
    return consumer.num_pending;
  };
  let few = last.seq;
  let start = Math.max(first_seq, last.seq - lookBehind + 1);
  while (start > first_seq && (await from(start)) < lookBehind) {
    few = start;
    start = Math.max(first_seq, last.seq - 2 * (last.seq - start + 1));
  }
  while (few - start > 1 && (await from(start)) > 2 * lookBehind) {
    const middle = Math.floor((start + few) / 2);
    if ((await from(middle)) < lookBehind) few = middle;
    else start = middle;
  }
  return start;
}

function noMessage(cause: unknown): null {
  if (cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.NoMessageFound) return null;
  throw cause;
}

export function streamError(what: string, cause: unknown): RelayError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new RelayError("ERR_RELAY_STREAM", `${what}: ${reason}: is JetStream on, and are enough servers up?`, {
    cause,
  });
}
