import { errnoName, kernelError } from "../kernel/errno.ts";
import { deleteElement, lookupElement, type MapInfo } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { whatOf } from "./element-values.ts";

/** An open map whose elements are looked up by their keys. */
export abstract class ElementMap {
  /** What the kernel says of the map. */
  readonly info: MapInfo;
  protected readonly map: OpenMap;

  protected constructor(map: OpenMap) {
    this.map = map;
    this.info = map.info;
  }

  /** The map's descriptor, for calls that take one; it stays the map's own. */
  get fd(): number {
    return this.map.fd;
  }

  /** Whether it was closed, by itself or with its object. */
  get closed(): boolean {
    return !this.map.open;
  }

  /** Gives the map up. The kernel keeps it as long as a program or a pin does. */
  close(): void {
    this.map.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** How messages name the map: `percpu_array "drops"`. */
  protected get what(): string {
    return whatOf(this.info);
  }

  /**
   * Copies the element of a key into `value`: whether there is one.
   * @throws RingBufError for what else the kernel says, of `what`.
   */
  protected lookup(key: Uint8Array, value: Uint8Array, what: string = this.what): boolean {
    const result = lookupElement(this.map.fd, key, value);
    if (errnoName(result) === "ENOENT") return false;
    if (result < 0) throw kernelError(result, "BPF_MAP_LOOKUP_ELEM", what);
    return true;
  }

  /**
   * Takes the element of a key out: whether there was one.
   * @throws RingBufError for what else the kernel says.
   */
  protected remove(key: Uint8Array): boolean {
    const result = deleteElement(this.map.fd, key);
    const name = errnoName(result);
    // what is beyond an array's end is not there either (kernel/bpf/arraymap.c `fd_array_map_delete_elem`)
    if (name === "ENOENT" || name === "E2BIG") return false;
    if (result < 0) throw kernelError(result, "BPF_MAP_DELETE_ELEM", this.what);
    return true;
  }
}
