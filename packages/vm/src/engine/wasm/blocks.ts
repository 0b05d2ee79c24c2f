import { successors } from "../../check/control-flow.ts";
import type { Instruction, Instructions } from "../../instruction/instruction.ts";
import type { CodeFunction } from "../../run/code.ts";

/** Instructions of a function that run one after the other. */
export interface Block {
  /** Slots from `start` up to `end`. */
  readonly start: number;
  readonly end: number;
  /** Slot of its last instruction. */
  readonly last: number;
  /** Blocks that may follow, by their number: where the last instruction does not jump first. */
  readonly next: readonly number[];
}

/** By slot from the function's start, whether a block begins there. */
type Leaders = Uint8Array;

/** The basic blocks of a function, numbered in reverse postorder: each before those that it leads to, but for loops. */
export function blocksOf(instructions: Instructions, one: CodeFunction): readonly Block[] {
  const leaders = leadersOf(instructions, one);
  const order = reversePostorder(instructions, one.start, leaders);
  const numbers = new Map(order.map(({ start }, index) => [start, index]));
  return order.map(({ start, end, last }) => {
    const next = successors(instructions[last] as Instruction, last).map((slot) => numbers.get(slot) as number);
    return { start, end, last, next };
  });
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly last: number;
}

function leadersOf(instructions: Instructions, { start, end }: CodeFunction): Leaders {
  const leaders = new Uint8Array(end - start + 1);
  leaders[0] = 1;
  for (let slot = start; slot < end; slot += 1) {
    const instruction = instructions[slot];
    if (instruction === undefined) continue;
    if (instruction.kind === "jump" || instruction.kind === "branch" || instruction.kind === "may-goto") {
      leaders[instruction.target - start] = 1;
      leaders[slot + 1 - start] = 1;
    } else if (instruction.kind === "exit") leaders[slot + 1 - start] = 1;
  }
  leaders[end - start] = 1;
  return leaders;
}

function reversePostorder(instructions: Instructions, start: number, leaders: Leaders): readonly Range[] {
  const rangeAt = (from: number): Range => {
    let last = from;
    let end = from + 1;
    while (leaders[end - start] === 0) {
      if (instructions[end] !== undefined) last = end;
      end += 1;
    }
    return { start: from, end, last };
  };
  const seen = new Set([start]);
  const order: Range[] = [];
  const open: { range: Range; next: readonly number[]; at: number }[] = [];
  const enter = (slot: number): void => {
    const range = rangeAt(slot);
    open.push({ range, next: successors(instructions[range.last] as Instruction, range.last), at: 0 });
  };
  enter(start);
  while (open.length > 0) {
    const top = open[open.length - 1] as (typeof open)[number];
    const slot = top.next[top.at];
    if (slot === undefined) {
      order.push(top.range);
      open.pop();
      continue;
    }
    top.at += 1;
    if (seen.has(slot)) continue;
    seen.add(slot);
    enter(slot);
  }
  return order.reverse();
}
