import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { RegionKind } from "../memory/region.ts";
import { ElementValues } from "./element-values.ts";
import { MapBase, type MapDefinition, updateFlag, type WalkedMap } from "./vm-map.ts";

/** `BPF_MAP_TYPE_ARRAY` and its per-CPU form (kernel/bpf/arraymap.c): every element is always there. */
export class ArrayMap extends MapBase implements WalkedMap {
  readonly values: ElementValues;
  /** Values that an element has. */
  readonly cpus: number;
  readonly #key: number;

  constructor(memory: VmMemory, definition: MapDefinition, cpus: number, kind?: RegionKind) {
    super(memory, definition);
    this.cpus = definition.type === "percpu_array" ? cpus : 1;
    this.values = new ElementValues(memory, definition, this.cpus, this, kind);
    this.#key = memory.allocate(4, { kind: "memory", name: `a key of ${definition.name}` }).address;
  }

  lookup(key: number, cpu: number): number {
    const index = this.memory.view.getUint32(key, true);
    return index < this.maxEntries ? this.values.region(index, this.cpus === 1 ? 0 : cpu) : 0;
  }

  find(key: number, cpu: number): number | undefined {
    const index = this.memory.view.getUint32(key, true);
    return index < this.maxEntries ? this.values.address(index, this.cpus === 1 ? 0 : cpu) : undefined;
  }

  update(key: number, value: number, flags: number, cpu: number): number {
    const locks = (flags & updateFlag.lock) !== 0;
    const wanted = flags & ~updateFlag.lock;
    if (wanted >>> 0 > updateFlag.exist) return errno.EINVAL;
    const index = this.memory.view.getUint32(key, true);
    if (index >= this.maxEntries) return errno.E2BIG;
    if (wanted === updateFlag.noExist) return errno.EEXIST;
    if (locks && this.lockOffset === undefined) return errno.EINVAL;
    this.values.set(index, this.cpus === 1 ? 0 : cpu, value);
    return 0;
  }

  /** The key of the element whose value is this region. */
  keyOf(region: number): Uint8Array {
    return new Uint8Array(Uint32Array.of(this.values.slotOf(region)).buffer);
  }

  delete(): number {
    return errno.EINVAL;
  }

  walk(cpu: number, visit: (key: number, value: number) => boolean): void {
    for (let index = 0; index < this.maxEntries; index += 1) {
      this.memory.view.setUint32(this.#key, index, true);
      if (!visit(this.#key, this.values.region(index, this.cpus === 1 ? 0 : cpu))) return;
    }
  }
}
