import { scenarios } from "../contract/backend-contract.ts";
import { emulatedKernelSide } from "../contract/emulated-kernel-side.ts";
import { lacking } from "../contract/scenario.ts";

/** What became of one scenario in the browser. */
export interface Outcome {
  readonly about: string;
  readonly title: string;
  readonly outcome: "passed" | "lacking" | "failed";
  /** What is lacking, or the error. */
  readonly detail: string;
}

/** What the page says of itself and of the contract. */
export interface PageReport {
  readonly crossOriginIsolated: boolean;
  readonly sharedMemory: boolean;
  readonly outcomes: readonly Outcome[];
}

/** Runs every scenario of the backend contract over an emulated kernel of the given version, here. */
export async function runContract(kernelVersion: "6.18" | "6.19"): Promise<PageReport> {
  const outcomes: Outcome[] = [];
  for (const [about, group] of scenarios) {
    const kernel = emulatedKernelSide({ kernelVersion });
    for (const scenario of group) {
      const need = lacking(scenario, kernel);
      const { title } = scenario;
      if (need !== undefined) {
        outcomes.push({ about, title, outcome: "lacking", detail: need });
        continue;
      }
      try {
        await scenario.run(kernel);
        outcomes.push({ about, title, outcome: "passed", detail: "" });
      } catch (error) {
        outcomes.push({ about, title, outcome: "failed", detail: String((error as Error).stack ?? error) });
      }
    }
    await kernel.close();
  }
  return { crossOriginIsolated, sharedMemory: typeof SharedArrayBuffer === "function", outcomes };
}
