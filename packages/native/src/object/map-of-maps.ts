import type { ValueFormat } from "@rbgen/runtime/backend";
import { isDescriptor, littleEndian } from "../kernel/attributes.ts";
import { kernelError } from "../kernel/errno.ts";
import { explainInner, explainOpenById } from "../kernel/explain.ts";
import { mapFdById, updateElement } from "../kernel/map-commands.ts";
import type { OpenMap } from "../kernel/open-map.ts";
import { keysOf } from "./element-bytes.ts";
import { ElementMap } from "./element-map.ts";

/** Anything that has a descriptor: rings of this package do. */
export interface HasDescriptor {
  /** The descriptor of a map, which stays its owner's. */
  readonly fd: number;
}

let make: (map: OpenMap) => BpfMapOfMaps;

/** BPF_MAP_TYPE_ARRAY_OF_MAPS and BPF_MAP_TYPE_HASH_OF_MAPS: rings per CPU, per cgroup or per tenant live here. */
export class BpfMapOfMaps extends ElementMap {
  readonly #key: ValueFormat<Uint8Array, number | Uint8Array>;

  static {
    make = (map) => new BpfMapOfMaps(map);
  }

  private constructor(map: OpenMap) {
    super(map);
    this.#key = keysOf(map.info);
  }

  /**
   * Puts `inner` at `key`, an index, or the key's bytes, in place of what was there. The kernel keeps the map alive from then
   * on; one that was there before lives on in its readers, who get no more records from programs that look here.
   * @throws RingBufError EINVAL where type or flags of `inner` differ from the template's, EBADF for what is no map,
   * E2BIG where there is no room or no such index.
   */
  set(key: number | Uint8Array, inner: HasDescriptor): void {
    const fd = inner?.fd;
    const value = new Uint8Array(new Uint32Array([isDescriptor(fd) ? fd : 2 ** 32 - 1]).buffer);
    const result = updateElement(this.map.fd, this.#key.write(key), value);
    if (result >= 0) return;
    const why = explainInner(result, this.info.maxEntries);
    throw kernelError(result, "BPF_MAP_UPDATE_ELEM", `${this.what} ${why}`);
  }

  /**
   * Takes out the map at `key`: whether there was one.
   * @throws RingBufError EINVAL for a key of another size.
   */
  delete(key: number | Uint8Array): boolean {
    return this.remove(this.#key.write(key));
  }

  /** Id of the map at `key`, or undefined where there is none. */
  idOf(key: number | Uint8Array): number | undefined {
    const value = new Uint8Array(4);
    if (!this.lookup(this.#key.write(key), value)) return undefined;
    return new DataView(value.buffer).getUint32(0, littleEndian);
  }

  /**
   * A descriptor of the map at `key`, the caller's to close, or undefined: for `openRingBuf({ fd })`, which duplicates it.
   * @throws RingBufError EPERM without CAP_SYS_ADMIN, which opening by id needs.
   */
  descriptorOf(key: number | Uint8Array): number | undefined {
    const id = this.idOf(key);
    if (id === undefined) return undefined;
    const fd = mapFdById(id);
    if (fd < 0) throw kernelError(fd, "BPF_MAP_GET_FD_BY_ID", explainOpenById(fd, id));
    return fd;
  }
}

/** The map of maps whose descriptor `map` owns. */
export function mapOfMapsOf(map: OpenMap): BpfMapOfMaps {
  return make(map);
}
