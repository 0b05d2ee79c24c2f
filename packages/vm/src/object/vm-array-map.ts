import { type ArrayMap as ArrayElements, RingBufError } from "@rbgen/runtime";
import type { ValueFormat } from "@rbgen/runtime/backend";
import { errno } from "../errno.ts";
import { invalid } from "../invalid.ts";
import type { ArrayMap } from "../maps/array.ts";
import { MapElements, type MapView, sumOf } from "./map-elements.ts";

/**
 * An array or per-CPU array of a loaded object, as `BpfArrayMap` of `@rbgen/native`. Values are copied: by a generated descriptor
 * they are what its codec makes of them, by name bytes.
 */
export class VmArrayMap<Value = Uint8Array, ValueIn = Value>
  extends MapElements<ArrayMap>
  implements ArrayElements<Value, ValueIn>
{
  readonly #format: ValueFormat<Value, ValueIn>;

  /** @internal */
  constructor(view: MapView, map: ArrayMap, format: ValueFormat<Value, ValueIn>) {
    super(view, map);
    this.#format = format;
  }

  /** @internal The same array by another format of its values. */
  by<Other, OtherIn>(format: ValueFormat<Other, OtherIn>): VmArrayMap<Other, OtherIn> {
    return new VmArrayMap(this.view, this.map, format);
  }

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
  values(index: number): readonly Value[] {
    return this.#bytes(index).map((bytes) => this.#format.read(bytes));
  }

  /**
   * Element `index` of an array that is not per CPU.
   * @throws RingBufError ENOENT beyond the last, EINVAL for an array per CPU.
   */
  get(index: number): Value {
    if (this.perCpu) throw invalid(`${this.what} has one value per CPU: use values() or sum()`);
    return this.#format.read(this.#bytes(index)[0] as Uint8Array);
  }

  /**
   * Replaces element `index`, on every processor; bytes have the map's value size.
   * @throws RingBufError E2BIG beyond the last, EINVAL for bytes of another length; EncodeError for what the codec does not encode.
   */
  set(index: number, value: ValueIn): void {
    this.check();
    this.#update(index, this.#format.write(value));
  }

  /** The counter that starts at `byteOffset` of element `index`, a `u64`, added up over the processors, modulo 2⁶⁴. */
  sum(index: number, byteOffset = 0): bigint {
    return sumOf(this.#bytes(index), byteOffset, this.info);
  }

  /** Sets every element to zeros, on every processor: counters begin anew. */
  reset(): void {
    const zeros = new Uint8Array(this.info.valueSize);
    for (let index = 0; index < this.length; index += 1) this.#update(index, zeros);
  }

  #update(index: number, bytes: Uint8Array): void {
    this.withKey(this.#index(index), (key) =>
      this.withValue(bytes, (from) => {
        for (let cpu = 0; cpu < this.map.cpus; cpu += 1) {
          const result = this.map.update(key, from, 0, cpu);
          if (result === errno.E2BIG) throw this.#beyond(index, "E2BIG", "BPF_MAP_UPDATE_ELEM");
          this.expect(result, "BPF_MAP_UPDATE_ELEM");
        }
      }),
    );
    this.updated(index, bytes);
  }

  #bytes(index: number): readonly Uint8Array[] {
    return this.withKey(this.#index(index), (key) =>
      Array.from({ length: this.map.cpus }, (_, cpu) => {
        const value = this.map.find(key, cpu);
        if (value !== undefined) return this.valueAt(value);
        throw this.#beyond(index, "ENOENT", "BPF_MAP_LOOKUP_ELEM");
      }),
    );
  }

  #beyond(index: number, code: "ENOENT" | "E2BIG", syscall: string): RingBufError {
    const message = `${syscall}: element ${index} of ${this.what}, which has ${this.length}`;
    return new RingBufError(message, { code, errno: errno[code], syscall });
  }

  #index(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < 2 ** 32) return index;
    throw invalid(`${index} is not an index of ${this.what}`);
  }
}
