import type { Btf } from "@rbgen/btf";
import type { ArrayMapDescriptor, ElementCodec, HashMapDescriptor } from "@rbgen/runtime";
import { invalid } from "../invalid.ts";
import { ArrayMap } from "../maps/array.ts";
import { CgroupArray } from "../maps/cgroup-array.ts";
import { HashMap } from "../maps/hash.ts";
import { LpmTrie } from "../maps/lpm-trie.ts";
import { ArrayOfMaps, HashOfMaps } from "../maps/reference-maps.ts";
import { StackTraceMap } from "../maps/stack-trace-map.ts";
import type { VmMap } from "../maps/vm-map.ts";
import type { VmMemory } from "../memory/memory.ts";
import type { Change } from "../recording/recording.ts";
import { arrayFormat, hashFormats, keysOf, valuesOf } from "./element-formats.ts";
import type { MapView } from "./map-elements.ts";
import { mapInfo } from "./map-info.ts";
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
  readonly #btf: Btf;
  readonly #watcher: MapWatcher;
  readonly #arrays = new Map<string, VmArrayMap>();
  readonly #hashes = new Map<string, VmHashMap>();
  readonly #mapsOfMaps = new Map<string, VmMapOfMaps>();
  readonly #stackTraces = new Map<string, VmStackTraces>();
  readonly #cgroupArrays = new Map<string, VmCgroupArray>();
  readonly #codedArrays = new WeakMap<object, VmArrayMap<unknown, never>>();
  readonly #codedHashes = new WeakMap<object, VmHashMap<unknown, unknown, never, never>>();

  constructor(memory: VmMemory, maps: ObjectMaps, btf: Btf, watcher: MapWatcher) {
    this.#memory = memory;
    this.#maps = maps;
    this.#btf = btf;
    this.#watcher = watcher;
  }

  /** @throws RingBufError ENOENT; EINVAL for a map of another type, as all of these. */
  array(named: Named): VmArrayMap {
    return openIn(this.#arrays, nameOf(named), (name) => {
      const map = madeBy(this.#maps.get(name, "array", "percpu_array"), ArrayMap);
      return new VmArrayMap(this.#view(), map, valuesOf(mapInfo(map)));
    });
  }

  /** @throws RingBufError EINVAL, too, where the codec of the descriptor differs from the values. */
  codedArray(descriptor: ArrayMapDescriptor<ElementCodec>): VmArrayMap<unknown, never> {
    const map = this.array(descriptor);
    return openIn(this.#codedArrays, descriptor, () => map.by(arrayFormat(map.info, this.#btf, descriptor)));
  }

  hash(named: Named): VmHashMap {
    return openIn(this.#hashes, nameOf(named), (name) => {
      const types = ["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"] as const;
      const map = madeBy<typeof HashMap | typeof LpmTrie>(this.#maps.get(name, ...types), HashMap, LpmTrie);
      const info = mapInfo(map);
      return new VmHashMap(this.#view(), map, { key: keysOf(info), value: valuesOf(info) });
    });
  }

  /** @throws RingBufError EINVAL, too, where the codecs of the descriptor differ from keys or values. */
  codedHash(descriptor: HashMapDescriptor<ElementCodec, ElementCodec>): VmHashMap<unknown, unknown, never, never> {
    const map = this.hash(descriptor);
    return openIn(this.#codedHashes, descriptor, () => map.by(hashFormats(map.info, this.#btf, descriptor)));
  }

  mapOfMaps(named: Named): VmMapOfMaps {
    return openIn(this.#mapsOfMaps, nameOf(named), (name) => {
      const map = madeBy<typeof ArrayOfMaps | typeof HashOfMaps>(
        this.#maps.get(name, "array_of_maps", "hash_of_maps"),
        ArrayOfMaps,
        HashOfMaps,
      );
      const nameInside = (inner: VmMap): string =>
        this.#watcher.innerOf(inner, this.#memory.regionOf(inner.region.id) === inner.region);
      return new VmMapOfMaps({ ...this.#view(), nameOf: nameInside }, map);
    });
  }

  stackTraces(named: Named): VmStackTraces {
    return openIn(this.#stackTraces, nameOf(named), (name) => {
      return new VmStackTraces(this.#view(), madeBy(this.#maps.get(name, "stack_trace"), StackTraceMap));
    });
  }

  cgroupArray(named: Named): VmCgroupArray {
    return openIn(this.#cgroupArrays, nameOf(named), (name) => {
      return new VmCgroupArray(this.#view(), madeBy(this.#maps.get(name, "cgroup_array"), CgroupArray));
    });
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
    const kinds = [this.#arrays, this.#hashes, this.#mapsOfMaps, this.#stackTraces, this.#cgroupArrays];
    for (const views of kinds) for (const view of views.values()) view.close();
  }

  #view(): MapView {
    const changed = (change: Change): void => this.#watcher.changed(change);
    return { memory: this.#memory, changed, state: { open: true } };
  }
}

/** Where views are kept, by the name of the map or by its descriptor. */
interface Views<Key, View> {
  get(key: Key): View | undefined;
  set(key: Key, view: View): unknown;
}

/** The view that is there and open, or a new one. */
function openIn<Key, View extends { readonly closed: boolean }>(
  views: Views<Key, View>,
  key: Key,
  make: (key: Key) => View,
): View {
  const known = views.get(key);
  if (known !== undefined && !known.closed) return known;
  const view = make(key);
  views.set(key, view);
  return view;
}

/** `map`, which is of one of these classes as maps of its type are. */
function madeBy<Made extends abstract new (...parameters: never) => VmMap>(
  map: VmMap,
  ...classes: Made[]
): InstanceType<Made> {
  const isMade = (one: VmMap): one is InstanceType<Made> => classes.some((made) => one instanceof made);
  if (isMade(map)) return map;
  throw invalid(`map "${map.name}" has type ${map.type}, which has no elements of this kind`);
}
