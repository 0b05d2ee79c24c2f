import type { Instructions } from "../instruction/instruction.ts";
import { InstructionError } from "../instruction/instruction-error.ts";
import { maxFrames } from "../memory/layout.ts";
import type { CodeFunction } from "../run/code.ts";

/** No function calls itself, by others either, and no chain of calls has more than eight frames. @throws InstructionError */
export function checkCallDepth(instructions: Instructions, functions: readonly CodeFunction[]): void {
  const byStart = new Map(functions.map((one) => [one.start, one]));
  const depths = new Map<CodeFunction, number>();
  const callsOf = (one: CodeFunction): [slot: number, callee: CodeFunction][] => {
    const calls: [number, CodeFunction][] = [];
    for (let slot = one.start; slot < one.end; slot += 1) {
      const instruction = instructions[slot];
      const callee = instruction?.kind === "call" ? byStart.get(instruction.target) : undefined;
      if (callee !== undefined) calls.push([slot, callee]);
    }
    return calls;
  };
  const active = new Set<CodeFunction>();
  // a chain that is longer than allowed is refused before it recurs deeper
  const visit = (one: CodeFunction, from: number): number => {
    if (active.has(one)) throw new InstructionError(from, `recursive call of ${one.name}`);
    const known = depths.get(one);
    if (known !== undefined) return known;
    active.add(one);
    let depth = 1;
    for (const [slot, callee] of callsOf(one)) {
      if (active.size > 4 * maxFrames) throw new InstructionError(slot, tooManyFrames(active.size + 1));
      const below = 1 + visit(callee, slot);
      if (below > maxFrames) throw new InstructionError(slot, tooManyFrames(below));
      depth = Math.max(depth, below);
    }
    active.delete(one);
    depths.set(one, depth);
    return depth;
  };
  for (const one of functions) visit(one, one.start);
}

function tooManyFrames(frames: number): string {
  return `the call stack of ${frames} frames is too deep`;
}
