import { Worker } from "node:worker_threads";
import type { BpfObject } from "@rbgen/native";
import type { Peer } from "./peer.ts";
import type { ProducerJob } from "./worker.ts";

/** A thread that produces into `object`'s ring; what it dropped comes as its message. */
export function producer(
  peer: Peer,
  object: BpfObject,
  stop: Int32Array,
  count: number,
  times: number,
): { done: Promise<number>; started: Promise<void> } {
  const job: ProducerJob = { object: peer.object, events: { id: object.ringBuf("events").id }, stop, count, times };
  const worker = new Worker(new URL("./native-worker.js", import.meta.url), { workerData: job });
  return {
    started: new Promise((resolve) => worker.once("online", resolve)),
    done: new Promise((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
    }),
  };
}
