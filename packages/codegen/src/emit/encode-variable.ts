import type { CompositePlan, FieldPlan, NodePlan, Shape, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import { named } from "../plan/names.ts";
import { block, type Code, code, join } from "./code.ts";
import {
  type EmitContext,
  endsTruncated,
  extentOf,
  fieldsOf,
  givenLine,
  hasLength,
  holdsOverlying,
  leavesRest,
  lengthName,
  openUnion,
  overlying,
  plus,
  taggedOf,
  tailsIn,
  use,
  useType,
} from "./context.ts";
import type { FunctionDeclarationStructure } from "./declaration.ts";
import { toldExpression } from "./kinds.ts";
import { givenAt, placeOfField, storePlace } from "./places.ts";
import { commentText, quote } from "./text.ts";
import { storeInt, writeStatements } from "./values.ts";

function locatedFields(composite: CompositePlan): FieldPlan[] {
  return fieldsOf(composite.nodes).filter((field) => field.dataloc !== undefined);
}

/** Elements (bytes, of strings, bytes and lists) that a value gives of a variable array. */
function givenCount(context: EmitContext, field: FieldPlan): Code {
  const { variable, shape } = field;
  const value = code`value.${field.name}`;
  if (variable?.list !== undefined) {
    return code`${context.lists.length(context, variable.list.item, variable.list.align)}(${value})`;
  }
  return shape.kind === "string" ? stringLength(context, field) : code`${value}?.length ?? 0`;
}

/** The same, refused where it is more than the array has at most. */
function limitedCount(context: EmitContext, field: FieldPlan): Code {
  const count = givenCount(context, field);
  const { max } = field.variable ?? {};
  if (max === undefined) return count.endsWith("?? 0") ? code`(${count})` : count;
  return code`${use(context, "atMost")}(${count}, ${max}, value.${field.name}, ${quote(field.name)})`;
}

/** The local that keeps how many elements a value gives: asked for once, since who gives it may answer anew each time. */
function countOf(context: EmitContext, field: FieldPlan): Code {
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
    const local = scope.take(named`${name}Count`);
    context.counts.set(field, local);
    if (variable.kind === "bounded") return [code`const ${local} = ${limitedCount(context, field)};`];
    const at = field.bitOffset / 8;
    const room = nested
      ? code`end - ${at === 0 ? "offset" : code`offset - ${at}`}`
      : at === 0
        ? code`byteLength`
        : code`byteLength - ${at}`;
    const count = givenCount(context, field);
    return [
      code`const ${local} = ${use(context, "checkFit")}(${count}, ${variable.stride}, ${room}, value.${name}, ${quote(name)});`,
    ];
  });
}

/** A string may be shorter than its length member says: what follows its NUL does not count. */
function stringLength(context: EmitContext, field: FieldPlan): Code {
  const value = code`value.${field.name}`;
  const own = code`${use(context, "utf8Length")}(${value})`;
  const length = field.variable?.length;
  if (length === undefined) return own;
  const given = givenAt(length.place);
  const start = length.unit === "total" ? code` - ${field.bitOffset / 8}` : code``;
  return code`(${given} === undefined ? ${own} : Number(${given})${start})`;
}

function writeCounted(context: EmitContext, field: FieldPlan, leaves = false): Code[] {
  const { shape, variable } = field;
  const count = countOf(context, field);
  const at = plus(code`offset`, field.bitOffset / 8);
  const value = code`value.${field.name}`;
  const path = quote(field.name);
  if (variable?.list !== undefined) {
    const write = context.lists.writer(context, variable.list.item, variable.list.align);
    return [code`${write}(${value}, view, ${at}, ${at} + ${count}, ${path});`];
  }
  if (shape.kind === "bytes") return [code`${use(context, "writeBytes")}(${value}, view, ${at}, ${count}, ${path});`];
  if (shape.kind === "string") {
    // What follows the NUL of a text is not said by it: members that lie there keep it.
    const length = leaves ? code`Math.min(${count}, ${use(context, "utf8Length")}(${value}) + 1)` : count;
    return [code`${use(context, "writeString")}(${value}, view, ${at}, ${length}, ${path});`];
  }
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const over = field.overlies === true && holdsOverlying(shape);
  const write = context.arrays.writer(context, shape.element, shape.stride, over);
  return [code`${write}(${value}, view, ${at}, ${count}, ${path}${over ? ", end" : ""});`];
}

/** Statements that write what may lie over the members that follow it. */
export function elementLines(context: EmitContext, field: FieldPlan): readonly Code[] {
  if (field.variable !== undefined) return writeCounted(context, field, true);
  const at = plus(code`offset`, field.bitOffset / 8);
  return writeStatements(context, field.shape, code`value.${field.name}`, at, quote(field.name), { end: code`end` });
}

/** Statements for an array inside the record of which only some elements count; the rest is 0. */
export function variableLines(context: EmitContext, field: FieldPlan): Code[] {
  const at = plus(code`offset`, field.bitOffset / 8);
  return [code`${use(context, "zero")}(view, ${at}, ${extentOf(field)});`, ...writeCounted(context, field)];
}

/**
 * Statements that write data-loc data: where it is and how long into its member, its bytes `from` the record's start on.
 * `base` is that start, `length` an expression for the bytes of `value`.
 */
export function datalocLines(
  context: EmitContext,
  field: FieldPlan,
  { value, length, base, from }: Readonly<Record<"value" | "length" | "base" | "from", Code>>,
): Code[] {
  const { dataloc } = field;
  if (dataloc === undefined) throw new Error(`${field.cName} points nowhere`);
  const own = placeOfField(field);
  const path = quote(field.name);
  const start = dataloc.base === 0 ? from : code`${from} - ${dataloc.base}`;
  const write = code`${use(context, dataloc.text ? "writeString" : "writeBytes")}(${value}, view, ${base} + ${from}, ${length}, ${path});`;
  if (dataloc.length !== undefined) {
    return [
      storePlace(context, own, start, base, path),
      storePlace(context, dataloc.length, length, base, path),
      write,
    ];
  }
  const uint = use(context, "uint");
  const parts = code`${uint}(${start}, 16, ${path}) | (${uint}(${length}, 16, ${path}) << 16)`;
  return [storeInt(code`view`, plus(base, own.offset), parts, 4, false, own.shape.endian), write];
}

function blobLines(context: EmitContext, composite: CompositePlan, blob: FieldPlan, scope: Scope): Code[] {
  const lines = [code`let at = ${blob.bitOffset / 8};`];
  for (const field of locatedFields(composite)) {
    const value = code`value.${field.name}`;
    const length = scope.take(named`${field.name}Length`);
    const given = code`${use(context, "blobLength")}(${value})`;
    lines.push(
      code`const ${length} = ${use(context, "checkFit")}(${given}, 1, ${composite.nested ? "end - offset" : "byteLength"} - at, ${value}, ${quote(field.name)});`,
    );
    lines.push(
      ...datalocLines(context, field, { value, length, base: code`offset`, from: code`at` }),
      code`at += ${length};`,
    );
  }
  return lines;
}

/** Statements that write the variable part at the record's end, after its fixed part. */
export function tailLines(context: EmitContext, composite: CompositePlan, scope: Scope): Code[] {
  const { tail } = composite;
  if (tail === undefined) return [];
  if (tail.variable?.kind === "blob") return blobLines(context, composite, tail, scope);
  return endLines(context, tail, leavesRest(composite, tail));
}

/** Statements that write a field which is as long as its value. */
export function endLines(context: EmitContext, tail: FieldPlan, leaves = false): Code[] {
  if (tail.shape.kind === "composite") {
    const at = plus(code`offset`, tail.bitOffset / 8);
    return [
      ...writeStatements(context, tail.shape, code`value.${tail.name}`, at, quote(tail.name), { end: code`end` }),
    ];
  }
  return writeCounted(context, tail, leaves);
}

/** Statements that write what is longer than a union of which nothing tells the arms apart. */
export function openLines(context: EmitContext, union: UnionPlan): Code[] {
  const bytes = code`value.${union.bytesName}`;
  const length = code`Math.max(${union.size}, ${bytes}.length)`;
  const lines = [
    code`if (${bytes} !== undefined) {`,
    code`  ${use(context, "writeBytes")}(${bytes}, view, ${plus(code`offset`, union.offset)}, ${length}, ${quote(union.bytesName)});`,
  ];
  for (const tail of union.tails) {
    lines.push(
      code`} else if (value.${tail.name} !== undefined) {`,
      ...endLines(context, tail).map((line) => code`  ${line}`),
    );
  }
  return [...lines, code`}`];
}

/** An expression for the value of the length member of an array, as it was counted. */
function derivedLength(context: EmitContext, field: FieldPlan): Code {
  const { variable } = field;
  const unit = variable?.length?.unit;
  const count = countOf(context, field);
  const bytes =
    unit === "elements" || variable === undefined || variable.stride === 1
      ? count
      : code`${count} * ${variable.stride}`;
  return unit === "total" ? code`${bytes} + ${field.bitOffset / 8}` : bytes;
}

/** What a length member is where it was left out: by member, those that are stored with their own kind of integer. */
export function derivedLengths(context: EmitContext, nodes: readonly NodePlan[]): Map<NodePlan, Code> {
  const derived = new Map<NodePlan, Code>();
  const owners = new Map(nodes.map((node) => [node.kind === "field" ? node.name : code``, node]));
  for (const field of fieldsOf(nodes)) {
    const [name = code``, ...deeper] = field.variable?.length?.place.names ?? [];
    const owner = owners.get(name);
    if (owner?.kind !== "field" || deeper.length > 0 || owner.bitSize !== undefined || derived.has(owner)) continue;
    if (owner.shape.kind === "int" || owner.shape.kind === "enum") derived.set(owner, derivedLength(context, field));
  }
  return derived;
}

/** Statements that write each length member which was left out, unless it is `stored`, and refuse one that its array does not have. */
export function derivedLines(
  context: EmitContext,
  fields: readonly FieldPlan[],
  stored: ReadonlySet<string> = new Set(),
): Code[] {
  const lines: Code[] = [];
  const first = new Map<string, { readonly field: FieldPlan; readonly count: Code }>();
  for (const field of fields) {
    const { variable } = field;
    const length = variable?.length;
    if (variable === undefined || length === undefined) continue;
    const { place } = length;
    const count = derivedLength(context, field);
    const given = givenAt(place);
    const path = quote(place.names.join("."));
    const fail = use(context, "outOfRange");
    const other = first.get(place.path);
    if (other !== undefined) {
      lines.push(
        code`if (${count} !== ${other.count}) ${fail}(${quote(field.name)}, value.${field.name}, ${quote(`has another length than ${other.field.name}`)});`,
      );
      continue;
    }
    first.set(place.path, { field, count });
    const checked = field.shape.kind !== "string" || variable.list !== undefined;
    const refused = code`${fail}(${path}, ${given}, ${quote(`is not the length of ${field.name}`)});`;
    if (place.names.length === 1 && stored.has(place.names[0] ?? "")) {
      if (checked) lines.push(code`if (${given} !== undefined && Number(${given}) !== ${count}) ${refused}`);
      continue;
    }
    const store = storePlace(
      context,
      place,
      place.shape.kind === "bool" ? code`${count} > 0` : count,
      code`offset`,
      path,
    );
    lines.push(code`if (${given} === undefined) ${store}`);
    if (checked) lines.push(code`else if (Number(${given}) !== ${count}) ${refused}`);
  }
  return lines;
}

/** An expression for the bytes, from the composite's start, up to the end of a field that is as long as its value. */
function endOf(context: EmitContext, composite: CompositePlan, tail: FieldPlan): Code {
  const { shape, variable } = tail;
  const start = tail.bitOffset / 8;
  const sum = (bytes: Code): Code => (start === 0 ? bytes : code`${start} + ${bytes}`);
  if (variable?.kind === "blob") {
    const parts = locatedFields(composite).map((field) => code`${use(context, "blobLength")}(value.${field.name})`);
    const all = join(parts, code` + `);
    const { max } = variable;
    return sum(max === undefined ? all : code`${use(context, "atMost")}(${all}, ${max}, value, ${quote(tail.name)})`);
  }
  if (shape.kind === "composite") {
    const { composite: inner } = shape;
    return sum(!hasLength(inner) ? code`${inner.size}` : code`${lengthName(context, inner)}(value.${tail.name} ?? {})`);
  }
  const count = limitedCount(context, tail);
  const stride = variable?.stride ?? 1;
  return sum(stride === 1 ? count : code`${count} * ${stride}`);
}

/** Lines that give the length by the kind of a tagged union that ends the composite: a variant is as long as its arm. */
function lengthByKind(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan): Code[] {
  const { union } = tagged;
  const lines = [code`switch (value.${tagged.kindName}) {`];
  for (const { kind, body } of tagged.variants) {
    const ends = tailsIn(body, union).map((tail) => endOf(context, composite, tail));
    const least = code`${composite.size}`;
    const [only = least, ...more] = ends;
    const length = more.length === 0 ? only : code`Math.max(${join(ends, code`, `)})`;
    lines.push(code`  case ${quote(kind)}:`, code`    return ${length};`);
  }
  lines.push(
    code`  case ${quote(tagged.unknownKind)}:`,
    code`    return ${union.offset} + (value.${union.bytesName}?.length ?? 0);`,
  );
  return [
    ...lines,
    code`  default: {`,
    code`    const told = ${toldExpression(context, composite, tagged)};`,
    code`    return told === value ? ${composite.size} : ${lengthName(context, composite)}(told);`,
    code`  }`,
    code`}`,
  ];
}

/** An expression for the bytes, from the composite's start, that the arms of an open union take. */
function openEnd(context: EmitContext, composite: CompositePlan, union: UnionPlan): Code {
  const bytes = code`${plus(code`(value.${union.bytesName}?.length ?? 0)`, union.offset)}`;
  return join([bytes, ...union.tails.map((tail) => endOf(context, composite, tail))], code`, `);
}

/** How deep structs lie in arrays of arrays, and how many bytes apart. */
function innermost(shape: Shape, depth = 0, stride = 0): { composite?: CompositePlan; depth: number; stride: number } {
  if (shape.kind === "array") return innermost(shape.element, depth + 1, shape.stride);
  return shape.kind === "composite" ? { composite: shape.composite, depth, stride } : { depth, stride };
}

/** Expressions for the bytes, from the composite's start, up to the end of elements that may lie over what follows. */
function elementEnds(context: EmitContext, field: FieldPlan): Code[] {
  const { shape, variable, name } = field;
  const at = field.bitOffset / 8;
  const ends: Code[] = [];
  if (variable?.kind === "flexible") {
    const count = limitedCount(context, field);
    ends.push(plus(variable.stride === 1 ? count : code`${count} * ${variable.stride}`, at));
  }
  const { composite, depth, stride } = innermost(shape);
  if (composite?.overlies !== true) return ends;
  if (depth === 0) return [...ends, plus(code`${lengthName(context, composite)}(value.${name} ?? {})`, at)];
  const flat = depth === 1 ? code`` : code`.flat(${depth === 2 ? "" : depth - 1})`;
  const each = plus(code`${lengthName(context, composite)}(item) + i * ${stride}`, at);
  return [...ends, code`(value.${name} ?? [])${flat}.reduce((end, item, i) => Math.max(end, ${each}), 0)`];
}

function lengthLines(context: EmitContext, composite: CompositePlan): Code[] {
  const { tail, size } = composite;
  const open = openUnion(composite);
  if (open !== undefined) {
    const tagged = taggedOf(composite, open);
    if (tagged !== undefined) return lengthByKind(context, composite, tagged);
    return [code`return Math.max(${size}, ${openEnd(context, composite, open)});`];
  }
  const over = overlying(composite).flatMap((field) => elementEnds(context, field));
  const ends = tail === undefined ? over : [endOf(context, composite, tail), ...over];
  if (ends.length === 0) return [];
  // Structs may be padded behind a flexible array; one that is sent cut short has nothing behind it.
  const cut = endsTruncated(composite);
  const padded = tail === undefined || tail.bitOffset / 8 < size || ends.length > 1;
  const [first = code``, ...more] = cut || !padded ? ends : [code`${size}`, ...ends];
  return [code`return ${more.length === 0 ? first : code`Math.max(${join([first, ...more], code`, `)})`};`];
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
      docs: [code`Bytes that \`${commentText(composite.cText)}\` takes with its variable part.`],
      parameters: [{ name: code`value`, type: code`${useType(context, "Input")}<${names.type}>` }],
      returnType: code`number`,
      statements: block([givenLine(context, composite.cName), ...lines]),
    },
  ];
}
