import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The kernel's program and libbpf's side of the benchmarks, compiled now: by clang, and by gcc with -O2. */
export interface Peer {
  readonly object: Uint8Array;
  /** Figures that the peer printed for one round of a work. */
  run(...work: string[]): number[];
}

function source(name: string): string {
  // Beside the sources, whether this runs from src or from dist.
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "src", "peers", name))) folder = dirname(folder);
  return join(folder, "src", "peers", name);
}

/** Compiles both. @throws where clang, gcc or libbpf-dev is missing. */
export function buildPeer(): Peer {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-bench-"));
  const object = join(folder, "rings.bpf.o");
  const program = join(folder, "libbpf-rings");
  const triplet = execFileSync("gcc", ["-print-multiarch"], { encoding: "utf8" }).trim();
  execFileSync("clang", [
    "-target",
    "bpf",
    "-g",
    "-O2",
    `-I/usr/include/${triplet}`,
    "-c",
    source("rings.bpf.c"),
    "-o",
    object,
  ]);
  execFileSync("gcc", ["-O2", source("libbpf-rings.c"), "-lbpf", "-pthread", "-o", program]);
  return {
    object: readFileSync(object),
    run: (...work) =>
      execFileSync(program, [object, ...work], { encoding: "utf8" })
        .trim()
        .split(" ")
        .map(Number),
  };
}

/** The middle one. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** `struct request` of rings.bpf.c. */
export function request(count: number): Uint8Array {
  const bytes = new Uint8Array(24);
  new DataView(bytes.buffer).setUint32(0, count, true);
  return bytes;
}
