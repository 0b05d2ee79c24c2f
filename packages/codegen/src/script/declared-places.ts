import type { Location, Struct, Union } from "@rbgen/btf";
import type { CompositePlan, FilePlan, NodePlan } from "../plan/model.ts";

/** Where C declares what a top-level name of a generated file was made of, and the properties of it. */
export interface DeclaredPlace {
  readonly location: Location;
  readonly properties: ReadonlyMap<string, Location>;
}

/** Places of a struct's members by their C names, anonymous structs and unions opened. */
function memberPlaces(type: Struct | Union, found: Map<string, Location> = new Map()): Map<string, Location> {
  for (const { name, type: inner, location } of type.members) {
    if (name !== "" && location !== undefined && !found.has(name)) found.set(name, location);
    if (name === "" && (inner.kind === "struct" || inner.kind === "union")) memberPlaces(inner, found);
  }
  return found;
}

function propertyPlaces(composite: CompositePlan): ReadonlyMap<string, Location> {
  const members = memberPlaces(composite.type);
  const places = new Map<string, Location>();
  const visit = (nodes: readonly NodePlan[]): void => {
    for (const node of nodes) {
      if (node.kind === "union") {
        for (const arm of node.arms) visit(arm);
        continue;
      }
      const location = members.get(node.cName.replace(/^.*\./, ""));
      if (location !== undefined && !places.has(node.name)) places.set(node.name, location);
    }
  };
  visit(composite.nodes);
  return places;
}

/** By the names that the file declares; what no source declares has none. */
export function declaredPlaces(plan: FilePlan): ReadonlyMap<string, DeclaredPlace> {
  const places = new Map<string, DeclaredPlace>();
  for (const composite of plan.composites) {
    const location = composite.location ?? composite.type.location;
    if (location === undefined) continue;
    const place = { location, properties: propertyPlaces(composite) };
    for (const name of Object.values(composite.names)) places.set(name, place);
  }
  for (const { type, name } of plan.enums) {
    if (type.location !== undefined) places.set(name, { location: type.location, properties: new Map() });
  }
  return places;
}
