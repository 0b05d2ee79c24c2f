import { jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { isRingBufError } from "@rbgen/runtime";
import { type ChunkHeader, type Dropped, endOf } from "../chunk/index.ts";
import { type RelayCheckpoint, statesOf } from "../read/checkpoint.ts";
import { type StoredCheckpoint, storedCheckpoints } from "../read/durable.ts";
import { laneOf, type NumberingState } from "../read/sequencer.ts";
import { lastStored, streamError } from "../stream/relay-stream.ts";
import { chunkSubject, nameOf, streamName } from "../stream/subject.ts";

/** What a host has stored of a ring, in its present numbering. */
export interface HostStatus {
  readonly host: string;
  readonly boot: string;
  readonly instance: bigint;
  /** Records that the kernel side tried to produce up to the last chunk. */
  readonly records: bigint;
  readonly dropped: Dropped;
  readonly lostBytes: bigint;
  /** Of the last record that is stored: nanoseconds since 1970 by the host's clock. */
  readonly lastTime: bigint;
}

/** How far a durable reader has come, by its last checkpoint. */
export interface ReaderStatus {
  readonly reader: string;
  /** Messages of the stream behind it. */
  readonly chunksBehind: number;
  /** Records of the hosts' present numberings that it has not handed out. */
  readonly recordsBehind: bigint;
  /** Records that the stream lost or removed before it read them. */
  readonly missing: bigint;
}

/** A ring's stream, its hosts and its readers. */
export interface RingStatus {
  readonly ring: string;
  /** Chunks that are stored. */
  readonly messages: number;
  readonly bytes: number;
  readonly hosts: readonly HostStatus[];
  readonly readers: readonly ReaderStatus[];
  /** Hosts with messages among their last ones that are no chunks of theirs, and how many. */
  readonly refused: readonly { readonly host: string; readonly messages: number }[];
  /** Readers whose checkpoint is none. */
  readonly unreadable: readonly string[];
}

/** Hosts that are asked for at a time. */
const atOnce = 8;
const prefix = "rbgen-";

/**
 * All rings that relays have stored something of, by name.
 * @throws RelayError ERR_RELAY_STREAM
 */
export async function ringStatuses(connection: NatsConnection): Promise<RingStatus[]> {
  const checkpoints = await storedCheckpoints(connection);
  const statuses: RingStatus[] = [];
  for (const ring of await ringNames(connection)) {
    const own = checkpoints.filter((other) => other.ring === ring);
    statuses.push(await ringStatus(connection, ring, own));
  }
  return statuses;
}

async function ringNames(connection: NatsConnection): Promise<string[]> {
  const names: string[] = [];
  try {
    const manager = await jetstreamManager(connection);
    for await (const stream of manager.streams.names()) {
      const ring = stream.startsWith(prefix) ? nameOf(stream.slice(prefix.length)) : undefined;
      if (ring !== undefined) names.push(ring);
    }
  } catch (cause) {
    throw streamError("the streams of the server", cause);
  }
  return names.sort();
}

async function ringStatus(
  connection: NatsConnection,
  ring: string,
  checkpoints: readonly StoredCheckpoint[],
): Promise<RingStatus> {
  const { state } = await streamInfo(connection, ring);
  const names = Object.keys(state.subjects ?? {}).map((subject) => nameOf(subject.split(".").at(-1)!));
  const waiting = names.filter((name) => name !== undefined).sort();
  const hosts: HostStatus[] = [];
  const refused: { host: string; messages: number }[] = [];
  while (waiting.length > 0) {
    const some = waiting.splice(0, atOnce);
    const found = await Promise.all(some.map((host) => lastStored(connection, ring, host)));
    for (const [index, { headers, refused: messages }] of found.entries()) {
      const last = headers.at(-1);
      if (last !== undefined) hosts.push(hostStatus(last));
      if (messages > 0) refused.push({ host: some[index]!, messages });
    }
  }
  const readers: ReaderStatus[] = [];
  const unreadable: string[] = [];
  for (const { reader, checkpoint } of checkpoints) {
    const status = checkpoint && readerStatus(reader, checkpoint, ring, state.last_seq, hosts);
    if (status === undefined) unreadable.push(reader);
    else readers.push(status);
  }
  return { ring, messages: state.messages, bytes: state.bytes, hosts, readers, refused, unreadable };
}

async function streamInfo(connection: NatsConnection, ring: string): Promise<StreamInfo> {
  const name = streamName(ring);
  try {
    const manager = await jetstreamManager(connection);
    return await manager.streams.info(name, { subjects_filter: chunkSubject(ring) });
  } catch (cause) {
    throw streamError(`the stream ${name}`, cause);
  }
}

/** Of the numbering that the host's last chunks are of. */
function hostStatus(last: ChunkHeader): HostStatus {
  const { host, boot, instance, dropped, lostBytes, lastTime, clockOffset } = last;
  return { host, boot, instance, records: endOf(last), dropped, lostBytes, lastTime: lastTime + clockOffset };
}

function readerStatus(
  reader: string,
  checkpoint: RelayCheckpoint,
  ring: string,
  lastSequence: number,
  hosts: readonly HostStatus[],
): ReaderStatus | undefined {
  const stored = statesIn(checkpoint, ring);
  if (stored === undefined) return undefined;
  const states = new Map(stored.map((state) => [laneOf(state), state]));
  let [recordsBehind, missing] = [0n, 0n];
  for (const host of hosts) {
    const state: NumberingState | undefined = states.get(laneOf({ ...host, ring }));
    recordsBehind += host.records - (state?.next ?? 0n);
  }
  for (const state of states.values()) missing += state.missing;
  return { reader, chunksBehind: Math.max(0, lastSequence - checkpoint.sequence + 1), recordsBehind, missing };
}

function statesIn(checkpoint: RelayCheckpoint, ring: string): NumberingState[] | undefined {
  try {
    return statesOf(checkpoint, ring);
  } catch (error) {
    if (isRingBufError(error, "EINVAL")) return undefined;
    throw error;
  }
}
