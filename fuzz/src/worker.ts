import { parentPort, workerData } from "node:worker_threads";
import { Coverage } from "./engine/coverage.ts";
import { type Campaign, type Finding, Fuzzer } from "./engine/fuzzer.ts";
import { Heartbeat } from "./heartbeat.ts";
import { targets } from "./targets.ts";

/** What the thread that fuzzes is asked to do. */
export interface Order {
  readonly target: string;
  readonly corpus: readonly Uint8Array[];
  readonly executions: number;
  readonly seed: number;
  readonly minimise: boolean;
  readonly heartbeat: SharedArrayBuffer;
}

/** What it answers. */
export type Answer =
  | { readonly kind: "finding"; readonly finding: Finding }
  | { readonly kind: "done"; readonly campaign: Campaign; readonly minimised: readonly Uint8Array[] | undefined };

const order = workerData as Order;
const tell = (answer: Answer): void => parentPort?.postMessage(answer);
const heartbeat = new Heartbeat(order.heartbeat);
const coverage = new Coverage((url) => /\/packages\/(?!testkit\/)[^/]+\/src\//.test(url));
const { target } = await targets.get(order.target)!();
const fuzzer = new Fuzzer(target, coverage, {
  begin: (input) => heartbeat.begin(input),
  found: (finding) => tell({ kind: "finding", finding }),
});
const campaign = await fuzzer.run(order.corpus, order.executions, order.seed);
const minimised = order.minimise ? await fuzzer.minimise([...order.corpus, ...campaign.kept]) : undefined;
tell({ kind: "done", campaign, minimised });
