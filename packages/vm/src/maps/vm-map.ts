import type { MapTypeName } from "@rbgen/btf";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";

/** How a map is made: what BPF_MAP_CREATE takes. */
export interface MapDefinition {
  readonly name: string;
  readonly type: MapTypeName;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  /** Where a value has its `struct bpf_spin_lock`, which updates leave alone; absent where it has none. */
  readonly lockOffset?: number | undefined;
  /** Where a value has its `struct bpf_timer`, which updates end; absent where it has none. */
  readonly timerOffset?: number | undefined;
  /** Template of the maps in a map of maps. */
  readonly inner?: MapDefinition | undefined;
}

/** A map of a VM. Its content lies in the VM's memory; what its operations return are the kernel's errnos, negative. */
export interface VmMap extends Omit<MapDefinition, "inner" | "lockOffset" | "timerOffset"> {
  /** As {@link MapDefinition.lockOffset}. */
  readonly lockOffset: number | undefined;
  /** As {@link MapDefinition.timerOffset}. */
  readonly timerOffset: number | undefined;
  /** Told of the region of a value that was deleted or replaced. */
  freed: ((region: number) => void) | undefined;
  /** What a program's pointers to the map point to: of kind "map", with the map as its owner. */
  readonly region: Region;
  /** High word of a pointer to a key's value on processor `cpu`, whose low word is 0; or 0. `key` is an address in the VM's memory. */
  lookup(key: number, cpu: number): number;
  /** `bpf_map_update_elem`: key and value are addresses, `flags` as given. 0, or −errno. */
  update(key: number, value: number, flags: number, cpu: number): number;
  /** `bpf_map_delete_elem`: 0, or −errno. */
  delete(key: number): number;
}

/** A map whose elements are gone through: each key's address and its value's pointer. */
export interface WalkedMap extends VmMap {
  /** Calls `visit` for each element until it gives false. Elements that it deletes or adds may be seen or not. */
  walk(cpu: number, visit: (key: number, value: number) => boolean): void;
}

export function isWalked(map: VmMap): map is WalkedMap {
  return "walk" in map;
}

/** Flags of an update. */
export const updateFlag = { any: 0, noExist: 1, exist: 2, lock: 4 } as const;

/** What maps share: their definition, and the region that pointers to them point to. */
export abstract class MapBase implements VmMap {
  readonly name: string;
  readonly type: MapTypeName;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags: number;
  readonly lockOffset: number | undefined;
  readonly timerOffset: number | undefined;
  freed: ((region: number) => void) | undefined;
  readonly region: Region;
  protected readonly memory: VmMemory;

  constructor(memory: VmMemory, definition: MapDefinition) {
    this.memory = memory;
    this.name = definition.name;
    this.type = definition.type;
    this.keySize = definition.keySize;
    this.valueSize = definition.valueSize;
    this.maxEntries = definition.maxEntries;
    this.flags = definition.flags;
    this.lockOffset = definition.lockOffset;
    this.timerOffset = definition.timerOffset;
    this.region = memory.allocate(0, { kind: "map", name: definition.name, access: "none", owner: this });
  }

  abstract lookup(key: number, cpu: number): number;
  abstract update(key: number, value: number, flags: number, cpu: number): number;
  abstract delete(key: number): number;
}
