import type { Memory } from "./memory.ts";
import type { Stored } from "./places.ts";
import { type Atom, joined, numberOf, type Region, unknown, type Value } from "./value.ts";

export function mapsIn(value: Value): readonly string[] {
  return [...value.values()].flatMap((atom) => {
    if (atom.kind === "map") return [atom.map];
    // What a map of maps has in a slot is a map itself, and goes by its name.
    return atom.kind === "pointer" && atom.region.kind === "element" && atom.offset === 0 ? [atom.region.map] : [];
  });
}

/** A map by its name. */
export interface NamedMap {
  readonly name: string;
  /** It is what the map of that name has in a slot. */
  readonly inSlot: boolean;
}

/** Whether a value may be a map of the object that is not among {@link mapsIn}. */
export function mayBeOtherMap(value: Value): boolean {
  return [...value.values()].some((atom) => {
    if (atom.kind === "pointer") return atom.region.kind !== "element" || atom.offset !== 0;
    return atom.kind !== "map" && atom.kind !== "constant";
  });
}

/** The maps that a value may be; undefined where it may be another, too. */
export function onlyMapsIn(value: Value): readonly NamedMap[] | undefined {
  const maps: NamedMap[] = [];
  for (const atom of value.values()) {
    if (atom.kind === "map") maps.push({ name: atom.map, inSlot: false });
    else if (atom.kind === "pointer" && atom.region.kind === "element" && atom.offset === 0)
      maps.push({ name: atom.region.map, inSlot: true });
    else if (atom.kind !== "constant") return undefined;
  }
  return maps.length === 0 ? undefined : maps;
}

/** A byte of a region. */
export interface RegionPlace {
  readonly region: Region;
  readonly offset: number;
}

/** Where a value may point to, as far as that is known to the byte. */
export function placesIn(value: Value): readonly RegionPlace[] {
  return [...value.values()].flatMap((atom) =>
    atom.kind === "pointer" && atom.offset !== undefined ? [{ region: atom.region, offset: atom.offset }] : [],
  );
}

/** Where a value points to when it is followed; undefined where that may be elsewhere, too. */
export function placeIn(value: Value): RegionPlace | undefined {
  const [place, ...others] = placesIn(value);
  return others.length === 0 && !isOpen(value) ? place : undefined;
}

/** Whether a value may lead elsewhere than to {@link placesIn}; no code that runs follows a number. */
export function isOpen(value: Value): boolean {
  return [...value.values()].some(
    (atom) => atom.kind !== "constant" && (atom.kind !== "pointer" || atom.offset === undefined),
  );
}

export function loaded(memory: Memory, pointer: Value, offset: number, width: number): Value {
  let result: Value | undefined;
  for (const atom of pointer.values()) {
    const found =
      atom.kind === "pointer" && atom.offset !== undefined
        ? memory.load(atom.region, atom.offset + offset, width)
        : unknown;
    result = result === undefined ? found : joined(result, found);
  }
  return result ?? unknown;
}

/** @param stored undefined for what nobody knows */
export function storedIn(
  memory: Memory,
  pointer: Value,
  offset: number,
  width: number,
  stored: Stored | undefined,
): Memory {
  let result = memory;
  for (const atom of pointer.values()) {
    if (isAnywhere(atom)) return memory.forget();
    if (atom.kind !== "pointer") continue;
    const { region } = atom;
    if (atom.offset === undefined) {
      result = result.spoil(region);
      continue;
    }
    const at = atom.offset + offset;
    if (stored === undefined) result = result.spoil(region, at, width);
    else
      result = result.store(
        region,
        at,
        isSure(pointer, region, memory) ? stored : possibly(stored, result, region, at),
      );
  }
  return result;
}

/** Whether a pointer leads into a region on every path that came by it. */
function isSure(pointer: Value, region: Region, memory: Memory): boolean {
  if (isOpen(pointer)) return false;
  const places = placesIn(pointer);
  const own = places.filter((place) => place.region.key === region.key);
  return own.length === 1 && places.every((place) => place === own[0] || memory.areExclusive(region, place.region));
}

/** What stands at a place that a value may be stored to: that, or what stood there before. */
function possibly(stored: Stored, memory: Memory, region: Region, at: number): Stored {
  return { ...stored, value: joined(memory.load(region, at, stored.width), stored.value) };
}

/** Whether it may be any of the pointers that were followed: a stack held it, and not all that is there is known. */
function isAnywhere(atom: Atom): boolean {
  if (atom.key === "*") return true;
  return atom.kind === "sum" && atom.term?.loaded === "stack" && atom.term.bits === 64;
}

/** Bytes that no region is longer than. */
const wholeRegion = 2 ** 32;

/** A helper wrote as many bytes to where `pointer` points. @param text that they are text */
export function spoiled(memory: Memory, pointer: Value, size: Value, text?: true): Memory {
  const bytes = numberOf(size);
  let result = memory;
  for (const atom of pointer.values()) {
    if (isAnywhere(atom)) return memory.forget();
    if (atom.kind !== "pointer") continue;
    if (atom.offset === undefined) result = result.spoil(atom.region);
    // What is before the pointer stays, however many they are.
    else if (bytes === undefined) result = result.spoil(atom.region, atom.offset, wholeRegion);
    else {
      const stored = { width: Number(bytes), value: unknown, ...(text === true && { text }) };
      result = result.store(atom.region, atom.offset, stored);
    }
  }
  return result;
}

/** Whoever was handed pointers may have written behind all of them, and behind those that stand there. */
export function escaped(memory: Memory, args: readonly Value[]): Memory {
  let result = memory;
  const reached = new Map<string, Region>();
  const pending = [...args];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    for (const atom of value.values()) {
      if (isAnywhere(atom)) return memory.forget();
      if (atom.kind !== "pointer" || reached.has(atom.region.key)) continue;
      reached.set(atom.region.key, atom.region);
      for (const stored of memory.placesOf(atom.region).values()) pending.push(stored.value);
    }
  }
  for (const region of reached.values()) result = result.spoil(region);
  return result;
}
