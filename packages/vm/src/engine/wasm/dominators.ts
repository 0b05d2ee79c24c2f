import type { Block } from "./blocks.ts";

/** How blocks in reverse postorder hang together. */
export interface FlowGraph {
  /** By block, the last one that every way to it passes; of the first block itself. */
  readonly dominator: Int32Array;
  /** Whether ways forward meet in the block. */
  readonly merges: Uint8Array;
  /** Whether a way back leads to the block. */
  readonly loops: Uint8Array;
  /** Whether each way back leads to a block that dominates where it comes from. */
  readonly reducible: boolean;
}

/** Dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm". */
export function flowGraph(blocks: readonly Block[]): FlowGraph {
  const count = blocks.length;
  const before: number[][] = Array.from({ length: count }, () => []);
  blocks.forEach(({ next }, from) => {
    for (const to of next) (before[to] as number[]).push(from);
  });
  const dominator = new Int32Array(count).fill(-1);
  dominator[0] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (let block = 1; block < count; block += 1) {
      let common = -1;
      for (const from of before[block] as number[]) {
        if (dominator[from] === -1) continue;
        common = common === -1 ? from : meet(dominator, from, common);
      }
      if (dominator[block] === common) continue;
      dominator[block] = common;
      changed = true;
    }
  }
  const merges = new Uint8Array(count);
  const loops = new Uint8Array(count);
  let reducible = true;
  for (let block = 0; block < count; block += 1) {
    let forward = 0;
    for (const from of before[block] as number[]) {
      if (from < block) forward += 1;
      else {
        loops[block] = 1;
        if (!dominates(dominator, block, from)) reducible = false;
      }
    }
    if (forward > 1) merges[block] = 1;
  }
  return { dominator, merges, loops, reducible };
}

function meet(dominator: Int32Array, left: number, right: number): number {
  let [a, b] = [left, right];
  while (a !== b) {
    while (a > b) a = dominator[a] as number;
    while (b > a) b = dominator[b] as number;
  }
  return a;
}

function dominates(dominator: Int32Array, block: number, other: number): boolean {
  let at = other;
  while (at > block) at = dominator[at] as number;
  return at === block;
}
