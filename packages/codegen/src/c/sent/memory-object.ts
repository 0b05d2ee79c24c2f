import type { Call } from "../body/tree.ts";
import type { Root } from "./place.ts";
import { type Frame, isSameFrame } from "./typing.ts";

/** A piece of memory that pointers point into: no two of them overlap, but for those that may be another one. */
export type MemoryObject =
  /** A variable of a function, or of the file where {@link Root} is its id. */
  | { readonly kind: "variable"; readonly of: Root; readonly frame: Frame | undefined }
  /** A value of a map, or of a map that is a slot of it. */
  | { readonly kind: "value"; readonly map: string; readonly inner: boolean }
  /** What a call reserves in a ring. */
  | { readonly kind: "sample"; readonly call: Call; readonly frame: Frame }
  /** Memory of the kernel: a context, a packet, what its helpers give. */
  | { readonly kind: "kernel" }
  /** Whatever a pointer points to that was loaded from memory, or is not followed. */
  | { readonly kind: "unknown" };

/**
 * Whether two of them may be the same.
 *
 * @param isKept whether a pointer to one is kept in memory, from where it may be loaded
 */
export function mayBeSame(a: MemoryObject, b: MemoryObject, isKept: (object: MemoryObject) => boolean): boolean {
  if (a.kind === "unknown") return isKept(b);
  if (b.kind === "unknown") return isKept(a);
  switch (a.kind) {
    case "variable":
      return b.kind === "variable" && a.of === b.of;
    case "value":
      return b.kind === "value" && (a.map === b.map || a.inner || b.inner);
    case "sample":
      return b.kind === "sample" && a.call === b.call && isSameFrame(a.frame, b.frame);
    case "kernel":
      return b.kind === "kernel";
  }
}
