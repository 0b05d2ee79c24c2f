import type { NatsConnection } from "@nats-io/transport-node";
import { endOf } from "../chunk/index.ts";
import { refuse } from "../relay-error.ts";
import { lastSequence, lastStored } from "../stream/relay-stream.ts";
import { type RelayCheckpoint, statesOf } from "./checkpoint.ts";
import type { SourceStart } from "./chunk-source.ts";
import { Sequencer } from "./sequencer.ts";

/** Where a reader begins. */
export type ReadFrom =
  | "new"
  | "start"
  /** Chunks that were stored at that time or later. */
  | { readonly time: Date }
  /** A record of the host's present numbering; what was before is read and passed over. */
  | { readonly host: string; readonly record: bigint }
  /** Where an earlier reader was. */
  | { readonly checkpoint: RelayCheckpoint };

/** Where that is in the stream, and in the numbering of each host. */
export interface Beginning {
  readonly start: SourceStart;
  readonly sequencer: Sequencer<number>;
  /** The only host that is read, where reading begins at a record of it. */
  readonly host?: string;
}

/**
 * Finds where reading begins.
 * @throws RelayError EINVAL for a record that is not there
 */
export async function beginning(connection: NatsConnection, ring: string, from: ReadFrom): Promise<Beginning> {
  if (from === "start") return { start: { kind: "start" }, sequencer: new Sequencer(true) };
  if (from === "new") {
    const start = { kind: "sequence", sequence: (await lastSequence(connection, ring)) + 1 } as const;
    return { start, sequencer: new Sequencer(start.sequence === 1) };
  }
  if ("time" in from) return { start: { kind: "time", time: from.time }, sequencer: new Sequencer(false) };
  if ("checkpoint" in from) {
    const states = statesOf(from.checkpoint, ring);
    const sequence = Math.max(1, from.checkpoint.sequence);
    const sequencer = new Sequencer<number>(sequence === 1, states);
    return { start: { kind: "sequence", sequence }, sequencer };
  }
  const { host, record } = from;
  // the numbering that the latest chunk belongs to
  const last = (await lastStored(connection, ring, host)).headers.at(-1);
  if (last === undefined)
    return refuse(`${host} has stored nothing of ${ring} yet: there is no record ${record} to begin at`);
  if (record > endOf(last))
    return refuse(`the last record of ${host} is ${endOf(last) - 1n}: ${record} is not there yet`);
  return { start: { kind: "start" }, sequencer: new Sequencer(false, [], { ...last, record }), host };
}
