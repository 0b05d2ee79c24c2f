import type { RecordCodec } from "@rbgen/runtime/codegen/v1";
import * as hand from "./codecs/hand-written.ts";
import * as others from "./codecs/others.gen.ts";
import { peers } from "./codecs/peers.ts";
import * as shapes from "./codecs/shapes.gen.ts";
import { effort } from "./effort.ts";
import type { BenchRow } from "./row.ts";

const rounds = effort(61);
const roundMs = effort(12);

/** Values that a measured call made, so that no engine leaves the call out. */
let sink: unknown;

/** Processor time of this process, microseconds: what other processes take of a shared machine does not count. */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/** Nanoseconds of processor time per call of `work` over at least {@link roundMs}. */
function time(work: () => unknown): number {
  let calls = 0;
  const start = processorTime();
  let now = start;
  while (now - start < roundMs * 1000) {
    for (let i = 0; i < 2000; i++) sink = work();
    calls += 2000;
    now = processorTime();
  }
  return ((now - start) * 1000) / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

interface Times {
  readonly ours: number;
  readonly peer: number;
  /** The peer's to ours. */
  readonly ratio: number;
}

/** Medians of alternating rounds; the first pair warms up and is left out. */
function compare(ours: () => unknown, peer: () => unknown): Times {
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const [mine, theirs] = round % 2 === 0 ? [time(ours), time(peer)] : [time(peer), time(ours)].reverse();
    if (round > 0) {
      a.push(mine!);
      b.push(theirs!);
    }
  }
  // Neighbours in time share what else the machine does, so the ratio is that of pairs.
  return { ours: median(a), peer: median(b), ratio: median(a.map((mine, index) => b[index]! / mine)) };
}

/** Codecs of eight other record types run first, so that the helpers that all share have seen many shapes. */
function pollute(): void {
  const codecs = [
    others.otherA,
    others.otherB,
    others.otherC,
    others.otherD,
    others.otherE,
    others.otherF,
    others.otherG,
    others.otherH,
  ] as readonly RecordCodec<unknown, unknown>[];
  const view = new DataView(new ArrayBuffer(256));
  for (let i = 0; i < 20_000; i++) {
    for (const codec of codecs) sink = codec.encode(codec.decode(view, 8, codec.size), view, 8);
  }
}

const path = "/usr/lib/x86_64-linux-gnu/gstreamer-1.0/libgstcoreelements.so";
const endpoint = { addr: 0x0a000001, port: 443, family: 2 };
const exec: shapes.ExecEvent = {
  tsNs: 123_456_789_012n,
  pid: 4711,
  ppid: 1,
  uid: 1000,
  comm: "postgres",
  exitCode: -1,
  cgroup: 77n,
};

interface Shape<T> {
  readonly name: string;
  readonly codec: RecordCodec<T, T>;
  readonly value: T;
  readonly decode: (view: DataView, offset: number, byteLength: number) => T;
  readonly encode: (value: T, view: DataView, offset: number) => number;
}

function measure<T>(shape: Shape<T>): BenchRow[] {
  const { codec, value } = shape;
  // Functions in locals, as generated files export them: else each call loads them from objects of many shapes.
  const { decode, encode } = codec;
  const { decode: decodeByHand, encode: encodeByHand } = shape;
  const byteLength = codec.byteLengthOf(value);
  // A ring's records lie in one large view.
  const view = new DataView(new ArrayBuffer(65_536));
  const at = 1024;
  codec.encode(value, view, at);
  const [one, other] = [codec.decode(view, at, byteLength), decodeByHand(view, at, byteLength)];
  if (JSON.stringify(codec.toJSON(one)) !== JSON.stringify(codec.toJSON(other)))
    throw new Error(`${shape.name} differs`);
  const decoded = compare(
    () => decode(view, at, byteLength),
    () => decodeByHand(view, at, byteLength),
  );
  const encoded = compare(
    () => encode(value, view, at),
    () => encodeByHand(value, view, at),
  );
  return [
    { work: `decode ${shape.name}, ${byteLength} bytes`, ...decoded },
    { work: `encode ${shape.name}, ${byteLength} bytes`, ...encoded },
  ].map(({ work, ours, peer, ratio }) => ({
    id: "P5",
    work,
    ours,
    peer,
    unit: "ns",
    ratio,
    target: "≥ 1 × hand-written",
    holds: ratio >= 1,
    peerName: "hand-written DataView",
    notes: "after codecs of 8 other record types",
  }));
}

/** P5: decode and encode of six record shapes against hand-written code, and one of them against libraries. */
export async function run(): Promise<BenchRow[]> {
  pollute();
  const chunk = { ts: 1n, pid: 2, len: 4080, data: new Uint8Array(4080).fill(7) };
  const flow = { ts: 1n, src: endpoint, dst: endpoint, rx: 5n, tx: 6n, counts: [1, 2, 3, 4, 5, 6, 7, 8] };
  const flags = { pid: 1, proto: 6, dir: 1, delta: -5, mark: 99, sport: 80, dport: 443, len: 1500 };
  const rows = [
    ...measure({
      name: "tick",
      codec: shapes.tick,
      value: { ts: 1n, pid: 2, cpu: 3 },
      decode: hand.decodeTick,
      encode: hand.encodeTick,
    }),
    ...measure({
      name: "strings",
      codec: shapes.execEvent,
      value: exec,
      decode: hand.decodeExec,
      encode: hand.encodeExec,
    }),
    ...measure({
      name: "bit-fields",
      codec: shapes.flagsEvent,
      value: flags,
      decode: hand.decodeFlags,
      encode: hand.encodeFlags,
    }),
    ...measure({
      name: "nested",
      codec: shapes.flowEvent,
      value: flow,
      decode: hand.decodeFlow,
      encode: hand.encodeFlow,
    }),
    ...measure({
      name: "path",
      codec: shapes.pathEvent,
      value: { pid: 1, flags: 2, comm: "cat", path },
      decode: hand.decodePath,
      encode: hand.encodePath,
    }),
    ...measure({
      name: "flexible",
      codec: shapes.chunkEvent,
      value: chunk,
      decode: hand.decodeChunk,
      encode: hand.encodeChunk,
    }),
  ];
  const record = new Uint8Array(48);
  const view = new DataView(record.buffer);
  shapes.encodeExecEvent(exec, view);
  // typed-struct looks for an optional dependency asynchronously, and reads no string before it has.
  await new Promise((resolve) => setTimeout(resolve, 200));
  for (const make of peers) {
    const peer = make();
    const bytes = peer.bytes(record, exec);
    const times = compare(
      () => shapes.decodeExecEvent(view),
      () => peer.decode(bytes),
    );
    rows.push({
      id: "P5",
      work: "decode strings, 48 bytes",
      ...times,
      unit: "ns",
      target: `≥ ${peer.aim} × ${peer.name}`,
      holds: times.ratio >= peer.aim,
      peerName: peer.name,
      ...(peer.notes === undefined ? {} : { notes: peer.notes }),
    });
  }
  if (sink === undefined) throw new Error("nothing was measured");
  return rows;
}
