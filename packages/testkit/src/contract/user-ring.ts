import type { UserRingBufMap } from "@rbgen/runtime/backend";
import type { KernelSide } from "./kernel-side.ts";

/** A user ring of a page, unless told. */
export function ring(kernel: KernelSide, maxEntries = 4096): UserRingBufMap {
  return kernel.createUserRingBuf({ name: "contract", maxEntries });
}

/** Drains: the first byte of each sample. */
export function firstBytes(kernel: KernelSide, map: UserRingBufMap): number[] {
  return kernel.drain(map).samples.map(({ head }) => head[0] ?? -1);
}
