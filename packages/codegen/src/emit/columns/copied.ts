import type { CompositePlan, FieldPlan, Shape } from "../../plan/model.ts";
import { type EmitContext, roleOf } from "../context.ts";
import { longestName } from "./column.ts";

/**
 * Where in a record the bytes are that each of its columns copies, in their order. Undefined where a column is more than a
 * copy in little-endian order: a bit-field, an arm, a number that may be refused, what varies in length.
 */
export function copiedPlaces(context: EmitContext, composite: CompositePlan, start = 0): readonly number[] | undefined {
  const { variant, choice } = roleOf(context, composite);
  if (variant !== undefined || choice !== undefined || composite.tagged.length > 0 || composite.extent.readsToEnd)
    return undefined;
  const places: number[] = [];
  for (const node of composite.nodes) {
    if (node.kind === "union" || !isFixed(node)) return undefined;
    if (node.hidden) continue;
    const at = start + node.bitOffset / 8;
    if (node.shape.kind === "composite") {
      const inner = copiedPlaces(context, node.shape.composite, at);
      if (inner === undefined) return undefined;
      places.push(...inner);
    } else if (isCopied(node.shape)) places.push(at);
    else return undefined;
  }
  return places;
}

/** Whether all of a member is where it is in every record. */
function isFixed({ bitSize, variable, dataloc, after, pieces, overlies, room, reachesEnd }: FieldPlan): boolean {
  const told = [bitSize, variable, dataloc, after, pieces, room];
  return told.every((one) => one === undefined) && !overlies && !reachesEnd;
}

function isCopied(shape: Shape): boolean {
  switch (shape.kind) {
    case "int":
      if (shape.size === 16 || (shape.size === 8 && shape.policy === "number")) return false;
      return shape.size === 1 || shape.endian === "little";
    case "enum":
      return shape.wide === undefined && (shape.size === 1 || shape.endian === "little");
    case "pointer":
      return shape.size === 8 && shape.endian === "little";
    case "float":
      return shape.endian === "little";
    case "bool":
      return shape.size === 1;
    case "string":
      return shape.size > 0 && shape.size <= longestName && shape.size % 4 === 0;
    case "bytes":
      return shape.size > 0;
    default:
      return false;
  }
}
