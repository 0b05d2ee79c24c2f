import type { Block } from "./blocks.ts";
import type { FlowGraph } from "./dominators.ts";
import type { Body } from "./frame.ts";
import { local } from "./frame.ts";
import { op } from "./opcodes.ts";

/** What the flow is made around: the instructions of blocks. */
export interface BlockEmitter {
  /** A block's instructions, without the jump at its end. */
  instructions(block: Block): void;
  /** Whether the last instruction jumps, as i32; where it has two ways. */
  condition(block: Block): void;
  /** Before a jump: the end of a run that took too many instructions, where the jump goes back. */
  jump(block: Block, to: Block): void;
}

/** A block that is jumped to from its end, and a loop from its start. */
interface Target {
  readonly block: number;
  readonly loop: boolean;
}

/**
 * Writes the flow of a function as nested blocks and loops after Ramsey, "Beyond Relooper": each block inside of the one
 * that dominates it, those where ways meet behind a WebAssembly block. Without recursion: a hostile program nests deep.
 */
export function emitStructured(body: Body, blocks: readonly Block[], graph: FlowGraph, emitter: BlockEmitter): void {
  const { out, labels } = body;
  const merging: number[][] = blocks.map(() => []);
  blocks.forEach((_, block) => {
    if (block > 0 && graph.merges[block] === 1) (merging[graph.dominator[block] as number] as number[]).push(block);
  });
  const ends = new Map<number, Target>();
  const starts = new Map<number, Target>();
  const work: (() => void)[] = [];
  const later = (...tasks: (() => void)[]): void => {
    for (let at = tasks.length - 1; at >= 0; at -= 1) work.push(tasks[at] as () => void);
  };
  const close = (): void => {
    out.byte(op.end);
    labels.pop();
  };
  const tree = (block: number): void => {
    if (graph.loops[block] === 0) {
      within(block, merging[block] as number[]);
      return;
    }
    const target: Target = { block, loop: true };
    starts.set(block, target);
    body.open(op.loop, target);
    later(() => within(block, merging[block] as number[]), close);
  };
  const within = (block: number, behind: readonly number[]): void => {
    // the last one in order is outermost
    for (let at = behind.length - 1; at >= 0; at -= 1) {
      const target: Target = { block: behind[at] as number, loop: false };
      ends.set(target.block, target);
      body.open(op.block, target);
    }
    const tasks: (() => void)[] = [() => leave(block)];
    for (const next of behind) tasks.push(close, () => tree(next));
    later(...tasks);
  };
  const leave = (block: number): void => {
    const one = blocks[block] as Block;
    emitter.instructions(one);
    const [first, second] = one.next;
    if (first === undefined) return;
    if (second === undefined) {
      branch(block, first);
      return;
    }
    emitter.condition(one);
    body.open(op.if, undefined);
    later(
      () => branch(block, second),
      close,
      () => branch(block, first),
    );
  };
  const branch = (from: number, to: number): void => {
    emitter.jump(blocks[from] as Block, blocks[to] as Block);
    const target = to <= from ? starts.get(to) : graph.merges[to] === 1 ? ends.get(to) : undefined;
    if (target === undefined) tree(to);
    else out.byte(op.br).unsigned(labels.depth(target));
  };
  later(() => tree(0));
  for (let task = work.pop(); task !== undefined; task = work.pop()) task();
}

/** Writes a flow that is no tree of loops: one loop that goes to the next block by its number. */
export function emitDispatched(body: Body, blocks: readonly Block[], emitter: BlockEmitter): void {
  const { out, labels } = body;
  const numbers = new Map(blocks.map((block, number) => [block, number]));
  const again = {};
  out.i32(0).set(local.next);
  body.open(op.loop, again);
  for (let at = blocks.length - 1; at >= 0; at -= 1) body.open(op.block, blocks[at]);
  out
    .get(local.next)
    .byte(op.brTable)
    .unsigned(blocks.length - 1);
  for (let at = 0; at < blocks.length; at += 1) out.unsigned(at);
  const go = (from: Block, number: number): void => {
    const to = blocks[number] as Block;
    emitter.jump(from, to);
    out.i32(numbers.get(to) as number).set(local.next);
    out.byte(op.br).unsigned(labels.depth(again));
  };
  for (const block of blocks) {
    out.byte(op.end);
    labels.pop();
    emitter.instructions(block);
    const [first, second] = block.next;
    if (second !== undefined) {
      emitter.condition(block);
      body.open(op.if, undefined);
      go(block, second);
      out.byte(op.end);
      labels.pop();
    }
    if (first !== undefined) go(block, first);
  }
  out.byte(op.end);
  labels.pop();
}
