import type { FunctionDeclarationStructure } from "ts-morph";
import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import { writeChunk } from "./bit-fields.ts";
import {
  type EmitContext,
  endsTruncated,
  extentOf,
  fieldsOf,
  fixedEnd,
  givenLine,
  hasLength,
  leavesRest,
  lengthName,
  openUnion,
  overlying,
  parametersOf,
  plus,
  reachesEnd,
  taggedOf,
  tailsIn,
  use,
  useType,
} from "./context.ts";
import { armEnd } from "./decode.ts";
import {
  countLines,
  derivedLengths,
  derivedLines,
  elementLines,
  endLines,
  openLines,
  tailLines,
  variableLines,
} from "./encode-variable.ts";
import { toldExpression } from "./kinds.ts";
import { isTold } from "./members.ts";
import { tagLines } from "./places.ts";
import { quote } from "./text.ts";
import { writeStatements } from "./values.ts";

/** Statements at a place, so that padding between them can be found. */
interface Piece {
  readonly offset: number;
  readonly end: number;
  readonly lines: readonly string[];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

/** Zeros from `offset` to `end`. */
function zeroLines(context: EmitContext, offset: number, end: number): string[] {
  const length = end - offset;
  if (length <= 0) return [];
  const at = plus("offset", offset);
  if (length === 1) return [`view.setUint8(${at}, 0);`];
  if (length === 2) return [`view.setUint16(${at}, 0);`];
  if (length === 4) return [`view.setUint32(${at}, 0);`];
  return [`${use(context, "zero")}(view, ${at}, ${length});`];
}

/** Whether a value gives anything of an arm. */
function given(nodes: readonly NodePlan[]): string {
  return nodes
    .flatMap((node): string[] =>
      node.kind === "field"
        ? [`value.${node.name} !== undefined`]
        : [`value.${node.bytesName} !== undefined`, ...node.arms.map(given)],
    )
    .filter((text) => text !== "")
    .join(" || ");
}

function unionLines(context: EmitContext, composite: CompositePlan, union: UnionPlan, scope: Scope): string[] {
  const end = union.offset + union.size;
  const bytes = `value.${union.bytesName}`;
  const open = union === openUnion(composite);
  const arms = union.arms.map((arm) => ({ arm, given: given(arm) })).filter((entry) => entry.given !== "");
  const write = `${use(context, "writeBytes")}(${bytes}, view, ${plus("offset", union.offset)}, ${union.size}, ${quote(union.bytesName)});`;
  // Bytes of a union that ends the record may be more than those of its fixed arms: they are written last.
  const lines = open ? [`if (${bytes} !== undefined) {`] : [`if (${bytes} !== undefined) {`, `  ${write}`];
  if (arms.length > 1) {
    const count = arms.map((entry) => `Number(${entry.given})`).join(" + ");
    lines.push(`} else if (${count} > 1) {`);
    lines.push(`  ${use(context, "outOfRange")}("", value, "gives more than one arm of a union");`);
  }
  for (const entry of arms) {
    lines.push(`} else if (${entry.given}) {`);
    lines.push(...indent(sequenceLines(context, composite, entry.arm, union.offset, end, scope)));
  }
  const rest = zeroLines(context, union.offset, end);
  if (rest.length > 0) lines.push("} else {", ...indent(rest));
  lines.push("}");
  return lines;
}

/**
 * Statements that write the arm which a value's kind names, after all that is beside it: tag and lengths may stand
 * behind the union. An arm that varies in length ends the record.
 */
function taggedLines(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  scope: Scope,
  again: string,
): string[] {
  const { union } = tagged;
  const open = union === openUnion(composite);
  const end = open ? composite.size : union.offset + union.size;
  const lines = [`switch (value.${tagged.kindName}) {`];
  for (const variant of tagged.variants) {
    const tails = tailsIn(variant.body, union);
    const counts = countLines(context, composite, variant.body, scope);
    const until = tails.length === 0 ? end : armEnd(variant, union);
    const body = [
      ...sequenceLines(context, composite, variant.body, union.offset, until, scope),
      ...tails.flatMap((tail) => endLines(context, tail)),
      ...tagLines(context, tagged.tag, variant.values, variant.kind),
      ...derivedLines(context, fieldsOf(variant.body)),
      "break;",
    ];
    const block = counts.length > 0;
    lines.push(
      `  case ${quote(variant.kind)}:${block ? " {" : ""}`,
      ...indent(indent([...counts, ...body])),
      ...(block ? ["  }"] : []),
    );
  }
  const given = `value.${union.bytesName}`;
  const length = open ? `${given}?.length ?? 0` : `${union.size}`;
  const bytes = `${use(context, "writeBytes")}(${given}, view, ${plus("offset", union.offset)}, ${length}, ${quote(union.bytesName)});`;
  lines.push(`  case ${quote(tagged.unknownKind)}:`, ...indent(indent([bytes, "break;"])));
  const nothing = [
    `const told = ${toldExpression(context, composite, tagged)};`,
    `if (told !== value) return ${again};`,
    ...zeroLines(context, union.offset, end),
  ];
  lines.push("  default: {", ...indent(indent(nothing)), "  }", "}");
  return lines;
}

function pieceOf(
  context: EmitContext,
  composite: CompositePlan,
  node: NodePlan,
  scope: Scope,
  derived: ReadonlyMap<NodePlan, string>,
): Piece | undefined {
  if (node.kind === "union") {
    const tagged = taggedOf(composite, node) !== undefined;
    const lines = tagged ? [] : unionLines(context, composite, node, scope);
    return { offset: node.offset, end: node.offset + node.size, lines };
  }
  if (node.bitSize !== undefined) return undefined;
  const offset = node.bitOffset / 8;
  const size = extentOf(node);
  const piece = (lines: readonly string[]): Piece => ({ offset, end: offset + size, lines });
  // Written after the fixed part, or told by another member.
  if (reachesEnd(composite, node)) return undefined;
  if (isTold(node)) return piece(zeroLines(context, offset, offset + size));
  // Elements that may lie over what follows are stored behind all of it.
  if (node.overlies === true) return piece(zeroLines(context, offset, offset + size));
  if (node.variable !== undefined) return piece(variableLines(context, node));
  const { shape, name, room } = node;
  const length = derived.get(node);
  const value = length === undefined ? `value.${name}` : `value.${name} ?? ${length}`;
  return piece(writeStatements(context, shape, value, plus("offset", offset), quote(name), { room }));
}

/** Statements that write every byte from `start` to `end`: members in order of place, padding as 0. */
function sequenceLines(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  start: number,
  end: number,
  scope: Scope,
  derived: ReadonlyMap<NodePlan, string> = new Map(),
): string[] {
  const pieces = nodes.flatMap((node) => pieceOf(context, composite, node, scope, derived) ?? []);
  for (const whole of chunksOf(nodes)) {
    const member = (field: FieldPlan): string => `value.${field.name}`;
    const chunk = { ...whole, fields: whole.fields.filter((field) => !isTold(field)) };
    const lines = writeChunk(context, chunk, "offset", member, (name) => scope.take(name));
    pieces.push({ offset: chunk.offset, end: chunk.offset + chunk.length, lines });
  }
  pieces.sort((a, b) => a.offset - b.offset);
  const lines: string[] = [];
  let done = start;
  for (const piece of pieces) {
    lines.push(...zeroLines(context, done, piece.offset), ...piece.lines);
    done = Math.max(done, piece.end);
  }
  lines.push(...zeroLines(context, done, end));
  return lines;
}

function isTagged(composite: CompositePlan, node: NodePlan): boolean {
  return node.kind === "union" && taggedOf(composite, node) !== undefined;
}

/** Statements that write a composite; `again` writes another value in its place. */
function bodyLines(context: EmitContext, composite: CompositePlan, again: string): string[] {
  const { tail, variant } = composite;
  const inner = tail?.shape.kind === "composite" ? tail.shape.composite : undefined;
  const cut = endsTruncated(composite) || inner !== undefined;
  const open = openUnion(composite);
  const byKind = open !== undefined && taggedOf(composite, open) !== undefined;
  const end = cut && tail !== undefined ? tail.bitOffset / 8 : byKind ? open.offset : composite.size;
  const scope = context.scope.inner(["view", "offset", "byteLength", "value", "at", "end", "told"]);
  const untold = composite.nodes.filter((node) => !isTagged(composite, node));
  const counts = countLines(context, composite, untold, scope);
  const derived = derivedLengths(context, untold);
  const stored = new Set([...derived.keys()].map((node) => (node.kind === "field" ? node.name : "")));
  return [
    ...counts,
    ...sequenceLines(context, composite, composite.nodes, 0, end, scope, derived),
    ...composite.tagged.flatMap((tagged) => taggedLines(context, composite, tagged, scope, again)),
    ...(open === undefined || byKind ? [] : openLines(context, open)),
    ...(inner === undefined || hasLength(inner) ? [] : zeroLines(context, end + inner.size, composite.size)),
    ...tailLines(context, composite, scope),
    ...derivedLines(context, fieldsOf(untold), stored),
    ...(variant === undefined ? [] : tagLines(context, variant.tag, variant.values, variant.kind)),
    ...overlying(composite).flatMap((field) => elementLines(context, field)),
  ];
}

/** What `encode` takes for a composite. */
export function inputType(context: EmitContext, composite: CompositePlan): string {
  return `${useType(context, "Input")}<${composite.names.type}>`;
}

/** The function that writes a contained struct; what holds it has zeroed the bytes that it may leave out. */
export function writeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const end = hasLength(composite) ? ", end" : "";
  const statements = bodyLines(context, composite, `${names.write}(told, view, offset${end})`).join("\n");
  const parameters = [
    { name: "value", type: inputType(context, composite) },
    { name: "view", type: "DataView" },
    { name: "offset", type: "number" },
    ...(end === "" ? [] : [{ name: "end", type: "number" }]),
  ];
  return {
    kind: context.kinds.Function,
    name: composite.names.write,
    parameters: parametersOf(parameters, statements),
    returnType: "void",
    statements,
  };
}

/** Whether every byte of a record is written by statements of its own. */
function leavesNothing(composite: CompositePlan): boolean {
  const { tail, size } = composite;
  if (openUnion(composite) !== undefined || overlying(composite).length > 0) return false;
  if (tail === undefined) return true;
  if (tail.shape.kind === "composite" || (tail.shape.kind === "string" && leavesRest(composite, tail))) return false;
  return endsTruncated(composite) || tail.bitOffset / 8 >= size;
}

/** The exported encoder of a record. */
export function encodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const variable = hasLength(composite);
  const length = variable ? "byteLength" : `${composite.size}`;
  const body = composite.nested
    ? [`${names.write}(value, view, offset${variable ? ", offset + byteLength" : ""});`]
    : bodyLines(context, composite, `${names.encode}(told, view, offset)`);
  const from = fixedEnd(composite);
  const asksEnd =
    !composite.nested &&
    variable &&
    body.some((line) => /(?<![\w$.#])end(?![\w$])/.test(line.replace(/"(?:[^"\\]|\\.)*"/g, "")));
  const lines = [
    variable ? `const byteLength = ${lengthName(context, composite)}(value);` : givenLine(context, composite.cName),
    `${use(context, "checkRoom")}(${quote(composite.cName)}, view, offset, ${length});`,
    ...(asksEnd ? ["const end = offset + byteLength;"] : []),
    ...(variable && !leavesNothing(composite)
      ? [`${use(context, "zero")}(view, ${plus("offset", from)}, byteLength${from === 0 ? "" : ` - ${from}`});`]
      : []),
    ...body,
    `return ${length};`,
  ];
  return {
    kind: context.kinds.Function,
    name: names.encode,
    isExported: true,
    docs: ["Writes `value` at `offset`, padding as zeros; returns the bytes written."],
    parameters: parametersOf(
      [
        { name: "value", type: inputType(context, composite) },
        { name: "view", type: "DataView" },
        { name: "offset", type: "number", initializer: "0" },
      ],
      lines.join("\n"),
    ),
    returnType: "number",
    statements: lines.join("\n"),
  };
}
