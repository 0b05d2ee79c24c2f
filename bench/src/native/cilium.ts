import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import type { BenchRow } from "../row.ts";
import { notes } from "./notes.ts";
import { benchFolder, buildPeer, median, peerSource, request } from "./peer.ts";
import { pollute } from "./pollute.ts";
import { benchEvent } from "./record.gen.ts";
import { startProcess } from "./ring-process.ts";

const rounds = 7;
/** Where Debian puts Go packages. */
const goPath = "/usr/share/gocode";

/** P2 against cilium/ebpf in Go: a full ring, each record decoded, by turns. */
export async function run(): Promise<BenchRow[]> {
  const program = buildReader();
  const peer = buildPeer();
  pollute();
  using object = await BpfObject.load(peer.object);
  using others = await BpfObject.load(peer.object);
  const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
  const go = await startProcess(program, [`${others.ringBuf("events").id}`]);
  const sum = new Float64Array(1);
  const ours = (): number => {
    const count = fill(object);
    const start = performance.now();
    const taken = reader.consume((record) => {
      sum[0] = (sum[0] as number) + record.pid + record.kind;
    });
    if (taken !== count) throw new Error(`${taken} of ${count} records were read`);
    return (taken / (performance.now() - start)) * 1000;
  };
  const theirs = async (): Promise<number> => {
    go.go(fill(others));
    const [nanoseconds = Number.NaN] = await go.figures();
    return 1e9 / nanoseconds;
  };
  const rates: [number[], number[]] = [[], []];
  for (let round = -2; round < rounds; round++) {
    const both = [ours(), await theirs()] as const;
    if (round >= 0) for (const side of [0, 1] as const) rates[side].push(both[side]);
  }
  go.end();
  reader.close();
  const [mine, other] = [median(rates[0]), median(rates[1])];
  return [
    {
      id: "P2",
      work: "drain a full ring, decoded to plain objects, records per second",
      ours: mine,
      peer: other,
      unit: "records/s",
      ratio: mine / other,
      target: "≥ 5 × cilium/ebpf",
      holds: mine / other >= 5,
      peerName: "cilium/ebpf ReadInto and binary.Read (Go)",
      notes: notes(
        `48-byte records, ring of 16 MiB filled before each drain, ${rounds} rounds, no drops while draining`,
      ),
    },
  ];
}

/** Fills the ring of `object`; how many records went in. */
function fill(object: BpfObject): number {
  const asked = request(1 << 20);
  object.program("produce").runInPlace(asked);
  return (1 << 20) - Number(new DataView(asked.buffer).getBigUint64(8, true));
}

/** @throws where Go or cilium/ebpf is missing. */
function buildReader(): string {
  if (spawnSync("go", ["version"]).status !== 0 || !existsSync(join(goPath, "src/github.com/cilium/ebpf"))) {
    throw new Error("needs Go and cilium/ebpf (apt-get install golang golang-github-cilium-ebpf-dev)");
  }
  const folder = benchFolder();
  const program = join(folder, "cilium");
  const env = { ...process.env, GOPATH: goPath, GO111MODULE: "off", GOCACHE: join(folder, "cache"), GOFLAGS: "" };
  execFileSync("go", ["build", "-o", program, peerSource("cilium.go")], { env });
  return program;
}
