import type { Instruction, Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { stackBytes } from "../memory/layout.ts";
import { registerUse } from "./register-use.ts";

/**
 * Whether a function touches its stack. Accesses by r10 itself are held against the stack's size; those by other
 * pointers when they run. @throws InstructionError
 */
export function checkStack(instructions: Instructions, start: number, end: number): boolean {
  let used = false;
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction === undefined || (registerUse(instruction).reads & (1 << 10)) === 0) continue;
    used = true;
    const access = accessByFrame(instruction);
    if (access === undefined) continue;
    const { offset, size, write } = access;
    if (offset < -stackBytes || offset + size > 0) {
      throw new InstructionError(
        slot,
        `invalid ${write ? "write to" : "read from"} stack R10 off=${offset} size=${size}`,
      );
    }
  }
  return used;
}

function accessByFrame(
  instruction: Instruction,
): { readonly offset: number; readonly size: number; readonly write: boolean } | undefined {
  switch (instruction.kind) {
    case "load":
      return instruction.src === 10 ? { ...instruction, write: false } : undefined;
    case "store":
    case "atomic":
      return instruction.dst === 10 ? { ...instruction, write: true } : undefined;
    default:
      return undefined;
  }
}
