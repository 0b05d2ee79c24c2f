import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { NamedType, Struct } from "@rbgen/btf";
import { generate, readBtfModule, type TypeModule } from "rbgen";
import { effort } from "./effort.ts";
import type { Series } from "./growth/series.ts";
import type { BenchRow } from "./row.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";
const rounds = effort(9);
const firstRuns = effort(3);
const growthRounds = effort(3);

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

/** Twenty records of the usual kind. */
function header(): string {
  const record = (index: number): string =>
    `struct event${index} { __u64 ts; __u32 pid; __u32 flags${index}; char comm[16]; __be32 addr; __u16 port; __u8 raw[10]; };\n`;
  return `#include <linux/types.h>\n${Array.from({ length: 20 }, (_, index) => record(index)).join("")}`;
}

function wholeProcess(): BenchRow {
  const bin = fileURLToPath(new URL("../bin/rbgen.mjs", import.meta.resolve("rbgen")));
  const folder = mkdtempSync(join(tmpdir(), "rbgen-bench-"));
  try {
    const input = join(folder, "types.h");
    writeFileSync(input, header());
    const run = (command: string, args: readonly string[], cache: string): number => {
      const start = performance.now();
      execFileSync(command, args, { cwd: folder, stdio: "pipe", env: { ...process.env, XDG_CACHE_HOME: cache } });
      return performance.now() - start;
    };
    const ours: number[] = [];
    const first: number[] = [];
    const peer: number[] = [];
    const morph = pathToFileURL(createRequire(import.meta.resolve("rbgen")).resolve("ts-morph")).href;
    const imports = ["--input-type=module", "-e", `await import(${JSON.stringify(morph)});`];
    for (let round = 0; round < firstRuns; round++) {
      first.push(run(process.execPath, [bin, input], mkdtempSync(join(folder, "first-"))));
    }
    const kept = mkdtempSync(join(folder, "kept-"));
    run(process.execPath, [bin, input], kept);
    for (let round = 0; round < rounds; round++) {
      ours.push(run(process.execPath, [bin, input], kept));
      peer.push(run(process.execPath, imports, kept));
    }
    const [mine, theirs] = [median(ours), median(peer)];
    return {
      id: "P7",
      work: "rbgen types.h, 20 records, whole process, not the first one",
      ours: mine,
      peer: theirs,
      unit: "ms",
      ratio: mine / theirs,
      target: "≤ 1.6 × the import",
      holds: mine <= 1.6 * theirs,
      peerName: "a Node process that only imports ts-morph",
      notes: `${median(first).toFixed(0)} ms for a first run, which keeps what it compiled; ${rounds} rounds in turn, median`,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Structs that hold no other one, so that each costs what it costs alone. */
function flatStructs(module: TypeModule): Struct[] {
  const structs: Struct[] = [];
  for (const name of module.names()) {
    const [type, second] = module.find(name);
    if (type?.kind !== "struct" || second !== undefined || type.size === 0 || type.members.length > 40) continue;
    const flat = type.members.every(
      ({ type: member, name: own }) =>
        own !== "" && (member.kind === "int" || member.kind === "ptr" || member.kind === "typedef"),
    );
    if (flat) structs.push(type);
  }
  return structs;
}

/** A module of `count` structs: those of `module`, and again under other names until they are as many. */
function moduleOf(module: TypeModule, count: number): { readonly module: TypeModule; readonly names: string[] } {
  const originals = flatStructs(module);
  const structs = new Map<string, Struct>();
  for (let copy = 0; structs.size < count; copy++) {
    for (const { name, size, members } of originals.slice(0, count - structs.size)) {
      const own = copy === 0 ? name : `${name}_copy${copy}`;
      structs.set(own, { kind: "struct", name: own, size, members });
    }
  }
  const find = (name: string): readonly NamedType[] => {
    const struct = structs.get(name);
    return struct === undefined ? module.find(name) : [struct];
  };
  return { module: Object.create(module, { find: { value: find } }) as TypeModule, names: [...structs.keys()] };
}

async function perStruct(module: TypeModule, names: readonly string[]): Promise<number> {
  const options = { types: names, all: false, maps: {}, int64: "bigint", case: "camel", version: "0.0.0" } as const;
  const start = performance.now();
  const file = await generate(module, options, (diagnostic) => {
    if (diagnostic.severity === "error") throw new Error(diagnostic.message);
  });
  if (file === undefined) throw new Error("nothing was generated");
  return (performance.now() - start) / names.length;
}

async function growth(): Promise<BenchRow[]> {
  if (!existsSync(vmlinux)) return [];
  const module = readBtfModule(readFileSync(vmlinux), { name: "vmlinux", path: vmlinux }, () => undefined);
  if (module === undefined) throw new Error("the kernel's BTF cannot be read");
  const many = moduleOf(module, 10_000);
  const few = many.names.slice(0, 1_000);
  await perStruct(many.module, few);
  const small: number[] = [];
  const large: number[] = [];
  for (let round = 0; round < growthRounds; round++) {
    small.push(await perStruct(many.module, few));
    large.push(await perStruct(many.module, many.names));
  }
  const ratio = median(large) / median(small);
  return [
    {
      id: "P11",
      work: `generate ${many.names.length} structs, per struct, against ${few.length}`,
      ours: median(large),
      peer: median(small),
      unit: "ms",
      ratio,
      target: "≤ 1.3 × from 1 000",
      holds: ratio <= 1.3,
      peerName: "itself",
    },
  ];
}

/** What a struct costs in files of as many. */
export async function structsPerFile(): Promise<Series[]> {
  if (!existsSync(vmlinux)) return [];
  const module = readBtfModule(readFileSync(vmlinux), { name: "vmlinux", path: vmlinux }, () => undefined);
  if (module === undefined) throw new Error("the kernel's BTF cannot be read");
  const sizes = [10, 100, 1_000, 10_000];
  const many = moduleOf(module, effort(10_000, 1_000));
  await perStruct(many.module, many.names.slice(0, 1_000));
  const figures: number[] = [];
  for (const size of sizes) {
    const own: number[] = [];
    for (let round = 0; round < growthRounds; round++)
      own.push(await perStruct(many.module, many.names.slice(0, size)));
    figures.push(median(own));
  }
  return [
    {
      ...{ name: "structs", title: "What a struct costs by the structs of a file", unit: "ms", along: "structs" },
      ...{ sizes, lines: [{ label: "generate", figures }] },
    },
  ];
}

/** P7 and P11: the command on a header of 20 records, and how generation grows with the number of structs. */
export async function run(): Promise<BenchRow[]> {
  return [wholeProcess(), ...(await growth())];
}
