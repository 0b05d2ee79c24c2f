import { parentPort, workerData } from "node:worker_threads";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import type { Handles } from "./emulated-link.ts";
import { KernelSide } from "./kernel-side.ts";

// The kernel side, on a thread of its own: it shares nothing with the dashboard but the two rings and a counter.
const port = parentPort;
if (port === null) throw new Error("this module is a worker");
const options = workerData as { readonly rate: number; readonly seed: number };
const side = new KernelSide(new EmulatedKernel(), options);
const timer = setInterval(() => side.tick(performance.now()), 2);
port.once("message", () => {
  clearInterval(timer);
  port.close();
});
const handles: Handles = { events: side.events.handle(), commands: side.commands.handle(), lost: side.lost };
port.postMessage(handles);
