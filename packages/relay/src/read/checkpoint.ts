import type { Dropped } from "../chunk/index.ts";
import { messageOf, RelayError } from "../relay-error.ts";
import type { NumberingState } from "./sequencer.ts";

/** How far a reader has come, to be kept with what was made of its records: JSON. */
export interface RelayCheckpoint {
  /** Of this form. */
  readonly version: 1;
  /** The ring that was read. */
  readonly ring: string;
  /** Stream sequence of the first chunk that is not handed out whole. */
  readonly sequence: number;
  /** How far each host's numbers were read. */
  readonly numberings: readonly StoredNumbering[];
}

/** Numbers as decimal strings. */
interface StoredNumbering {
  readonly host: string;
  readonly boot: string;
  readonly instance: string;
  readonly next: string;
  readonly dropped: Readonly<Record<keyof Dropped, string>>;
  readonly lostBytes: string;
  readonly before: string;
  readonly missing: string;
}

export function checkpointOf(ring: string, sequence: number, states: Iterable<NumberingState>): RelayCheckpoint {
  const numberings = Array.from(states, ({ host, boot, instance, next, dropped, lostBytes, before, missing }) => ({
    ...{ host, boot, instance: `${instance}`, next: `${next}` },
    dropped: {
      kernel: `${dropped.kernel}`,
      spool: `${dropped.spool}`,
      restart: `${dropped.restart}`,
      size: `${dropped.size}`,
    },
    ...{ lostBytes: `${lostBytes}`, before: `${before}`, missing: `${missing}` },
  }));
  return { version: 1, ring, sequence, numberings };
}

/**
 * States to go on from.
 * @throws RelayError EINVAL for what is no checkpoint of this ring.
 */
export function statesOf(checkpoint: RelayCheckpoint, ring: string): NumberingState[] {
  const fail = (why: string): never => {
    throw new RelayError("EINVAL", `this is no checkpoint of ${ring}: ${why}`);
  };
  if (checkpoint?.version !== 1) fail("its version is not 1");
  if (checkpoint.ring !== ring) fail(`it is one of ${checkpoint.ring}`);
  if (!Number.isSafeInteger(checkpoint.sequence) || checkpoint.sequence < 0)
    fail(`its sequence is ${checkpoint.sequence}`);
  const count = (text: unknown): bigint =>
    typeof text === "string" && /^\d{1,20}$/.test(text) ? BigInt(text) : fail(`${JSON.stringify(text)} is no number`);
  try {
    return checkpoint.numberings.map(({ host, boot, instance, next, dropped, lostBytes, before, missing }) => ({
      ...{ host, ring, boot, instance: count(instance), next: count(next), duplicates: 0 },
      dropped: {
        ...{ kernel: count(dropped.kernel), spool: count(dropped.spool) },
        ...{ restart: count(dropped.restart), size: count(dropped.size) },
      },
      ...{ lostBytes: count(lostBytes), before: count(before), missing: count(missing) },
    }));
  } catch (error) {
    if (error instanceof RelayError) throw error;
    return fail(messageOf(error));
  }
}
