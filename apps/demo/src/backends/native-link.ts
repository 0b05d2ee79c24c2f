import { maps } from "../types.gen.ts";
import { type KernelLink, LinkError } from "./kernel-link.ts";
import { objectPath, tickMs } from "./object.ts";

/**
 * Loads the demo's BPF object into this machine's kernel. Nothing is attached: a timer runs it.
 * @throws LinkError
 */
export async function linkNative(options: { readonly rate: number }): Promise<KernelLink> {
  const { BpfObject } = await import("@rbgen/native");
  const rodata = { first_rate: Math.ceil(options.rate) };
  const object = await BpfObject.load(objectPath, { rodata }).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new LinkError(`${why}\n\`npx rbgen doctor\` tells what this machine allows; --backend vm runs anywhere`, {
      cause: error,
    });
  });
  const tick = object.program("tick");
  const lost = object.array("lost");
  const context = new Uint8Array(8);
  const timer = setInterval(() => tick.runInPlace(context), tickMs);
  return {
    backend: "native",
    events: object.ringBuf(maps.events),
    commands: object.userRingBuf(maps.commands),
    get lost() {
      return { full: Number(lost.sum(0)), tooBig: Number(lost.sum(1)) };
    },
    async close() {
      clearInterval(timer);
      object.close();
    },
  };
}
