import { joined, type Region, unknown, type Value } from "./value.ts";

/** What was stored at a place of a region. */
export interface Stored {
  /** Bytes. */
  readonly width: number;
  readonly value: Value;
}

/** Places of a region that are told apart. */
const mostPlaces = 256;

/** Places of a region, by byte. */
export type Places = ReadonlyMap<number, Stored>;

/** What the code stored where, on the paths that lead to an instruction; an immutable value. */
export class Memory {
  readonly #regions: ReadonlyMap<string, Places>;

  constructor(regions: ReadonlyMap<string, Places> = new Map()) {
    this.#regions = regions;
  }

  /** What stands at `offset`, where it was stored at just this place and width. */
  load(region: Region, offset: number, width: number): Value {
    const stored = this.#regions.get(region.key)?.get(offset);
    return stored?.width === width ? stored.value : unknown;
  }

  /** All that was stored in a region and still stands, by place. */
  placesOf(region: Region): Places {
    return this.#regions.get(region.key) ?? new Map();
  }

  store(region: Region, offset: number, width: number, value: Value): Memory {
    const places = new Map(this.#regions.get(region.key));
    drop(places, offset, width);
    if (places.size < mostPlaces) places.set(offset, { width, value });
    return this.#with(region.key, places);
  }

  /** Something unknown was written: to `width` bytes, or anywhere. */
  spoil(region: Region, offset?: number, width?: number): Memory {
    const known = this.#regions.get(region.key);
    if (known === undefined || known.size === 0) return this;
    const places = new Map(offset === undefined || width === undefined ? [] : known);
    if (offset !== undefined && width !== undefined) drop(places, offset, width);
    return this.#with(region.key, places);
  }

  /** The same, with `width` bytes of one region brought to another. */
  copy(from: Region, fromOffset: number, width: number, to: Region, toOffset: number): Memory {
    let memory = this.spoil(to, toOffset, width);
    for (const [offset, stored] of this.placesOf(from)) {
      if (offset < fromOffset || offset + stored.width > fromOffset + width) continue;
      memory = memory.store(to, offset - fromOffset + toOffset, stored.width, stored.value);
    }
    return memory;
  }

  /** What stands on both of two paths, as either of them has it. */
  join(other: Memory): Memory {
    if (this === other) return this;
    let regions: Map<string, Places> | undefined;
    for (const [key, places] of this.#regions) {
      const others = other.#regions.get(key);
      if (others === places) continue;
      const both = new Map<number, Stored>();
      let same = true;
      for (const [offset, { width, value }] of places) {
        const its = others?.get(offset);
        if (its?.width !== width) {
          same = false;
          continue;
        }
        const values = joined(value, its.value);
        if (values !== value) same = false;
        both.set(offset, { width, value: values });
      }
      if (same) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, both);
    }
    return regions === undefined ? this : new Memory(regions);
  }

  #with(key: string, places: Places): Memory {
    return new Memory(new Map(this.#regions).set(key, places));
  }
}

function drop(places: Map<number, Stored>, offset: number, width: number): void {
  for (const [at, stored] of places) {
    if (at < offset + width && offset < at + stored.width) places.delete(at);
  }
}
