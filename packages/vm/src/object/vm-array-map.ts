import { RingBufError } from "@rbgen/runtime";
import type { ArrayMap } from "../maps/array.ts";
import { MapElements, sumOf } from "./map-elements.ts";
import { invalid } from "./named.ts";

/** An array or per-CPU array of a loaded object, as `BpfArrayMap` of `@rbgen/native`. Values are copied. */
export class VmArrayMap extends MapElements<ArrayMap> {
  /** Whether each element has one value per processor. */
  get perCpu(): boolean {
    return this.info.type === "percpu_array";
  }

  /** How many elements there are. */
  get length(): number {
    return this.info.maxEntries;
  }

  /**
   * The values of element `index`: one per processor, or the only one.
   * @throws RingBufError ENOENT beyond the last.
   */
  values(index: number): readonly Uint8Array[] {
    return this.withKey(this.#index(index), (key) =>
      Array.from({ length: this.map.cpus }, (_, cpu) => {
        const value = this.map.find(key, cpu);
        if (value !== undefined) return this.valueAt(value);
        throw new RingBufError(`element ${index} of ${this.what}: there is none`, {
          code: "ENOENT",
          errno: -2,
          syscall: "BPF_MAP_LOOKUP_ELEM",
        });
      }),
    );
  }

  /** Element `index` of an array that is not per CPU. */
  get(index: number): Uint8Array {
    if (this.perCpu) throw invalid(`${this.what} has one value per CPU: use values() or sum()`);
    return this.values(index)[0] as Uint8Array;
  }

  /** Replaces element `index`, on every processor. `value` has the map's value size. */
  set(index: number, value: Uint8Array): void {
    this.withKey(this.#index(index), (key) =>
      this.withValue(value, (from) => {
        for (let cpu = 0; cpu < this.map.cpus; cpu += 1) {
          this.expect(this.map.update(key, from, 0, cpu), "BPF_MAP_UPDATE_ELEM");
        }
      }),
    );
    this.updated(index, value);
  }

  /** The counter that starts at `byteOffset` of element `index`, a `u64`, added up over the processors, modulo 2⁶⁴. */
  sum(index: number, byteOffset = 0): bigint {
    return sumOf(this.values(index), byteOffset, this.info);
  }

  /** Sets every element to zeros, on every processor: counters begin anew. */
  reset(): void {
    const zeros = new Uint8Array(this.info.valueSize);
    for (let index = 0; index < this.length; index += 1) this.set(index, zeros);
  }

  #index(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < 2 ** 32) return index;
    throw invalid(`${index} is not an index of ${this.what}`);
  }
}
