import type { Instruction, Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { stackBytes } from "../memory/layout.ts";
import { successors } from "./control-flow.ts";
import { registerUse } from "./register-use.ts";

/** What a function does with its stack. */
export interface StackUse {
  /** Whether it touches it at all. */
  readonly used: boolean;
  /** Bytes from its lowest access up to r10, as far as they are known before it runs. */
  readonly depth: number;
}

/** A register that holds no pointer into the stack, or one at an offset that is not known. */
const unknown = 1;
const registers = 11;
const frameRegister = 10;

/** Helpers whose r3 is passed on to a callback: bpf_for_each_map_elem, bpf_loop, bpf_user_ringbuf_drain. */
const passesContext: ReadonlySet<number> = new Set([164, 181, 209]);

/**
 * What a function does with its stack. Accesses by r10 itself are held against the stack's size; those by other pointers
 * when they run.
 * @throws InstructionError
 */
export function stackUse(instructions: Instructions, start: number, end: number): StackUse {
  let used = false;
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction === undefined || (registerUse(instruction).reads & (1 << frameRegister)) === 0) continue;
    used = true;
    const access = accessOf(instruction);
    if (access?.base !== frameRegister) continue;
    const { offset, size, write } = access;
    if (offset < -stackBytes || offset + size > 0) {
      throw new InstructionError(
        slot,
        `invalid ${write ? "write to" : "read from"} stack R10 off=${offset} size=${size}`,
      );
    }
  }
  return { used, depth: used ? depthOf(instructions, start, end) : 0 };
}

/** The lowest access by r10 and what is made of it by moves and constants (verifier.c `grow_stack_state`). */
function depthOf(instructions: Instructions, start: number, end: number): number {
  let depth = 0;
  const joins = new Set<number>();
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction !== undefined && "target" in instruction && instruction.kind !== "call")
      joins.add(instruction.target);
  }
  /** By slot where ways join or part, what is known of the registers there. */
  const joined = new Map<number, Int32Array>();
  const first = new Int32Array(registers).fill(unknown);
  first[frameRegister] = 0;
  const open: [slot: number, state: Int32Array][] = [[start, first]];
  const reach = (offset: number): void => {
    if (offset !== unknown && offset < 0) depth = Math.max(depth, -offset);
  };
  while (open.length > 0) {
    const [from, given] = open.pop() as [number, Int32Array];
    const known = joined.get(from);
    const state = known === undefined ? given.slice() : merged(known, given);
    if (state === undefined) continue;
    joined.set(from, state.slice());
    let slot = from;
    for (;;) {
      const instruction = instructions[slot];
      if (instruction === undefined) break;
      const access = accessOf(instruction);
      if (access !== undefined && state[access.base] !== unknown) reach((state[access.base] as number) + access.offset);
      if (instruction.kind === "helper") {
        for (let register = 1; register <= 5; register += 1) {
          if (register !== 3 || !passesContext.has(instruction.id)) reach(state[register] as number);
        }
      }
      follow(instruction, state);
      const [next, other] = successors(instruction, slot);
      if (next !== undefined && other === undefined && !joins.has(next)) {
        slot = next;
        continue;
      }
      for (const one of [next, other]) if (one !== undefined) open.push([one, state.slice()]);
      break;
    }
  }
  return depth;
}

/** What both know; undefined where `given` adds nothing that `known` did not say. */
function merged(known: Int32Array, given: Int32Array): Int32Array | undefined {
  const both = known.map((offset, register) => (offset === given[register] ? offset : unknown));
  return both.every((offset, register) => offset === known[register]) ? undefined : both;
}

/** What an instruction makes of the registers that point into the stack. */
function follow(instruction: Instruction, state: Int32Array): void {
  const { sets, loses } = registerUse(instruction);
  let result = unknown;
  if (instruction.kind === "move" && instruction.wide && "register" in instruction.operand && instruction.bits === 64) {
    result = state[instruction.operand.register] as number;
  } else if (instruction.kind === "alu" && instruction.wide && !("register" in instruction.operand)) {
    const { operation, dst, operand } = instruction;
    const offset = state[dst] as number;
    const by = operation === "add" ? operand.imm : operation === "sub" ? -operand.imm : undefined;
    if (offset !== unknown && by !== undefined && offset + by <= 0 && offset + by >= -(2 ** 16)) result = offset + by;
  }
  for (let register = 0; register < frameRegister; register += 1) {
    if (((sets | loses) & (1 << register)) !== 0) state[register] = unknown;
  }
  if (instruction.kind === "move" || instruction.kind === "alu") state[instruction.dst] = result;
}

function accessOf(
  instruction: Instruction,
): { readonly base: number; readonly offset: number; readonly size: number; readonly write: boolean } | undefined {
  switch (instruction.kind) {
    case "load":
      return { ...instruction, base: instruction.src, write: false };
    case "store":
    case "atomic":
      return { ...instruction, base: instruction.dst, write: true };
    default:
      return undefined;
  }
}
