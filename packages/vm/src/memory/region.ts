/** What a region of a VM's memory is, as a fault names it. */
export type RegionKind =
  | "stack"
  | "context"
  | "packet"
  | "map value"
  | "global"
  | "ring sample"
  | "dynptr slice"
  /** The dynptr that a callback of bpf_user_ringbuf_drain gets: passed on to helpers. */
  | "dynptr"
  | "kernel memory"
  | "user memory"
  | "memory"
  /** A map itself: a program passes it on, and cannot look into it. */
  | "map"
  /** A program's functions: passed on as callbacks. */
  | "function";

/** Members of a context that are not plain memory: what the kernel's verifier rewrites into something else. */
export interface ContextMembers {
  /** Reads `size` bytes at `offset` for an instruction: the value as low and high word, put into `into[0]` and `into[1]`; or why not. */
  read(offset: number, size: number, into: Int32Array): string | undefined;
  /** Writes the `size` low bytes of a value; or why not. */
  write(offset: number, size: number, low: number, high: number): string | undefined;
}

/** How a region is made. */
export interface RegionOptions {
  /** What kind of memory it is. */
  readonly kind: RegionKind;
  /** As a person knows it: the map, variable, type or context. */
  readonly name: string;
  /** Whether programs may read and write it; both unless told. */
  readonly access?: "read-write" | "read" | "none";
  /** What it belongs to: for helpers that get a pointer and need the thing (the map, the sample). */
  readonly owner?: unknown;
  /** What stands in the place of its bytes, where they are no plain memory. */
  readonly members?: ContextMembers;
}

/** A piece of a VM's memory with bounds and permissions. Its id is the high word of every pointer into it. */
export interface Region {
  /** High word of pointers to it; the low word is the offset. Given out anew between runs, and in one only behind a quarantine. */
  readonly id: number;
  /** What kind of memory it is. */
  readonly kind: RegionKind;
  /** What errors call it. */
  readonly name: string;
  /** Address of its first byte in {@link VmMemory.bytes}. */
  readonly address: number;
  /** Bytes. */
  readonly size: number;
  /** The map, the sample or what else its bytes belong to. */
  readonly owner: unknown;
  /** What stands in the place of its bytes, where they are no plain memory. */
  readonly members: ContextMembers | undefined;
  /** Whether it was given back: pointers to it fault. */
  readonly alive: boolean;
}
