import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { evaluateConfig, type Import } from "./config-evaluation.ts";
import type { Evaluated } from "./config-thread.ts";

/** Configurations that this process evaluated. */
const evaluated = new Set<string>();
/** Threads are of what is built: Node 20 starts none of TypeScript. */
const isBuilt = !import.meta.url.endsWith(".ts");

/**
 * The default export of a configuration. Node keeps a module that it imported as it was then, for as long as the process runs:
 * what is evaluated again has a thread of its own, and gives data alone.
 */
export async function loadConfig(path: string, load: Import): Promise<unknown> {
  const again = evaluated.has(path);
  evaluated.add(path);
  return isBuilt && again ? inThread(path) : settled(evaluateConfig(path, load));
}

const never = "it awaits what never comes: a promise that nothing is left to settle";

function inThread(path: string): Promise<unknown> {
  const own = dirname(createRequire(import.meta.url).resolve("rbgen/package.json"));
  const thread = new Worker(join(own, "dist/cli/host/config-thread.js"), { workerData: path });
  return new Promise((resolve, reject) => {
    thread.once("message", (result: Evaluated) => {
      if ("value" in result) resolve(result.value);
      else reject(Object.assign(new Error(result.error), result.code === undefined ? {} : { code: result.code }));
      void thread.terminate();
    });
    thread.once("error", reject);
    thread.once("exit", () => reject(new Error(never)));
  });
}

/** What `work` gives. @throws Error where nothing is left that the process waits for, and which could go on with it. */
async function settled<Value>(work: Promise<Value>): Promise<Value> {
  let stop = (): void => undefined;
  const stuck = new Promise<never>((_, reject) => {
    stop = () => reject(new Error(never));
  });
  process.once("beforeExit", stop);
  try {
    return await Promise.race([work, stuck]);
  } finally {
    process.off("beforeExit", stop);
  }
}
