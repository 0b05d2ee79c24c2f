import type { CompositePlan, FieldPlan, LengthPlan, NodePlan } from "../plan/model.ts";
import { named, type Scope } from "../plan/names.ts";
import { fieldsOf } from "../plan/nodes.ts";
import { binary, type Code, code, join, quote } from "./code.ts";
import { type EmitContext, roleOf, use } from "./context.ts";
import { isCutBefore } from "./cut.ts";
import { givenOf, givenPieces, lengthsLines } from "./pieces.ts";
import { givenNumber } from "./places.ts";
import { byteLength, here, memberOf, minus } from "./span.ts";
import { offsetBehind, offsetOf } from "./starts.ts";

/** The members of a composite that point to bytes further on. */
export function locatedFields(composite: CompositePlan): FieldPlan[] {
  return fieldsOf(composite.nodes).filter((field) => field.dataloc !== undefined);
}

/** Elements (bytes, of strings, bytes and lists) that a value gives of a variable array, for which there are `room` bytes. */
function givenCount(context: EmitContext, field: FieldPlan, room?: Code): Code {
  const { variable, shape } = field;
  const given = givenOf(context, field);
  const path = quote(field.name);
  if (variable?.present !== undefined) return code`${binary("===", given, code`undefined`)} ? 0 : 1`;
  if (field.pieces !== undefined) return givenPieces(context, field, room);
  if (variable?.list !== undefined) {
    const { item, align } = variable.list;
    const told = context.lists.isTold(item, align) ? itemsTold(context, field) : code``;
    return code`${context.lists.length(context, item, align)}(${given}, ${path}${told})`;
  }
  if (shape.kind === "string") return textLength(context, field, "utf8Length", "countText", room);
  if (shape.kind === "strings" && variable?.length === undefined && room !== undefined) {
    return code`${use(context, "stringsLength")}(${given}, ${path}, ${room})`;
  }
  if (shape.kind === "strings") return textLength(context, field, "stringsLength", "countStrings", room);
  return code`${use(context, shape.kind === "bytes" ? "countBytes" : "countElements")}(${given}, ${path})`;
}

/** The same, refused where it is more than the array has at most. */
export function limitedCount(context: EmitContext, field: FieldPlan): Code {
  const count = givenCount(context, field);
  const { max } = field.variable ?? {};
  if (max === undefined) return count;
  return code`${use(context, "atMost")}(${count}, ${max}, ${givenOf(context, field)}, ${quote(field.name)})`;
}

/** A string may be shorter than its length member says: what follows its NUL does not count. */
function textLength(
  context: EmitContext,
  field: FieldPlan,
  own: "utf8Length" | "stringsLength",
  how: "countText" | "countStrings",
  room: Code | undefined,
): Code {
  const length = field.variable?.length;
  const given = givenOf(context, field);
  const path = quote(field.name);
  if (length === undefined) return code`${use(context, own)}(${given}, ${path})`;
  const before = length.unit === "total" ? offsetOf(context, field) : code`0`;
  const told = givenLength(context, length);
  if (length.clamp === undefined) return code`${use(context, how)}(${given}, ${told}, ${before}, ${path})`;
  // One that is cut ends where its bytes do, as far as these are known.
  const bounded = field.variable?.kind === "bounded";
  const most = bounded || room === undefined ? (field.variable?.max ?? code`Number.POSITIVE_INFINITY`) : room;
  const cut = code`${memberOf(length.clamp)}, ${bounded || room !== undefined}`;
  return code`${use(context, "countCutText")}(${given}, ${told}, ${before}, ${most}, ${cut}, ${path})`;
}

/** Arguments that tell the length of a list what a value gives as its bytes, and how many of these lie before it. */
function itemsTold(context: EmitContext, field: FieldPlan): Code {
  const length = field.variable?.length;
  if (length === undefined || length.unit === "items" || length.clamp !== undefined) return code``;
  const before = length.unit === "total" ? code`, ${offsetOf(context, field)}` : code``;
  return code`, ${givenLength(context, length)}${before}`;
}

/** What a value gives as a length, by the members that it is computed of. */
function givenLength(context: EmitContext, { terms, constant }: LengthPlan): Code {
  const [{ place, factor }, ...others] = terms;
  if (others.length === 0 && factor === 1 && constant === 0) return givenNumber(context, place);
  const parts = terms.map((term) => code`[${givenNumber(context, term.place)}, ${term.factor}]`);
  return code`${use(context, "givenSum")}(${constant}, ${join(parts, code`, `)})`;
}

/** Bytes of the data that a data-loc member points to. */
export function blobCount(context: EmitContext, field: FieldPlan): Code {
  return code`${use(context, "blobLength")}(${memberOf(field.name)}, ${quote(field.name)})`;
}

/** The local that keeps how many elements a value gives: asked for once, since who gives it may answer anew each time. */
export function countOf(context: EmitContext, field: FieldPlan): Code {
  const name = context.counts.get(field);
  if (name === undefined) throw new Error(`${field.cName} was not counted`);
  return name;
}

/** The statement that keeps where a field begins which stands behind another one, once that is counted. */
function startLines(context: EmitContext, field: FieldPlan, scope: Scope, own: Code): Code[] {
  if (field.after === undefined) return [];
  const start = scope.take(named`${field.name}At`);
  const line = code`const ${start} = ${offsetBehind(context, field, countOf(context, field.after.field), own, isCutBefore(context, field))};`;
  context.starts.set(field, start);
  return [line];
}

/**
 * Statements that count what a value gives of the variable arrays among these members; `settles` is the one that the
 * record's length follows from, so that it has room.
 */
export function countLines(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  scope: Scope,
  settles?: FieldPlan,
): Code[] {
  const { nested } = roleOf(context, composite);
  const lengths = lengthsLines(context, nodes, scope);
  const lines = fieldsOf(nodes).flatMap((field) => {
    const { variable, name, dataloc } = field;
    if (dataloc !== undefined) {
      const length = scope.take(named`${name}Length`);
      context.counts.set(field, length);
      return [code`const ${length} = ${blobCount(context, field)};`];
    }
    if (variable === undefined || variable.kind === "blob") return [];
    const count = scope.take(named`${name}Count`);
    const starts = startLines(context, field, scope, count);
    context.counts.set(field, count);
    if (variable.kind === "bounded" || field === settles)
      return [code`const ${count} = ${limitedCount(context, field)};`];
    const at = field.after === undefined ? field.bitOffset / 8 : offsetOf(context, field);
    const room = nested ? minus(here.end, here.base, at) : minus(byteLength, at);
    const given = code`${givenCount(context, field, room)}, ${variable.stride}, ${room}, ${memberOf(name)}, ${quote(name)}`;
    if (variable.present !== undefined || isCutBefore(context, field) !== undefined) {
      const fit = code`${use(context, "checkFit")}(${count}, ${variable.stride}, ${room}, ${memberOf(name)}, ${quote(name)})`;
      return [code`const ${count} = ${givenCount(context, field)};`, ...starts, code`${fit};`];
    }
    return [...starts, code`const ${count} = ${use(context, "checkFit")}(${given});`];
  });
  return [...lengths.map(({ line }) => line), ...lines];
}
