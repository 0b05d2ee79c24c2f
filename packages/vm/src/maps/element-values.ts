import type { VmMemory } from "../memory/memory.ts";
import type { Region, RegionKind } from "../memory/region.ts";
import type { MapDefinition, VmMap } from "./vm-map.ts";

/** `BPF_F_RDONLY_PROG`. */
const readOnlyForPrograms = 128;

/** `struct bpf_spin_lock` and `struct bpf_timer`. */
const lockBytes = 4;
const timerBytes = 16;

/** Values of a map's elements by their slot: one each, or one for each processor. A value's region is made when it is first pointed to. */
export class ElementValues {
  readonly #memory: VmMemory;
  readonly #definition: MapDefinition;
  readonly #kind: RegionKind;
  readonly #owner: VmMap;
  readonly #block: Region;
  readonly #stride: number;
  readonly #cpus: number;
  readonly #regions: Int32Array;

  constructor(memory: VmMemory, definition: MapDefinition, cpus: number, owner: VmMap, kind: RegionKind = "map value") {
    const { valueSize, maxEntries, name } = definition;
    this.#memory = memory;
    this.#definition = definition;
    this.#kind = kind;
    this.#owner = owner;
    this.#cpus = cpus;
    this.#stride = Math.ceil(valueSize / 8) * 8;
    this.#block = memory.allocate(this.#stride * maxEntries * cpus, {
      kind,
      name: `values of ${name}`,
      access: "none",
    });
    this.#regions = new Int32Array(maxEntries * cpus);
  }

  /** Address of a value. */
  address(slot: number, cpu: number): number {
    return this.#block.address + (slot * this.#cpus + cpu) * this.#stride;
  }

  /** Region of a value: its id is the high word of pointers to it. */
  region(slot: number, cpu: number): number {
    const index = slot * this.#cpus + cpu;
    const known = this.#regions[index] as number;
    if (known !== 0) return known;
    const { valueSize, flags } = this.#definition;
    const region = this.#memory.carve(this.#block, index * this.#stride, valueSize, {
      kind: this.#kind,
      name: this.#nameOf(slot),
      owner: this.#owner,
      access: (flags & readOnlyForPrograms) === 0 ? "read-write" : "read",
    });
    this.#regions[index] = region.id;
    return region.id;
  }

  /** Sets a value on one processor from an address in the VM's memory. */
  set(slot: number, cpu: number, from: number): void {
    const to = this.address(slot, cpu);
    this.#tell(slot, to, this.#definition.valueSize);
    this.#memory.charge(this.#definition.valueSize >> 3);
    const { valueSize, lockOffset, timerOffset } = this.#definition;
    // include/linux/bpf.h `copy_map_value`: all around what is the kernel's
    const kept: [offset: number, bytes: number][] = [];
    if (lockOffset !== undefined) kept.push([lockOffset, lockBytes]);
    if (timerOffset !== undefined) kept.push([timerOffset, timerBytes]);
    let at = 0;
    for (const [offset, bytes] of kept.sort(([one], [other]) => one - other)) {
      this.#memory.bytes.copyWithin(to + at, from + at, from + offset);
      at = offset + bytes;
    }
    this.#memory.bytes.copyWithin(to + at, from + at, from + valueSize);
    this.free(slot);
  }

  /** The element of a slot is gone, or another. */
  free(slot: number): void {
    const { freed } = this.#owner;
    if (freed === undefined) return;
    for (let cpu = 0; cpu < this.#cpus; cpu += 1) {
      const region = this.#regions[slot * this.#cpus + cpu] as number;
      if (region !== 0) freed(region);
    }
  }

  /** The slot of a value by its region; −1 for none. */
  slotOf(region: number): number {
    this.#memory.charge(this.#regions.length >> 3);
    return Math.floor(this.#regions.indexOf(region) / this.#cpus);
  }

  /** Sets a value to 0 on every processor. */
  clear(slot: number): void {
    const from = this.address(slot, 0);
    this.#tell(slot, from, this.#stride * this.#cpus);
    this.#memory.charge((this.#stride * this.#cpus) >> 3);
    this.#memory.bytes.fill(0, from, from + this.#stride * this.#cpus);
  }

  #nameOf(slot: number): string {
    const { name } = this.#definition;
    return this.#kind === "global" ? name : `${name}[${slot}]`;
  }

  #tell(slot: number, address: number, size: number): void {
    const { watch } = this.#memory;
    if (watch !== undefined) watch({ kind: this.#kind, name: this.#nameOf(slot) }, 0, address, size);
  }
}
