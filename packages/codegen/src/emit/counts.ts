import type { CompositePlan, FieldPlan, NodePlan } from "../plan/model.ts";
import { named, type Scope } from "../plan/names.ts";
import { binary, type Code, code, quote } from "./code.ts";
import { type EmitContext, fieldsOf, use } from "./context.ts";
import { givenAt } from "./places.ts";
import { byteLength, here, memberOf, minus } from "./span.ts";

/** The members of a composite that point to bytes further on. */
export function locatedFields(composite: CompositePlan): FieldPlan[] {
  return fieldsOf(composite.nodes).filter((field) => field.dataloc !== undefined);
}

/** Elements (bytes, of strings, bytes and lists) that a value gives of a variable array. */
function givenCount(context: EmitContext, field: FieldPlan): Code {
  const { variable, shape } = field;
  const given = memberOf(field.name);
  if (variable?.list !== undefined) {
    return code`${context.lists.length(context, variable.list.item, variable.list.align)}(${given})`;
  }
  return shape.kind === "string" ? stringLength(context, field) : binary("??", code`${given}?.length`, code`0`);
}

/** The same, refused where it is more than the array has at most. */
export function limitedCount(context: EmitContext, field: FieldPlan): Code {
  const count = givenCount(context, field);
  const { max } = field.variable ?? {};
  if (max === undefined) return count;
  return code`${use(context, "atMost")}(${count}, ${max}, ${memberOf(field.name)}, ${quote(field.name)})`;
}

/** A string may be shorter than its length member says: what follows its NUL does not count. */
function stringLength(context: EmitContext, field: FieldPlan): Code {
  const own = code`${use(context, "utf8Length")}(${memberOf(field.name)})`;
  const length = field.variable?.length;
  if (length === undefined) return own;
  const told = givenAt(length.place);
  const count = minus(code`Number(${told})`, length.unit === "total" ? field.bitOffset / 8 : 0);
  return code`(${told} === undefined ? ${own} : ${count})`;
}

/** The local that keeps how many elements a value gives: asked for once, since who gives it may answer anew each time. */
export function countOf(context: EmitContext, field: FieldPlan): Code {
  const name = context.counts.get(field);
  if (name === undefined) throw new Error(`${field.cName} was not counted`);
  return name;
}

/** Statements that count what a value gives of the variable arrays among these members. */
export function countLines(
  context: EmitContext,
  { nested }: CompositePlan,
  nodes: readonly NodePlan[],
  scope: Scope,
): Code[] {
  return fieldsOf(nodes).flatMap((field) => {
    const { variable, name } = field;
    if (variable === undefined || variable.kind === "blob") return [];
    const count = scope.take(named`${name}Count`);
    context.counts.set(field, count);
    if (variable.kind === "bounded") return [code`const ${count} = ${limitedCount(context, field)};`];
    const at = field.bitOffset / 8;
    const room = nested ? minus(here.end, here.base, at) : minus(byteLength, at);
    const given = code`${givenCount(context, field)}, ${variable.stride}, ${room}, ${memberOf(name)}, ${quote(name)}`;
    return [code`const ${count} = ${use(context, "checkFit")}(${given});`];
  });
}
