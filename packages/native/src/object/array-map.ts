import { readFileSync } from "node:fs";
import { mapTypeName, mapTypeNumber } from "@rbgen/btf";
import { checkBytes, shown } from "../kernel/arguments.ts";
import { isWord, littleEndian } from "../kernel/attributes.ts";
import { cpuList } from "../kernel/cpu-list.ts";
import { kernelError, ringError, systemError } from "../kernel/errno.ts";
import { lookupElement, type MapInfo, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";

let make: (map: OpenMap) => BpfArrayMap;

/** BPF_MAP_TYPE_ARRAY and BPF_MAP_TYPE_PERCPU_ARRAY, where programs keep the counts of what they dropped. Values are copied. */
export class BpfArrayMap {
  /** What the kernel says of the map. */
  readonly info: MapInfo;
  readonly #map: OpenMap;
  readonly #cpus: number;
  readonly #stride: number;

  static {
    make = (map) => new BpfArrayMap(map);
  }

  private constructor(map: OpenMap) {
    this.#map = map;
    this.info = map.info;
    this.#cpus = map.info.type === mapTypeNumber("percpu_array") ? possibleCpus() : 1;
    this.#stride = this.#cpus === 1 && !this.perCpu ? map.info.valueSize : Math.ceil(map.info.valueSize / 8) * 8;
  }

  /** The map's descriptor, for calls that take one; it stays the map's own. */
  get fd(): number {
    return this.#map.fd;
  }

  /** Whether each element has one value per possible CPU. */
  get perCpu(): boolean {
    return this.info.type === mapTypeNumber("percpu_array");
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
    const bytes = new Uint8Array(this.#stride * this.#cpus);
    const result = lookupElement(this.#map.fd, this.#key(index), bytes);
    if (result < 0) throw kernelError(result, "BPF_MAP_LOOKUP_ELEM", `element ${index} of ${this.#what()}`);
    return Array.from({ length: this.#cpus }, (_, cpu) =>
      bytes.slice(cpu * this.#stride, cpu * this.#stride + this.info.valueSize),
    );
  }

  /** Element `index` of an array that is not per CPU. */
  get(index: number): Uint8Array {
    if (this.perCpu) throw ringError("EINVAL", `${this.#what()} has one value per CPU: use values() or sum()`);
    return this.values(index)[0] as Uint8Array;
  }

  /** Replaces element `index`, on every CPU. `value` has the map's value size. */
  set(index: number, value: Uint8Array): void {
    const given = checkBytes(value, `a value of ${this.#what()}`);
    if (given.byteLength !== this.info.valueSize) {
      throw ringError(
        "EINVAL",
        `${this.#what()} holds values of ${this.info.valueSize} bytes, not ${given.byteLength}`,
      );
    }
    const bytes = new Uint8Array(this.#stride * this.#cpus);
    for (let cpu = 0; cpu < this.#cpus; cpu++) bytes.set(given, cpu * this.#stride);
    const result = updateElement(this.#map.fd, this.#key(index), bytes);
    if (result < 0) throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `element ${index} of ${this.#what()}`);
  }

  /** The counter that starts at `byteOffset` of element `index`, a `u64`, added up over the CPUs, modulo 2⁶⁴. */
  sum(index: number, byteOffset = 0): bigint {
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + 8 > this.info.valueSize) {
      throw ringError(
        "EINVAL",
        `${this.#what()} has no u64 at ${shown(byteOffset)}: its values are ${this.info.valueSize} bytes`,
      );
    }
    let total = 0n;
    for (const value of this.values(index)) {
      total += new DataView(value.buffer).getBigUint64(byteOffset, littleEndian);
    }
    return BigInt.asUintN(64, total);
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
    return `${mapTypeName(this.info.type)} "${this.info.name}"`;
  }
}

/** The array whose descriptor `map` owns. */
export function arrayMapOf(map: OpenMap): BpfArrayMap {
  return make(map);
}

let cpus: number | undefined;

/** How many values the kernel copies per element: one per CPU that may ever come (lib/cpumask `num_possible_cpus`). */
function possibleCpus(): number {
  cpus ??= cpuList(possibleList()).length;
  return cpus;
}

function possibleList(): string {
  const file = "/sys/devices/system/cpu/possible";
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw systemError(cause, `${file}, which tells how many values an element has, cannot be read`);
  }
}
