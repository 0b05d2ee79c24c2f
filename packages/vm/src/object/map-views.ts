import type { ArrayMap } from "../maps/array.ts";
import type { CgroupArray } from "../maps/cgroup-array.ts";
import type { HashMap } from "../maps/hash.ts";
import type { LpmTrie } from "../maps/lpm-trie.ts";
import type { ArrayOfMaps, HashOfMaps } from "../maps/reference-maps.ts";
import type { StackTraceMap } from "../maps/stack-trace-map.ts";
import type { VmMap } from "../maps/vm-map.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Change } from "../recording/recording.ts";
import type { MapElements } from "./map-elements.ts";
import { type Named, nameOf } from "./named.ts";
import type { ObjectMaps } from "./object-maps.ts";
import { VmArrayMap } from "./vm-array-map.ts";
import { VmCgroupArray } from "./vm-cgroup-array.ts";
import { VmHashMap } from "./vm-hash-map.ts";
import { VmMapOfMaps } from "./vm-map-of-maps.ts";
import { VmStackTraces } from "./vm-stack-traces.ts";

/** What is told of what user space does to maps. */
export interface MapWatcher {
  changed(change: Change): void;
  /** How a map inside of a map of maps is told of: by a map's `name`, whether it is this object's `own`. */
  innerOf(map: VmMap, own: boolean): string;
}

/** Maps of an object as user space sees them: the same view of a map each time, until it is closed. */
export class MapViews {
  readonly #memory: VmMemory;
  readonly #maps: ObjectMaps;
  readonly #watcher: MapWatcher;
  readonly #views = new Map<string, MapElements<never>>();

  constructor(memory: VmMemory, maps: ObjectMaps, watcher: MapWatcher) {
    this.#memory = memory;
    this.#maps = maps;
    this.#watcher = watcher;
  }

  /** @throws RingBufError ENOENT; EINVAL for a map of another type, as all of these. */
  array(named: Named): VmArrayMap {
    const map = this.#maps.get(nameOf(named), "array", "percpu_array") as ArrayMap;
    return this.#view(map, () => new VmArrayMap(this.#seen, map));
  }

  hash(named: Named): VmHashMap {
    const types = ["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"] as const;
    const map = this.#maps.get(nameOf(named), ...types) as HashMap | LpmTrie;
    return this.#view(map, () => new VmHashMap(this.#seen, map));
  }

  mapOfMaps(named: Named): VmMapOfMaps {
    const map = this.#maps.get(nameOf(named), "array_of_maps", "hash_of_maps") as ArrayOfMaps | HashOfMaps;
    const nameInside = (inner: VmMap): string =>
      this.#watcher.innerOf(inner, this.#memory.regionOf(inner.region.id) === inner.region);
    return this.#view(map, () => new VmMapOfMaps({ ...this.#seen, nameOf: nameInside }, map));
  }

  stackTraces(named: Named): VmStackTraces {
    const map = this.#maps.get(nameOf(named), "stack_trace") as StackTraceMap;
    return this.#view(map, () => new VmStackTraces(this.#seen, map));
  }

  cgroupArray(named: Named): VmCgroupArray {
    const map = this.#maps.get(nameOf(named), "cgroup_array") as CgroupArray;
    return this.#view(map, () => new VmCgroupArray(this.#seen, map));
  }

  /** The view of a map of any type that has elements. */
  elements(named: Named): VmArrayMap | VmCgroupArray | VmHashMap | VmMapOfMaps | VmStackTraces {
    const { type } = this.#maps.get(nameOf(named));
    if (type === "cgroup_array") return this.cgroupArray(named);
    if (type === "stack_trace") return this.stackTraces(named);
    if (type.endsWith("_of_maps")) return this.mapOfMaps(named);
    return type.includes("array") ? this.array(named) : this.hash(named);
  }

  close(): void {
    for (const view of this.#views.values()) view.close();
  }

  get #seen() {
    return { memory: this.#memory, changed: (change: Change) => this.#watcher.changed(change) };
  }

  #view<View extends { readonly closed: boolean }>({ name }: VmMap, make: () => View): View {
    const known = this.#views.get(name);
    if (known !== undefined && !known.closed) return known as unknown as View;
    const view = make();
    this.#views.set(name, view as unknown as MapElements<never>);
    return view;
  }
}
