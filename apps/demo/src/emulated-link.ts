import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { attachRingBuf, attachUserRingBuf, type EmulatedHandle } from "@rbgen/runtime/emulated";
import type { KernelLink } from "./kernel-link.ts";

/** What the kernel side's thread posts once its maps exist. */
export interface Handles {
  readonly events: EmulatedHandle;
  readonly commands: EmulatedHandle;
  /** Records that found the ring full, counted by the kernel side. */
  readonly lost: BigUint64Array;
}

/** Starts the emulated kernel on a thread of its own. */
export async function linkEmulated(options: { readonly rate: number; readonly seed: number }): Promise<KernelLink> {
  const worker = new Worker(new URL("./kernel-worker.js", import.meta.url), { workerData: options });
  const [handles] = (await once(worker, "message")) as [Handles];
  return {
    backend: "emulated",
    events: attachRingBuf(handles.events),
    commands: attachUserRingBuf(handles.commands),
    get lost() {
      return Number(Atomics.load(handles.lost, 0));
    },
    async close() {
      const ended = once(worker, "exit");
      worker.postMessage("stop");
      await ended;
    },
  };
}
