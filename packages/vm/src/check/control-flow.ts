import type { Instruction, Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";

/** Slots that may run after an instruction in its function: the next one first. */
export function successors(instruction: Instruction, slot: number): readonly number[] {
  switch (instruction.kind) {
    case "jump":
      return [instruction.target];
    case "branch":
    case "may-goto":
      return [slot + 1, instruction.target];
    case "exit":
      return [];
    case "constant":
      return [slot + 2];
    default:
      return [slot + 1];
  }
}

/**
 * Each jump of a function stays in it and goes to an instruction, and the function does not run on into the next one
 * (verifier.c `check_subprogs`).
 * @throws InstructionError
 */
export function checkFlow(instructions: Instructions, start: number, end: number): void {
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction === undefined) continue;
    if (instruction.kind !== "jump" && instruction.kind !== "branch" && instruction.kind !== "may-goto") continue;
    const { target } = instruction;
    if (target < start || target >= end) {
      throw new InstructionError(slot, `jump out of range from insn ${slot} to ${target}`);
    }
    if (instructions[target] === undefined) throw new InstructionError(slot, "jump into the middle of ldimm64 insn");
  }
  let last = end - 1;
  if (instructions[last] === undefined && last > start) last -= 1;
  const kind = instructions[last]?.kind;
  if (kind !== "exit" && kind !== "jump") throw new InstructionError(last, "last insn is not an exit or jmp");
}
