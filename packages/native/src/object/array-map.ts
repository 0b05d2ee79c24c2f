import { shown } from "../kernel/arguments.ts";
import { isWord } from "../kernel/attributes.ts";
import { kernelError, ringError } from "../kernel/errno.ts";
import { lookupElement, type MapInfo, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { ElementValues, whatOf } from "./element-values.ts";

let make: (map: OpenMap) => BpfArrayMap;

/** BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY, where programs keep the counts of what they dropped. Values are copied. */
export class BpfArrayMap {
  /** What the kernel says of the map. */
  readonly info: MapInfo;
  readonly #map: OpenMap;
  readonly #values: ElementValues;

  static {
    make = (map) => new BpfArrayMap(map);
  }

  private constructor(map: OpenMap) {
    this.#map = map;
    this.info = map.info;
    this.#values = new ElementValues(map.info);
  }

  /** The map's descriptor, for calls that take one; it stays the map's own. */
  get fd(): number {
    return this.#map.fd;
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
  values(index: number): readonly Uint8Array[] {
    const bytes = this.#values.room();
    const result = lookupElement(this.#map.fd, this.#key(index), bytes);
    if (result < 0) throw kernelError(result, "BPF_MAP_LOOKUP_ELEM", `element ${index} of ${this.#what()}`);
    return this.#values.split(bytes);
  }

  /** Element `index` of an array that is not per CPU. */
  get(index: number): Uint8Array {
    if (this.perCpu) throw ringError("EINVAL", `${this.#what()} has one value per CPU: use values() or sum()`);
    return this.values(index)[0] as Uint8Array;
  }

  /** Replaces element `index`, on every CPU. `value` has the map's value size. */
  set(index: number, value: Uint8Array): void {
    const bytes = this.#values.filled(value);
    const result = updateElement(this.#map.fd, this.#key(index), bytes);
    if (result < 0) throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `element ${index} of ${this.#what()}`);
  }

  /** The counter that starts at `byteOffset` of element `index`, a `u64`, added up over the CPUs, modulo 2⁶⁴. */
  sum(index: number, byteOffset = 0): bigint {
    return this.#values.sum(this.values(index), byteOffset);
  }

  /**
   * Sets every element to zeros, on every CPU: counters begin anew. The kernel writes one CPU's value after another
   * (kernel/bpf/arraymap.c `bpf_percpu_array_update`), so that of what a program counts meanwhile either all or nothing stays.
   */
  reset(): void {
    const zeros = new Uint8Array(this.info.valueSize);
    for (let index = 0; index < this.length; index++) this.set(index, zeros);
  }

  /** Whether it was closed, by itself or with its object. */
  get closed(): boolean {
    return !this.#map.open;
  }

  /** Gives the map up. The kernel keeps it as long as a program or a pin does. */
  close(): void {
    this.#map.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #key(index: number): Uint8Array {
    if (!isWord(index)) throw ringError("EINVAL", `${shown(index)} is not an index of ${this.#what()}`);
    return new Uint8Array(new Uint32Array([index]).buffer);
  }

  #what(): string {
    return whatOf(this.info);
  }
}

/** The array whose descriptor `map` owns. */
export function arrayMapOf(map: OpenMap): BpfArrayMap {
  return make(map);
}
