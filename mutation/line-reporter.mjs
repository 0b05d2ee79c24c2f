// Writes each change as it is tried, a JSON line: what an ended run found is there.
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";

class LineReporter {
  #file = `results/mutation/${process.env["RBGEN_ROOM"] ?? "ring"}.jsonl`;

  onMutationTestingPlanReady() {
    mkdirSync("results/mutation", { recursive: true });
    writeFileSync(this.#file, "");
  }

  onMutantTested({ status, fileName, location, mutatorName, replacement }) {
    const { line, column } = location.start;
    appendFileSync(this.#file, `${JSON.stringify({ status, fileName, line, column, mutatorName, replacement })}\n`);
  }
}

export const strykerPlugins = [{ kind: "Reporter", name: "lines", injectableClass: LineReporter }];
