import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { KernelLink } from "./kernel-link.ts";
import { maps } from "./types.gen.ts";

/** The kernel cannot be used; the message says why, and what to do. */
export class LinkError extends Error {}

/** How often the program runs, milliseconds, as the emulated kernel side's timer. */
const tickMs = 2;
/** `enum rb_lost_reason` of rbgen.h. */
const lostFull = 0;

/**
 * Compiles the demo's BPF program and loads it into this machine's kernel. Nothing is attached: a timer runs it.
 * @throws LinkError
 */
export async function linkNative(options: { readonly rate: number }): Promise<KernelLink> {
  const object = compile(fileURLToPath(new URL("../bpf/demo.bpf.c", import.meta.url)));
  const { BpfObject } = await import("@rbgen/native");
  const loaded = await BpfObject.load(object, { rodata: { first_rate: Math.ceil(options.rate) } }).catch(
    (error: unknown) => {
      const why = error instanceof Error ? error.message : String(error);
      throw new LinkError(`${why}\n\`npx rbgen doctor\` tells what this machine allows`, { cause: error });
    },
  );
  const tick = loaded.program("tick");
  const lost = loaded.array("lost");
  const context = new Uint8Array(8);
  const timer = setInterval(() => tick.runInPlace(context), tickMs);
  return {
    backend: "native",
    events: loaded.ringBuf(maps.events),
    commands: loaded.userRingBuf(maps.commands),
    get lost() {
      return Number(lost.sum(lostFull));
    },
    async close() {
      clearInterval(timer);
      loaded.close();
    },
  };
}

/** @returns the object. @throws LinkError with what clang said. */
function compile(source: string): Uint8Array {
  const headers = join(dirname(createRequire(import.meta.url).resolve("rbgen/package.json")), "include");
  // On Debian and Ubuntu, asm/types.h is in a folder that clang does not look into for BPF.
  const { stdout: triplet } = spawnSync("gcc", ["-print-multiarch"], { encoding: "utf8" });
  const system = triplet?.trim() ? [`-I/usr/include/${triplet.trim()}`] : [];
  const flags = ["-target", "bpf", "-O2", "-g", "-Wall", "-I", headers, ...system, "-c", source, "-o", "-"];
  const { error, status, stdout, stderr } = spawnSync("clang", flags, { maxBuffer: 1 << 24 });
  if (error !== undefined) {
    throw new LinkError("--native compiles a BPF program: install clang and libbpf's headers (libbpf-dev)", {
      cause: error,
    });
  }
  if (status !== 0) throw new LinkError(`clang cannot compile ${source}:\n${stderr}`);
  return new Uint8Array(stdout);
}
