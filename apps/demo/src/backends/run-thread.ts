import { parentPort, workerData } from "node:worker_threads";
import { tickMs } from "./object.ts";
import type { Handles, ThreadOptions } from "./thread-link.ts";

/** The kernel side of a thread: what it shares, and what its timer does. */
export interface ThreadSide {
  readonly handles: Handles;
  tick(): void;
}

/** Runs a kernel side on this thread until it is told to stop. */
export async function runThread(start: (options: ThreadOptions) => ThreadSide | Promise<ThreadSide>): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("this module is a worker");
  const { handles, tick } = await start(workerData as ThreadOptions);
  const timer = setInterval(tick, tickMs);
  port.once("message", () => {
    clearInterval(timer);
    port.close();
  });
  port.postMessage(handles);
}
