import { BpfObject, type NativeRingBufMap } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { effort } from "../effort.ts";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer } from "./peer.ts";
import { benchEvent } from "./record.gen.ts";

const rounds = effort(5);
const streamMs = effort(1000, 200);
/** Well within what a core produces. */
const pacedRate = 5_000_000;

/** What one reader did with a stream. */
interface Stream {
  readonly records: number;
  /** CLOCK_MONOTONIC when the last record came, nanoseconds. */
  readonly last: number;
}

/**
 * P3: a process that produces, and a reader in another, ours or libbpf's, each on a ring of its own. Without pause, the
 * producer itself is slowed by each wake-up that it has to give, so a reader that keeps up sees fewer records per second,
 * and one that lags behind more, and drops; so the drops are compared at a rate that is the same for both, too.
 */
export async function streams(peer: Peer): Promise<BenchRow[]> {
  await round(peer, read, 0); // compiled once around
  const free = await compare(peer, 0);
  const paced = await compare(peer, pacedRate);
  const ratio = free.ours.rate / free.theirs.rate;
  return [
    {
      id: "P3",
      work: "kernel producer and consumer together, records per second",
      ours: free.ours.rate,
      peer: free.theirs.rate,
      unit: "records/s",
      ratio,
      target: "≥ 1 × libbpf, drops no higher",
      holds: ratio >= 1 && free.ours.dropped <= free.theirs.dropped,
      peerName,
      notes: facts("without pause", free),
    },
    {
      id: "P3",
      work: `the same at ${pacedRate / 1e6} million records per second, records dropped`,
      ours: paced.ours.dropped,
      peer: paced.theirs.dropped,
      unit: "records",
      ratio: paced.ours.dropped / Math.max(1, paced.theirs.dropped),
      target: "no more than libbpf",
      holds: paced.ours.dropped <= paced.theirs.dropped,
      peerName,
      notes: facts("by the clock", paced),
    },
  ];
}

const peerName = "libbpf ring_buffer__poll (C, -O2)";

/** Medians of either side, and each round's drops. */
interface Comparison {
  readonly ours: Round;
  readonly theirs: Round;
  readonly drops: string;
}

async function compare(peer: Peer, rate: number): Promise<Comparison> {
  const ours: Round[] = [];
  const theirs: Round[] = [];
  for (let i = 0; i < rounds; i++) {
    ours.push(await round(peer, read, rate));
    theirs.push(await round(peer, readByLibbpf, rate));
  }
  const middle = (all: readonly Round[]): Round => ({
    rate: median(all.map((one) => one.rate)),
    dropped: median(all.map((one) => one.dropped)),
  });
  const each = (all: readonly Round[]): string => all.map((one) => one.dropped).join(", ");
  return { ours: middle(ours), theirs: middle(theirs), drops: `${each(ours)} against ${each(theirs)}` };
}

function facts(pace: string, { drops }: Comparison): string {
  return notes(
    `48-byte records, 16 MiB, 1 producer by bpf_loop ${pace} in a process of its own for both, adaptive wake-ups, ${rounds} rounds of ${streamMs / 1000} s, dropped in each: ${drops}`,
  );
}

interface Round {
  readonly rate: number;
  readonly dropped: number;
}

/** The producing process: to be started once the reader is there. */
interface Producer {
  start(): void;
  readonly ended: Promise<unknown>;
}

type Consumer = (peer: Peer, map: NativeRingBufMap, producer: Producer) => Promise<Stream>;

async function round(peer: Peer, consume: Consumer, rate: number): Promise<Round> {
  using object = await BpfObject.load(peer.object);
  const map = object.ringBuf("events");
  const producer = await peer.start("produce", map.id, "object", `${streamMs}`, `${rate}`);
  const from = Number(process.hrtime.bigint());
  const produced = producer.figures();
  const { records, last } = await consume(peer, map, { start: () => producer.go(), ended: produced });
  const [sent = Number.NaN, dropped = Number.NaN] = await produced;
  if (records !== sent - dropped) throw new Error(`${records} of ${sent - dropped} records were read`);
  return { rate: records / ((last - from) / 1e9), dropped };
}

async function read(_peer: Peer, map: NativeRingBufMap, producer: Producer): Promise<Stream> {
  const reader = new RingBufReader(map, benchEvent);
  let over = false;
  const ended = producer.ended.then(() => {
    over = true;
  });
  const sum = new Float64Array(1);
  const take = (event: { readonly pid: number; readonly kind: number }): void => {
    sum[0] = (sum[0] as number) + event.pid + event.kind;
  };
  // a poll decodes: it takes the record that it woke for, and leaves the rest to the view
  const takeOne = (event: { readonly pid: number; readonly kind: number }): false => {
    take(event);
    return false;
  };
  producer.start();
  let records = 0;
  let last = 0;
  for (;;) {
    const taken = reader.consumeViews(take) || (await reader.poll(takeOne, { timeoutMs: 100 }));
    records += taken;
    if (taken > 0) last = Number(process.hrtime.bigint());
    else if (over) break;
  }
  await ended;
  reader.close();
  return { records, last };
}

async function readByLibbpf(peer: Peer, map: NativeRingBufMap, producer: Producer): Promise<Stream> {
  const reader = await peer.start("stream", map.id);
  producer.start();
  await producer.ended;
  reader.end();
  const [records = Number.NaN, last = Number.NaN] = await reader.figures();
  return { records, last };
}
