import type { CgroupArray } from "../maps/cgroup-array.ts";
import { MapElements } from "./map-elements.ts";
import { checkedCgroup } from "./vm-host.ts";

/** Control groups that `bpf_current_task_under_cgroup` asks for, by their ids. */
export class VmCgroupArray extends MapElements<CgroupArray> {
  /** How many slots there are. */
  get length(): number {
    return this.info.maxEntries;
  }

  /** Id of the group in slot `index`; undefined for an empty one. */
  get(index: number): bigint | undefined {
    return this.withKey(index, () => this.map.at(index));
  }

  /**
   * Puts a group into slot `index`, by its id, which is the inode of its directory.
   * @throws RingBufError E2BIG beyond the last slot; EINVAL for what is no id.
   */
  set(index: number, cgroupId: bigint): void {
    const id = checkedCgroup(cgroupId, `${this.what} takes ids of control groups`);
    this.withKey(index, () => this.expect(this.map.put(index, id), "BPF_MAP_UPDATE_ELEM"));
    this.changed({ kind: "cgroup", map: this.info.name, index, cgroup: `${id}` });
  }

  /**
   * Empties slot `index`: whether there was a group in it.
   * @throws RingBufError E2BIG beyond the last slot.
   */
  delete(index: number): boolean {
    const result = this.withKey(index, () => this.map.remove(index));
    if (result === -2) return false;
    this.expect(result, "BPF_MAP_DELETE_ELEM");
    this.deleted(index);
    return true;
  }
}
