import type { LentBytes } from "./lent-bytes.ts";
import type { Reference } from "./reference.ts";

/** What a dynptr stands on: a reserved record, or a sample under a drain. Its clones share it. */
export interface DynptrGround {
  /** What has to be given back. */
  readonly reference: Reference;
  /** The bytes. */
  readonly lent: LentBytes;
  /** A drain's own: it cannot be released or given anew. */
  readonly constant: boolean;
  /** Whether a write went there, or a writable slice of it is about. */
  touched: boolean;
  /** Gives them back: submitted, or discarded. */
  release(discard: boolean, flags: number): void;
}

/**
 * `struct bpf_dynptr` on a program's stack, for the helpers of `bpf` to work on.
 * Uninitialised until a helper sets it; null after a failed reservation, and still to be released then.
 */
export class Dynptr {
  /** Keeps other objects from passing for one. */
  declare protected readonly kind: "bpf_dynptr";
  /** @internal */
  state: "uninitialised" | "null" | "set" = "uninitialised";
  /** @internal */
  ground: DynptrGround | undefined;
  /** @internal */
  offset = 0;
  /** @internal */
  size = 0;

  /** @internal Stands on `size` bytes of `ground` from now on; `offset` is in its buffer. */
  stand(ground: DynptrGround, offset: number, size: number): void {
    this.state = "set";
    this.ground = ground;
    this.offset = offset;
    this.size = size;
  }

  /** @internal As a failed helper leaves it. */
  fail(): void {
    this.state = "null";
  }

  /** @internal Whether a helper set it, and what it stands on was not given back. */
  get inUse(): boolean {
    return this.state === "null" || (this.state === "set" && this.ground?.reference.alive === true);
  }

  /** @internal Its reference was released. */
  clear(): void {
    this.state = "uninitialised";
    this.ground = undefined;
  }

  /** @internal Whether `length` bytes at `offset` are not all inside. */
  excludes(offset: number, length: number): boolean {
    return length > this.size || offset > this.size - length;
  }
}
