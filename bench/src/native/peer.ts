import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { figuresOf, type RingProcess, startProcess } from "./ring-process.ts";

/** The kernel's program and libbpf's side of the benchmarks, compiled now: by clang, and by gcc with -O2. */
export interface Peer {
  readonly object: Uint8Array;
  /** Figures that the peer printed for one round of a work of libbpf-rings.c. */
  run(...work: string[]): number[];
  /** A process of ring-processes.c at ring `map`, once it is ready; `object` stands for the path of the object. */
  start(role: string, map: number, ...rest: string[]): Promise<RingProcess>;
}

/** Path of a file of `bench/src/peers`. */
export function peerSource(name: string): string {
  // Beside the sources, whether this runs from src or from dist.
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "src", "peers", name))) folder = dirname(folder);
  return join(folder, "src", "peers", name);
}

/** A folder that goes with the process. */
export function benchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Compiles all of it. @throws where clang, gcc or libbpf-dev is missing. */
export function buildPeer(): Peer {
  const folder = benchFolder();
  const object = join(folder, "rings.bpf.o");
  const triplet = execFileSync("gcc", ["-print-multiarch"], { encoding: "utf8" }).trim();
  const include = `-I/usr/include/${triplet}`;
  execFileSync("clang", ["-target", "bpf", "-g", "-O2", include, "-c", peerSource("rings.bpf.c"), "-o", object]);
  const program = (name: string): string => {
    const path = join(folder, name);
    execFileSync("gcc", ["-O2", peerSource(`${name}.c`), "-lbpf", "-o", path]);
    return path;
  };
  const rings = program("libbpf-rings");
  const processes = program("ring-processes");
  return {
    object: readFileSync(object),
    run: (...work) => figuresOf(execFileSync(rings, [object, ...work], { encoding: "utf8" })),
    start: (role, map, ...rest) =>
      startProcess(
        processes,
        [role, `${map}`, ...rest].map((word) => (word === "object" ? object : word)),
      ),
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
