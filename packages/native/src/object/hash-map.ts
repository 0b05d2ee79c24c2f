import type { HashMap } from "@rbgen/runtime";
import type { ValueFormat } from "@rbgen/runtime/backend";
import { shown } from "../kernel/arguments.ts";
import { errnoName, kernelError, ringError } from "../kernel/errno.ts";
import { type MapInfo, nextKey, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { keysOf, valuesOf } from "./element-bytes.ts";
import { ElementMap } from "./element-map.ts";
import { ElementValues } from "./element-values.ts";

/** What keys and values of a hash are. */
export interface HashFormats<Key, Value, KeyIn, ValueIn> {
  readonly key: ValueFormat<Key, KeyIn>;
  readonly value: ValueFormat<Value, ValueIn>;
}

let make: <Key, Value, KeyIn, ValueIn>(
  map: OpenMap,
  formats: HashFormats<Key, Value, KeyIn, ValueIn>,
) => BpfHashMap<Key, Value, KeyIn, ValueIn>;
let openMapOf: (map: BpfHashMap) => OpenMap;

/** Types of map that {@link BpfHashMap} is for. */
export const hashTypes = ["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"] as const;

/**
 * A hash, per-CPU or LRU hash, or LPM trie of the kernel. By a generated descriptor, keys and values are what its codecs make of
 * them; by name they are bytes, copied in and out, and keys of four bytes may be given as a number. A key is found by all of its bytes:
 * codecs write padding, and what is behind the NUL of a text, as zeros.
 */
export class BpfHashMap<
    Key = Uint8Array,
    Value = Uint8Array,
    KeyIn = [Key] extends [Uint8Array] ? number | Uint8Array : Key,
    ValueIn = Value,
  >
  extends ElementMap
  implements HashMap<Key, Value, KeyIn, ValueIn>
{
  readonly #values: ElementValues<Value, ValueIn>;
  readonly #key: ValueFormat<Key, KeyIn>;

  static {
    make = (map, formats) => new BpfHashMap(map, formats);
    openMapOf = ({ map }) => map;
  }

  private constructor(map: OpenMap, { key, value }: HashFormats<Key, Value, KeyIn, ValueIn>) {
    super(map);
    this.#values = new ElementValues(map.info, value);
    this.#key = key;
  }

  /** Whether each element has one value per possible CPU. */
  get perCpu(): boolean {
    return this.#values.perCpu;
  }

  /**
   * The value of a key of a hash that is not per CPU; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size, and for a hash per CPU; EncodeError for what the key's codec does not encode.
   */
  get(key: KeyIn): Value | undefined {
    if (this.perCpu) throw ringError("EINVAL", `${this.what} has one value per CPU: use values() or sum()`);
    return this.values(key)?.[0];
  }

  /**
   * The values of a key: one per possible CPU, or the only one; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size; EncodeError for what the key's codec does not encode.
   */
  values(key: KeyIn): readonly Value[] | undefined {
    const found = this.#lookup(this.#key.write(key));
    return found && this.#values.split(found);
  }

  /**
   * Sets the value of a key, on every CPU. `flags` is 0 (`BPF_ANY`), 1 (`BPF_NOEXIST`: only where there is none) or 2 (`BPF_EXIST`:
   * only where there is one).
   * @throws RingBufError E2BIG where there is no room, EEXIST and ENOENT by `flags`, EINVAL for keys or values of other sizes and
   * for other flags (kernel/bpf/hashtab.c `htab_map_update_elem`); EncodeError for what a codec does not encode.
   */
  set(key: KeyIn, value: ValueIn, flags = 0): void {
    const at = this.#key.write(key);
    const bytes = this.#values.filled(value);
    if (flags !== 0 && flags !== 1 && flags !== 2) {
      throw ringError("EINVAL", `${shown(flags)} is none of the flags 0 (BPF_ANY), 1 (BPF_NOEXIST) and 2 (BPF_EXIST)`);
    }
    const result = updateElement(this.map.fd, at, bytes, flags);
    if (result < 0) throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `${this.what}${explain(result, this.info)}`);
  }

  /**
   * Takes a key out: whether there was one.
   * @throws as `values`.
   */
  delete(key: KeyIn): boolean {
    return this.remove(this.#key.write(key));
  }

  /**
   * The keys, each once. What comes or goes meanwhile may be there or not. The kernel begins anew behind a key that was taken out
   * (kernel/bpf/hashtab.c `htab_map_get_next_key`).
   * @throws RingBufError EBUSY where programs take keys out so fast that the end is not reached; DecodeError of a codec.
   */
  keys(): readonly Key[] {
    const found = new Map<string, Uint8Array>();
    this.#walk((key) => void found.set(key.join(), key));
    return Array.from(found.values(), (key) => this.#key.read(key));
  }

  /**
   * Keys and values of a hash that is not per CPU; each key once, as `keys` has them.
   * @throws RingBufError EINVAL for a hash per CPU; else as `keys`.
   */
  entries(): readonly (readonly [key: Key, value: Value])[] {
    if (this.perCpu) throw ringError("EINVAL", `${this.what} has one value per CPU: use keys() and values()`);
    const found = new Map<string, readonly [key: Uint8Array, values: Uint8Array]>();
    this.#walk((key) => {
      const values = this.#lookup(key);
      if (values !== undefined) found.set(key.join(), [key, values]);
    });
    return Array.from(found.values(), ([at, values]) => [this.#key.read(at), this.#values.first(values)] as const);
  }

  #walk(visit: (key: Uint8Array) => void): void {
    let key: Uint8Array | undefined;
    // Twice its size: an LRU hash may hold somewhat more than it is told to.
    for (let left = 4 * this.info.maxEntries + 64; ; left -= 1) {
      const next = new Uint8Array(this.info.keySize);
      const result = nextKey(this.map.fd, key, next);
      if (errnoName(result) === "ENOENT") return;
      if (result < 0) throw kernelError(result, "BPF_MAP_GET_NEXT_KEY", this.what);
      if (left === 0) throw ringError("EBUSY", `${this.what} changes faster than it is walked through`);
      visit(next);
      key = next;
    }
  }

  /**
   * The `u64` at `byteOffset` of a key's value, added up over the CPUs, modulo 2⁶⁴; 0 for a key that is not there.
   * @throws RingBufError EINVAL where a value has none there; as `values`.
   */
  sum(key: KeyIn, byteOffset = 0): bigint {
    return this.#values.sum(this.#lookup(this.#key.write(key)), byteOffset);
  }

  #lookup(key: Uint8Array): Uint8Array | undefined {
    const bytes = this.#values.room();
    return this.lookup(key, bytes) ? bytes : undefined;
  }
}

/** The hash whose descriptor `map` owns, of bytes. */
export function hashMapOf(map: OpenMap): BpfHashMap {
  return make(map, { key: keysOf(map.info), value: valuesOf(map.info) });
}

/** The same hash by formats of its keys and values. Closing one closes the other. */
export function codedHash<Key, Value, KeyIn, ValueIn>(
  map: BpfHashMap,
  formats: HashFormats<Key, Value, KeyIn, ValueIn>,
): BpfHashMap<Key, Value, KeyIn, ValueIn> {
  return make(openMapOf(map), formats);
}

function explain(errno: number, { maxEntries }: MapInfo): string {
  switch (errnoName(errno)) {
    case "E2BIG":
    case "ENOSPC":
      return ` is full: it has ${maxEntries} entries`;
    case "EEXIST":
      return " has this key already";
    case "ENOENT":
      return " does not have this key";
    default:
      return "";
  }
}
