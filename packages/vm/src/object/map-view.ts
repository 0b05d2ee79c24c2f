import { RingBufError } from "@rbgen/runtime";
import { ArrayMap } from "../maps/array.ts";
import { HashMap } from "../maps/hash.ts";
import type { LpmTrie } from "../maps/lpm-trie.ts";
import type { VmMemory } from "../memory/memory.ts";

/** A map's elements as user space sees them: keys and values are bytes, copied. */
export class MapView {
  readonly name: string;
  /** Bytes. */
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly #map: ArrayMap | HashMap | LpmTrie;
  readonly #memory: VmMemory;
  readonly #cpus: number;

  /** @internal */
  constructor(memory: VmMemory, map: ArrayMap | HashMap | LpmTrie) {
    this.name = map.name;
    this.keySize = map.keySize;
    this.valueSize = map.valueSize;
    this.maxEntries = map.maxEntries;
    this.#map = map;
    this.#memory = memory;
    this.#cpus = map instanceof ArrayMap || map instanceof HashMap ? map.cpus : 1;
  }

  /** The value of a key, on the first processor where there is one for each; undefined where there is none. */
  get(key: number | Uint8Array): Uint8Array | undefined {
    return this.values(key)?.[0];
  }

  /** The values of a key: one for each processor, or the only one. */
  values(key: number | Uint8Array): readonly Uint8Array[] | undefined {
    return this.#withKey(key, (at) => {
      const values: Uint8Array[] = [];
      for (let cpu = 0; cpu < this.#cpus; cpu += 1) {
        const region = this.#memory.regionOf(this.#map.lookup(at, cpu));
        if (region === undefined) return undefined;
        values.push(this.#memory.bytes.slice(region.address, region.address + this.valueSize));
      }
      return values;
    });
  }

  /** Sets the value of a key, on every processor. @throws RingBufError E2BIG where there is no room, EINVAL for other sizes. */
  set(key: number | Uint8Array, value: Uint8Array): void {
    if (value.byteLength !== this.valueSize) {
      throw new RingBufError(`map "${this.name}" has values of ${this.valueSize} bytes, not ${value.byteLength}`, {
        code: "EINVAL",
      });
    }
    const from = this.#memory.allocate(this.valueSize, { kind: "memory", name: "a value", access: "none" });
    this.#memory.bytes.set(value, from.address);
    const result = this.#withKey(key, (at) => {
      let last = 0;
      for (let cpu = 0; cpu < this.#cpus && last === 0; cpu += 1) last = this.#map.update(at, from.address, 0, cpu);
      return last;
    });
    this.#memory.release(from);
    if (result === 0) return;
    const code = result === -7 ? "E2BIG" : result === -28 ? "ENOSPC" : "EINVAL";
    throw new RingBufError(`map "${this.name}" has no room for the key`, { code, syscall: "BPF_MAP_UPDATE_ELEM" });
  }

  /** Whether there was such a key. */
  delete(key: number | Uint8Array): boolean {
    return this.#withKey(key, (at) => this.#map.delete(at)) === 0;
  }

  /** Keys and values, on the first processor. */
  entries(): readonly (readonly [key: Uint8Array, value: Uint8Array])[] {
    const found: [Uint8Array, Uint8Array][] = [];
    this.#map.walk(0, (key, value) => {
      const region = this.#memory.regionOf(value);
      if (region === undefined) return true;
      const { bytes } = this.#memory;
      found.push([bytes.slice(key, key + this.keySize), bytes.slice(region.address, region.address + this.valueSize)]);
      return true;
    });
    return found;
  }

  /** The `u64` at `byteOffset` of a key's value, added up over the processors, modulo 2⁶⁴. */
  sum(key: number | Uint8Array, byteOffset = 0): bigint {
    if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + 8 > this.valueSize) {
      throw new RingBufError(
        `map "${this.name}" has no u64 at ${byteOffset}: its values have ${this.valueSize} bytes`,
        {
          code: "EINVAL",
        },
      );
    }
    let total = 0n;
    for (const value of this.values(key) ?? []) total += new DataView(value.buffer).getBigUint64(byteOffset, true);
    return BigInt.asUintN(64, total);
  }

  #withKey<T>(key: number | Uint8Array, work: (address: number) => T): T {
    const bytes = typeof key === "number" ? new Uint8Array(Uint32Array.of(key).buffer) : key;
    if (bytes.byteLength !== this.keySize) {
      throw new RingBufError(`map "${this.name}" has keys of ${this.keySize} bytes, not ${bytes.byteLength}`, {
        code: "EINVAL",
      });
    }
    const region = this.#memory.allocate(this.keySize, { kind: "memory", name: "a key", access: "none" });
    this.#memory.bytes.set(bytes, region.address);
    try {
      return work(region.address);
    } finally {
      this.#memory.release(region);
    }
  }
}
