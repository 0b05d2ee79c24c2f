import type { CompositePlan, FieldPlan, PlacePlan } from "../plan/model.ts";
import { fieldsOf } from "../plan/nodes.ts";
import { outerTagOf, tellingPlace } from "../plan/outer-tag.ts";
import { binary, type Code, code } from "./code.ts";
import { givenAt } from "./places.ts";

/** Whether a member is a struct whose tag lies in the one that holds it. */
export function isTellee({ shape }: FieldPlan): boolean {
  return shape.kind === "composite" && outerTagOf(shape.composite) !== undefined;
}

/** A place as a struct sees it that begins `bytes` further on. */
function seenFrom(place: PlacePlan, bytes: number): PlacePlan {
  const { bits, offset } = place;
  const shifted = bits === undefined ? {} : { bits: { ...bits, offset: bits.offset - bytes * 8 } };
  return { ...place, offset: offset - bytes, ...shifted };
}

function isAt(one: PlacePlan, other: PlacePlan): boolean {
  return one.offset === other.offset && one.bits?.offset === other.bits?.offset;
}

function heldBy({ nodes }: CompositePlan): { readonly inner: CompositePlan; readonly start: number }[] {
  return fieldsOf(nodes).flatMap(({ shape, bitOffset }) =>
    shape.kind === "composite" ? [{ inner: shape.composite, start: bitOffset / 8 }] : [],
  );
}

/** Whether a struct that is held stores the tag at a place of the composite where that is left out. */
export function isToldWithin(composite: CompositePlan, place: PlacePlan): boolean {
  return heldBy(composite).some(({ inner, start }) => {
    const seen = seenFrom(place, start);
    return inner.tagged.some(({ tag }) => tag.outer && isAt(tag, seen)) || isToldWithin(inner, seen);
  });
}

/** The same of what is written with the members of the composite: structs further in, not those whose tag is its own. */
export function isToldFurtherIn(composite: CompositePlan, place: PlacePlan): boolean {
  return heldBy(composite).some(({ inner, start }) => isToldWithin(inner, seenFrom(place, start)));
}

/** Whether the tag of a struct that is held is given: by the value, by a union of the holder's own, or by a struct before it. */
export function toldBy(composite: CompositePlan, field: FieldPlan): Code | undefined {
  const outer = field.shape.kind === "composite" ? outerTagOf(field.shape.composite) : undefined;
  if (outer === undefined) return undefined;
  const { path } = outer;
  const place = tellingPlace(composite, outer);
  const held = composite.nodes.find(
    (node) =>
      node.kind === "field" && node.shape.kind === "composite" && outerTagOf(node.shape.composite)?.path === path,
  );
  const own = composite.tagged.some(({ tag }) => isAt(tag, place));
  if (held !== field || own || isToldFurtherIn(composite, place)) return code`true`;
  return binary("!==", givenAt(place), code`undefined`);
}
