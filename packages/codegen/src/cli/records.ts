import type { MapDefinition } from "../module.ts";

/** `rbgen:record=NAME` on a ring map. */
const recordTag = /^rbgen:record=(.+)$/;

/** Name of the record type that a map is annotated with; undefined where it is not. */
export function recordOfMap(map: MapDefinition): string | undefined {
  for (const tag of map.tags ?? []) {
    const name = recordTag.exec(tag)?.[1];
    if (name !== undefined) return name;
  }
  return undefined;
}
