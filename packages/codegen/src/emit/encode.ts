import type { FunctionDeclarationStructure } from "ts-morph";
import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, UnionPlan } from "../plan/model.ts";
import { Scope } from "../plan/names.ts";
import { writeChunk } from "./bit-fields.ts";
import { type EmitContext, plus, quote, use, useType } from "./context.ts";
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

function fieldsOf(nodes: readonly NodePlan[]): FieldPlan[] {
  return nodes.flatMap((node) => (node.kind === "field" ? [node] : node.arms.flatMap(fieldsOf)));
}

function given(nodes: readonly NodePlan[]): string {
  return fieldsOf(nodes)
    .map((field) => `value.${field.name} !== undefined`)
    .join(" || ");
}

function unionLines(context: EmitContext, composite: CompositePlan, union: UnionPlan, scope: Scope): string[] {
  const lines: string[] = [];
  const end = union.offset + union.size;
  const bytes = `value.${union.bytesName}`;
  const path = quote(union.bytesName);
  const arms = union.arms.map((arm) => ({ arm, given: given(arm) })).filter((entry) => entry.given !== "");
  lines.push(`if (${bytes} !== undefined) {`);
  lines.push(
    ...indent([
      `${use(context, "writeBytes")}(${bytes}, view, ${plus("offset", union.offset)}, ${union.size}, ${path});`,
    ]),
  );
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

/** Statements that write every byte from `start` to `end`: members in order of place, padding as 0. */
function sequenceLines(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  start: number,
  end: number,
  scope: Scope,
): string[] {
  const pieces: Piece[] = [];
  for (const node of nodes) {
    if (node.kind === "union") {
      pieces.push({
        offset: node.offset,
        end: node.offset + node.size,
        lines: unionLines(context, composite, node, scope),
      });
    } else if (node.bitSize === undefined) {
      const offset = node.bitOffset / 8;
      const lines =
        node === composite.tail
          ? []
          : writeStatements(context, node.shape, `value.${node.name}`, plus("offset", offset), quote(node.name));
      pieces.push({ offset, end: offset + node.shape.size, lines });
    }
  }
  for (const chunk of chunksOf(nodes)) {
    const lines = writeChunk(
      context,
      chunk,
      "offset",
      (field) => `value.${field.name}`,
      (name) => scope.take(name),
    );
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

/** Statements that write the variable part at the record's end, after its fixed part. */
function tailLines(context: EmitContext, composite: CompositePlan): string[] {
  const { tail } = composite;
  if (tail === undefined) return [];
  const { shape } = tail;
  const at = plus("offset", tail.bitOffset / 8);
  const value = `value.${tail.name}`;
  const path = quote(tail.name);
  if (shape.kind === "composite") return [...writeStatements(context, shape, value, at, path)];
  const length = `${names(composite).length}(value) - ${tail.bitOffset / 8}`;
  if (shape.kind === "bytes") {
    return [`${use(context, "writeBytes")}(${value}, view, ${at}, ${value}?.length ?? 0, ${path});`];
  }
  if (shape.kind === "string") return [`${use(context, "writeString")}(${value}, view, ${at}, ${length}, ${path});`];
  if (shape.kind !== "array") throw new Error(`${tail.cName} is no array and ends a record`);
  const write = context.arrays.writer(context, shape.element, shape.stride);
  return [`${write}(${value}, view, ${at}, ${value}?.length ?? 0, ${path});`];
}

function names(composite: CompositePlan): CompositePlan["names"] {
  return composite.names;
}

function bodyLines(context: EmitContext, composite: CompositePlan): string[] {
  return [
    ...sequenceLines(context, composite, composite.nodes, 0, composite.size, new Scope()),
    ...tailLines(context, composite),
  ];
}

function inputType(context: EmitContext, composite: CompositePlan): string {
  return `${useType(context, "Input")}<${composite.names.type}>`;
}

/** The function that gives the bytes which a variable composite takes: `max(sizeof, offset of the tail + its bytes)`. */
export function lengthFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  const { tail } = composite;
  if (tail === undefined) return [];
  const { shape } = tail;
  const value = `value.${tail.name}`;
  let bytes: string;
  if (shape.kind === "composite") bytes = `${shape.composite.names.length}(${value} ?? {})`;
  else if (shape.kind === "string") bytes = `${use(context, "utf8Length")}(${value})`;
  else bytes = `(${value}?.length ?? 0)${shape.kind === "array" ? ` * ${shape.stride}` : ""}`;
  return [
    {
      kind: context.kinds.Function,
      name: names(composite).length,
      parameters: [{ name: "value", type: inputType(context, composite) }],
      returnType: "number",
      statements: `return Math.max(${composite.size}, ${tail.bitOffset / 8} + ${bytes});`,
    },
  ];
}

export function writeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  return {
    kind: context.kinds.Function,
    name: composite.names.write,
    parameters: [
      { name: "value", type: inputType(context, composite) },
      { name: "view", type: "DataView" },
      { name: "offset", type: "number" },
    ],
    returnType: "void",
    statements: bodyLines(context, composite).join("\n"),
  };
}

export function encodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names, tail } = composite;
  const length = tail === undefined ? `${composite.size}` : "byteLength";
  const body = composite.nested ? [`${names.write}(value, view, offset);`] : bodyLines(context, composite);
  const lines = [
    ...(tail === undefined ? [] : [`const byteLength = ${names.length}(value);`]),
    `${use(context, "checkRoom")}(${quote(composite.cName)}, view, offset, ${length});`,
    ...body,
    `return ${length};`,
  ];
  return {
    kind: context.kinds.Function,
    name: names.encode,
    isExported: true,
    docs: ["Writes `value` at `offset`, padding as zeros; returns the bytes written."],
    parameters: [
      { name: "value", type: inputType(context, composite) },
      { name: "view", type: "DataView" },
      { name: "offset", type: "number", initializer: "0" },
    ],
    returnType: "number",
    statements: lines.join("\n"),
  };
}
