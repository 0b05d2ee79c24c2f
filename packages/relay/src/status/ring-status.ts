import { jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Dropped, endOf } from "../chunk/index.ts";
import { type RelayCheckpoint, statesOf } from "../read/checkpoint.ts";
import { storedCheckpoints } from "../read/durable.ts";
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
}

/** Hosts that are asked for at a time. */
const atOnce = 8;
const prefix = "rbgen-";

/** All rings that relays have stored something of, by name. @throws RelayError ERR_RELAY_STREAM, ChunkError */
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
  checkpoints: readonly { readonly reader: string; readonly checkpoint: RelayCheckpoint }[],
): Promise<RingStatus> {
  const { state } = await streamInfo(connection, ring);
  const names = Object.keys(state.subjects ?? {}).map((subject) => nameOf(subject.split(".").at(-1)!));
  const waiting = names.filter((name) => name !== undefined).sort();
  const hosts: HostStatus[] = [];
  while (waiting.length > 0) {
    hosts.push(
      ...(await Promise.all(waiting.splice(0, atOnce).map((host) => hostStatus(connection, ring, host)))).flat(),
    );
  }
  const readers = checkpoints.map(({ reader, checkpoint }) =>
    readerStatus(reader, checkpoint, ring, state.last_seq, hosts),
  );
  return { ring, messages: state.messages, bytes: state.bytes, hosts, readers };
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

/** Of the numbering that the host's last chunks are of; nothing where the stream's limits removed all meanwhile. */
async function hostStatus(connection: NatsConnection, ring: string, host: string): Promise<HostStatus[]> {
  const last = (await lastStored(connection, ring, host)).at(-1);
  if (last === undefined) return [];
  const { boot, instance, dropped, lostBytes, lastTime, clockOffset } = last;
  return [{ host, boot, instance, records: endOf(last), dropped, lostBytes, lastTime: lastTime + clockOffset }];
}

function readerStatus(
  reader: string,
  checkpoint: RelayCheckpoint,
  ring: string,
  lastSequence: number,
  hosts: readonly HostStatus[],
): ReaderStatus {
  const states = new Map(statesOf(checkpoint, ring).map((state) => [laneOf(state), state]));
  let [recordsBehind, missing] = [0n, 0n];
  for (const host of hosts) {
    const state: NumberingState | undefined = states.get(laneOf({ ...host, ring }));
    recordsBehind += host.records - (state?.next ?? 0n);
  }
  for (const state of states.values()) missing += state.missing;
  return { reader, chunksBehind: Math.max(0, lastSequence - checkpoint.sequence + 1), recordsBehind, missing };
}
