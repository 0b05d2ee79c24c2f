import type { NamedType } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { annotationOf, parseAnnotations, tagsOf } from "../plan/annotations.ts";
import { identityOf } from "../plan/identity.ts";
import { bareName, lookUp } from "../plan/look-up.ts";
import { recordNamesOf } from "../plan/record-names.ts";
import { ShapeError } from "../plan/resolve.ts";
import { belongingTypes } from "../plan/select.ts";
import { type InferredMap, inferRecords } from "../plan/sent.ts";

/** What an annotation gives; undefined where it is malformed, which is told of when it is generated. */
function unlessMalformed<Value>(read: () => Value): Value | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ShapeError) return undefined;
    throw error;
  }
}

/** How the program's code told the records of its maps, where nothing else says them. */
export function inferredOfMaps(module: TypeModule): ReadonlyMap<string, InferredMap> {
  if (module.maps.length === 0) return new Map();
  return new Map((unlessMalformed(() => inferredRecords(module)) ?? []).map((one) => [one.map, one]));
}

/** What the program's code tells, without a word of what it does not. */
function inferredRecords(module: TypeModule): readonly InferredMap[] {
  return inferRecords(module, { types: [], all: false, maps: {} }, () => {}).inferred;
}

/**
 * Names of the record types of ring maps, by map: those that the map's annotation and pointers of RB_RECORD name, and
 * those of the types that name the map, else what the program's code sends, as generation takes them; with commas between
 * them as `--map` takes them.
 * A type that has two names is named once.
 */
export function recordsOfMaps(module: TypeModule): ReadonlyMap<string, string> {
  if (module.maps.length === 0) return new Map();
  const records = new Map(module.maps.map((map) => [map.name, new Map<unknown, string>()]));
  const add = (map: string, name: string, type: NamedType | undefined) => {
    const key = type === undefined ? name : identityOf(type);
    const names = records.get(map);
    if (names?.has(key) === false) names.set(key, name);
  };
  for (const [map, names] of unlessMalformed(() => recordNamesOf(module, { maps: {} })) ?? []) {
    for (const text of names) {
      add(map, bareName(text), lookUp(module, text)[0]);
    }
  }
  for (const type of [...module.types(), ...belongingTypes(module)]) {
    const map = unlessMalformed(() => annotationOf(parseAnnotations(tagsOf(type)), "record")?.map);
    if (map !== undefined) add(map, type.name, type);
  }
  const said = new Set([...records].filter(([, names]) => names.size > 0).map(([map]) => map));
  for (const { map, records: names } of unlessMalformed(() => inferredRecords(module)) ?? []) {
    if (!said.has(map)) for (const name of names) add(map, bareName(name), undefined);
  }
  return new Map(
    [...records].filter(([, names]) => names.size > 0).map(([map, names]) => [map, [...names.values()].join(",")]),
  );
}
