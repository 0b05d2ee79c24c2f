import { join } from "node:path";
import { type End, explore } from "./explore.ts";
import { loadSources } from "./load-sources.ts";
import {
  Arrivals,
  begin,
  type Explored,
  emulatedParts,
  type Parts,
  parts,
  payload,
  placesOf,
  type Report,
  type RingOptions,
  report,
  ringStage,
} from "./ring.ts";
import { bareRingBuf, emulatedRingBuf, type Producer, type RingOnStage } from "./ring-ends.ts";
import type { Port, Thread } from "./thread.ts";

/** What one run of a program on the kernel side does to the ring, step by step. Records are counted from 0 in it. */
export type Action =
  | { readonly reserve: number }
  | { readonly submit: number; readonly flags?: number }
  | { readonly discard: number; readonly flags?: number }
  | { readonly output: number; readonly flags?: number }
  | { readonly query: "positions" };

/** Reserve and submit, one after the other. */
export function reserveAndSubmit(byteLength: number, record: number, flags = 0): Action[] {
  return [{ reserve: byteLength }, { submit: record, flags }];
}

export interface KernelRingOptions extends RingOptions {
  readonly producers: readonly (readonly Action[])[];
  /** How the reader reads: the part of its iterator that is synchronous, `pollSync` whole, or runs of samples as they lie. */
  readonly consumer: "iteration" | "pollSync" | "runs";
  /** Whether the statistics are looked at after each poll; records are then all of 16 bytes with their headers. */
  readonly statistics?: boolean;
  /** Tries for the lock; `Infinity` (unless told) tries until it is free. */
  readonly spins?: number;
  readonly overwrite?: boolean;
  /** Whether the ring is a map of the emulated kernel, with its own wake-ups, instead of the bare protocol. */
  readonly emulated?: boolean;
}

/** Explores a `BPF_MAP_TYPE_RINGBUF`: producers on the kernel side, one reader that sleeps when it has seen all. */
export function exploreKernelRing(source: string, options: KernelRingOptions): Explored {
  const { size, spins, overwrite = false, emulated = false, edits = [], producers } = options;
  const where = emulated ? emulatedParts : parts;
  const stage = ringStage(where, size, producers.length + 1);
  const sources = loadSources(stage, {
    edits,
    spinsAt: spins === undefined ? [where.lock] : [],
    locked: { files: ["locked-position.ts", "ring-lock.ts"], lock: where.lock },
  });
  const ring: RingOnStage = {
    sources,
    source,
    stage,
    where,
    size,
    overwrite,
    spins: spins ?? Number.POSITIVE_INFINITY,
  };
  const ends = emulated ? emulatedRingBuf(ring) : bareRingBuf(ring);
  const read = options.consumer === "runs" ? readingRuns(ring) : reading(ring, options);
  const exploration = explore({
    stage,
    initialize: (arena) => begin(arena, options.start ?? 0n),
    threads: [
      ...producers.map(
        (actions, at): Thread => ({
          name: `producer ${at}`,
          run: (port) => runProgram(port, where, ends.kernel(port), `${at}`, actions),
        }),
      ),
      { name: "consumer", run: (port) => read(port, ends.map(port)) },
    ],
    verify: (end) => verifyKernelRing(end, options),
    late: options.late ?? false,
  });
  return { ...exploration, known: sources.sites };
}

function runProgram(port: Port, where: Parts, producer: Producer, prefix: string, actions: readonly Action[]): void {
  const records: { readonly name: string; readonly offset: number; readonly byteLength: number }[] = [];
  for (const [index, action] of actions.entries()) {
    port.checkpoint(index, producer, records);
    if ("reserve" in action) {
      const name = `${prefix}.${records.length}`;
      const offset = producer.reserve(action.reserve);
      records.push({ name, offset, byteLength: action.reserve });
      if (offset < 0) report(port, { kind: "dropped", name });
      else port.write(where.data + offset, payload(name, action.reserve));
      continue;
    }
    if ("query" in action) {
      const { producer: produced, consumer: consumed, overwrite } = producer.positions();
      if (produced < consumed || produced < overwrite)
        throw new Error(`${produced} is behind ${consumed}, ${overwrite}`);
      continue;
    }
    if ("output" in action) {
      const name = `${prefix}.${records.length}`;
      const outcome = producer.output(payload(name, action.output), action.flags ?? 0);
      records.push({ name, offset: outcome, byteLength: action.output });
      report(port, outcome < 0 ? { kind: "dropped", name } : { kind: "submitted", name, offset: undefined });
      continue;
    }
    const discard = "discard" in action;
    const { name, offset, byteLength } = records[discard ? action.discard : action.submit]!;
    if (offset < 0) continue;
    // before the step: once it is taken, the consumer may have the record
    report(port, discard ? { kind: "discarded", name } : { kind: "submitted", name, offset });
    producer.commit(offset, byteLength, discard, action.flags ?? 0);
  }
}

interface Arrival {
  readonly bytes: Uint8Array;
  readonly offset: number;
}

interface Reader {
  pollSync(handler: (record: Arrival) => void): number;
  stats(): { readonly remaining: number; readonly remainingBytes: number };
  /** `#shift`: the next record, or a symbol after which iteration sleeps. */
  private_shift(): unknown;
}

/** `RingBufReader`, by `pollSync` or by what its iterator does between two waits. */
function reading(
  { sources, source, where }: RingOnStage,
  { consumer, statistics = false }: KernelRingOptions,
): (port: Port, map: unknown) => void {
  const { RingBufReader } = sources.load<{ RingBufReader: new (map: unknown, codec: unknown) => Reader }>(
    join(source, "reader.ts"),
  );
  const { skipped } = sources.load<{ skipped: symbol }>(join(source, "sample-decoder.ts"));
  return (port, map) => {
    const arrivals = new Arrivals(port);
    const codec = {
      name: "record",
      size: 8,
      minByteLength: 0,
      layout: { leaves: [{ count: 0 }] },
      endian: "little",
      decode: (view: DataView, offset: number, byteLength: number): Arrival => ({
        bytes: port.read(view, offset, byteLength),
        offset,
      }),
    };
    const reader = new RingBufReader(map, codec);
    const deliver = ({ bytes, offset }: Arrival): void => arrivals.deliver(bytes, offset);
    for (;;) {
      port.checkpoint(reader, arrivals);
      if (consumer === "pollSync") {
        reader.pollSync(deliver);
        const { remaining, remainingBytes } = statistics ? reader.stats() : { remaining: 0, remainingBytes: 0 };
        if (remaining * 16 !== remainingBytes) throw new Error(`${remaining} records in ${remainingBytes} bytes`);
        continue;
      }
      const record = reader.private_shift();
      if (record !== skipped) deliver(record as Arrival);
      else {
        port.checkpoint("asleep", reader, arrivals);
        port.sleep(where.wake);
      }
    }
  };
}

interface RunConsumer {
  readonly unpublished: number;
  lend(): Sample;
  look(): boolean;
  next(sample: Sample): boolean;
  nextRun(run: Run, limit: number, longest: number): number;
  commit(): boolean;
}

interface Sample {
  readonly view: DataView;
  offset: number;
  byteLength: number;
}

type Run = Record<"offset" | "byteLength" | "payload" | "last", number>;

/** `RingConsumer` by runs, and by single samples where there is none. */
function readingRuns({ sources, source, where, size }: RingOnStage): (port: Port, map: unknown) => void {
  const { claimFor } = sources.load<{
    claimFor(map: unknown, type: string, codec: unknown): { readonly memory: unknown };
  }>(join(source, "backend.ts"));
  const { RingConsumer } = sources.load<{ RingConsumer: new (memory: unknown) => RunConsumer }>(
    join(source, "ring/consumer.ts"),
  );
  return (port, map) => {
    const arrivals = new Arrivals(port);
    const ring = new RingConsumer(claimFor(map, "ringbuf", { name: "bytes", endian: "little" }).memory);
    const sample = ring.lend();
    const run: Run = { offset: 0, byteLength: 0, payload: 0, last: 0 };
    const deliver = (at: number, byteLength: number): void =>
      arrivals.deliver(port.read(sample.view, at, byteLength), at);
    for (;;) {
      port.checkpoint(ring, arrivals);
      const published = ring.commit();
      const count = ring.nextRun(run, size, size);
      const end = run.offset + run.byteLength;
      for (let at = run.offset; count > 0 && at < end; ) {
        const header = port.read(sample.view, at, 4);
        const byteLength = new DataView(header.buffer, header.byteOffset).getUint32(0, true);
        deliver(at + 8, byteLength);
        at += (byteLength + 15) & ~7;
      }
      const alone = count === 0 && ring.next(sample);
      if (alone) deliver(sample.offset, sample.byteLength);
      if (count > 0 || alone || ring.look() || published || ring.unpublished > 0) continue;
      port.checkpoint("asleep", ring, arrivals);
      port.sleep(where.wake);
    }
  };
}

function verifyKernelRing(end: End, { producers, size, spins, overwrite = false }: KernelRingOptions): void {
  const reports = end.threads.flatMap((thread) => thread.reports as readonly Report[]);
  const consumer = end.threads.at(-1)!;
  for (const thread of end.threads.slice(0, -1)) {
    if (thread.blockedAt !== undefined) throw new Error(`${thread.name} is blocked at ${thread.blockedAt.text}`);
  }
  if (consumer.blockedAt?.text !== "sleep") throw new Error("the consumer does not sleep");
  const dropped = reports.find((one) => one.kind === "dropped");
  let needed = 0;
  for (const action of producers.flat()) {
    if ("reserve" in action) needed += (action.reserve + 15) & ~7;
    if ("output" in action) needed += (action.output + 15) & ~7;
  }
  const roomForAll = needed < size;
  if (dropped && roomForAll && spins === undefined) throw new Error(`record ${dropped.name} found no room`);
  const submitted = placesOf(reports, "submitted");
  const delivered = placesOf(reports, "delivered");
  for (const [name, offset] of delivered) {
    if (!submitted.has(name)) throw new Error(`record ${name} arrived and was not submitted`);
    const place = submitted.get(name);
    if (!overwrite && place !== undefined && place !== offset)
      throw new Error(`record ${name} arrived from another place`);
  }
  const [position, producer] = [end.arena.wholes[parts.consumer / 8]!, end.arena.wholes[parts.producer / 8]!];
  if (position !== producer) {
    throw new Error(`the consumer sleeps at ${position}, and committed records are there up to ${producer}`);
  }
  if (overwrite) return;
  for (const name of submitted.keys()) if (!delivered.has(name)) throw new Error(`record ${name} is lost`);
}
