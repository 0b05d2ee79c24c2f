import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import { jhash2 } from "./jhash.ts";
import { OpaqueMap } from "./opaque-map.ts";
import type { MapDefinition } from "./vm-map.ts";

/** Flags of `bpf_get_stackid` beside the frames to skip. */
export const stackFlag: Readonly<Record<"skip" | "user" | "fastCompare" | "reuseId", number>> = {
  skip: 0xff,
  user: 1 << 8,
  fastCompare: 1 << 9,
  reuseId: 1 << 10,
};

interface Bucket {
  readonly hash: number;
  readonly stack: readonly bigint[];
}

/** `BPF_MAP_TYPE_STACK_TRACE` (kernel/bpf/stackmap.c): stacks by an id that is their hash, so that it is the kernel's. */
export class StackTraceMap extends OpaqueMap {
  /** Frames that are kept of a stack at most. */
  readonly depth: number;
  readonly #buckets = new Map<number, Bucket>();
  readonly #mask: number;

  constructor(memory: VmMemory, definition: MapDefinition) {
    super(memory, definition);
    this.depth = definition.valueSize / 8;
    this.#mask = 2 ** Math.ceil(Math.log2(Math.max(1, definition.maxEntries))) - 1;
  }

  /** Keeps a stack, its innermost frame first: its id, or −errno. */
  put(frames: readonly bigint[], flags: number): number {
    const skip = flags & stackFlag.skip;
    if (frames.length <= skip) return errno.EFAULT;
    const stack = frames.slice(skip, skip + this.depth);
    this.memory.charge(stack.length);
    const hash = jhash2(stack);
    const id = (hash & this.#mask) >>> 0;
    const there = this.#buckets.get(id);
    const alike = there?.hash === hash;
    if (alike && (flags & stackFlag.fastCompare) !== 0) return id;
    if (alike && there.stack.length === stack.length && stack.every((frame, at) => frame === there.stack[at]))
      return id;
    if (there !== undefined && (flags & stackFlag.reuseId) === 0) return errno.EEXIST;
    // an element is taken before the one that it replaces is given back
    if (this.#buckets.size === this.maxEntries) return errno.ENOMEM;
    this.#buckets.set(id, { hash, stack });
    return id;
  }

  /** The stack of an id. */
  at(id: number): readonly bigint[] | undefined {
    return this.#buckets.get(id)?.stack;
  }

  /** Ids that there are, in their order. */
  get ids(): readonly number[] {
    return [...this.#buckets.keys()].sort((one, other) => one - other);
  }

  /** Whether there was such a stack. */
  remove(id: number): boolean {
    return this.#buckets.delete(id);
  }
}
