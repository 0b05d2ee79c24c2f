import type { FunctionDeclarationStructure } from "ts-morph";
import type { CompositePlan, FieldPlan, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import {
  type EmitContext,
  endsTruncated,
  extentOf,
  fieldsOf,
  givenLine,
  hasLength,
  holdsOverlying,
  openUnion,
  overlying,
  plus,
  taggedOf,
  tailsIn,
  use,
  useType,
} from "./context.ts";
import { type OwnElements, overlayEnds } from "./overlay.ts";
import { givenAt, placeOfField, storePlace } from "./places.ts";
import { commentText, quote } from "./text.ts";
import { storeInt, writeStatements } from "./values.ts";

function locatedFields(composite: CompositePlan): FieldPlan[] {
  return fieldsOf(composite.nodes).filter((field) => field.dataloc !== undefined);
}

/** Elements (bytes, of strings, bytes and lists) that a value gives of a variable array. */
function givenCount(context: EmitContext, field: FieldPlan): string {
  const { variable, shape } = field;
  const value = `value.${field.name}`;
  let count: string;
  if (variable?.list !== undefined) {
    count = `${context.lists.length(context, variable.list.item, variable.list.align)}(${value})`;
  } else if (shape.kind === "string") count = stringLength(context, field);
  else count = `(${value}?.length ?? 0)`;
  if (variable?.max === undefined) return count;
  const bare = count.startsWith("(") ? count.slice(1, -1) : count;
  return `${use(context, "atMost")}(${bare}, ${variable.max}, ${value}, ${quote(field.name)})`;
}

/** A string may be shorter than its length member says: what follows its NUL does not count. */
function stringLength(context: EmitContext, field: FieldPlan): string {
  const value = `value.${field.name}`;
  const own = `${use(context, "utf8Length")}(${value})`;
  const length = field.variable?.length;
  if (length === undefined) return own;
  const given = givenAt(length.place);
  const start = length.unit === "total" ? ` - ${field.bitOffset / 8}` : "";
  return `(${given} === undefined ? ${own} : Number(${given})${start})`;
}

function writeCounted(context: EmitContext, field: FieldPlan, count: string): string[] {
  const { shape, variable } = field;
  const at = plus("offset", field.bitOffset / 8);
  const value = `value.${field.name}`;
  const path = quote(field.name);
  if (variable?.list !== undefined) {
    const write = context.lists.writer(context, variable.list.item, variable.list.align);
    return [`${write}(${value}, view, ${at}, ${path});`];
  }
  if (shape.kind === "bytes" && variable?.max === undefined) {
    return [`if (${value} !== undefined) ${use(context, "putBytes")}(${value}, view, ${at});`];
  }
  if (shape.kind === "bytes") return [`${use(context, "writeBytes")}(${value}, view, ${at}, ${count}, ${path});`];
  if (shape.kind === "string") return [`${use(context, "writeString")}(${value}, view, ${at}, ${count}, ${path});`];
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const over = field.overlies === true && holdsOverlying(shape);
  const write = context.arrays.writer(context, shape.element, shape.stride, over);
  return [`${write}(${value}, view, ${at}, ${count}, ${path});`];
}

/** The elements of an array that has none of its own and lies over what follows it. */
export function ownElements(context: EmitContext, { tail }: CompositePlan, field: FieldPlan): OwnElements | undefined {
  if (field.variable === undefined || field.variable.kind !== "flexible" || field === tail) return undefined;
  const count = givenCount(context, field);
  const { stride } = field.variable;
  return { lines: writeCounted(context, field, count), bytes: stride === 1 ? count : `${count} * ${stride}` };
}

/** Statements for an array inside the record of which only some elements count; the rest is 0. */
export function variableLines(context: EmitContext, field: FieldPlan): string[] {
  const at = plus("offset", field.bitOffset / 8);
  return [
    `${use(context, "zero")}(view, ${at}, ${extentOf(field)});`,
    ...writeCounted(context, field, givenCount(context, field)),
  ];
}

/**
 * Statements that write data-loc data: where it is and how long into its member, its bytes `from` the record's start on.
 * `base` is that start, `length` an expression for the bytes of `value`.
 */
export function datalocLines(
  context: EmitContext,
  field: FieldPlan,
  { value, length, base, from }: Readonly<Record<"value" | "length" | "base" | "from", string>>,
): string[] {
  const { dataloc } = field;
  if (dataloc === undefined) throw new Error(`${field.cName} points nowhere`);
  const own = placeOfField(field);
  const path = quote(field.name);
  const start = dataloc.base === 0 ? from : `${from} - ${dataloc.base}`;
  const write = `${use(context, dataloc.text ? "writeString" : "writeBytes")}(${value}, view, ${base} + ${from}, ${length}, ${path});`;
  if (dataloc.length !== undefined) {
    return [
      storePlace(context, own, start, base, path),
      storePlace(context, dataloc.length, length, base, path),
      write,
    ];
  }
  const uint = use(context, "uint");
  const parts = `${uint}(${start}, 16, ${path}) | (${uint}(${length}, 16, ${path}) << 16)`;
  return [storeInt("view", plus(base, own.offset), parts, 4, false, own.shape.endian), write];
}

function blobLines(context: EmitContext, composite: CompositePlan, blob: FieldPlan): string[] {
  const lines = [`let at = ${blob.bitOffset / 8};`];
  for (const field of locatedFields(composite)) {
    const value = `value.${field.name}`;
    const length = `${field.name}Length`;
    lines.push(`const ${length} = ${use(context, "blobLength")}(${value});`);
    lines.push(...datalocLines(context, field, { value, length, base: "offset", from: "at" }), `at += ${length};`);
  }
  return lines;
}

/** Statements that write the variable part at the record's end, after its fixed part. */
export function tailLines(context: EmitContext, composite: CompositePlan): string[] {
  const { tail } = composite;
  if (tail === undefined) return [];
  if (tail.variable?.kind === "blob") return blobLines(context, composite, tail);
  return endLines(context, tail);
}

/** Statements that write a field which is as long as its value. */
export function endLines(context: EmitContext, tail: FieldPlan): string[] {
  if (tail.shape.kind === "composite") {
    const at = plus("offset", tail.bitOffset / 8);
    return [...writeStatements(context, tail.shape, `value.${tail.name}`, at, quote(tail.name), { ending: true })];
  }
  return writeCounted(context, tail, givenCount(context, tail));
}

/** Statements that write what is longer than a union of which nothing tells the arms apart. */
export function openLines(context: EmitContext, union: UnionPlan): string[] {
  const bytes = `value.${union.bytesName}`;
  const length = `Math.max(${union.size}, ${bytes}.length)`;
  const lines = [
    `if (${bytes} !== undefined) {`,
    `  ${use(context, "writeBytes")}(${bytes}, view, ${plus("offset", union.offset)}, ${length}, ${quote(union.bytesName)});`,
  ];
  for (const tail of union.tails) {
    lines.push(`} else if (value.${tail.name} !== undefined) {`, ...endLines(context, tail).map((line) => `  ${line}`));
  }
  return [...lines, "}"];
}

/** Statements that write each length member which was left out, and refuse one that its array does not have. */
export function derivedLines(context: EmitContext, fields: readonly FieldPlan[]): string[] {
  const lines: string[] = [];
  const first = new Map<string, { readonly field: FieldPlan; readonly count: string }>();
  for (const field of fields) {
    const { variable } = field;
    const length = variable?.length;
    if (variable === undefined || length === undefined) continue;
    const { place, unit } = length;
    let count = givenCount(context, field);
    if (unit !== "elements" && variable.stride !== 1) count = `${count} * ${variable.stride}`;
    if (unit === "total") count = `${count} + ${field.bitOffset / 8}`;
    const given = givenAt(place);
    const path = quote(place.names.join("."));
    const fail = use(context, "outOfRange");
    const other = first.get(place.path);
    if (other !== undefined) {
      lines.push(
        `if (${count} !== ${other.count}) ${fail}(${quote(field.name)}, value.${field.name}, ${quote(`has another length than ${other.field.name}`)});`,
      );
      continue;
    }
    first.set(place.path, { field, count });
    const store = storePlace(context, place, place.shape.kind === "bool" ? `${count} > 0` : count, "offset", path);
    lines.push(`if (${given} === undefined) ${store}`);
    if (field.shape.kind === "string" && variable.list === undefined) continue;
    lines.push(
      `else if (Number(${given}) !== ${count}) ${fail}(${path}, ${given}, ${quote(`is not the length of ${field.name}`)});`,
    );
  }
  return lines;
}

/** An expression for the bytes, from the composite's start, up to the end of a field that is as long as its value. */
function endOf(context: EmitContext, composite: CompositePlan, tail: FieldPlan): string {
  const { shape, variable } = tail;
  const start = tail.bitOffset / 8;
  const sum = (bytes: string): string => (start === 0 ? bytes : `${start} + ${bytes}`);
  if (variable?.kind === "blob") {
    const parts = locatedFields(composite).map((field) => `${use(context, "blobLength")}(value.${field.name})`);
    const all = parts.join(" + ");
    const { max } = variable;
    return sum(max === undefined ? all : `${use(context, "atMost")}(${all}, ${max}, value, ${quote(tail.name)})`);
  }
  if (shape.kind === "composite") {
    const { composite: inner } = shape;
    return sum(!hasLength(inner) ? `${inner.size}` : `${inner.names.length}(value.${tail.name} ?? {})`);
  }
  const count = givenCount(context, tail);
  const stride = variable?.stride ?? 1;
  return sum(stride === 1 ? count : `${count} * ${stride}`);
}

/** Lines that give the length by the kind of a tagged union that ends the composite: a variant is as long as its arm. */
function lengthByKind(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan): string[] {
  const { union } = tagged;
  const lines = [`switch (value.${tagged.kindName}) {`];
  for (const { kind, body } of tagged.variants) {
    const ends = tailsIn(body, union).map((tail) => endOf(context, composite, tail));
    const least = `${composite.size}`;
    const [only = least, ...more] = ends;
    const length = more.length === 0 ? only : `Math.max(${ends.join(", ")})`;
    lines.push(`  case ${quote(kind)}:`, `    return ${length};`);
  }
  lines.push('  case "unknown":', `    return ${union.offset} + (value.${union.bytesName}?.length ?? 0);`);
  return [...lines, "  default:", `    return ${composite.size};`, "}"];
}

/** An expression for the bytes, from the composite's start, that the arms of an open union take. */
function openEnd(context: EmitContext, composite: CompositePlan, union: UnionPlan): string {
  const bytes = `${plus(`(value.${union.bytesName}?.length ?? 0)`, union.offset)}`;
  return [bytes, ...union.tails.map((tail) => endOf(context, composite, tail))].join(", ");
}

function lengthLines(context: EmitContext, composite: CompositePlan): string[] {
  const { tail, size } = composite;
  const open = openUnion(composite);
  if (open !== undefined) {
    const tagged = taggedOf(composite, open);
    if (tagged !== undefined) return lengthByKind(context, composite, tagged);
    return [`return Math.max(${size}, ${openEnd(context, composite, open)});`];
  }
  const over = overlying(composite).flatMap((field) => {
    const laid = { value: `value.${field.name}`, at: field.bitOffset / 8 };
    return overlayEnds(field, laid, ownElements(context, composite, field));
  });
  const ends = tail === undefined ? over : [endOf(context, composite, tail), ...over];
  if (ends.length === 0) return [];
  // Structs may be padded behind a flexible array; one that is sent cut short has nothing behind it.
  const cut = tail?.shape.kind === "composite" ? endsTruncated(composite) : tail?.variable?.kind === "truncated";
  const padded = tail === undefined || tail.bitOffset / 8 < size || ends.length > 1;
  const [first = "", ...more] = cut || !padded ? ends : [`${size}`, ...ends];
  return [`return ${more.length === 0 ? first : `Math.max(${[first, ...more].join(", ")})`};`];
}

/** The function that gives the bytes which a variable composite takes. */
export function lengthFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  const { names } = composite;
  const lines = lengthLines(context, composite);
  if (lines.length === 0) return [];
  return [
    {
      kind: context.kinds.Function,
      name: names.length,
      docs: [`Bytes that \`${commentText(composite.cText)}\` takes with its variable part.`],
      parameters: [{ name: "value", type: `${useType(context, "Input")}<${names.type}>` }],
      returnType: "number",
      statements: [...(composite.record ? [givenLine(context, composite.cName)] : []), ...lines].join("\n"),
    },
  ];
}
