import { sizeOf } from "@rbgen/btf";
import type { MapDefinition } from "../module.ts";
import type { NamedMap } from "./pointer.ts";
import type { MapKind, Region } from "./value.ts";

/** Elements of an object's maps, as calls look them up. */
export class MapElements {
  readonly #maps: ReadonlyMap<string, MapDefinition>;

  constructor(maps: readonly MapDefinition[]) {
    this.#maps = new Map(maps.map((map) => [map.name, map]));
  }

  /** An element that the call `origin` looked up: another one than what other calls did. */
  lookedUp(map: NamedMap, origin: string): Region {
    const { name } = map;
    return { kind: "element", key: `${origin}@${name}`, map: name, of: this.#kindOf(map) };
  }

  #kindOf({ name, inSlot }: NamedMap): MapKind {
    const map = this.#maps.get(name);
    const own = inSlot ? map?.inner : map;
    return { type: own?.type, valueBytes: own?.value && sizeOf(own.value), inSlot };
  }
}
