import { constants } from "node:fs";
import { maps } from "../types.gen.ts";
import { type KernelLink, LinkError } from "./kernel-link.ts";
import { machineObjectPath, tickMs } from "./object.ts";
import { startShell } from "./shell.ts";

/** Numbers of openat(2) and connect(2). */
const calls: Readonly<Record<string, { readonly openat: bigint; readonly connect: bigint }>> = {
  x64: { openat: 257n, connect: 42n },
  arm64: { openat: 56n, connect: 203n },
};

/**
 * Records what processes of this machine do that the demo has started: a shell, and what that starts. The BPF programs look
 * at no other process any further than to find that it is none of these; with `all` they record every process but the demo's.
 * @throws LinkError
 */
export async function linkNative(options: { readonly rate: number; readonly all: boolean }): Promise<KernelLink> {
  const { BpfObject } = await import("@rbgen/native");
  const numbers = calls[process.arch];
  if (numbers === undefined) throw new LinkError(`--backend native knows no system calls of ${process.arch}`);
  const rodata = {
    first_rate: Math.ceil(options.rate),
    whole_machine: options.all,
    o_directory: BigInt(constants.O_DIRECTORY),
    openat_number: numbers.openat,
    connect_number: numbers.connect,
  };
  const object = await BpfObject.load(machineObjectPath, { rodata }).catch(refused);
  const tick = object.program("tick");
  const lost = object.array("lost");
  const context = new Uint8Array(8);
  try {
    object.attach();
    // It tells the programs who the demo is: before it, nothing is recorded.
    tick.runInPlace(context);
  } catch (error) {
    object.close();
    return refused(error);
  }
  const shell = await startShell();
  const timer = setInterval(() => tick.runInPlace(context), tickMs);
  return {
    backend: "native",
    wholeMachine: options.all,
    events: object.ringBuf(maps.events),
    commands: object.userRingBuf(maps.commands),
    get lost() {
      return { full: Number(lost.sum(0)), tooBig: Number(lost.sum(1)) };
    },
    async close() {
      clearInterval(timer);
      await shell.close();
      object.close();
    },
  };
}

function refused(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  throw new LinkError(`${why}\n\`npx rbgen doctor\` tells what this machine allows; --backend vm runs anywhere`, {
    cause: error,
  });
}
