import { errno } from "../helpers/errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Engine } from "../run/run.ts";
import { HashMap } from "./hash.ts";
import { MapBase, type MapDefinition, type VmMap } from "./vm-map.ts";

/** `BPF_MAP_TYPE_PROG_ARRAY`: what tail calls go to. Only user space sets it. */
export class ProgramArray extends MapBase {
  readonly #programs = new Map<number, Engine>();

  at(index: number): Engine | undefined {
    return this.#programs.get(index);
  }

  /** False beyond the last element. */
  set(index: number, program: Engine | undefined): boolean {
    if (!(index >= 0 && index < this.maxEntries)) return false;
    if (program === undefined) this.#programs.delete(index);
    else this.#programs.set(index, program);
    return true;
  }

  lookup(): number {
    return 0;
  }

  update(): number {
    return errno.EINVAL;
  }

  delete(): number {
    return errno.EINVAL;
  }
}

/** `BPF_MAP_TYPE_ARRAY_OF_MAPS`. A program that looks an element up gets a pointer to the map in it. */
export class ArrayOfMaps extends MapBase {
  readonly #maps = new Map<number, VmMap>();

  lookup(key: number): number {
    return this.#maps.get(this.memory.view.getUint32(key, true))?.region.id ?? 0;
  }

  /** Puts a map at a key in the VM's memory: 0, or −errno. */
  put(key: number, inner: VmMap): number {
    const index = this.memory.view.getUint32(key, true);
    if (index >= this.maxEntries) return errno.E2BIG;
    this.#maps.set(index, inner);
    return 0;
  }

  at(key: number): VmMap | undefined {
    return this.#maps.get(this.memory.view.getUint32(key, true));
  }

  update(): number {
    return errno.EINVAL;
  }

  delete(): number {
    return errno.EINVAL;
  }
}

/** `BPF_MAP_TYPE_HASH_OF_MAPS`. */
export class HashOfMaps extends MapBase {
  readonly #slots: HashMap;
  readonly #maps = new Map<number, VmMap>();

  constructor(memory: VmMemory, definition: MapDefinition) {
    super(memory, definition);
    this.#slots = new HashMap(memory, { ...definition, type: "hash", valueSize: 4 }, 1);
  }

  lookup(key: number): number {
    return this.at(key)?.region.id ?? 0;
  }

  put(key: number, inner: VmMap): number {
    const slot = this.#slots.place(key, 0);
    if (slot < 0) return slot;
    this.#maps.set(slot, inner);
    return 0;
  }

  at(key: number): VmMap | undefined {
    const slot = this.#slots.slotOf(key);
    return slot < 0 ? undefined : this.#maps.get(slot);
  }

  update(): number {
    return errno.EINVAL;
  }

  delete(key: number): number {
    return this.#slots.delete(key);
  }
}
