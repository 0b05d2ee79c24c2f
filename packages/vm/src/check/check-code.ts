import type { Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import type { Code, CodeFunction, CodeNotes } from "../run/code.ts";
import type { Helper } from "../run/execution.ts";
import { checkCallChains } from "./call-chains.ts";
import { checkFlow, successors } from "./control-flow.ts";
import { doubtfulReads } from "./register-reads.ts";
import { type StackUse, stackUse } from "./stack-use.ts";

/** What a program's instructions are completed with. */
export interface CodeParts {
  readonly instructions: Instructions;
  /** The helper that a slot calls, or why there is none: unknown, or not for programs of this type. */
  readonly helperOf: (
    instruction: { readonly kind: "helper" | "kfunc"; readonly id: number },
    slot: number,
  ) => Helper | string;
  /** Slots where functions begin that are passed on as callbacks, by the slots of the constants that point to them. */
  readonly callbacks?: ReadonlyMap<number, number>;
  /** `BPF_PROG_TYPE_*` in lower case; bare code has none. */
  readonly type?: string;
  /** Names of functions by the slot where they begin. */
  readonly names?: ReadonlyMap<number, string>;
  /** Whether the function at a slot returns an integer; all do unless told. */
  readonly returnsInteger?: (start: number) => boolean;
  /** For calls whose helper is in a register. */
  readonly helpersByNumber?: ReadonlyMap<number, Helper>;
  readonly notes?: CodeNotes | undefined;
  /** Whether instructions that nothing leads to are refused, as the kernel does; true unless told. */
  readonly refuseUnreachable?: boolean;
}

/**
 * Checks a program as far as that takes no run of it: control flow, functions, helpers, registers, stack and call depth.
 * @throws InstructionError with the kernel verifier's words, where it has some.
 */
export function checkCode(parts: CodeParts): Code {
  const {
    instructions,
    callbacks = new Map<number, number>(),
    names = new Map(),
    helpersByNumber = new Map(),
    notes,
  } = parts;
  const called = [...callbacks.values()];
  const starts = functionStarts(instructions, called);
  const bounds = starts.map((start, index) => ({ start, end: starts[index + 1] ?? instructions.length }));
  for (const { start, end } of bounds) checkFlow(instructions, start, end);
  if (parts.refuseUnreachable !== false) checkReachable(instructions, bounds, called);
  const helpers = new Map<number, Helper>();
  instructions.forEach((instruction, slot) => {
    if (instruction?.kind === "packet") {
      throw new InstructionError(
        slot,
        "BPF_LD_[ABS|IND] is not supported: use skb_load_bytes() or the packet's pointers",
      );
    }
    if (instruction?.kind !== "helper" && instruction?.kind !== "kfunc") return;
    const helper = parts.helperOf(instruction, slot);
    if (typeof helper === "string") throw new InstructionError(slot, helper);
    helpers.set(slot, helper);
  });
  const stacks = new Map(bounds.map(({ start, end }) => [start, stackUse(instructions, start, end)]));
  const functions = bounds.map(
    ({ start, end }): CodeFunction => ({
      name: names.get(start) ?? (start === 0 ? "program" : `function_${start}`),
      start,
      end,
      usesStack: (stacks.get(start) as StackUse).used,
      doubtful: doubtfulReads(instructions, start, end, start === 0 ? mainArguments : allArguments),
    }),
  );
  const chained = functions.map((one) => ({ ...one, depth: (stacks.get(one.start) as StackUse).depth }));
  const { type, returnsInteger = () => true } = parts;
  checkCallChains({ instructions, functions: chained, callbacks, type, returnsInteger });
  const functionsByStart = new Map(functions.map((one) => [one.start, one]));
  return { instructions, functions, functionsByStart, helpers, helpersByNumber, notes };
}

/** r1 is the context of a program; r2 has the length of the memory where there is one. */
const mainArguments = 0b110;
/** What a function gets is known to its callers: r1 to r5 may all be set. */
const allArguments = 0b111110;

function functionStarts(instructions: Instructions, callbacks: readonly number[]): readonly number[] {
  const starts = new Set([0, ...callbacks]);
  instructions.forEach((instruction, slot) => {
    if (instruction?.kind === "call") {
      if (instructions[instruction.target] === undefined)
        throw new InstructionError(slot, "invalid destination of a call");
      starts.add(instruction.target);
    }
  });
  return [...starts].sort((left, right) => left - right);
}

/** verifier.c `check_cfg`: each function that is called, and each instruction of it. */
function checkReachable(
  instructions: Instructions,
  bounds: readonly { readonly start: number; readonly end: number }[],
  callbacks: readonly number[],
): void {
  const seen = new Uint8Array(instructions.length);
  const open = [0, ...callbacks];
  while (open.length > 0) {
    const slot = open.pop() as number;
    if (seen[slot] === 1) continue;
    seen[slot] = 1;
    const instruction = instructions[slot];
    if (instruction === undefined) continue;
    if (instruction.kind === "call") open.push(instruction.target);
    for (const next of successors(instruction, slot)) open.push(next);
  }
  for (const { start, end } of bounds) {
    for (let slot = start; slot < end; slot += 1) {
      if (seen[slot] === 0 && instructions[slot] !== undefined) throw new InstructionError(slot, "unreachable insn");
    }
  }
}
