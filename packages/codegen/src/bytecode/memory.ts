import { areOverlapping, onBothPaths, type Places, type Stored } from "./places.ts";
import { aged, isGivenBy, type Region, unknown, type Value, without } from "./value.ts";

/** Places of a region that are told apart. */
const mostPlaces = 256;

interface Known {
  readonly region: Region;
  readonly places: Places;
}

/** What the code stored where, on the paths that lead to an instruction; an immutable value. */
export class Memory {
  readonly #regions: ReadonlyMap<string, Known>;

  constructor(regions: ReadonlyMap<string, Known> = new Map()) {
    this.#regions = regions;
  }

  /** The code comes by a region from here on: a path that does not lead through has no pointer into it. */
  begin(region: Region): Memory {
    return this.#with(region, new Map());
  }

  /** The code has not come by a region after all. */
  end(key: string): Memory {
    if (!this.#regions.has(key)) return this;
    const regions = new Map(this.#regions);
    regions.delete(key);
    return new Memory(regions);
  }

  /** Whether the code has come by a region. */
  has(region: Region): boolean {
    return this.#regions.has(region.key);
  }

  /** What stands at `offset`, where it was stored at just this place and width. */
  load(region: Region, offset: number, width: number): Value {
    const stored = this.placesOf(region).get(offset);
    return stored?.width === width ? stored.value : unknown;
  }

  /** Whether something is known of any of `width` bytes. */
  knows(region: Region, offset: number, width: number): boolean {
    return [...this.placesOf(region)].some(([at, stored]) => areOverlapping(at, stored.width, offset, width));
  }

  /** All that was stored in a region and still stands, by place. */
  placesOf(region: Region): Places {
    return this.#regions.get(region.key)?.places ?? new Map();
  }

  store(region: Region, offset: number, stored: Stored): Memory {
    const places = new Map(this.placesOf(region));
    drop(places, offset, stored.width);
    if (places.size < mostPlaces) places.set(offset, stored);
    return this.#spoilTwins(region, offset, stored.width).#with(region, places);
  }

  /** Something unknown was written: to `width` bytes, or anywhere. */
  spoil(region: Region, offset?: number, width?: number): Memory {
    return this.#spoilTwins(region, offset, width).#without(region, offset, width);
  }

  /** The elements of a map may hold anything. */
  spoilMap(map: string): Memory {
    let memory: Memory = this;
    for (const { region } of this.#regions.values()) {
      if (region.kind === "element" && region.map === map) memory = memory.#without(region);
    }
    return memory;
  }

  /** Anything may have been written anywhere. */
  forget(): Memory {
    return new Memory(new Map([...this.#regions].map(([key, { region }]) => [key, { region, places: new Map() }])));
  }

  /** The same, with `width` bytes of one region brought to another. */
  copy(from: Region, fromOffset: number, width: number, to: Region, toOffset: number): Memory {
    let memory = this.spoil(to, toOffset, width);
    for (const [offset, stored] of this.placesOf(from)) {
      if (offset < fromOffset || offset + stored.width > fromOffset + width) continue;
      memory = memory.store(to, offset - fromOffset + toOffset, stored);
    }
    return memory;
  }

  /** What stands on both of two paths, as either of them has it, and what is in regions that just one of them came by. */
  join(other: Memory): Memory {
    if (this === other) return this;
    let regions: Map<string, Known> | undefined;
    for (const [key, known] of this.#regions) {
      const its = other.#regions.get(key);
      if (its?.places === known.places || (its === undefined && begins(known.region))) continue;
      const places = onBothPaths(known.places, its?.places);
      if (places === known.places) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, { region: known.region, places });
    }
    for (const [key, known] of other.#regions) {
      if (this.#regions.has(key) || !begins(known.region)) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, known);
    }
    return regions === undefined ? this : new Memory(regions);
  }

  /** The same where `origin` gives another number from now on. */
  without(origin: string): Memory {
    return this.#changed((value) => without(value, origin));
  }

  /** Whether the call `origin` gave a region before. */
  isGivenBy(origin: string): boolean {
    return [...this.#regions.values()].some(({ region }) => isGivenBy(region, origin));
  }

  /** The same where the call `origin` gives another region from now on. */
  aged(origin: string): Memory {
    return this.#changed((value) => aged(value, origin));
  }

  /** Samples that the code has come by. */
  get samples(): readonly Region[] {
    return [...this.#regions.values()].flatMap(({ region }) => (region.kind === "sample" ? [region] : []));
  }

  #changed(change: (value: Value) => Value): Memory {
    let regions: Map<string, Known> | undefined;
    for (const [key, { region, places }] of this.#regions) {
      let changed: Map<number, Stored> | undefined;
      for (const [offset, stored] of places) {
        const value = change(stored.value);
        if (value === stored.value) continue;
        changed ??= new Map(places);
        changed.set(offset, { ...stored, value });
      }
      if (changed === undefined) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, { region, places: changed });
    }
    return regions === undefined ? this : new Memory(regions);
  }

  /** Elements of one map may be the same. */
  #spoilTwins(region: Region, offset?: number, width?: number): Memory {
    if (region.kind !== "element") return this;
    let memory: Memory = this;
    for (const { region: other } of this.#regions.values()) {
      const isTwin = other.kind === "element" && other.map === region.map && other.key !== region.key;
      if (isTwin) memory = memory.#without(other, offset, width);
    }
    return memory;
  }

  #without(region: Region, offset?: number, width?: number): Memory {
    const known = this.placesOf(region);
    if (known.size === 0) return this;
    const places = new Map(offset === undefined || width === undefined ? [] : known);
    if (offset !== undefined && width !== undefined) drop(places, offset, width);
    return this.#with(region, places);
  }

  #with(region: Region, places: Places): Memory {
    return new Memory(new Map(this.#regions).set(region.key, { region, places }));
  }
}

/** Global variables are there on every path; all else the code comes by. */
function begins({ kind }: Region): boolean {
  return kind !== "data";
}

function drop(places: Map<number, Stored>, offset: number, width: number): void {
  for (const [at, stored] of places) if (areOverlapping(at, stored.width, offset, width)) places.delete(at);
}
