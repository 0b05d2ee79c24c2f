import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { cpus, loadavg, release } from "node:os";
import { fileURLToPath } from "node:url";
import { effort } from "./effort.ts";
import type { BenchRow } from "./row.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";
const rounds = effort(7);

/** Folders that bpftool is in: sbin may not be on the path. */
const bpftool: string | undefined = [
  "/usr/sbin/bpftool",
  "/sbin/bpftool",
  "/usr/local/sbin/bpftool",
  "/usr/bin/bpftool",
].find((path) => existsSync(path));

/**
 * A process of its own per round, so that nothing is compiled or cached: reads the file, indexes it, finds one type, and writes
 * its definition with all it needs.
 */
const program: string = `
import { readFileSync } from "node:fs";
const { parseBtf, formatDefinitions } = await import(process.argv[1]);
const bytes = readFileSync(${JSON.stringify(vmlinux)});
const used = () => {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const before = process.argv[2] === "memory" ? used() : 0;
const start = performance.now();
const btf = parseBtf(bytes);
const indexed = performance.now();
const found = btf.find("task_struct");
const text = formatDefinitions(found);
if (found.length !== 1 || text.length < 1000) throw new Error("task_struct was not found");
const memory = process.argv[2] === "memory" ? used() - before : 0;
console.log(JSON.stringify({ index: indexed - start, memory, types: btf.typeCount }));
`;

interface Round {
  readonly index: number;
  readonly memory: number;
  readonly types: number;
}

function ours(mode: "time" | "memory"): { readonly round: Round; readonly whole: number } {
  const library = import.meta.resolve("@rbgen/btf");
  if (!existsSync(fileURLToPath(library))) throw new Error("@rbgen/btf is not built");
  const start = performance.now();
  const flags = mode === "memory" ? ["--expose-gc"] : [];
  const output = execFileSync(process.execPath, [...flags, "--input-type=module", "-e", program, library, mode], {
    encoding: "utf8",
  });
  return { round: JSON.parse(output) as Round, whole: performance.now() - start };
}

function peer(path: string): number {
  const start = performance.now();
  execFileSync(path, ["btf", "dump", "file", vmlinux, "format", "c"], { stdio: "ignore", maxBuffer: 1 << 30 });
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** P8: opening the kernel's BTF, against bpftool in the same run. */
export async function run(): Promise<BenchRow[]> {
  if (bpftool === undefined || !existsSync(vmlinux)) return [];
  const indexes: number[] = [];
  const wholes: number[] = [];
  const peers: number[] = [];
  let types = 0;
  for (let round = 0; round < rounds; round++) {
    const one = ours("time");
    indexes.push(one.round.index);
    wholes.push(one.whole);
    types = one.round.types;
    peers.push(peer(bpftool));
  }
  const memory = median(Array.from({ length: 5 }, () => ours("memory").round.memory)) / 2 ** 20;
  const [index, whole, dump] = [median(indexes), median(wholes), median(peers)];
  const size = (statSync(vmlinux).size / 1e6).toFixed(1);
  const notes = [
    `${types} types`,
    `${size} MB`,
    `Node ${process.version}`,
    `Linux ${release()}`,
    `${cpus()[0]?.model ?? "unknown CPU"} × ${cpus().length}`,
    `load ${loadavg()[0]?.toFixed(1)}`,
    `medians of ${rounds} rounds, fastest index ${Math.min(...indexes).toFixed(1)} ms`,
  ].join(", ");
  const peerName = "bpftool btf dump file … format c, whole process";
  return [
    {
      id: "P8",
      work: "index the kernel's BTF, in a fresh process",
      ours: index,
      peer: dump,
      unit: "ms",
      ratio: index / dump,
      target: "≤ 20 ms",
      holds: index <= 20,
      peerName,
      notes,
    },
    {
      id: "P8",
      work: "whole process: index, find task_struct, write its definition",
      ours: whole,
      peer: dump,
      unit: "ms",
      ratio: whole / dump,
      target: "≤ 300 ms",
      holds: whole <= 300,
      peerName,
      notes,
    },
    {
      id: "P8",
      work: "memory over the file, with task_struct and its definition",
      ours: memory,
      peer: 40,
      unit: "MiB",
      ratio: memory / 40,
      target: "≤ 25 MiB",
      holds: memory <= 25,
      peerName: "figure published for cilium/ebpf in Go, not measured here",
      notes,
    },
  ];
}
