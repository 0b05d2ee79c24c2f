import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { BpfObject, openRingBuf } from "@rbgen/native";
import { request } from "./peer.ts";

/** What the producing thread does: runs of many records until it is told to stop, or one record now and then. */
export interface ProducerJob {
  readonly object: Uint8Array;
  readonly events: { readonly id: number };
  /** Runs until this turns 1. */
  readonly stop: Int32Array;
  /** Records per run; 1 sends them one by one, half a millisecond apart. */
  readonly count: number;
  readonly times: number;
}

const job = workerData as ProducerJob;
using events = openRingBuf({ id: job.events.id });
using object = await BpfObject.load(job.object, { maps: { events: { reuse: events } } });
const program = object.program("produce");
const context = request(job.count);
if (job.count === 1) {
  for (let i = 0; i < job.times; i++) {
    await sleep(1);
    program.runInPlace(context);
  }
} else while (Atomics.load(job.stop, 0) === 0) program.runInPlace(context);
parentPort?.postMessage(Number(new DataView(context.buffer).getBigUint64(8, true)));
