import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { attachRingBuf, attachUserRingBuf, type EmulatedHandle } from "@rbgen/runtime/emulated";
import type { KernelLink } from "./kernel-link.ts";

/** What the kernel side's thread posts once its maps exist. */
export interface Handles {
  readonly events: EmulatedHandle;
  readonly commands: EmulatedHandle;
  /** Records that were lost, by `enum rb_lost_reason`. */
  readonly lost: BigUint64Array;
}

/** What the thread is given. */
export interface ThreadOptions {
  /** Records per second to begin with. */
  readonly rate: number;
  readonly seed: number;
}

/** Starts a kernel side without a kernel, on a thread of its own: it shares its rings and counters, nothing else. */
export async function linkThread(backend: "vm" | "emulated", options: ThreadOptions): Promise<KernelLink> {
  const worker = new Worker(new URL(`./${backend}-thread.js`, import.meta.url), { workerData: options });
  const [{ events, commands, lost }] = (await once(worker, "message")) as [Handles];
  return {
    backend,
    events: attachRingBuf(events),
    commands: attachUserRingBuf(commands),
    get lost() {
      return { full: Number(Atomics.load(lost, 0)), tooBig: Number(Atomics.load(lost, 1)) };
    },
    async close() {
      const ended = once(worker, "exit");
      worker.postMessage("stop");
      await ended;
    },
  };
}
