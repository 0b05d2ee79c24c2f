import { afterAll, beforeAll, describe, test } from "vitest";
import { perfOrderScenarios } from "./perf-order-scenarios.ts";
import { perfOverwritableScenarios } from "./perf-overwritable-scenarios.ts";
import { perfScenarios } from "./perf-scenarios.ts";
import type { PerfSide } from "./perf-side.ts";

/** What every backend of perf event arrays must do, run against the side that `make` gives. */
export function perfContract(name: string, make: () => PerfSide | Promise<PerfSide>): void {
  describe(name, () => {
    let side: PerfSide;
    beforeAll(async () => {
      side = await make();
    });
    afterAll(() => side.close());
    for (const scenario of [...perfScenarios, ...perfOrderScenarios, ...perfOverwritableScenarios]) {
      test(scenario.title, async (context) => {
        if (side.cpus.length < 2) context.skip("not here: a second CPU");
        if (scenario.unplugs && side.setOnline === undefined) context.skip("not here: a CPU that can go offline");
        await scenario.run(side);
      });
    }
  });
}
