import { parentPort, workerData } from "node:worker_threads";
import { evaluateConfig } from "./config-evaluation.ts";
import { errorCode, errorMessage } from "./host.ts";

/** What a thread sends back of a configuration. */
export type Evaluated = { readonly value: unknown } | { readonly error: string; readonly code: string | undefined };

function send(result: Evaluated): void {
  parentPort?.postMessage(result);
}

try {
  send({ value: await evaluateConfig(workerData as string, (specifier) => import(specifier)) });
} catch (error) {
  // A function, which no data holds, among others.
  send({ error: errorMessage(error), code: errorCode(error) });
}
