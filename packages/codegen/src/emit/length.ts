import type { CompositePlan, FieldPlan, Shape, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import { binary, block, type Code, code, commentText, join, operand, quote } from "./code.ts";
import {
  type EmitContext,
  endsTruncated,
  givenLine,
  hasLength,
  lengthName,
  openUnion,
  overlying,
  taggedOf,
  tailsIn,
  use,
  useType,
} from "./context.ts";
import { limitedCount, locatedFields } from "./counts.ts";
import type { FunctionDeclarationStructure } from "./declaration.ts";
import { toldExpression } from "./kinds.ts";
import { memberOf, plus, times, value } from "./span.ts";

function sum(start: number, bytes: Code): Code {
  return start === 0 ? operand(bytes) : binary("+", code`${start}`, bytes);
}

/** An expression for the bytes, from the composite's start, up to the end of a field that is as long as its value. */
function endOf(context: EmitContext, composite: CompositePlan, tail: FieldPlan): Code {
  const { shape, variable } = tail;
  const start = tail.bitOffset / 8;
  if (variable?.kind === "blob") {
    const [first = code`0`, ...others] = locatedFields(composite).map(
      (field) => code`${use(context, "blobLength")}(${memberOf(field.name)})`,
    );
    const all = binary("+", first, ...others);
    const { max } = variable;
    if (max === undefined) return sum(start, all);
    return sum(start, code`${use(context, "atMost")}(${all}, ${max}, ${value}, ${quote(tail.name)})`);
  }
  if (shape.kind === "composite") {
    const { composite: inner } = shape;
    const given = binary("??", memberOf(tail.name), code`{}`);
    return sum(start, hasLength(inner) ? code`${lengthName(context, inner)}(${given})` : code`${inner.size}`);
  }
  return sum(start, times(limitedCount(context, tail), variable?.stride ?? 1));
}

/** An expression for the bytes that a union's own take, up to their end. */
function bytesEnd(union: UnionPlan): Code {
  return sum(union.offset, binary("??", code`${memberOf(union.bytesName)}?.length`, code`0`));
}

/** Lines that give the length by the kind of a tagged union that ends the composite: a variant is as long as its arm. */
function lengthByKind(context: EmitContext, composite: CompositePlan, tagged: TaggedUnionPlan): Code[] {
  const { union } = tagged;
  const lines = [code`switch (${memberOf(tagged.kindName)}) {`];
  for (const { kind, body } of tagged.variants) {
    const ends = tailsIn(body, union).map((tail) => endOf(context, composite, tail));
    const [only = code`${composite.size}`, ...more] = ends;
    const length = more.length === 0 ? only : code`Math.max(${join(ends, code`, `)})`;
    lines.push(code`  case ${quote(kind)}:`, code`    return ${length};`);
  }
  lines.push(code`  case ${quote(tagged.unknownKind)}:`, code`    return ${bytesEnd(union)};`);
  return [
    ...lines,
    code`  default: {`,
    code`    const told = ${toldExpression(context, composite, tagged)};`,
    code`    return told === ${value} ? ${composite.size} : ${lengthName(context, composite)}(told);`,
    code`  }`,
    code`}`,
  ];
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
  if (variable?.kind === "flexible") ends.push(plus(times(limitedCount(context, field), variable.stride), at));
  const { composite, depth, stride } = innermost(shape);
  if (composite?.overlies !== true) return ends;
  const given = memberOf(name);
  const length = lengthName(context, composite);
  if (depth === 0) return [...ends, plus(code`${length}(${binary("??", given, code`{}`)})`, at)];
  const flat = depth === 1 ? code`` : code`.flat(${depth === 2 ? "" : depth - 1})`;
  const each = plus(binary("+", code`${length}(item)`, times(code`i`, stride)), at);
  const items = code`${operand(binary("??", given, code`[]`))}${flat}`;
  return [...ends, code`${items}.reduce((end, item, i) => Math.max(end, ${each}), 0)`];
}

function lengthLines(context: EmitContext, composite: CompositePlan): Code[] {
  const { tail, size } = composite;
  const open = openUnion(composite);
  if (open !== undefined) {
    const tagged = taggedOf(composite, open);
    if (tagged !== undefined) return lengthByKind(context, composite, tagged);
    const ends = [bytesEnd(open), ...open.tails.map((field) => endOf(context, composite, field))];
    return [code`return Math.max(${size}, ${join(ends, code`, `)});`];
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
      parameters: [{ name: value, type: code`${useType(context, "Input")}<${names.type}>` }],
      returnType: code`number`,
      statements: block([givenLine(context, composite.cName), ...lines]),
    },
  ];
}
