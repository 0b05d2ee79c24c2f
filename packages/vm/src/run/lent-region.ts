import type { OwnedBytes } from "@rbgen/runtime";
import type { HeldRecord, LentBytes } from "@rbgen/runtime/emulated/helpers";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";

/** A record or sample of a ring in the VM's memory, until it is committed or its callback ends. */
export class LentRegion implements LentBytes {
  readonly region: Region;
  /** The record, where `bpf_ringbuf_reserve` gave it. */
  held: HeldRecord | undefined;
  readonly #memory: VmMemory;
  readonly #bytes: OwnedBytes;
  /** By what they cover: a program that asks for the same bytes in a loop gets the same region. */
  #slices: Map<string, Region> | undefined;

  constructor(memory: VmMemory, bytes: OwnedBytes, name: string) {
    this.#memory = memory;
    this.#bytes = bytes;
    this.region = memory.allocate(bytes.byteLength, { kind: "ring sample", name, owner: this });
    // copied now, and back when it is committed
    memory.charge(bytes.byteLength >> 2);
    memory.bytes.set(bytes, this.region.address);
  }

  get buffer(): ArrayBufferLike {
    return this.#memory.bytes.buffer;
  }

  get byteOffset(): number {
    return this.region.address;
  }

  /** A region of its own over bytes of it: what `bpf_dynptr_data` and `bpf_dynptr_slice` give. */
  slice(address: number, size: number, access: "read-write" | "read"): Region {
    const { region } = this;
    const covers = `${address} ${size} ${access}`;
    this.#slices ??= new Map();
    const known = this.#slices.get(covers);
    if (known !== undefined) return known;
    const slice = this.#memory.carve(region, address - region.address, size, {
      kind: "dynptr slice",
      name: region.name,
      access,
    });
    this.#slices.set(covers, slice);
    return slice;
  }

  takeBack(): void {
    const { address, size } = this.region;
    this.#bytes.set(this.#memory.bytes.subarray(address, address + size));
    if (this.#slices !== undefined) for (const slice of this.#slices.values()) this.#memory.release(slice);
    this.#memory.release(this.region);
  }
}
