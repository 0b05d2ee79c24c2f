import { errno } from "../errno.ts";
import type { VmMemory } from "../memory/memory.ts";
import { HashMap } from "./hash.ts";
import { MapBase, type MapDefinition, updateFlag, type WalkedMap } from "./vm-map.ts";

/**
 * `BPF_MAP_TYPE_LPM_TRIE` (kernel/bpf/lpm_trie.c): a lookup finds the element with the longest prefix of its key. A key is
 * the length of its prefix in bits, a `u32`, and then its bytes; bits behind the prefix do not count.
 */
export class LpmTrie extends MapBase implements WalkedMap {
  readonly #entries: HashMap;
  readonly #bits: number;
  /** A key with the bits behind its prefix 0. */
  readonly #key: number;

  constructor(memory: VmMemory, definition: MapDefinition) {
    super(memory, definition);
    this.#entries = new HashMap(memory, { ...definition, type: "hash" }, 1);
    this.#bits = 8 * (definition.keySize - 4);
    this.#key = memory.allocate(definition.keySize, { kind: "memory", name: `a key of ${definition.name}` }).address;
  }

  lookup(key: number): number {
    const slot = this.#longest(key);
    return slot === undefined ? 0 : this.#entries.values.region(slot, 0);
  }

  find(key: number): number | undefined {
    const slot = this.#longest(key);
    return slot === undefined ? undefined : this.#entries.values.address(slot, 0);
  }

  /** Addresses of each key and its value. */
  elements(cpu: number): Generator<readonly [key: number, value: number], undefined> {
    return this.#entries.elements(cpu);
  }

  update(key: number, value: number, flags: number): number {
    if (flags >>> 0 > updateFlag.exist) return errno.EINVAL;
    const prefix = this.memory.view.getUint32(key, true);
    if (prefix > this.#bits) return errno.EINVAL;
    const result = this.#entries.update(this.#cut(key, prefix), value, flags, 0);
    return result === errno.E2BIG ? errno.ENOSPC : result;
  }

  delete(key: number): number {
    const prefix = this.memory.view.getUint32(key, true);
    return prefix > this.#bits ? errno.EINVAL : this.#entries.delete(this.#cut(key, prefix));
  }

  walk(cpu: number, visit: (key: number, value: number) => boolean): void {
    this.#entries.walk(cpu, visit);
  }

  #longest(key: number): number | undefined {
    const longest = Math.min(this.memory.view.getUint32(key, true), this.#bits);
    for (let prefix = longest; prefix >= 0; prefix -= 1) {
      const slot = this.#entries.slotOf(this.#cut(key, prefix));
      if (slot >= 0) return slot;
    }
    return undefined;
  }

  #cut(key: number, prefix: number): number {
    const { bytes, view } = this.memory;
    this.memory.charge(this.#bits >> 3);
    view.setUint32(this.#key, prefix, true);
    for (let at = 0; at < this.#bits / 8; at += 1) {
      const kept = Math.max(0, Math.min(8, prefix - 8 * at));
      bytes[this.#key + 4 + at] = (bytes[key + 4 + at] as number) & (0xff00 >> kept);
    }
    return this.#key;
  }
}
