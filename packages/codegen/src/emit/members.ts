import { countOf } from "../plan/array-length.ts";
import { type Chunk, chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, LengthPlan, NodePlan, UnionPlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";
import { cutName, holdsOverlying } from "../plan/nodes.ts";
import { lengthShape } from "../plan/pieces.ts";
import { decodedBits, extract, loadChunk } from "./bit-fields.ts";
import { binary, type Code, code, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { loadLength, loadPlace, loadSum, placeOfField, presentCondition } from "./places.ts";
import { minus, plus, type Span, times } from "./span.ts";
import { findStart, startOf } from "./starts.ts";
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
    if (node.hidden) return [];
    const chunk = chunks.get(node);
    return [chunk === undefined ? { field: node } : { field: node, chunk }];
  });
}

/** Whether a member is told by others: where its bytes go and how many they are is written after the fixed part. */
export function isTold(field: FieldPlan): boolean {
  return field.hidden || field.dataloc !== undefined;
}

/** Every union of the composite that keeps its bytes. */
export function unionsOf(nodes: readonly NodePlan[]): UnionPlan[] {
  return nodes.flatMap((node) => (node.kind === "union" ? [...node.arms.flatMap(unionsOf), node] : []));
}

/** Bytes that a variable array may take at most, as an expression. */
export function capacity(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): Code {
  const { variable } = field;
  // Padding before an array without elements may not be sent.
  const rest =
    field.after === undefined
      ? minus(where.length, field.bitOffset / 8)
      : field.after.align === 1
        ? minus(where.end, startOf(context, composite, field, where))
        : code`Math.max(0, ${minus(where.end, startOf(context, composite, field, where))})`;
  const limit = (variable?.max ?? 0) * (variable?.stride ?? 1);
  if (variable?.kind === "bounded") return code`${limit}`;
  if (variable?.kind === "truncated") return code`Math.min(${limit}, ${rest})`;
  return rest;
}

/** How many elements (bytes, of strings and bytes) a variable array has. */
export function elementCount(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): Code {
  const { variable } = field;
  if (variable === undefined) throw new Error(`${field.cName} does not vary`);
  const { stride, length, pieces } = variable;
  const known = where.found?.get(field)?.count;
  if (known !== undefined) return known;
  if (stride === 0) return code`0`;
  const available = capacity(context, composite, field, where);
  if (variable.present !== undefined) {
    const bytes = code`${presentCondition(context, variable.present, where)} ? ${stride} : 0`;
    return code`${use(context, "checkCount")}(${bytes}, ${available}, ${stride}, ${quote(composite.cName)}, ${quote(field.cName)})`;
  }
  if (pieces !== undefined) return piecesBytes(context, composite, field, where, available);
  if (length === undefined && variable.kind === "bounded") return code`${variable.max ?? 0}`;
  if (length === undefined)
    return stride === 1 ? available : code`Math.floor(${binary("/", available, code`${stride}`)})`;
  if (length.unit === "items" && variable.list !== undefined) {
    const { item, align } = variable.list;
    const at = startOf(context, composite, field, where);
    const limits = code`${available}, ${quote(composite.cName)}, ${quote(field.cName)}`;
    const items = code`${use(context, "checkItems")}(${loadSum(context, length, where)}, ${limits})`;
    return code`${context.lists.walker(context, item, align)}(${where.view}, ${at}, ${binary("+", at, available)}, ${items})`;
  }
  const bytes = toldBytes(context, composite, field, length, where);
  const check = use(context, length.clamp === undefined ? "checkCount" : "clampCount");
  return code`${check}(${bytes}, ${available}, ${stride}, ${quote(composite.cName)}, ${quote(field.cName)})`;
}

/** Where the lengths of pieces are in a record, how many there are, and which integers: an expression for each. */
export interface LengthsPlace {
  readonly at: Code;
  readonly count: Code;
  /** Arguments for what reads one: its bytes, its sign, its order. */
  readonly form: Code;
  readonly stride: number;
}

export function lengthsPlace(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
): LengthsPlace {
  const lengths = field.pieces?.lengths;
  const shape = lengths === undefined ? undefined : lengthShape(lengths);
  if (lengths === undefined || shape === undefined) throw new Error(`${field.cName} has no pieces`);
  const count =
    lengths.variable === undefined ? code`${countOf(lengths.shape)}` : elementCount(context, composite, lengths, where);
  const at = startOf(context, composite, lengths, where);
  const form = code`${shape.size}, ${shape.signed}, ${shape.endian === "little"}`;
  return { at, count, form, stride: shape.size };
}

/** The arguments that name the lengths of pieces to the runtime. */
export function placeArguments(where: Span, { at, count, form }: LengthsPlace): Code {
  return code`${where.view}, ${at}, ${count}, ${form}`;
}

/** Bytes that pieces take as their lengths say, which may lie. */
function toldPieces(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): Code {
  const place = placeArguments(where, lengthsPlace(context, composite, field, where));
  return code`${use(context, "toldPieces")}(${place})`;
}

/** Bytes that pieces have in a record, of `available`. */
function piecesBytes(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
  available: Code,
): Code {
  if (field.pieces?.clamp !== undefined) {
    return code`Math.min(${toldPieces(context, composite, field, where)}, ${available})`;
  }
  const place = placeArguments(where, lengthsPlace(context, composite, field, where));
  return code`${use(context, "checkPieces")}(${place}, ${available}, ${quote(composite.cName)}, ${quote(field.cName)})`;
}

/** The decoded pieces in `bytes` bytes at `at`. */
function readPieces(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
  at: Code,
  bytes: Code,
): Code {
  const { at: lengthsAt, count, form } = lengthsPlace(context, composite, field, where);
  const read = use(context, field.shape.kind === "string" ? "readTextPieces" : "readBytePieces");
  return code`${read}(${where.view}, ${at}, ${bytes}, ${lengthsAt}, ${count}, ${form})`;
}

/** The bytes that an array has by its length. */
export function toldBytes(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  length: LengthPlan,
  where: Span,
): Code {
  const told = loadSum(context, length, where);
  if (length.unit === "elements") return times(told, field.variable?.stride ?? 1);
  if (length.unit === "bytes") return told;
  if (field.after === undefined) return minus(told, field.bitOffset / 8);
  return minus(binary("+", told, where.base), startOf(context, composite, field, where));
}

/** The property that tells whether a clamped array was cut, and its value. */
export function cutExpression(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
): { readonly name: Name; readonly expression: Code } | undefined {
  const length = field.variable?.length;
  const clamp = cutName(field);
  if (clamp === undefined) return undefined;
  const told =
    length === undefined
      ? toldPieces(context, composite, field, where)
      : toldBytes(context, composite, field, length, where);
  const expression = binary(">", told, capacity(context, composite, field, where));
  return { name: clamp, expression };
}

function variableExpression(context: EmitContext, composite: CompositePlan, field: FieldPlan, where: Span): Code {
  const at = startOf(context, composite, field, where);
  const { shape, variable } = field;
  const count = elementCount(context, composite, field, where);
  if (variable?.present !== undefined) {
    const read = readExpression(context, shape, where.view, at, { record: composite.cName, path: field.cName });
    return code`${binary("===", count, code`0`)} ? undefined : ${read}`;
  }
  if (variable?.list !== undefined) {
    return code`${context.lists.reader(context, variable.list.item, variable.list.align)}(${where.view}, ${at}, ${binary("+", at, count)})`;
  }
  if (field.pieces !== undefined) return readPieces(context, composite, field, where, at, count);
  if (shape.kind === "bytes") return code`${use(context, "copyBytes")}(${where.view}, ${at}, ${count})`;
  if (shape.kind === "string") return code`${use(context, "readString")}(${where.view}, ${at}, ${count})`;
  if (shape.kind === "strings")
    return code`${use(context, "readStrings")}(${where.view}, ${at}, ${count}, ${variable?.length !== undefined})`;
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const place = { record: composite.cName, path: field.cName };
  const over = field.overlies && holdsOverlying(shape);
  const read = context.arrays.reader(context, shape, place, over);
  return code`${read}(${where.view}, ${at}, ${count}${over ? code`, ${where.end}` : ""})`;
}

/** A member's value: statements to run before, and the expression. `name` is free for a local. */
export interface Value {
  readonly locals: readonly Code[];
  readonly expression: Code;
}

/** Where a data-loc member points: locals, and expressions for the checked offset and the length. */
export function locate(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
  name: Code,
): { readonly locals: readonly Code[]; readonly at: Code; readonly length: Code } {
  const { dataloc } = field;
  if (dataloc === undefined) throw new Error(`${field.cName} points nowhere`);
  const place = placeOfField(field);
  const wide = dataloc.length === undefined && place.shape.size === 8;
  const own = wide ? loadPlace(context, place, where) : loadLength(context, place, where);
  const origin = plus(where.base, dataloc.base);
  const [start, length] = wide
    ? [binary("+", origin, code`Number(${name} & 0xffffffffn)`), code`Number(BigInt.asUintN(32, ${name} >> 32n))`]
    : dataloc.length === undefined
      ? [binary("+", origin, binary("&", name, code`0xffff`)), binary(">>>", name, code`16`)]
      : [binary("+", origin, name), code`${name}Length`];
  const locals = [code`const ${name} = ${own};`];
  if (dataloc.length !== undefined)
    locals.push(code`const ${name}Length = ${loadLength(context, dataloc.length, where)};`);
  const at = code`${use(context, "checkSlice")}(${start}, ${length}, ${where.base}, ${where.end}, ${quote(composite.cName)}, ${quote(field.cName)})`;
  return { locals, at, length };
}

/** The decoded value of a member. */
export function memberValue(
  context: EmitContext,
  composite: CompositePlan,
  member: Placed,
  where: Span,
  name: Code,
): Value {
  const { field, chunk } = member;
  if (field.dataloc !== undefined) {
    const { locals, at: start, length } = locate(context, composite, field, where, name);
    const read = use(context, field.dataloc.text ? "readString" : "copyBytes");
    return { locals, expression: code`${read}(${where.view}, ${start}, ${length})` };
  }
  if (chunk !== undefined) {
    const bits = chunk.length > 4 ? code`` : loadChunk(chunk, where);
    const value = extract(context, field, chunk, bits, where, composite.cName);
    return { locals: [], expression: decodedBits(context, field, value) };
  }
  if (field.after !== undefined) {
    const { lines: locals, where: near } = findStart(context, composite, field, where, name);
    return { locals, expression: variableExpression(context, composite, field, near) };
  }
  const at = plus(where.base, field.bitOffset / 8);
  const { shape } = field;
  let expression: Code;
  if (field.variable !== undefined) expression = variableExpression(context, composite, field, where);
  else if (shape.kind === "composite" && (field.reachesEnd || field.room !== undefined)) {
    const ends = field.room === undefined ? where.end : plus(at, field.room);
    const { names } = shape.composite;
    expression = shape.composite.extent.readsToEnd
      ? code`${names.read}(${where.view}, ${at}, ${ends})`
      : code`${names.read}(${where.view}, ${at})`;
  } else {
    const place = { record: composite.cName, path: field.cName };
    expression = readExpression(context, shape, where.view, at, place, field.overlies ? where.end : undefined);
  }
  return { locals: [], expression };
}
