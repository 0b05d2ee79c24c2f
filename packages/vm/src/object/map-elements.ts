import { RingBufError } from "@rbgen/runtime";
import type { ValueFormat } from "@rbgen/runtime/backend";
import { invalid } from "../invalid.ts";
import type { VmMap } from "../maps/vm-map.ts";
import type { VmMemory } from "../memory/memory.ts";
import { toHex } from "../recording/hex.ts";
import type { Change } from "../recording/recording.ts";
import { keysOf } from "./element-formats.ts";
import { type MapInfo, mapInfo, whatOf } from "./map-info.ts";
import { closed } from "./named.ts";

/** Errnos of a failed map operation. */
const codes: Readonly<Record<number, string>> = {
  [-2]: "ENOENT",
  [-7]: "E2BIG",
  [-17]: "EEXIST",
  [-28]: "ENOSPC",
  [-22]: "EINVAL",
};

/** What a map is seen in by user space. */
export interface MapView {
  readonly memory: VmMemory;
  /** Told of what user space changed. */
  changed(change: Change): void;
  /** Whether the map is open, which all views of it share. */
  readonly state: { open: boolean };
}

/** A map of a VM as user space sees it: keys and values are copied in and out. */
export abstract class MapElements<Made extends VmMap> {
  readonly info: MapInfo;
  protected readonly map: Made;
  protected readonly memory: VmMemory;
  protected readonly changed: MapView["changed"];
  protected readonly view: MapView;
  readonly #keys: ValueFormat<Uint8Array, number | Uint8Array>;

  /** @internal */
  constructor(view: MapView, map: Made) {
    this.view = view;
    this.memory = view.memory;
    this.changed = view.changed;
    this.map = map;
    this.info = mapInfo(map);
    this.#keys = keysOf(this.info);
  }

  /** @internal The map itself, to be put into a map of maps. */
  get inside(): Made {
    this.check();
    return this.map;
  }

  /** Whether it was closed, by itself or with its object. */
  get closed(): boolean {
    return !this.view.state.open;
  }

  close(): void {
    this.view.state.open = false;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** How messages name the map: `percpu_array "drops"`. */
  protected get what(): string {
    return whatOf(this.info);
  }

  /**
   * Gives `work` a key in the VM's memory.
   * @throws RingBufError EINVAL for a key of another size.
   */
  protected withKey<T>(key: number | Uint8Array, work: (address: number) => T): T {
    this.check();
    return this.#withBytes(this.bytesOf(key), work);
  }

  /** Gives `work` the bytes of a value in the VM's memory. */
  protected withValue<T>(value: Uint8Array, work: (address: number) => T): T {
    this.check();
    return this.#withBytes(value, work);
  }

  /** A copy of the value at an address. */
  protected valueAt(address: number): Uint8Array {
    return this.memory.bytes.slice(address, address + this.info.valueSize);
  }

  /** User space set an element. */
  protected updated(key: number | Uint8Array, value: Uint8Array): void {
    this.changed({ kind: "update", map: this.info.name, key: toHex(this.bytesOf(key)), value: toHex(value) });
  }

  /** User space took an element out. */
  protected deleted(key: number | Uint8Array): void {
    this.changed({ kind: "delete", map: this.info.name, key: toHex(this.bytesOf(key)) });
  }

  /** @throws RingBufError for a negative errno, in the words of `@rbgen/native`. */
  protected expect(result: number, syscall: string): void {
    if (result >= 0) return;
    const code = codes[result] ?? "EINVAL";
    throw new RingBufError(`${syscall}: ${this.what}${this.#explain(code)}`, { code, errno: result, syscall });
  }

  #explain(code: string): string {
    const { maxEntries, type } = this.info;
    switch (code) {
      case "E2BIG":
      case "ENOSPC":
        return type.includes("array") ? ` has ${maxEntries} elements` : ` is full: it has ${maxEntries} entries`;
      case "EEXIST":
        return " has this key already";
      case "ENOENT":
        return " does not have this key";
      default:
        return " does not take that";
    }
  }

  protected check(): void {
    if (!this.view.state.open) throw closed(`map "${this.info.name}"`);
  }

  #withBytes<T>(bytes: Uint8Array, work: (address: number) => T): T {
    return this.memory.borrow(bytes.byteLength, (address) => {
      this.memory.bytes.set(bytes, address);
      return work(address);
    });
  }

  /** @throws RingBufError EINVAL for what is no key of the map. */
  protected bytesOf(key: number | Uint8Array): Uint8Array {
    return this.#keys.write(key);
  }
}

/**
 * The `u64` at `byteOffset` of each value, added up modulo 2⁶⁴.
 * @throws RingBufError EINVAL
 */
export function sumOf(values: readonly Uint8Array[], byteOffset: number, info: MapInfo): bigint {
  if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset + 8 > info.valueSize) {
    throw invalid(`${whatOf(info)} has no u64 at ${byteOffset}: its values are ${info.valueSize} bytes`);
  }
  let total = 0n;
  for (const value of values) {
    total += new DataView(value.buffer, value.byteOffset, value.byteLength).getBigUint64(byteOffset, true);
  }
  return BigInt.asUintN(64, total);
}
