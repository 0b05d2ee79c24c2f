import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { ElementValues } from "./element-values.ts";
import { UseOrder } from "./use-order.ts";
import { MapBase, type MapDefinition, updateFlag, type WalkedMap } from "./vm-map.ts";

/** No slot. In the lists of slots each is one more than it is, so that arrays of zeros are empty lists. */
const none = -1;

/**
 * `BPF_MAP_TYPE_HASH`, its per-CPU and its LRU forms (kernel/bpf/hashtab.c, preallocated). An element that was deleted
 * keeps its memory: a pointer to it that a run still holds sees what was there, until the element is used anew.
 *
 * A full LRU map gives up the element that was looked up or updated longest ago; the kernel's choice depends on its
 * processors and is near that.
 */
export class HashMap extends MapBase implements WalkedMap {
  readonly values: ElementValues;
  readonly cpus: number;
  readonly #keys: Region;
  readonly #keyStride: number;
  readonly #buckets: Int32Array;
  readonly #next: Int32Array;
  readonly #used: Uint8Array;
  /** Slots that were freed, last freed last; those from `#fresh` on were never used. */
  readonly #freed: number[] = [];
  #fresh = 0;
  /** Slots of an LRU map in the order of their use. */
  readonly #order: UseOrder | undefined;

  constructor(memory: VmMemory, definition: MapDefinition, cpus: number) {
    super(memory, definition);
    const { type, maxEntries, keySize, name } = definition;
    this.cpus = type.includes("percpu") ? cpus : 1;
    this.values = new ElementValues(memory, definition, this.cpus, this);
    this.#keyStride = Math.ceil(keySize / 8) * 8;
    this.#keys = memory.allocate(this.#keyStride * maxEntries, {
      kind: "memory",
      name: `keys of ${name}`,
      access: "none",
    });
    const buckets = 2 ** Math.ceil(Math.log2(Math.max(1, maxEntries)));
    this.#buckets = new Int32Array(buckets);
    this.#next = new Int32Array(maxEntries);
    this.#used = new Uint8Array(maxEntries);
    this.#order = type.startsWith("lru") ? new UseOrder(maxEntries) : undefined;
  }

  /** Elements that there are. */
  get count(): number {
    return this.#fresh - this.#freed.length;
  }

  lookup(key: number, cpu: number): number {
    const slot = this.slotOf(key);
    if (slot === none) return 0;
    this.#order?.touch(slot);
    return this.values.region(slot, this.cpus === 1 ? 0 : cpu);
  }

  /** As user space looks a key up: that is no use of it to an LRU map (`htab_lru_map_lookup_elem_sys`). */
  find(key: number, cpu: number): number | undefined {
    const slot = this.slotOf(key);
    return slot === none ? undefined : this.values.address(slot, this.cpus === 1 ? 0 : cpu);
  }

  /** Addresses of each key and its value on a processor. */
  *elements(cpu: number): Generator<readonly [key: number, value: number], undefined> {
    for (let slot = 0; slot < this.#fresh; slot += 1) {
      if (this.#used[slot] === 1) yield [this.keyAddress(slot), this.values.address(slot, this.cpus === 1 ? 0 : cpu)];
    }
  }

  update(key: number, value: number, flags: number, cpu: number): number {
    const slot = this.place(key, flags);
    if (slot < 0) return slot;
    this.values.set(slot, this.cpus === 1 ? 0 : cpu, value);
    return 0;
  }

  /** The slot for an update of a key, a new one cleared; or −errno. */
  place(key: number, flags: number): number {
    // only a plain hash knows the flag for locks, and only where its values have one
    const locks = (flags & updateFlag.lock) !== 0;
    const wanted = flags & ~updateFlag.lock;
    if (wanted < 0 || wanted > updateFlag.exist || (locks && this.lockOffset === undefined)) return errno.EINVAL;
    const known = this.slotOf(key);
    if (known !== none) {
      if (wanted === updateFlag.noExist) return errno.EEXIST;
      this.#order?.touch(known);
      return known;
    }
    if (wanted === updateFlag.exist) return errno.ENOENT;
    if (this.count === this.maxEntries) {
      if (this.#order === undefined) return errno.E2BIG;
      this.#remove(this.#order.oldest);
    }
    const slot = this.#freed.pop() ?? this.#fresh++;
    const at = this.keyAddress(slot);
    this.memory.bytes.copyWithin(at, key, key + this.keySize);
    this.values.clear(slot);
    const bucket = this.#bucketOf(at);
    this.#next[slot] = this.#buckets[bucket] as number;
    this.#buckets[bucket] = slot + 1;
    this.#used[slot] = 1;
    this.#order?.add(slot);
    return slot;
  }

  delete(key: number): number {
    const slot = this.slotOf(key);
    if (slot === none) return errno.ENOENT;
    this.#remove(slot);
    return 0;
  }

  walk(cpu: number, visit: (key: number, value: number) => boolean): void {
    this.memory.charge(this.#fresh >> 3);
    for (let slot = 0; slot < this.#fresh; slot += 1) {
      if (this.#used[slot] === 0) continue;
      if (!visit(this.keyAddress(slot), this.values.region(slot, this.cpus === 1 ? 0 : cpu))) return;
    }
  }

  /** The key of the element whose value is this region. */
  keyOf(region: number): Uint8Array {
    const at = this.keyAddress(this.values.slotOf(region));
    return this.memory.bytes.slice(at, at + this.keySize);
  }

  keyAddress(slot: number): number {
    return this.#keys.address + slot * this.#keyStride;
  }

  /** The slot of a key, or −1. */
  slotOf(key: number): number {
    const { bytes } = this.memory;
    let slot = (this.#buckets[this.#bucketOf(key)] as number) - 1;
    for (; slot !== none; slot = (this.#next[slot] as number) - 1) {
      // whoever chooses the keys may have them all in one bucket
      this.memory.charge(1 + (this.keySize >> 3));
      const at = this.keyAddress(slot);
      let index = 0;
      while (index < this.keySize && bytes[at + index] === bytes[key + index]) index += 1;
      if (index === this.keySize) return slot;
    }
    return none;
  }

  #remove(slot: number): void {
    const bucket = this.#bucketOf(this.keyAddress(slot));
    if (this.#buckets[bucket] === slot + 1) this.#buckets[bucket] = this.#next[slot] as number;
    else {
      let before = (this.#buckets[bucket] as number) - 1;
      while (this.#next[before] !== slot + 1) {
        this.memory.charge(1);
        before = (this.#next[before] as number) - 1;
      }
      this.#next[before] = this.#next[slot] as number;
    }
    this.values.free(slot);
    this.#next[slot] = 0;
    this.#used[slot] = 0;
    this.#order?.remove(slot);
    this.#freed.push(slot);
  }

  /** FNV-1a over the key. */
  #bucketOf(key: number): number {
    const { bytes } = this.memory;
    let hash = 0x811c9dc5;
    this.memory.charge(this.keySize >> 3);
    for (let at = key; at < key + this.keySize; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193);
    return (hash ^ (hash >>> 15)) & (this.#buckets.length - 1);
  }
}
