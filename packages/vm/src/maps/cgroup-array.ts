import { errno } from "../errno.ts";
import { OpaqueMap } from "./opaque-map.ts";

/** `BPF_MAP_TYPE_CGROUP_ARRAY`: control groups by their id. Only user space puts them there. */
export class CgroupArray extends OpaqueMap {
  readonly #ids = new Map<number, bigint>();

  /** Id of the group in a slot; undefined where there is none. */
  at(index: number): bigint | undefined {
    return this.#ids.get(index);
  }

  /** 0, or −E2BIG beyond the last slot. */
  put(index: number, id: bigint): number {
    if (index >= this.maxEntries) return errno.E2BIG;
    this.#ids.set(index, id);
    return 0;
  }

  /** 0, −E2BIG beyond the last slot, −ENOENT for an empty one. */
  remove(index: number): number {
    if (index >= this.maxEntries) return errno.E2BIG;
    return this.#ids.delete(index) ? 0 : errno.ENOENT;
  }
}
