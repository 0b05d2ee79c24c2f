import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import type { EmulatedKernel, EmulatedRingBuf, EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import type { HeldRecord, KernelSide } from "./kernel-side.ts";

type Rings = "createRingBuf" | "createUserRingBuf" | "hold" | "readiness" | "close";

/** Rings of an emulated kernel, and what is done to them without a program; closed with the side that has them. */
export class EmulatedRings implements Pick<KernelSide, Rings> {
  readonly #kernel: EmulatedKernel;
  readonly #made: { close(): void }[] = [];

  constructor(kernel: EmulatedKernel) {
    this.#kernel = kernel;
  }

  createRingBuf(options: { readonly name: string; readonly maxEntries: number; readonly flags?: number }): RingBufMap {
    const map = this.#kernel.createRingBuf(options);
    this.#made.push(map);
    return map;
  }

  createUserRingBuf(options: {
    readonly name: string;
    readonly maxEntries: number;
    readonly flags?: number;
  }): UserRingBufMap {
    const map = this.#kernel.createUserRingBuf(options);
    this.#made.push(map);
    return map;
  }

  hold(map: RingBufMap, size: number): Promise<HeldRecord> {
    const held = (map as EmulatedRingBuf).hold(size);
    return Promise.resolve({
      commit: ({ how, flags }) => {
        if (how === "submit") held.submit(flags);
        else held.discard(flags);
        return Promise.resolve();
      },
    });
  }

  readiness(map: RingBufMap | UserRingBufMap): number {
    return (map as EmulatedRingBuf | EmulatedUserRingBuf).readiness();
  }

  close(): void {
    for (const map of this.#made) map.close();
  }
}
