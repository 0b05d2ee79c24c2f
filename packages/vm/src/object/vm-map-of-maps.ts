import { RingBufError } from "@rbgen/runtime";
import type { EmulatedRingBuf, EmulatedUserRingBuf } from "@rbgen/runtime/emulated";
import { insideRingBuf, insideUserRingBuf } from "@rbgen/runtime/emulated/helpers";
import type { ArrayOfMaps, HashOfMaps } from "../maps/reference-maps.ts";
import { RingMap } from "../maps/ring-map.ts";
import type { VmMap } from "../maps/vm-map.ts";
import { toHex } from "../recording/hex.ts";
import { MapElements, type MapView } from "./map-elements.ts";

/** What a map of maps holds: a ring of an emulated kernel, or a map of an object by its view. */
export type InnerMap = EmulatedRingBuf | EmulatedUserRingBuf | MapElements<VmMap>;

/** What a map of maps is seen in. */
export interface MapOfMapsView extends MapView {
  /** How what happens to a map inside is told. */
  nameOf(map: VmMap): string;
}

/** An array or hash of maps of a loaded object, as `BpfMapOfMaps` of `@rbgen/native`. */
export class VmMapOfMaps extends MapElements<ArrayOfMaps | HashOfMaps> {
  readonly #rings = new Map<object, RingMap>();
  readonly #named: MapOfMapsView["nameOf"];

  /** @internal */
  constructor(view: MapOfMapsView, map: ArrayOfMaps | HashOfMaps) {
    super(view, map);
    this.#named = view.nameOf;
  }

  /**
   * Puts `inner` at `key`, an index, or the key's bytes, in place of what was there.
   * @throws RingBufError EINVAL where type or flags of `inner` differ from the template's, EBADF for what is no map,
   * E2BIG where there is no room or no such index.
   */
  set(key: number | Uint8Array, inner: InnerMap): void {
    this.withKey(key, (at) => {
      const map = this.#mapOf(inner);
      const result = this.map.put(at, map);
      const there = { kind: "inner", map: this.info.name, key: toHex(this.bytesOf(key)) } as const;
      this.changed({ ...there, inner: this.#named(map), taken: result >= 0 });
      if (result >= 0) return;
      const { maxEntries } = this.info;
      const why =
        result === -22
          ? "does not take that map: type and flags must be those of its template"
          : `is full, or has no such index: it has ${maxEntries} entries`;
      const code = result === -22 ? "EINVAL" : "E2BIG";
      throw new RingBufError(`${this.what} ${why}`, { code, errno: result, syscall: "BPF_MAP_UPDATE_ELEM" });
    });
  }

  /**
   * Takes out the map at `key`: whether there was one.
   * @throws RingBufError EINVAL for a key of another size.
   */
  delete(key: number | Uint8Array): boolean {
    const there = this.withKey(key, (at) => this.map.take(at));
    if (there) this.deleted(key);
    return there;
  }

  /** Id of the map at `key` in this virtual machine, or undefined where there is none. */
  idOf(key: number | Uint8Array): number | undefined {
    return this.withKey(key, (at) => this.map.at(at)?.region.id);
  }

  #mapOf(inner: InnerMap): VmMap {
    if (inner instanceof MapElements) return inner.inside;
    const type = insideRingBuf(inner) ? "ringbuf" : insideUserRingBuf(inner) ? "user_ringbuf" : undefined;
    if (type === undefined) {
      throw new RingBufError(`${this.what} takes maps: a ring of the emulated kernel, or a map of an object`, {
        code: "EBADF",
        errno: -9,
        syscall: "BPF_MAP_UPDATE_ELEM",
      });
    }
    const known = this.#rings.get(inner);
    if (known !== undefined) return known;
    const { name, maxEntries, flags } = inner;
    const definition = { name, type, keySize: 0, valueSize: 0, maxEntries, flags } as const;
    const made = new RingMap(this.memory, definition, inner, true);
    this.#rings.set(inner, made);
    return made;
  }
}
