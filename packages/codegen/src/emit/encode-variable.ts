import type { FunctionDeclarationStructure } from "ts-morph";
import type { CompositePlan, FieldPlan, NodePlan, PlacePlan } from "../plan/model.ts";
import { type EmitContext, endsTruncated, plus, quote, use, useType } from "./context.ts";
import { givenAt } from "./tags.ts";
import { checkedExpression, storeInt, writeStatements } from "./values.ts";

function fieldsOf(nodes: readonly NodePlan[]): FieldPlan[] {
  return nodes.flatMap((node) => (node.kind === "field" ? [node] : node.arms.flatMap(fieldsOf)));
}

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
  if (shape.kind === "bytes") return [`${use(context, "writeBytes")}(${value}, view, ${at}, ${count}, ${path});`];
  if (shape.kind === "string") return [`${use(context, "writeString")}(${value}, view, ${at}, ${count}, ${path});`];
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const write = context.arrays.writer(context, shape.element, shape.stride);
  return [`${write}(${value}, view, ${at}, ${count}, ${path});`];
}

/** Statements for an array inside the record of which only some elements count; the rest is 0. */
export function variableLines(context: EmitContext, field: FieldPlan): string[] {
  const at = plus("offset", field.bitOffset / 8);
  return [
    `${use(context, "zero")}(view, ${at}, ${field.shape.size});`,
    ...writeCounted(context, field, givenCount(context, field)),
  ];
}

function storePlace(context: EmitContext, place: PlacePlan, value: string, path: string): string {
  const { shape } = place;
  const checked = checkedExpression(context, shape, value, path);
  const signed = shape.kind !== "bool" && shape.signed;
  return storeInt("view", plus("offset", place.offset), checked, shape.size, signed, shape.endian);
}

function blobLines(context: EmitContext, composite: CompositePlan, blob: FieldPlan): string[] {
  const lines = [`let at = ${plus("offset", blob.bitOffset / 8)};`];
  for (const field of locatedFields(composite)) {
    const { dataloc, shape } = field;
    if (dataloc === undefined || shape.kind !== "int") continue;
    const path = quote(field.name);
    const value = `value.${field.name}`;
    const length = `${field.name}Length`;
    const start = dataloc.base === 0 ? "at - offset" : `at - offset - ${dataloc.base}`;
    lines.push(`const ${length} = ${use(context, "blobLength")}(${value});`);
    const own: PlacePlan = { path: "", names: [], offset: field.bitOffset / 8, shape };
    if (dataloc.length === undefined) {
      const parts = `${use(context, "uint")}(${start}, 16, ${path}) | (uint(${length}, 16, ${path}) << 16)`;
      lines.push(storeInt("view", plus("offset", own.offset), parts, 4, false, shape.endian));
    } else {
      lines.push(storePlace(context, own, start, path), storePlace(context, dataloc.length, length, path));
    }
    const write = use(context, dataloc.text ? "writeString" : "writeBytes");
    lines.push(`${write}(${value}, view, at, ${length}, ${path});`, `at += ${length};`);
  }
  return lines;
}

/** Statements that write the variable part at the record's end, after its fixed part. */
export function tailLines(context: EmitContext, composite: CompositePlan): string[] {
  const { tail } = composite;
  if (tail === undefined) return [];
  if (tail.variable?.kind === "blob") return blobLines(context, composite, tail);
  if (tail.shape.kind === "composite") {
    const at = plus("offset", tail.bitOffset / 8);
    return [...writeStatements(context, tail.shape, `value.${tail.name}`, at, quote(tail.name), true)];
  }
  return writeCounted(context, tail, givenCount(context, tail));
}

/** Statements that write each length member which was left out, and refuse one that its array does not have. */
export function derivedLines(context: EmitContext, composite: CompositePlan): string[] {
  const lines: string[] = [];
  const first = new Map<string, { readonly field: FieldPlan; readonly count: string }>();
  for (const field of fieldsOf(composite.nodes)) {
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
    const store = storePlace(context, place, place.shape.kind === "bool" ? `${count} > 0` : count, path);
    lines.push(`if (${given} === undefined) ${store}`);
    if (field.shape.kind === "string" && variable.list === undefined) continue;
    lines.push(
      `else if (Number(${given}) !== ${count}) ${fail}(${path}, ${given}, ${quote(`is not the length of ${field.name}`)});`,
    );
  }
  return lines;
}

/** The function that gives the bytes which a variable composite takes. */
export function lengthFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  const { tail, names } = composite;
  if (tail === undefined) return [];
  const { shape, variable } = tail;
  const start = tail.bitOffset / 8;
  const sum = (bytes: string): string => (start === 0 ? bytes : `${start} + ${bytes}`);
  let result: string;
  if (variable?.kind === "blob") {
    const parts = locatedFields(composite).map((field) => `${use(context, "blobLength")}(value.${field.name})`);
    result = `Math.max(${composite.size}, ${[`${start}`, ...parts].join(" + ")})`;
  } else if (shape.kind === "composite") {
    const { composite: inner } = shape;
    const bytes = inner.tail === undefined ? `${inner.size}` : `${inner.names.length}(value.${tail.name} ?? {})`;
    result = sum(bytes);
    // An outer struct may be padded behind a flexible inner one.
    if (!endsTruncated(composite)) result = `Math.max(${composite.size}, ${result})`;
  } else {
    const count = givenCount(context, tail);
    const stride = variable?.stride ?? 1;
    result = sum(stride === 1 ? count : `${count} * ${stride}`);
    if (variable?.kind !== "truncated") result = `Math.max(${composite.size}, ${result})`;
  }
  return [
    {
      kind: context.kinds.Function,
      name: names.length,
      docs: [`Bytes that \`${composite.cText}\` takes with its variable part.`],
      parameters: [{ name: "value", type: `${useType(context, "Input")}<${names.type}>` }],
      returnType: "number",
      statements: `return ${result};`,
    },
  ];
}
