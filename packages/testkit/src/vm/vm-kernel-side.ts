import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import { EmulatedKernel, type EmulatedRingBuf, type EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import { VmObject, type VmObjectOptions } from "../../../vm/src/index.ts";
import type { HeldRecord, KernelSide } from "../contract/kernel-side.ts";
import { ObjectKernelSide } from "../contract/object-kernel-side.ts";

type Engine = NonNullable<VmObjectOptions["engine"]>;

/** The virtual machine's end of the contract: the programs of native/contract.bpf.c, as they were compiled for the kernel. */
export async function vmKernelSide(bytes: Uint8Array, engine: Engine, kernelVersion: string): Promise<KernelSide> {
  const kernel = new EmulatedKernel({ kernelVersion, endian: "little" });
  return new VmKernelSide(await VmObject.load(bytes, { engine, kernel }), kernel, kernelVersion === "6.19");
}

class VmKernelSide extends ObjectKernelSide implements KernelSide {
  readonly pageSize: number;
  readonly overwrite: boolean;
  readonly #object: VmObject;
  readonly #kernel: EmulatedKernel;
  readonly #made: { close(): void }[] = [];

  constructor(object: VmObject, kernel: EmulatedKernel, overwrite: boolean) {
    super({
      put: (rings, slot, map) => object.mapOfMaps(rings).set(slot, map as EmulatedRingBuf | EmulatedUserRingBuf),
      global: (name) => object.global(name),
      program: (name) => object.program(name),
    });
    this.#object = object;
    this.#kernel = kernel;
    this.pageSize = kernel.pageSize;
    this.overwrite = overwrite;
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
      commit({ how, flags }) {
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
    this.#object.close();
    for (const map of this.#made) map.close();
  }
}
