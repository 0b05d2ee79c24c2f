import type { Exploration } from "./explore.ts";
import type { SourceEdit } from "./load-sources.ts";
import type { Arena } from "./operation.ts";
import { type Port, Stage } from "./thread.ts";

/** What every exploration of a ring can be told. */
export interface RingOptions {
  /** `max_entries`, bytes; the protocol does not know of pages. */
  readonly size: number;
  /** Where all positions begin. */
  readonly start?: bigint;
  readonly edits?: readonly SourceEdit[];
  /** Whether plain stores may be seen late. */
  readonly late?: boolean;
}

export interface Explored extends Exploration {
  /** Uses of `Atomics` in the files loaded. */
  readonly known: ReadonlySet<string>;
}

/** Byte offsets of the parts of shared memory. */
export interface Parts {
  readonly consumer: number;
  readonly producer: number;
  readonly pending: number;
  readonly overwrite: number;
  /** Two words. */
  readonly lock: number;
  readonly drain: number;
  readonly wake: number;
  readonly data: number;
}

const positions = { consumer: 0, producer: 8, pending: 16, overwrite: 24 };

/** As close together as they can be: the less memory, the faster a state is told from others. */
export const parts: Parts = { ...positions, lock: 32, drain: 40, wake: 44, data: 48 };

/** With the words of the emulated kernel's private page where it looks for them, from 64 on. */
export const emulatedParts: Parts = { ...positions, lock: 64, wake: 128, drain: 256, data: 264 };

/** A stage for `threads` threads and a ring of `size` bytes, whose data lies there twice as where nothing is mapped. */
export function ringStage(where: Parts, size: number, threads: number): Stage {
  return new Stage(where.data + 2 * size, threads);
}

/** The ring as the protocol takes it. */
export function ringMemory(stage: Stage, where: Parts, size: number): Readonly<Record<string, unknown>> {
  const part = (byteOffset: number): unknown => ({ buffer: stage.buffer, byteOffset });
  return {
    size,
    consumer: part(where.consumer),
    producer: part(where.producer),
    data: part(where.data),
    aliased: false,
  };
}

/** Puts every position to `start`. */
export function begin(arena: Arena, start: bigint): void {
  for (const at of Object.values(positions)) arena.wholes[at / 8] = start;
}

/** A record as it left or arrived: `name` is its producer and its number there. */
export type Report =
  | { readonly kind: "submitted" | "delivered"; readonly name: string; readonly offset: number | undefined }
  | { readonly kind: "discarded" | "dropped"; readonly name: string };

/** Reports `what` of a record. */
export function report(port: Port, what: Report): void {
  port.report(what);
}

/** Places of the records of one kind, by name; undefined where a record's is not known. */
export function placesOf(reports: readonly Report[], kind: Report["kind"]): Map<string, number | undefined> {
  const places = new Map<string, number | undefined>();
  for (const one of reports) if (one.kind === kind && "offset" in one) places.set(one.name, one.offset);
  return places;
}

/** What a record of a program holds: who it is, and nothing else, so that half of another shows. */
export function payload(name: string, byteLength: number): Uint8Array {
  const [producer = 0, record = 0] = name.split(".").map(Number);
  return new Uint8Array(byteLength).fill(16 * (producer + 1) + record + 1);
}

/** Checks each record as it arrives, by itself and against those before it. */
export class Arrivals {
  readonly port: Port;
  readonly last: Map<number, number> = new Map();

  constructor(port: Port) {
    this.port = port;
  }

  /** @throws Error for a record that is torn, comes twice or comes too late. */
  deliver(bytes: Uint8Array, offset: number): void {
    const [first = 0] = bytes;
    if (bytes.length === 0 || bytes.some((byte) => byte !== first) || first < 16) {
      throw new Error(`a torn record arrived: ${Buffer.from(bytes).toString("hex")}`);
    }
    const producer = (first >> 4) - 1;
    const record = (first & 15) - 1;
    const last = this.last.get(producer) ?? -1;
    if (record === last) throw new Error(`record ${producer}.${record} arrived twice`);
    if (record < last) throw new Error(`record ${producer}.${record} arrived after ${producer}.${last}`);
    this.last.set(producer, record);
    report(this.port, { kind: "delivered", name: `${producer}.${record}`, offset });
  }
}
