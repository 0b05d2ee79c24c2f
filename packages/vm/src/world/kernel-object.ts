import type { Struct, Union } from "@rbgen/btf";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";

/** Memory that a test declared: a pointer to it can be a member of other memory, an argument of a program, or the current task. */
export class KernelObject {
  /** What it is; undefined for plain bytes. */
  readonly type: Struct | Union | undefined;
  readonly #memory: VmMemory;
  readonly #region: Region;

  /** @internal */
  constructor(memory: VmMemory, region: Region, type: Struct | Union | undefined) {
    this.type = type;
    this.#memory = memory;
    this.#region = region;
  }

  /** What a pointer to it is in a program: 64 bits. */
  get pointer(): bigint {
    return BigInt(this.#region.id) << 32n;
  }

  /** A copy of its bytes. */
  get bytes(): Uint8Array {
    const { address, size } = this.#region;
    return this.#memory.bytes.slice(address, address + size);
  }
}
