import type { RingBufMap, UserRingBufMap } from "@rbgen/runtime/backend";
import { EmulatedKernel, type EmulatedRingBuf, type EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import { VmObject, type VmObjectOptions } from "../../../vm/src/index.ts";
import { EmulatedRings } from "../contract/emulated-rings.ts";
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
  readonly #rings: EmulatedRings;

  constructor(object: VmObject, kernel: EmulatedKernel, overwrite: boolean) {
    super({
      put: (rings, slot, map) => object.mapOfMaps(rings).set(slot, map as EmulatedRingBuf | EmulatedUserRingBuf),
      global: (name) => object.global(name),
      program: (name) => object.program(name),
    });
    this.#object = object;
    this.#rings = new EmulatedRings(kernel);
    this.pageSize = kernel.pageSize;
    this.overwrite = overwrite;
  }

  createRingBuf(options: Parameters<EmulatedRings["createRingBuf"]>[0]): RingBufMap {
    return this.#rings.createRingBuf(options);
  }

  createUserRingBuf(options: Parameters<EmulatedRings["createUserRingBuf"]>[0]): UserRingBufMap {
    return this.#rings.createUserRingBuf(options);
  }

  hold(map: RingBufMap, size: number): Promise<HeldRecord> {
    return this.#rings.hold(map, size);
  }

  readiness(map: RingBufMap | UserRingBufMap): number {
    return this.#rings.readiness(map);
  }

  close(): void {
    this.#object.close();
    this.#rings.close();
  }
}
