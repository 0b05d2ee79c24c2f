import { randomProgram, resultBytes } from "@rbgen/testkit/vm/random-program";
import { expect, test } from "vitest";
import { ProgramFault } from "../run/program-fault.ts";
import { runInstructions } from "../run-instructions.ts";
import type { EngineName } from "./engine.ts";

function outcome(code: Uint8Array, engine: EngineName, instructionBudget = 100_000): unknown {
  const memory = new Uint8Array(resultBytes);
  try {
    return [runInstructions(code, { memory, engine, instructionBudget }), Buffer.from(memory).toString("hex")];
  } catch (error) {
    if (error instanceof ProgramFault) return error.message;
    return String(error);
  }
}

test("both engines give the same registers and stack for random programs", () => {
  for (let seed = 1; seed <= 60; seed += 1) {
    const code = randomProgram(seed);
    const result = outcome(code, "interpreter");
    expect(result, `seed ${seed}`).toBeInstanceOf(Array);
    expect(outcome(code, "wasm"), `seed ${seed}`).toEqual(result);
  }
});

test("both engines tell the same faults, word for word, for programs with changed bytes", () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 100; seed += 1) {
    const code = randomProgram(seed);
    for (let change = 0; change < 3; change += 1) {
      const at = (seed * 7919 + change * 104729) % code.length;
      code[at] = (seed * 31 + change * 17) & 0xff;
    }
    const result = outcome(code, "interpreter");
    expect(outcome(code, "wasm"), `seed ${seed}`).toEqual(result);
    if (typeof result === "string") kinds.add(result.split("\n")[0]?.replace(/[0-9a-fx]+/g, "#") ?? "");
  }
  expect(kinds.size).toBeGreaterThan(10);
});
