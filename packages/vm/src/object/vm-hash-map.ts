import { HashMap } from "../maps/hash.ts";
import type { LpmTrie } from "../maps/lpm-trie.ts";
import { MapElements, sumOf } from "./map-elements.ts";
import { invalid } from "./named.ts";

/** A hash, per-CPU or LRU hash, or LPM trie of a loaded object. Keys of four bytes may be given as a number. */
export class VmHashMap extends MapElements<HashMap | LpmTrie> {
  /** Whether each element has one value per processor. */
  get perCpu(): boolean {
    return this.info.type.includes("percpu");
  }

  /** The value of a key, on the first processor where there is one for each; undefined where there is none. */
  get(key: number | Uint8Array): Uint8Array | undefined {
    return this.values(key)?.[0];
  }

  /** The values of a key: one for each processor, or the only one; undefined where there is none. */
  values(key: number | Uint8Array): readonly Uint8Array[] | undefined {
    return this.withKey(key, (at) => {
      if (this.map.find(at, 0) === undefined) return undefined;
      return Array.from({ length: this.#cpus }, (_, cpu) => this.valueAt(this.map.find(at, cpu) as number));
    });
  }

  /**
   * Sets the value of a key, on every processor. `flags` is 0 (`BPF_ANY`), 1 (`BPF_NOEXIST`: only where there is none) or 2
   * (`BPF_EXIST`: only where there is one).
   * @throws RingBufError E2BIG, ENOSPC where there is no room, EEXIST and ENOENT by `flags`, EINVAL for other sizes and flags.
   */
  set(key: number | Uint8Array, value: Uint8Array, flags = 0): void {
    if (flags !== 0 && flags !== 1 && flags !== 2) {
      throw invalid(`${String(flags)} is none of the flags 0 (BPF_ANY), 1 (BPF_NOEXIST) and 2 (BPF_EXIST)`);
    }
    this.withKey(key, (at) =>
      this.withValue(value, (from) => {
        for (let cpu = 0; cpu < this.#cpus; cpu += 1) {
          // The first processor's value makes the element that the others' are in.
          this.expect(this.map.update(at, from, cpu === 0 ? flags : 0, cpu), "BPF_MAP_UPDATE_ELEM");
        }
      }),
    );
    this.updated(key, value);
  }

  /** Whether there was such a key. */
  delete(key: number | Uint8Array): boolean {
    const there = this.withKey(key, (at) => this.map.delete(at)) === 0;
    if (there) this.deleted(key);
    return there;
  }

  /** Keys and values, on the first processor. */
  entries(): readonly (readonly [key: Uint8Array, value: Uint8Array])[] {
    this.check();
    return Array.from(this.map.elements(0), ([key, value]) => [
      this.memory.bytes.slice(key, key + this.info.keySize),
      this.valueAt(value),
    ]);
  }

  /** The `u64` at `byteOffset` of a key's value, added up over the processors, modulo 2⁶⁴; 0 for a key that is not there. */
  sum(key: number | Uint8Array, byteOffset = 0): bigint {
    return sumOf(this.values(key) ?? [], byteOffset, this.info);
  }

  get #cpus(): number {
    return this.map instanceof HashMap ? this.map.cpus : 1;
  }
}
