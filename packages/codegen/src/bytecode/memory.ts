import type { Endian } from "@rbgen/btf";
import { areOverlapping, constantsIn, cutOut, onBoth, type Places, type Stored, withoutBytes } from "./places.ts";
import {
  aged,
  constant,
  isGivenBy,
  mayBeOneElement,
  nulled,
  type Region,
  unknown,
  type Value,
  without,
} from "./value.ts";

/** Places of a region that are told apart. */
const mostPlaces = 256;

interface Known {
  readonly region: Region;
  readonly places: Places;
  /** Keys of regions that a path came by, too. */
  readonly beside: Beside;
}

/** All, where they are too many to be told apart. */
type Beside = ReadonlySet<string> | "all";

/** Regions that are known of each other. */
const mostBeside = 64;

/** What the code stored where, on the paths that lead to an instruction; an immutable value. */
export class Memory {
  readonly #endian: Endian;
  readonly #regions: ReadonlyMap<string, Known>;

  constructor(endian: Endian, regions: ReadonlyMap<string, Known> = new Map()) {
    this.#endian = endian;
    this.#regions = regions;
  }

  /** The code comes by a region from here on: a path that does not lead through has no pointer into it. */
  begin(region: Region): Memory {
    const regions = new Map<string, Known>();
    const areMany = this.#regions.size >= mostBeside;
    for (const [key, known] of this.#regions) {
      if (key === region.key) continue;
      const beside = areMany ? "all" : withKey(known.beside, region.key);
      regions.set(key, beside === known.beside ? known : { ...known, beside });
    }
    const beside = areMany ? "all" : new Set(regions.keys());
    return new Memory(this.#endian, regions.set(region.key, { region, places: new Map(), beside }));
  }

  /** What it costs to change what is known, in steps: all regions are gone through. */
  get cost(): number {
    return this.#regions.size >> 4;
  }

  /** Whether no path came by both of two regions: a pointer to one of them leads to that which the path came by. */
  areExclusive(a: Region, b: Region): boolean {
    const known = this.#regions.get(a.key);
    if (known === undefined || known.beside === "all" || a.key === b.key) return false;
    return this.#regions.has(b.key) && !known.beside.has(b.key);
  }

  /** The code has not come by a region after all. */
  end(key: string): Memory {
    if (!this.#regions.has(key)) return this;
    const regions = new Map<string, Known>();
    for (const [other, known] of this.#regions) {
      if (other === key) continue;
      const beside = withoutKey(known.beside, key);
      regions.set(other, beside === known.beside ? known : { ...known, beside });
    }
    return new Memory(this.#endian, regions).#changed((value) => nulled(value, key));
  }

  /** Whether the code has come by a region. */
  has(region: Region): boolean {
    return this.#regions.has(region.key);
  }

  /** What stands at `offset`: constants, or what was stored at just this place and width. */
  load(region: Region, offset: number, width: number): Value {
    const places = this.placesOf(region);
    const stored = places.get(offset);
    if (stored?.width === width) return stored.value;
    return constantsIn(places, offset, width, this.#endian) ?? unknown;
  }

  /** Whether something is known of any of `width` bytes. */
  knows(region: Region, offset: number, width: number): boolean {
    return [...this.placesOf(region)].some(([at, stored]) => areOverlapping(at, stored.width, offset, width));
  }

  /** All that was stored in a region and still stands, by place. */
  placesOf(region: Region): Places {
    return this.#regions.get(region.key)?.places ?? new Map();
  }

  /** {@link placesOf} a part of a region, from byte `offset` of it on. */
  cutOut(region: Region, offset: number, size: Value): Places {
    return cutOut(this.placesOf(region), offset, size, this.#endian);
  }

  store(region: Region, offset: number, stored: Stored): Memory {
    const places = withoutBytes(this.placesOf(region), offset, stored.width, this.#endian);
    if (places.size < mostPlaces) places.set(offset, stored);
    return this.#spoilTwins(region, offset, stored.width).#with(region, places);
  }

  /** Something unknown was written: to `width` bytes, or anywhere. */
  spoil(region: Region, offset?: number, width?: number): Memory {
    return this.#spoilTwins(region, offset, width).#without(region, offset, width);
  }

  /** An element, and each that may be the same, may hold anything. */
  spoilElements(element: Region): Memory {
    let memory: Memory = this;
    for (const { region } of this.#regions.values()) {
      if (mayBeOneElement(region, element)) memory = memory.#without(region);
    }
    return memory;
  }

  /** Anything may have been written anywhere. */
  forget(): Memory {
    return new Memory(
      this.#endian,
      new Map([...this.#regions].map(([key, known]) => [key, { ...known, places: new Map() }])),
    );
  }

  /** The same, with `width` bytes of one region brought to another. */
  copy(from: Region, fromOffset: number, width: number, to: Region, toOffset: number): Memory {
    let memory = this.spoil(to, toOffset, width);
    for (const [offset, stored] of this.cutOut(from, fromOffset, constant(BigInt(width)))) {
      memory = memory.store(to, offset + toOffset, stored);
    }
    return memory;
  }

  /** What stands on both of two paths, as either of them has it, and what is in regions that just one of them came by. */
  join(other: Memory): Memory {
    if (this === other) return this;
    let regions: Map<string, Known> | undefined;
    for (const [key, known] of this.#regions) {
      const its = other.#regions.get(key);
      if (its === known || (its === undefined && begins(known.region))) continue;
      const places = its === undefined ? nothing : onBoth(known.places, its.places, this.#endian);
      const beside = its === undefined ? known.beside : union(known.beside, its.beside);
      if ((places === known.places || places.size + known.places.size === 0) && beside === known.beside) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, { region: known.region, places, beside });
    }
    for (const [key, known] of other.#regions) {
      if (this.#regions.has(key) || !begins(known.region)) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, known);
    }
    return regions === undefined ? this : new Memory(this.#endian, regions);
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

  /** What stands in the frames of functions. */
  get stacks(): readonly { readonly region: Region; readonly places: Places }[] {
    return [...this.#regions.values()].filter(({ region }) => region.kind === "stack");
  }

  #changed(change: (value: Value) => Value): Memory {
    let regions: Map<string, Known> | undefined;
    for (const [key, known] of this.#regions) {
      const { places } = known;
      let changed: Map<number, Stored> | undefined;
      for (const [offset, stored] of places) {
        const value = change(stored.value);
        if (value === stored.value) continue;
        changed ??= new Map(places);
        changed.set(offset, { ...stored, value });
      }
      if (changed === undefined) continue;
      regions ??= new Map(this.#regions);
      regions.set(key, { ...known, places: changed });
    }
    return regions === undefined ? this : new Memory(this.#endian, regions);
  }

  #spoilTwins(region: Region, offset?: number, width?: number): Memory {
    if (region.kind !== "element") return this;
    let memory: Memory = this;
    for (const { region: other } of this.#regions.values()) {
      if (other.key !== region.key && mayBeOneElement(other, region)) memory = memory.#without(other, offset, width);
    }
    return memory;
  }

  #without(region: Region, offset?: number, width?: number): Memory {
    const known = this.placesOf(region);
    if (known.size === 0) return this;
    const isPart = offset !== undefined && width !== undefined;
    return this.#with(region, isPart ? withoutBytes(known, offset, width, this.#endian) : nothing);
  }

  #with(region: Region, places: Places): Memory {
    const beside: Beside = this.#regions.get(region.key)?.beside ?? new Set<string>();
    return new Memory(this.#endian, new Map(this.#regions).set(region.key, { region, places, beside }));
  }
}

const nothing: Places = new Map();

/** The same as `a` where `b` adds nothing. */
function union(a: Beside, b: Beside): Beside {
  if (a === "all" || b === "all") return "all";
  const more = [...b].filter((key) => !a.has(key));
  return more.length === 0 ? a : new Set([...a, ...more]);
}

function withKey(beside: Beside, key: string): Beside {
  return beside === "all" || beside.has(key) ? beside : new Set(beside).add(key);
}

function withoutKey(beside: Beside, key: string): Beside {
  return beside === "all" || !beside.has(key) ? beside : new Set([...beside].filter((other) => other !== key));
}

/** Global variables are there on every path; all else the code comes by. */
function begins({ kind }: Region): boolean {
  return kind !== "data";
}
