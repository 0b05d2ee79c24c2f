import { type Chunk, chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, UnionPlan } from "../plan/model.ts";
import { extract, loadChunk } from "./bit-fields.ts";
import { type EmitContext, holdsOverlying, isVariable, plus, reachesEnd, use } from "./context.ts";
import { loadLength, placeOfField } from "./places.ts";
import { quote } from "./text.ts";
import { readExpression } from "./values.ts";

/** A member and the chunk that holds it where it is a bit-field. */
export interface Placed {
  readonly field: FieldPlan;
  readonly chunk?: Chunk;
}

/** Every named member in order, arms of unions included; hidden ones are not members of the decoded type. */
export function placed(nodes: readonly NodePlan[]): Placed[] {
  const chunks = new Map(chunksOf(nodes).flatMap((chunk) => chunk.fields.map((field) => [field, chunk] as const)));
  return nodes.flatMap((node): Placed[] => {
    if (node.kind === "union") return node.arms.flatMap(placed);
    if (node.hidden === true) return [];
    const chunk = chunks.get(node);
    return [chunk === undefined ? { field: node } : { field: node, chunk }];
  });
}

/** Whether a member is told by others: where its bytes go and how many they are is written after the fixed part. */
export function isTold(field: FieldPlan): boolean {
  return field.hidden === true || field.dataloc !== undefined;
}

/** Every union of the composite that keeps its bytes. */
export function unionsOf(nodes: readonly NodePlan[]): UnionPlan[] {
  return nodes.flatMap((node) => (node.kind === "union" ? [...node.arms.flatMap(unionsOf), node] : []));
}

/** Where a record's bytes are: expressions for its first byte and for the end of its sample. */
export interface Span {
  readonly base: string;
  readonly end: string;
}

function span(from: string, to: string): string {
  return from.includes(" ") ? `${to} - (${from})` : `${to} - ${from}`;
}

/** Bytes that a variable array may take at most, as an expression. */
function capacity(field: FieldPlan, { base, end }: Span): string {
  const { variable } = field;
  const at = plus(base, field.bitOffset / 8);
  const limit = (variable?.max ?? 0) * (variable?.stride ?? 1);
  if (variable?.kind === "bounded") return `${limit}`;
  if (variable?.kind === "truncated") return `Math.min(${limit}, ${span(at, end)})`;
  return span(at, end);
}

/** How many elements (bytes, of strings and bytes) a variable array has. */
export function elementCount(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): string {
  const { variable } = field;
  if (variable === undefined) throw new Error(`${field.cName} does not vary`);
  const { stride, length } = variable;
  if (stride === 0) return "0";
  const available = capacity(field, where);
  if (length === undefined && variable.kind === "bounded") return `${variable.max ?? 0}`;
  if (length === undefined) return stride === 1 ? available : `Math.floor((${available}) / ${stride})`;
  const load = loadLength(context, length.place, where.base);
  const start = field.bitOffset / 8;
  let bytes = load;
  if (length.unit === "elements" && stride !== 1) bytes = `${load} * ${stride}`;
  else if (length.unit === "total") bytes = `${load} - ${start}`;
  return `${use(context, "checkCount")}(${bytes}, ${available}, ${stride}, ${quote(composite.cName)}, ${quote(field.cName)})`;
}

function variableExpression(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): string {
  const at = plus(where.base, field.bitOffset / 8);
  const { shape, variable } = field;
  const count = elementCount(context, composite, field, where);
  if (variable?.list !== undefined) {
    return `${context.lists.reader(context, variable.list.item, variable.list.align)}(view, ${at}, ${at} + ${count})`;
  }
  if (shape.kind === "bytes") return `${use(context, "copyBytes")}(view, ${at}, ${count})`;
  if (shape.kind === "string") return `${use(context, "readString")}(view, ${at}, ${count})`;
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const place = { record: composite.cName, path: field.cName };
  const over = field.overlies === true && holdsOverlying(shape);
  const read = context.arrays.reader(context, shape.element, shape.stride, place, over);
  return `${read}(view, ${at}, ${count}${over ? `, ${where.end}` : ""})`;
}

/** A member's value: statements to run before, and the expression. `name` is free for a local. */
export interface Value {
  readonly locals: readonly string[];
  readonly expression: string;
}

/** Where a data-loc member points: locals, and expressions for the checked offset and the length. */
export function locate(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
  name: string,
): { readonly locals: readonly string[]; readonly at: string; readonly length: string } {
  const { dataloc } = field;
  if (dataloc === undefined) throw new Error(`${field.cName} points nowhere`);
  const own = loadLength(context, placeOfField(field), where.base);
  const origin = plus(where.base, dataloc.base);
  const [start, length] =
    dataloc.length === undefined
      ? [`${origin} + (${name} & 0xffff)`, `${name} >>> 16`]
      : [`${origin} + ${name}`, `${name}Length`];
  const locals = [`const ${name} = ${own};`];
  if (dataloc.length !== undefined)
    locals.push(`const ${name}Length = ${loadLength(context, dataloc.length, where.base)};`);
  const at = `${use(context, "checkSlice")}(${start}, ${length}, ${where.base}, ${where.end}, ${quote(composite.cName)}, ${quote(field.cName)})`;
  return { locals, at, length };
}

/** The decoded value of a member. */
export function memberValue(
  context: EmitContext,
  composite: CompositePlan,
  member: Placed,
  where: Span,
  name: string,
): Value {
  const { field, chunk } = member;
  if (field.dataloc !== undefined) {
    const { locals, at: start, length } = locate(context, composite, field, where, name);
    const read = use(context, field.dataloc.text ? "readString" : "copyBytes");
    return { locals, expression: `${read}(view, ${start}, ${length})` };
  }
  if (chunk !== undefined) {
    if (chunk.length > 4) {
      return { locals: [], expression: extract(context, field, chunk, "", where.base, composite.cName) };
    }
    const load = `const ${name} = ${loadChunk(chunk, where.base, context.plan.endian)};`;
    return { locals: [load], expression: extract(context, field, chunk, name, where.base, composite.cName) };
  }
  const at = plus(where.base, field.bitOffset / 8);
  const { shape } = field;
  let expression: string;
  if (field.variable !== undefined) expression = variableExpression(context, composite, field, where);
  else if (shape.kind === "composite" && (reachesEnd(composite, field) || field.room !== undefined)) {
    const ends = field.room === undefined ? where.end : plus(at, field.room);
    const { names } = shape.composite;
    expression = isVariable(shape.composite) ? `${names.read}(view, ${at}, ${ends})` : `${names.read}(view, ${at})`;
  } else {
    const place = { record: composite.cName, path: field.cName };
    expression = readExpression(context, shape, at, place, field.overlies === true ? where.end : undefined);
  }
  return { locals: [], expression };
}
