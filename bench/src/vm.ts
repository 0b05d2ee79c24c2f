import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BpfObject } from "@rbgen/native";
import { RingBufReader } from "@rbgen/runtime";
import { VmObject } from "@rbgen/vm";
import { effort } from "./effort.ts";
import { benchEvent } from "./native/record.gen.ts";
import type { BenchRow } from "./row.ts";

const rounds = effort(7);
/** Instructions a second of uBPF's interpreter, measured with this machine's first prototypes; it is no package here. */
const ubpfPerSecond = 241e6;
const demo = fileURLToPath(new URL("../../apps/demo/bpf/demo.bpf.o", import.meta.url));

/** V1 to V4: programs in the virtual machine, against the kernel's own compiler in the same run, alternating. */
export async function run(): Promise<BenchRow[]> {
  const bytes = compiled();
  using kernel = await BpfObject.load(bytes);
  using ours = await VmObject.load(bytes);
  return [...arithmetic(kernel, ours), filter(kernel, ours), await records(bytes), await loading()];
}

function compiled(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-bench-"));
  try {
    const source = fileURLToPath(new URL("../src/vm.bpf.c", import.meta.url));
    const object = join(folder, "vm.bpf.o");
    const triplet = execFileSync("gcc", ["-print-multiarch"], { encoding: "utf8" }).trim();
    const include = `-I/usr/include/${triplet}`;
    execFileSync("clang", ["-target", "bpf", "-g", "-O2", include, "-c", source, "-o", object]);
    return readFileSync(object);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Nanoseconds of one of `count` runs that `work` makes. */
function timed(count: number, work: () => void): number {
  const started = process.hrtime.bigint();
  work();
  return Number(process.hrtime.bigint() - started) / count;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** Medians of both sides, after a round of each to warm up. */
function alternating(ours: () => number, peer: () => number): readonly [ours: number, peer: number] {
  ours();
  peer();
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    mine.push(ours());
    theirs.push(peer());
  }
  return [median(mine), median(theirs)];
}

const load = (): string => `medians of ${rounds} rounds in turn; load ${loadavg()[0]?.toFixed(1)}`;

function arithmetic(kernel: BpfObject, vm: VmObject): BenchRow[] {
  const data = new Uint8Array(64);
  const repeat = 300;
  const [here, there] = [vm.program("arithmetic"), kernel.program("arithmetic")];
  if (here.run({ data }).returnValue !== there.run({ data }).returnValue) throw new Error("another result");
  const { instructions } = here.run({ data });
  const [ours, peer] = alternating(
    () => timed(repeat, () => here.run({ data, repeat })),
    () => timed(repeat, () => there.run({ data, repeat })),
  );
  const work = `a hot loop of arithmetic, ${instructions} instructions a run`;
  const perSecond = (instructions / ours) * 1e9;
  return [
    {
      id: "V1",
      work,
      ours: ours / 1000,
      peer: peer / 1000,
      unit: "µs a run",
      ratio: ours / peer,
      target: "≤ 4 × the kernel's compiler",
      holds: ours <= 4 * peer,
      peerName: "BPF_PROG_TEST_RUN with repeat",
      notes: load(),
    },
    {
      id: "V1",
      work,
      ours: perSecond / 1e6,
      peer: ubpfPerSecond / 1e6,
      unit: "M instructions/s",
      ratio: perSecond / ubpfPerSecond,
      target: "≥ 10 × uBPF's interpreter",
      holds: perSecond >= 10 * ubpfPerSecond,
      peerName: "uBPF's interpreter, a figure of its own measurement",
      notes: load(),
    },
  ];
}

function filter(kernel: BpfObject, vm: VmObject): BenchRow {
  const data = new Uint8Array(64);
  data.set([8, 0], 12);
  data[23] = 17;
  data.set([127, 0, 0, 1], 26);
  const repeat = 20_000;
  const [here, there] = [vm.program("filter"), kernel.program("filter")];
  const [ours, peer] = alternating(
    () => timed(repeat, () => here.run({ data, repeat })),
    () => timed(repeat, () => there.run({ data, repeat })),
  );
  const [mine, theirs] = [vm.global("counted").get(), kernel.global("counted").get()];
  if (mine !== theirs) throw new Error(`${mine} packets counted, and ${theirs} by the kernel`);
  return {
    id: "V2",
    work: "a filter of 64-byte packets that counts by source in a hash, each run of its own",
    ours,
    peer,
    unit: "ns a packet",
    ratio: ours / peer,
    target: "≤ 100 × the kernel",
    holds: ours <= 100 * peer,
    peerName: "BPF_PROG_TEST_RUN with repeat",
    notes: `one run lays its packet and context out and settles memory, which the kernel does once for all; ${load()}`,
  };
}

/** From the event that is fired to the record that is decoded. */
async function records(bytes: Uint8Array): Promise<BenchRow> {
  using object = await VmObject.load(bytes);
  object.become({ pid: 7, tgid: 7, comm: "bench" });
  const program = object.program("on_exec");
  const reader = new RingBufReader(object.ringBuf("events"), benchEvent);
  let seen = 0;
  const batch = 1000;
  const spent: number[] = [];
  const round = (): number => {
    const before = process.cpuUsage();
    const wall = timed(batch, () => {
      program.run({ repeat: batch });
      reader.consume(() => {
        seen += 1;
      });
    });
    const { user, system } = process.cpuUsage(before);
    spent.push((1000 * (user + system)) / batch);
    return wall;
  };
  round();
  const wall = median(Array.from({ length: rounds * 5 }, round));
  // where the machine is another's for a while, that is no time of ours
  const perSecond = 1e9 / Math.min(wall, median(spent));
  if (seen !== batch * (rounds * 5 + 1)) throw new Error(`${seen} records read`);
  reader.close();
  return {
    id: "V3",
    work: "a tracepoint's program, its record over the ring, decoded",
    ours: perSecond / 1e3,
    peer: 100,
    unit: "k records/s",
    ratio: perSecond / 100e3,
    target: "≥ 100 000 records/s",
    holds: perSecond >= 100e3,
    peerName: "the target",
    notes: `by processor time; ${(1e6 / wall).toFixed(0)} k records/s by the clock on the wall; ${load()}`,
  };
}

async function loading(): Promise<BenchRow> {
  const bytes = readFileSync(demo);
  const each: number[] = [];
  for (let round = 0; round < 15; round += 1) {
    const started = performance.now();
    (await VmObject.load(bytes)).close();
    each.push(performance.now() - started);
  }
  const ours = median(each);
  return {
    id: "V4",
    work: "load the demo's object: maps, checks, compilation to WebAssembly",
    ours,
    peer: 50,
    unit: "ms",
    ratio: ours / 50,
    target: "≤ 50 ms",
    holds: ours <= 50,
    peerName: "the target",
    notes: `${each[0]?.toFixed(1)} ms for the first one; ${load()}`,
  };
}
