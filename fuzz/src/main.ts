import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import { Corpus } from "./engine/corpus.ts";
import { Heartbeat } from "./heartbeat.ts";
import { targets } from "./targets.ts";
import type { Answer, Order } from "./worker.ts";

const folder = join(fileURLToPath(import.meta.url), "../..");
/** Nothing that ends takes as long, whatever else the machine does; an execution takes milliseconds. */
const endlessMs = 120_000;

const usage = `usage: npm run fuzz -- TARGET… [options]
targets: ${[...targets.keys()].join(", ")}; all of them where none is named
  --executions N  inputs per target (default 20000)
  --seed S        of the changes (default 1); the same seed over the same corpus gives the same inputs
  --grow          keep in corpus/ what reached something new
  --minimise      then keep only the shortest that reach as much
  --input FILE    this input alone`;

interface Options {
  readonly executions: number;
  readonly seed: number;
  readonly grow: boolean;
  readonly minimise: boolean;
  readonly input: string | undefined;
}

/** Runs a target; the number of findings. */
async function fuzz(name: string, options: Options): Promise<number> {
  const corpus = new Corpus(join(folder, "corpus", name));
  const findings = new Corpus(join(folder, "findings", name));
  const heartbeat = new Heartbeat();
  const inputs = options.input === undefined ? corpus.read() : [new Uint8Array(readFileSync(options.input))];
  const order: Order = {
    target: name,
    corpus: inputs,
    executions: options.input === undefined ? options.executions : 1,
    seed: options.seed,
    minimise: options.minimise,
    heartbeat: heartbeat.buffer,
  };
  let found = 0;
  const report = (reason: string, input: Uint8Array): void => {
    found += 1;
    console.log(`${name}: ${reason}\n  input: ${findings.add(input)}`);
  };
  const answer = await watch(order, heartbeat, report);
  if (answer === undefined) return found;
  const { campaign, minimised } = answer;
  if (minimised !== undefined) corpus.replace(minimised);
  else if (options.grow) for (const input of campaign.kept) corpus.add(input);
  const { executions, kept, places, work } = campaign;
  console.log(
    `${name}: ${executions} executions, ${places} places, ${inputs.length} inputs kept before, ${kept.length} new, ` +
      `at most ${work} blocks for one, ${found} findings`,
  );
  return found;
}

/** Lets a thread do it and watches it; undefined where it did not come to an end, which is reported. */
function watch(
  order: Order,
  heartbeat: Heartbeat,
  report: (reason: string, input: Uint8Array) => void,
): Promise<Extract<Answer, { kind: "done" }> | undefined> {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { workerData: order });
  let before = -1;
  return new Promise((resolve) => {
    const end = (answer: Extract<Answer, { kind: "done" }> | undefined): void => {
      clearInterval(timer);
      resolve(answer);
      void worker.terminate();
    };
    const fail = (reason: string): void => {
      report(reason, heartbeat.input);
      end(undefined);
    };
    const timer = setInterval(() => {
      if (heartbeat.executions === before && before > 0) fail(`does not end within ${endlessMs / 1000} s`);
      before = heartbeat.executions;
    }, endlessMs);
    worker.on("message", (answer: Answer) => {
      if (answer.kind === "finding") report(answer.finding.reason, answer.finding.input);
      else end(answer);
    });
    worker.on("error", (error) => fail(`the thread ended: ${error instanceof Error ? error.stack : String(error)}`));
  });
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      executions: { type: "string", default: "20000" },
      seed: { type: "string", default: "1" },
      grow: { type: "boolean", default: false },
      minimise: { type: "boolean", default: false },
      input: { type: "string" },
    },
  });
  const names = positionals.length === 0 ? [...targets.keys()] : positionals;
  const { executions, seed, grow, minimise, input } = values;
  const numbers = [executions, seed].map(Number);
  if (names.some((name) => !targets.has(name)) || !numbers.every((n) => Number.isSafeInteger(n) && n >= 0)) {
    console.error(usage);
    return 2;
  }
  const options = { executions: numbers[0]!, seed: numbers[1]!, grow, minimise, input };
  let found = 0;
  for (const name of names) found += await fuzz(name, options);
  return found === 0 ? 0 : 1;
}

process.exitCode = await main();
