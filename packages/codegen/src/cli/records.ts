import type { TypeModule } from "../module.ts";
import { AnnotationError, annotationOf, parseAnnotations, tagsOf } from "../plan/annotations.ts";

/** What a `record` annotation names; undefined without one. One that is malformed is told of when it is generated. */
function recordIn(tags: readonly string[]): string | undefined {
  try {
    return annotationOf(parseAnnotations(tags), "record")?.map;
  } catch (error) {
    if (error instanceof AnnotationError) return undefined;
    throw error;
  }
}

/**
 * Names of the record types of ring maps, by map: as the map's annotation says, or those of the types that name the map,
 * with commas between them as `--map` takes them.
 */
export function recordsOfMaps(module: TypeModule): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  if (module.maps.length === 0) return records;
  const maps = new Set(module.maps.map((map) => map.name));
  for (const type of module.types()) {
    const map = recordIn(tagsOf(type));
    if (map === undefined || !maps.has(map)) continue;
    const others = records.get(map);
    records.set(map, others === undefined ? type.name : `${others},${type.name}`);
  }
  for (const map of module.maps) {
    const record = recordIn(map.tags ?? []);
    if (record !== undefined) records.set(map.name, record);
  }
  return records;
}
