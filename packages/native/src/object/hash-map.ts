import { checkBytes, shown } from "../kernel/arguments.ts";
import { isWord } from "../kernel/attributes.ts";
import { errnoName, kernelError, ringError } from "../kernel/errno.ts";
import { deleteElement, lookupElement, type MapInfo, nextKey, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { ElementValues, whatOf } from "./element-values.ts";

let make: (map: OpenMap) => BpfHashMap;

/** Types of map that {@link BpfHashMap} is for. */
export const hashTypes = ["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"] as const;

/**
 * A hash, per-CPU or LRU hash, or LPM trie of the kernel. Keys and values are bytes, copied in and out: a generated codec reads and
 * writes them (`decode`, `toBytes`). Keys of four bytes may be given as a number.
 */
export class BpfHashMap {
  /** What the kernel says of the map. */
  readonly info: MapInfo;
  readonly #map: OpenMap;
  readonly #values: ElementValues;

  static {
    make = (map) => new BpfHashMap(map);
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

  /**
   * The value of a key, on the first CPU where there is one for each; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size.
   */
  get(key: number | Uint8Array): Uint8Array | undefined {
    return this.values(key)?.[0];
  }

  /**
   * The values of a key: one per possible CPU, or the only one; undefined where there is none.
   * @throws RingBufError EINVAL for a key of another size.
   */
  values(key: number | Uint8Array): readonly Uint8Array[] | undefined {
    const bytes = this.#values.room();
    const result = lookupElement(this.#map.fd, this.#key(key), bytes);
    if (errnoName(result) === "ENOENT") return undefined;
    if (result < 0) throw kernelError(result, "BPF_MAP_LOOKUP_ELEM", whatOf(this.info));
    return this.#values.split(bytes);
  }

  /**
   * Sets the value of a key, on every CPU. `flags` is 0 (`BPF_ANY`), 1 (`BPF_NOEXIST`: only where there is none) or 2 (`BPF_EXIST`:
   * only where there is one).
   * @throws RingBufError E2BIG where there is no room, EEXIST and ENOENT by `flags`, EINVAL for keys or values of other sizes and
   * for other flags (kernel/bpf/hashtab.c `htab_map_update_elem`).
   */
  set(key: number | Uint8Array, value: Uint8Array, flags = 0): void {
    const at = this.#key(key);
    const bytes = this.#values.filled(value);
    if (flags !== 0 && flags !== 1 && flags !== 2) {
      throw ringError("EINVAL", `${shown(flags)} is none of the flags 0 (BPF_ANY), 1 (BPF_NOEXIST) and 2 (BPF_EXIST)`);
    }
    const result = updateElement(this.#map.fd, at, bytes, flags);
    if (result < 0)
      throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `${whatOf(this.info)}${explain(result, this.info)}`);
  }

  /**
   * Takes a key out: whether there was one.
   * @throws RingBufError EINVAL for a key of another size.
   */
  delete(key: number | Uint8Array): boolean {
    const result = deleteElement(this.#map.fd, this.#key(key));
    if (errnoName(result) === "ENOENT") return false;
    if (result < 0) throw kernelError(result, "BPF_MAP_DELETE_ELEM", whatOf(this.info));
    return true;
  }

  /**
   * Keys and values, on the first CPU where there is one for each; each key once. What comes or goes meanwhile may be there or not. The
   * kernel begins anew behind a key that was taken out (kernel/bpf/hashtab.c `htab_map_get_next_key`).
   * @throws RingBufError EBUSY where programs take keys out so fast that the end is not reached.
   */
  entries(): readonly (readonly [key: Uint8Array, value: Uint8Array])[] {
    const found = new Map<string, readonly [Uint8Array, Uint8Array]>();
    let key: Uint8Array | undefined;
    // Twice its size: an LRU hash may hold somewhat more than it is told to.
    for (let left = 4 * this.info.maxEntries + 64; ; left -= 1) {
      const next = new Uint8Array(this.info.keySize);
      const result = nextKey(this.#map.fd, key, next);
      if (errnoName(result) === "ENOENT") return [...found.values()];
      if (result < 0) throw kernelError(result, "BPF_MAP_GET_NEXT_KEY", whatOf(this.info));
      if (left === 0) throw ringError("EBUSY", `${whatOf(this.info)} changes faster than it is walked through`);
      const value = this.get(next);
      if (value !== undefined) found.set(next.join(), [next, value]);
      key = next;
    }
  }

  /**
   * The `u64` at `byteOffset` of a key's value, added up over the CPUs, modulo 2⁶⁴; 0 for a key that is not there.
   * @throws RingBufError EINVAL where a value has none there.
   */
  sum(key: number | Uint8Array, byteOffset = 0): bigint {
    return this.#values.sum(this.values(key) ?? [], byteOffset);
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

  #key(key: number | Uint8Array): Uint8Array {
    const { keySize } = this.info;
    const what = whatOf(this.info);
    if (typeof key === "number") {
      if (!isWord(key)) throw ringError("EINVAL", `${shown(key)} is not a key of ${what}`);
      if (keySize === 4) return new Uint8Array(Uint32Array.of(key).buffer);
      throw ringError("EINVAL", `${what} has keys of ${keySize} bytes: give them as bytes`);
    }
    const bytes = checkBytes(key, `a key of ${what}`);
    if (bytes.byteLength === keySize) return bytes;
    throw ringError("EINVAL", `${what} has keys of ${keySize} bytes, not ${bytes.byteLength}`);
  }
}

/** The hash whose descriptor `map` owns. */
export function hashMapOf(map: OpenMap): BpfHashMap {
  return make(map);
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
