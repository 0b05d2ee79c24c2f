import { BpfObject, type NativeRingBufMap } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { median, type Peer } from "./peer.ts";
import { benchEvent } from "./record.gen.ts";

const rounds = 5;
const streamMs = 1000;

/** What one reader did with a stream. */
interface Stream {
  readonly records: number;
  /** CLOCK_MONOTONIC when the last record came, nanoseconds. */
  readonly last: number;
}

/** P3: a process that produces without pause, and a reader in another, ours or libbpf's, each on a ring of its own. */
export async function streams(peer: Peer): Promise<BenchRow> {
  const ours: Round[] = [];
  const theirs: Round[] = [];
  await round(peer, read); // compiled once around
  for (let i = 0; i < rounds; i++) {
    ours.push(await round(peer, read));
    theirs.push(await round(peer, readByLibbpf));
  }
  const rate = (all: readonly Round[]): number => median(all.map((one) => one.rate));
  const dropped = (all: readonly Round[]): number => median(all.map((one) => one.dropped));
  const ratio = rate(ours) / rate(theirs);
  const share = (all: readonly Round[]): string => `${dropped(all)} (${all.map((one) => one.dropped).join(", ")})`;
  return {
    id: "P3",
    work: "kernel producer and consumer together, records per second",
    ours: rate(ours),
    peer: rate(theirs),
    unit: "records/s",
    ratio,
    target: "≥ 0.95 × libbpf, drops no higher",
    holds: ratio >= 0.95 && dropped(ours) <= dropped(theirs),
    peerName: "libbpf ring_buffer__poll (C, -O2)",
    notes: notes(
      `48-byte records, 16 MiB, 1 producer by bpf_loop in a process of its own for both, adaptive wake-ups, ${rounds} rounds of ${streamMs / 1000} s; ` +
        `drops ${share(ours)} against ${share(theirs)}`,
    ),
  };
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

async function round(peer: Peer, consume: Consumer): Promise<Round> {
  using object = await BpfObject.load(peer.object);
  const map = object.ringBuf("events");
  const producer = await peer.start("produce", map.id, "object", `${streamMs}`);
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
