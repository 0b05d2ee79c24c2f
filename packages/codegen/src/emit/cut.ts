import type { CompositePlan, FieldPlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";
import { cutName } from "../plan/nodes.ts";
import { type Code, code, join, quote } from "./code.ts";
import { type EmitContext, roleOf, use } from "./context.ts";
import { value } from "./span.ts";

/** Properties that tell whether an item was cut where the bytes end, each as the names that lead to it; of a list that is its last one. */
function cutPaths(context: EmitContext, item: CompositePlan): readonly (readonly Name[])[] {
  if (!item.extent.endsClamped) return [];
  const { choice } = roleOf(context, item);
  if (choice !== undefined) return choice.variants.flatMap(({ body }) => cutPaths(context, body));
  const { ending } = item.extent;
  const ends =
    ending.kind === "arms" ? ending.tails : (ending.chain ?? (ending.tail === undefined ? [] : [ending.tail]));
  return ends.flatMap((field) => fieldCutPaths(context, field));
}

function fieldCutPaths(context: EmitContext, field: FieldPlan): readonly (readonly Name[])[] {
  const own = cutName(field);
  if (own !== undefined) return [[own]];
  const list = field.variable?.list;
  if (list !== undefined) return cutPaths(context, list.item).map((path) => [field.name, ...path]);
  if (field.shape.kind !== "composite" || field.variable !== undefined) return [];
  return cutPaths(context, field.shape.composite).map((path) => [field.name, ...path]);
}

/** An expression for whether a value is given cut by one of these properties; undefined where there are none. */
function cutCondition(context: EmitContext, given: Code, paths: readonly (readonly Name[])[]): Code | undefined {
  if (paths.length === 0) return undefined;
  const all = join(
    paths.map((names) => code`[${join(names.map(quote), code`, `)}]`),
    code`, `,
  );
  return code`${use(context, "isGivenCut")}(${given}, ${all})`;
}

/** A condition that an item which may be cut is given so. */
export function isCut(context: EmitContext, item: CompositePlan, given: Code): Code {
  return cutCondition(context, given, cutPaths(context, item)) ?? code`false`;
}

/** Whether a value gives as cut what stands before a field in a chain: then it has all bytes up to the end, and none pads what follows. */
export function isCutBefore(context: EmitContext, field: FieldPlan): Code | undefined {
  // One that counts from the start is told by where it begins.
  if (field.after === undefined || field.after.align === 1 || field.variable?.length?.unit === "total")
    return undefined;
  const before: FieldPlan[] = [];
  for (let at: FieldPlan | undefined = field.after.field; at !== undefined; at = at.after?.field) before.push(at);
  return cutCondition(
    context,
    value,
    before.flatMap((at) => fieldCutPaths(context, at)),
  );
}
