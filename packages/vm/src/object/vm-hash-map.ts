import type { HashMap as HashElements } from "@rbgen/runtime";
import type { ValueFormat } from "@rbgen/runtime/backend";
import { invalid } from "../invalid.ts";
import { HashMap } from "../maps/hash.ts";
import type { LpmTrie } from "../maps/lpm-trie.ts";
import type { HashFormats } from "./element-formats.ts";
import { MapElements, type MapView, sumOf } from "./map-elements.ts";

/**
 * A hash, per-CPU or LRU hash, or LPM trie of a loaded object. By a generated descriptor, keys and values are what its codecs make of
 * them; by name they are bytes, and keys of four bytes may be given as a number. A key is found by all of its bytes: codecs write
 * padding, and what is behind the NUL of a text, as zeros.
 */
export class VmHashMap<
    Key = Uint8Array,
    Value = Uint8Array,
    KeyIn = [Key] extends [Uint8Array] ? number | Uint8Array : Key,
    ValueIn = Value,
  >
  extends MapElements<HashMap | LpmTrie>
  implements HashElements<Key, Value, KeyIn, ValueIn>
{
  readonly #key: ValueFormat<Key, KeyIn>;
  readonly #value: ValueFormat<Value, ValueIn>;

  /** @internal */
  constructor(view: MapView, map: HashMap | LpmTrie, { key, value }: HashFormats<Key, Value, KeyIn, ValueIn>) {
    super(view, map);
    this.#key = key;
    this.#value = value;
  }

  /** @internal The same hash by other formats of its keys and values. */
  by<OtherKey, Other, OtherKeyIn, OtherIn>(
    formats: HashFormats<OtherKey, Other, OtherKeyIn, OtherIn>,
  ): VmHashMap<OtherKey, Other, OtherKeyIn, OtherIn> {
    return new VmHashMap(this.view, this.map, formats);
  }

  /** Whether each element has one value per processor. */
  get perCpu(): boolean {
    return this.info.type.includes("percpu");
  }

  /**
   * The value of a key of a hash that is not per CPU; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size, and for a hash per CPU; EncodeError for what the key's codec does not encode.
   */
  get(key: KeyIn): Value | undefined {
    if (this.perCpu) throw invalid(`${this.what} has one value per CPU: use values() or sum()`);
    return this.values(key)?.[0];
  }

  /** The values of a key: one for each processor, or the only one; undefined where there is none. */
  values(key: KeyIn): readonly Value[] | undefined {
    return this.#bytes(key)?.map((bytes) => this.#value.read(bytes));
  }

  /**
   * Sets the value of a key, on every processor. `flags` is 0 (`BPF_ANY`), 1 (`BPF_NOEXIST`: only where there is none) or 2
   * (`BPF_EXIST`: only where there is one).
   * @throws RingBufError E2BIG, ENOSPC where there is no room, EEXIST and ENOENT by `flags`, EINVAL for other sizes and flags;
   * EncodeError for what a codec does not encode.
   */
  set(key: KeyIn, value: ValueIn, flags = 0): void {
    if (flags !== 0 && flags !== 1 && flags !== 2) {
      throw invalid(`${String(flags)} is none of the flags 0 (BPF_ANY), 1 (BPF_NOEXIST) and 2 (BPF_EXIST)`);
    }
    const keyBytes = this.#keyBytes(key);
    const bytes = this.#value.write(value);
    this.withKey(keyBytes, (at) =>
      this.withValue(bytes, (from) => {
        for (let cpu = 0; cpu < this.#cpus; cpu += 1) {
          // The first processor's value makes the element that the others' are in.
          this.expect(this.map.update(at, from, cpu === 0 ? flags : 0, cpu), "BPF_MAP_UPDATE_ELEM");
        }
      }),
    );
    this.updated(keyBytes, bytes);
  }

  /** Whether there was such a key. */
  delete(key: KeyIn): boolean {
    const bytes = this.#keyBytes(key);
    const there = this.withKey(bytes, (at) => this.map.delete(at)) === 0;
    if (there) this.deleted(bytes);
    return there;
  }

  /** The keys. */
  keys(): readonly Key[] {
    this.check();
    return Array.from(this.map.elements(0), ([key]) =>
      this.#key.read(this.memory.bytes.slice(key, key + this.info.keySize)),
    );
  }

  /**
   * Keys and values of a hash that is not per CPU.
   * @throws RingBufError EINVAL for a hash per CPU.
   */
  entries(): readonly (readonly [key: Key, value: Value])[] {
    this.check();
    if (this.perCpu) throw invalid(`${this.what} has one value per CPU: use keys() and values()`);
    return Array.from(this.map.elements(0), ([key, value]) => [
      this.#key.read(this.memory.bytes.slice(key, key + this.info.keySize)),
      this.#value.read(this.valueAt(value)),
    ]);
  }

  /** The `u64` at `byteOffset` of a key's value, added up over the processors, modulo 2⁶⁴; 0 for a key that is not there. */
  sum(key: KeyIn, byteOffset = 0): bigint {
    return sumOf(this.#bytes(key) ?? [], byteOffset, this.info);
  }

  #keyBytes(key: KeyIn): Uint8Array {
    this.check();
    return this.#key.write(key);
  }

  #bytes(key: KeyIn): readonly Uint8Array[] | undefined {
    return this.withKey(this.#keyBytes(key), (at) => {
      if (this.map.find(at, 0) === undefined) return undefined;
      return Array.from({ length: this.#cpus }, (_, cpu) => this.valueAt(this.map.find(at, cpu) as number));
    });
  }

  get #cpus(): number {
    return this.map instanceof HashMap ? this.map.cpus : 1;
  }
}
