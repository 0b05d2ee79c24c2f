import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { OpaqueMap } from "./opaque-map.ts";
import { type MapDefinition, updateFlag } from "./vm-map.ts";

/** `BPF_MAP_TYPE_QUEUE` and `BPF_MAP_TYPE_STACK` (kernel/bpf/queue_stack_maps.c). */
export class QueueMap extends OpaqueMap {
  readonly #values: Region;
  #first = 0;
  #count = 0;

  constructor(memory: VmMemory, definition: MapDefinition) {
    super(memory, definition);
    const { valueSize, maxEntries, name } = definition;
    this.#values = memory.allocate(valueSize * maxEntries, {
      kind: "memory",
      name: `values of ${name}`,
      access: "none",
    });
  }

  /** Elements that there are. */
  get count(): number {
    return this.#count;
  }

  /** `bpf_map_push_elem`: with BPF_EXIST, a full one gives up its oldest element. */
  push(value: number, flags: number): number {
    if (flags !== updateFlag.any && flags !== updateFlag.exist) return errno.EINVAL;
    if (this.#count === this.maxEntries) {
      if (flags !== updateFlag.exist) return errno.E2BIG;
      this.#first = (this.#first + 1) % this.maxEntries;
      this.#count -= 1;
    }
    const to = this.#address(this.#count);
    this.memory.watch?.(this.#values, to - this.#values.address, to, this.valueSize);
    this.memory.bytes.copyWithin(to, value, value + this.valueSize);
    this.#count += 1;
    return 0;
  }

  /** `bpf_map_pop_elem` and `bpf_map_peek_elem`: zeros where there is none. */
  take(to: number, keep: boolean): number {
    if (this.#count === 0) {
      this.memory.bytes.fill(0, to, to + this.valueSize);
      return errno.ENOENT;
    }
    const from = this.#address(this.type === "stack" ? this.#count - 1 : 0);
    this.memory.bytes.copyWithin(to, from, from + this.valueSize);
    if (keep) return 0;
    if (this.type === "queue") this.#first = (this.#first + 1) % this.maxEntries;
    this.#count -= 1;
    return 0;
  }

  #address(index: number): number {
    return this.#values.address + ((this.#first + index) % this.maxEntries) * this.valueSize;
  }
}
