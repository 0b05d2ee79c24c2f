import type { GlobalValue } from "@rbgen/runtime/backend";
import type { HasDescriptor } from "./map-of-maps.ts";

/** What may be changed of a map before it is made. */
export interface MapOptions {
  /** Entries; for a ring, bytes, which libbpf rounds up to a power of two of pages. */
  readonly maxEntries?: number | undefined;
  /** Bytes of a value, where the object leaves it open (of a stack trace: 8 for each frame) or another is wanted. */
  readonly valueSize?: number | undefined;
  /** Path on a BPF file system where the map is pinned, or opened from if it is there already. */
  readonly pinPath?: string | undefined;
  /**
   * Of a map of maps, the template of the maps inside, in place of the one that the object declares: another number of
   * entries, or a map that exists, whose type, flags and (but for an array's) entries those must have.
   */
  readonly inner?: { readonly maxEntries: number } | HasDescriptor | undefined;
  /** A map that exists, used in place of a new one. */
  readonly reuse?: HasDescriptor | undefined;
}

/** A thing of an object by its name, or by the descriptor that was generated for it. */
export type Named = string | { readonly name: string; readonly codec?: unknown };

/** Settings of an object, made between opening and loading. */
export interface ObjectOptions {
  /** Values of global variables (constants in `.rodata`, first values of `.data` and `.bss`), by name. */
  readonly rodata?: Readonly<Record<string, GlobalValue>> | undefined;
  /** By name in the object. */
  readonly maps?: Readonly<Record<string, MapOptions>> | undefined;
  /** Folder on a BPF file system for maps declared with `__uint(pinning, LIBBPF_PIN_BY_NAME)`; /sys/fs/bpf unless told. */
  readonly pinPath?: string | undefined;
}
