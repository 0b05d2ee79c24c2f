import type { Memory } from "./memory.ts";
import type { Stored } from "./places.ts";
import { joined, numberOf, type Region, unknown, type Value } from "./value.ts";

export function mapsIn(value: Value): readonly string[] {
  return [...value.values()].flatMap((atom) => {
    if (atom.kind === "map") return [atom.map];
    // What a map of maps has in a slot is a map itself, and goes by its name.
    return atom.kind === "pointer" && atom.region.kind === "element" && atom.offset === 0 ? [atom.region.map] : [];
  });
}

/** Where a value may point to, as far as that is known to the byte. */
export function placesIn(value: Value): { readonly region: Region; readonly offset: number }[] {
  return [...value.values()].flatMap((atom) =>
    atom.kind === "pointer" && atom.offset !== undefined ? [{ region: atom.region, offset: atom.offset }] : [],
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
  const sure = pointer.size === 1;
  let result = memory;
  for (const atom of pointer.values()) {
    if (atom.kind !== "pointer") continue;
    const { region } = atom;
    if (atom.offset === undefined) {
      result = result.spoil(region);
      continue;
    }
    const at = atom.offset + offset;
    const before = sure ? undefined : result.placesOf(region).get(at);
    if (stored === undefined || (before !== undefined && before.width !== width)) {
      result = result.spoil(region, at, width);
      continue;
    }
    // Into one of several places: what stood there may still do so.
    result = result.store(
      region,
      at,
      before === undefined ? stored : { ...stored, value: joined(before.value, stored.value) },
    );
  }
  return result;
}

/** A helper wrote as many bytes to where `pointer` points. */
export function spoiled(memory: Memory, pointer: Value, size: Value): Memory {
  const bytes = numberOf(size);
  let result = memory;
  for (const atom of pointer.values()) {
    if (atom.kind !== "pointer") continue;
    result =
      bytes === undefined || atom.offset === undefined
        ? result.spoil(atom.region)
        : result.store(atom.region, atom.offset, { width: Number(bytes), value: unknown });
  }
  return result;
}

/** Whoever was handed pointers may have written behind all of them. */
export function escaped(memory: Memory, args: readonly Value[]): Memory {
  let result = memory;
  for (const value of args) {
    for (const atom of value.values()) if (atom.kind === "pointer") result = result.spoil(atom.region);
  }
  return result;
}
