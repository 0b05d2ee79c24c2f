import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Engine } from "../run/run.ts";
import { HashMap } from "./hash.ts";
import { OpaqueMap } from "./opaque-map.ts";
import type { MapDefinition, VmMap } from "./vm-map.ts";

/** A program that tail calls go to. */
export interface CalledProgram {
  /** `BPF_PROG_TYPE_*` in lower case. */
  readonly type: string;
  readonly engine: Engine;
}

/** `BPF_MAP_TYPE_PROG_ARRAY`: what tail calls go to. Only user space sets it. */
export class ProgramArray extends OpaqueMap {
  readonly #programs = new Map<number, Engine>();
  #type: string | undefined;

  /** Of the programs that it is of, once there is one. */
  get programType(): string | undefined {
    return this.#type;
  }

  at(index: number): Engine | undefined {
    return this.#programs.get(index);
  }

  /**
   * Whether programs of this type may be in it, and call by it: those of the first that is or does, since what it is called
   * with is theirs (kernel/bpf/core.c, `bpf_prog_map_compatible`).
   */
  admits(type: string): boolean {
    this.#type ??= type;
    return this.#type === type;
  }

  /** 0, or −errno. */
  set(index: number, program: CalledProgram | undefined): number {
    if (!(index >= 0 && index < this.maxEntries)) return errno.E2BIG;
    if (program === undefined) this.#programs.delete(index);
    else if (this.admits(program.type)) this.#programs.set(index, program.engine);
    else return errno.EINVAL;
    return 0;
  }
}

/** Whether a map may stand where a template is declared (kernel/bpf/map_in_map.c, `array_map_meta_equal`). */
function fits(map: VmMap, template: MapDefinition): boolean {
  const { type, keySize, valueSize, flags, lockOffset, timerOffset } = template;
  const made = map.type === type && map.keySize === keySize && map.valueSize === valueSize && map.flags === flags;
  const alike = made && map.lockOffset === lockOffset && map.timerOffset === timerOffset;
  const sized = type !== "array" && type !== "percpu_array";
  return alike && (sized || (flags & anySize) !== 0 || map.maxEntries === template.maxEntries);
}

/** `BPF_F_INNER_MAP` */
const anySize = 1 << 12;

/** `BPF_MAP_TYPE_ARRAY_OF_MAPS`. A program that looks an element up gets a pointer to the map in it. */
export class ArrayOfMaps extends OpaqueMap {
  readonly #maps = new Map<number, VmMap>();
  readonly #template: MapDefinition;

  constructor(memory: VmMemory, definition: MapDefinition, template: MapDefinition) {
    super(memory, definition);
    this.#template = template;
  }

  override lookup(key: number): number {
    return this.#maps.get(this.memory.view.getUint32(key, true))?.region.id ?? 0;
  }

  /** Puts a map at a key in the VM's memory: 0, or −errno. */
  put(key: number, inner: VmMap): number {
    const index = this.memory.view.getUint32(key, true);
    if (index >= this.maxEntries) return errno.E2BIG;
    if (!fits(inner, this.#template)) return errno.EINVAL;
    this.#maps.set(index, inner);
    return 0;
  }

  /** Takes the map at a key out; whether there was one. */
  take(key: number): boolean {
    return this.#maps.delete(this.memory.view.getUint32(key, true));
  }

  at(key: number): VmMap | undefined {
    return this.#maps.get(this.memory.view.getUint32(key, true));
  }
}

/** `BPF_MAP_TYPE_HASH_OF_MAPS`. */
export class HashOfMaps extends OpaqueMap {
  readonly #slots: HashMap;
  readonly #template: MapDefinition;
  readonly #maps = new Map<number, VmMap>();

  constructor(memory: VmMemory, definition: MapDefinition, template: MapDefinition) {
    super(memory, definition);
    this.#template = template;
    this.#slots = new HashMap(memory, { ...definition, type: "hash", valueSize: 4 }, 1);
  }

  override lookup(key: number): number {
    return this.at(key)?.region.id ?? 0;
  }

  put(key: number, inner: VmMap): number {
    if (!fits(inner, this.#template)) return errno.EINVAL;
    const slot = this.#slots.place(key, 0);
    if (slot < 0) return slot;
    this.#maps.set(slot, inner);
    return 0;
  }

  at(key: number): VmMap | undefined {
    const slot = this.#slots.slotOf(key);
    return slot < 0 ? undefined : this.#maps.get(slot);
  }

  /** Takes the map at a key out; whether there was one. */
  take(key: number): boolean {
    return this.#slots.delete(key) === 0;
  }
}
