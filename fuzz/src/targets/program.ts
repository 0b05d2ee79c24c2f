import { RingBufError } from "@rbgen/runtime";
import { ProgramFault, runInstructions } from "@rbgen/vm";
import { BrokenPromise, type Target } from "../engine/target.ts";

/** What a run came to: a number and the memory, or why there is none. */
function outcome(code: Uint8Array, memory: Uint8Array, engine: "interpreter" | "wasm"): string {
  const given = memory.slice();
  try {
    const result = runInstructions(code, {
      memory: given,
      engine,
      instructionBudget: 2000,
      helpers: { 5: (first) => first },
    });
    return `${result} ${Buffer.from(given).toString("hex")}`;
  } catch (error) {
    if (error instanceof ProgramFault) return `${error.message} ${error.registers.join(" ")}`;
    if (error instanceof RingBufError) return error.message;
    throw error;
  }
}

/** Any instructions are refused, or end within their budget; and the two engines come to the same. */
export const target: Target = {
  grammar: { kind: "binary", dictionary: ["\x95\0\0\0\0\0\0\0", "\x85\0\0\0\x05\0\0\0", "\x18\0\0\0"], longest: 512 },
  work: { base: 2_000_000, perByte: 50_000 },
  run(input) {
    const memory = Uint8Array.from({ length: 32 }, (_, i) => input[i] ?? 0);
    const code = input.subarray(32);
    const [one, other] = [outcome(code, memory, "interpreter"), outcome(code, memory, "wasm")];
    if (one !== other) throw new BrokenPromise(`the interpreter came to ${one}\nand WebAssembly to ${other}`);
  },
};
