import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { effort } from "./effort.ts";
import type { BenchRow } from "./row.ts";

const rounds = effort(11);

const bpftool: string | undefined = [
  "/usr/sbin/bpftool",
  "/sbin/bpftool",
  "/usr/local/sbin/bpftool",
  "/usr/bin/bpftool",
].find((path) => existsSync(path));

/** A process of its own per round, so that nothing is compiled or cached: reads the header, parses it, counts its types. */
const program: string = `
import { readFileSync } from "node:fs";
const { readHeader } = await import(process.argv[1]);
const text = readFileSync(process.argv[2], "utf8");
const options = { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
let faults = 0;
const module = readHeader({ name: "vmlinux.h", text }, "vmlinux.h", { read: () => undefined }, options, () => faults++);
let types = 0;
for (const type of module.types()) types++;
console.log(JSON.stringify({ types, faults }));
`;

function timed(run: () => string): { readonly milliseconds: number; readonly output: string } {
  const start = performance.now();
  const output = run();
  return { milliseconds: performance.now() - start, output };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** P9: the C front-end on a whole vmlinux.h against clang's syntax check of the same file, whole processes, in turn. */
export async function run(): Promise<BenchRow[]> {
  if (bpftool === undefined) throw new Error("bpftool is not installed");
  if (spawnSync("clang", ["--version"]).status !== 0) throw new Error("clang is not installed");
  const library = import.meta.resolve("rbgen");
  if (!existsSync(fileURLToPath(library))) throw new Error("rbgen is not built");
  const folder = mkdtempSync(join(tmpdir(), "rbgen-bench-"));
  try {
    const header = join(folder, "vmlinux.h");
    const text = execFileSync(bpftool, ["btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c"], {
      maxBuffer: 1 << 28,
    });
    writeFileSync(header, text);
    const ours: number[] = [];
    const clang: number[] = [];
    let types = 0;
    for (let round = 0; round < rounds; round++) {
      const own = timed(() =>
        execFileSync(process.execPath, ["--input-type=module", "-e", program, library, header], { encoding: "utf8" }),
      );
      const said = JSON.parse(own.output) as { readonly types: number; readonly faults: number };
      if (said.faults > 0 || said.types < 5000) throw new Error(`vmlinux.h was not read whole: ${own.output}`);
      types = said.types;
      ours.push(own.milliseconds);
      const peer = timed(() =>
        execFileSync("clang", ["-target", "bpf", "-fsyntax-only", header], { encoding: "utf8" }),
      );
      clang.push(peer.milliseconds);
    }
    const ratio = median(ours) / median(clang);
    return [
      {
        id: "P9",
        work: `parse a full vmlinux.h (${(statSync(header).size / 1e6).toFixed(1)} MB, ${types} types), whole process`,
        ours: median(ours),
        peer: median(clang),
        unit: "ms",
        ratio,
        target: "≤ 1 × clang -fsyntax-only",
        holds: ratio <= 1,
        peerName: "clang -fsyntax-only",
        notes: `best ${Math.min(...ours).toFixed(0)} ms against ${Math.min(...clang).toFixed(0)} ms; ${rounds} rounds in turn, median`,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
