import type { CompositePlan, FieldPlan } from "../plan/model.ts";
import { outerTagOf, tellingPlace } from "../plan/outer-tag.ts";
import { binary, type Code, code } from "./code.ts";
import { givenAt } from "./places.ts";

/** Whether a member is a struct whose tag lies in the one that holds it. */
export function isTellee({ shape }: FieldPlan): boolean {
  return shape.kind === "composite" && outerTagOf(shape.composite) !== undefined;
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
  if (held !== field || composite.tagged.some(({ tag }) => tag.path === place.path)) return code`true`;
  return binary("!==", givenAt(place), code`undefined`);
}
