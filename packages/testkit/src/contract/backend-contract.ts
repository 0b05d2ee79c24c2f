import { afterAll, beforeAll, describe, test } from "vitest";
import { drainScenarios } from "./drain-scenarios.ts";
import type { KernelSide } from "./kernel-side.ts";
import { producerScenarios } from "./producer-scenarios.ts";
import { readerScenarios } from "./reader-scenarios.ts";
import { lacking, type Need, type Scenario } from "./scenario.ts";
import { userRingScenarios } from "./user-ring-scenarios.ts";
import { wakeupScenarios } from "./wakeup-scenarios.ts";

/** Every scenario of the contract, by what it is about. */
export const scenarios: ReadonlyMap<string, readonly Scenario[]> = new Map([
  ["producing into a ring buffer", producerScenarios],
  ["reading a ring buffer", readerScenarios],
  ["waking a reader", wakeupScenarios],
  ["draining a user ring", drainScenarios],
  ["writing to a user ring", userRingScenarios],
]);

/**
 * What every backend must do, run against the kernel side that `make` gives: the real one or the emulated one.
 * Scenarios that need what the kernel side `lacks` are left out; one that turns out to lack more passes over with the
 * reason in its report.
 */
export function backendContract(
  name: string,
  make: () => KernelSide | Promise<KernelSide>,
  lacks: readonly Need[] = [],
): void {
  describe(name, () => {
    for (const [about, group] of scenarios) {
      describe(about, () => {
        let kernel: KernelSide;
        beforeAll(async () => {
          kernel = await make();
          if (kernel.pageSize !== 4096) throw new Error("the contract's figures are for pages of 4096 bytes");
        });
        afterAll(() => kernel.close());
        for (const scenario of group) {
          if (scenario.needs?.some((need) => lacks.includes(need))) continue;
          test(scenario.title, async (context) => {
            const need = lacking(scenario, kernel);
            if (need !== undefined) context.skip(`not here: ${need}`);
            await scenario.run(kernel);
          });
        }
      });
    }
  });
}
