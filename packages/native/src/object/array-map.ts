import type { ArrayMap } from "@rbgen/runtime";
import type { ValueFormat } from "@rbgen/runtime/backend";
import { shown } from "../kernel/arguments.ts";
import { isWord } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { valuesOf } from "./element-bytes.ts";
import { ElementMap } from "./element-map.ts";
import { ElementValues } from "./element-values.ts";

let make: <Value, ValueIn>(map: OpenMap, format: ValueFormat<Value, ValueIn>) => BpfArrayMap<Value, ValueIn>;
let openMapOf: (map: BpfArrayMap) => OpenMap;

/**
 * BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY, where programs keep the counts of what they dropped. Values are copied: by a
 * generated descriptor they are what its codec makes of them, by name bytes.
 */
export class BpfArrayMap<Value = Uint8Array, ValueIn = Value> extends ElementMap implements ArrayMap<Value, ValueIn> {
  readonly #values: ElementValues<Value, ValueIn>;

  static {
    make = (map, format) => new BpfArrayMap(map, format);
    openMapOf = ({ map }) => map;
  }

  private constructor(map: OpenMap, format: ValueFormat<Value, ValueIn>) {
    super(map);
    this.#values = new ElementValues(map.info, format);
  }

  /** Whether each element has one value per possible CPU. */
  get perCpu(): boolean {
    return this.#values.perCpu;
  }

  /** How many elements there are. */
  get length(): number {
    return this.info.maxEntries;
  }

  /**
   * The values of element `index`: one per possible CPU, or the only one.
   * @throws RingBufError ENOENT beyond the last.
   */
  values(index: number): readonly Value[] {
    return this.#values.split(this.#lookup(index));
  }

  /**
   * Element `index` of an array that is not per CPU.
   * @throws RingBufError ENOENT beyond the last, EINVAL for an array per CPU.
   */
  get(index: number): Value {
    if (this.perCpu) throw ringError("EINVAL", `${this.what} has one value per CPU: use values() or sum()`);
    return this.#values.first(this.#lookup(index));
  }

  /**
   * Replaces element `index`, on every CPU; bytes have the map's value size.
   * @throws RingBufError E2BIG beyond the last, EINVAL for bytes of another length; EncodeError for what the codec does not encode.
   */
  set(index: number, value: ValueIn): void {
    this.#update(index, this.#values.filled(value));
  }

  /** The counter that starts at `byteOffset` of element `index`, a `u64`, added up over the CPUs, modulo 2⁶⁴. */
  sum(index: number, byteOffset = 0): bigint {
    return this.#values.sum(this.#lookup(index), byteOffset);
  }

  /**
   * Sets every element to zeros, on every CPU: counters begin anew. The kernel writes one CPU's value after another
   * (kernel/bpf/arraymap.c `bpf_percpu_array_update`), so that of what a program counts meanwhile either all or nothing stays.
   */
  reset(): void {
    const zeros = this.#values.room();
    for (let index = 0; index < this.length; index++) this.#update(index, zeros);
  }

  #update(index: number, bytes: Uint8Array): void {
    const result = updateElement(this.map.fd, this.#key(index), bytes);
    if (result < 0) throw kernelError(result, "BPF_MAP_UPDATE_ELEM", this.#element(index));
  }

  #key(index: number): Uint8Array {
    if (!isWord(index)) throw ringError("EINVAL", `${shown(index)} is not an index of ${this.what}`);
    return new Uint8Array(Uint32Array.of(index).buffer);
  }

  #element(index: number): string {
    const beyond = index < this.length ? "" : `, which has ${this.length}`;
    return `element ${index} of ${this.what}${beyond}`;
  }

  #lookup(index: number): Uint8Array {
    const key = this.#key(index);
    const bytes = this.#values.room();
    const what = this.#element(index);
    if (this.lookup(key, bytes, what)) return bytes;
    throw kernelError(-2, "BPF_MAP_LOOKUP_ELEM", what);
  }
}

/** The array whose descriptor `map` owns, of bytes. */
export function arrayMapOf(map: OpenMap): BpfArrayMap {
  return make(map, valuesOf(map.info));
}

/** The same array by a format of its values. Closing one closes the other. */
export function codedArray<Value, ValueIn>(
  map: BpfArrayMap,
  format: ValueFormat<Value, ValueIn>,
): BpfArrayMap<Value, ValueIn> {
  return make(openMapOf(map), format);
}
