import type { Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { successors } from "./control-flow.ts";
import { registerUse } from "./register-use.ts";

const frameRegister = 1 << 10;
const all = 0b11111111111;

/**
 * Reads of registers that some way through the function may not have set, as bits by slot. What no way at all sets is
 * refused.
 * @throws InstructionError "R3 !read_ok"
 */
export function doubtfulReads(
  instructions: Instructions,
  start: number,
  end: number,
  arguments_: number,
): ReadonlyMap<number, number> {
  const sure = new Int32Array(end - start).fill(-1);
  const possible = new Int32Array(end - start);
  const open = [start];
  sure[0] = arguments_ | frameRegister;
  possible[0] = arguments_ | frameRegister;
  while (open.length > 0) {
    const slot = open.pop() as number;
    const instruction = instructions[slot];
    if (instruction === undefined) continue;
    const { sets, loses } = registerUse(instruction);
    const after = ((sure[slot - start] as number) & ~loses) | sets;
    const maybe = ((possible[slot - start] as number) & ~loses) | sets;
    for (const next of successors(instruction, slot)) {
      const at = next - start;
      const known = sure[at] as number;
      const merged = known === -1 ? after : known & after;
      const either = (possible[at] as number) | maybe;
      if (merged === known && either === possible[at]) continue;
      sure[at] = merged;
      possible[at] = either;
      open.push(next);
    }
  }
  const doubtful = new Map<number, number>();
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    const known = sure[slot - start] as number;
    if (instruction === undefined || known === -1) continue;
    // what a function leaves in r0 without a result is its callers' not to read (verifier.c `prepare_func_exit`)
    const reads = instruction.kind === "exit" && start > 0 ? 0 : registerUse(instruction).reads;
    const never = reads & ~(possible[slot - start] as number) & all;
    if (never !== 0) throw new InstructionError(slot, `R${31 - Math.clz32(never & -never)} !read_ok`);
    const missing = reads & ~known & all;
    if (missing !== 0) doubtful.set(slot, missing);
  }
  return doubtful;
}
