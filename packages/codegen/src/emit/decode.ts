import type { FunctionDeclarationStructure } from "ts-morph";
import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan } from "../plan/model.ts";
import { Scope } from "../plan/names.ts";
import { extract, loadChunk } from "./bit-fields.ts";
import { type EmitContext, plus, quote, use } from "./context.ts";
import { propertyKey } from "./types.ts";
import { readExpression } from "./values.ts";

interface Body {
  readonly locals: string[];
  readonly properties: string[];
}

function readTail(context: EmitContext, composite: CompositePlan, field: FieldPlan): string {
  const at = plus("offset", field.bitOffset / 8);
  const { shape } = field;
  const where = { record: composite.cName, path: field.cName };
  if (shape.kind === "composite") return `${shape.composite.names.read}(view, ${at}, end)`;
  const length = `end - ${field.bitOffset === 0 ? "offset" : `(${at})`}`;
  if (shape.kind === "bytes") return `${use(context, "copyBytes")}(view, ${at}, ${length})`;
  if (shape.kind === "string") return `${use(context, "readString")}(view, ${at}, ${length})`;
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array and ends a record`);
  const count = shape.stride === 0 ? "0" : `Math.floor((${length}) / ${shape.stride})`;
  return `${context.arrays.reader(context, shape.element, shape.stride, where)}(view, ${at}, ${count})`;
}

function collect(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  scope: Scope,
  body: Body,
): void {
  const bitValues = new Map<FieldPlan, string>();
  for (const chunk of chunksOf(nodes)) {
    const name = scope.take(`bits${chunk.offset}`);
    if (chunk.length <= 4) body.locals.push(`const ${name} = ${loadChunk(chunk, "offset", context.plan.endian)};`);
    for (const field of chunk.fields) {
      bitValues.set(field, extract(context, field, chunk, name, "offset", composite.cName));
    }
  }
  for (const node of nodes) {
    if (node.kind === "union") {
      for (const arm of node.arms) collect(context, composite, arm, scope, body);
      const bytes = `${use(context, "copyBytes")}(view, ${plus("offset", node.offset)}, ${node.size})`;
      body.properties.push(`${node.bytesName}: ${bytes},`);
      continue;
    }
    const where = { record: composite.cName, path: node.cName };
    const value =
      bitValues.get(node) ??
      (node === composite.tail
        ? readTail(context, composite, node)
        : readExpression(context, node.shape, plus("offset", node.bitOffset / 8), where));
    body.properties.push(`${propertyKey(node.name)}: ${value},`);
  }
}

/** The statements that build a composite's plain object from `view` at `offset` (and up to `end`). */
function readBody(context: EmitContext, composite: CompositePlan): string[] {
  const body: Body = { locals: [], properties: [] };
  collect(context, composite, composite.nodes, new Scope(), body);
  return [...body.locals, "return {", ...body.properties.map((line) => `  ${line}`), "};"];
}

/** The function that reads a contained struct, whose bytes were checked by the record that holds it. */
export function readFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  return {
    kind: context.kinds.Function,
    name: composite.names.read,
    parameters: [
      { name: "view", type: "DataView" },
      { name: "offset", type: "number" },
      ...(composite.tail === undefined ? [] : [{ name: "end", type: "number" }]),
    ],
    returnType: composite.names.type,
    statements: readBody(context, composite).join("\n"),
  };
}

/** The exported decoder of a record: one bounds check, then constant offsets. */
export function decodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names, tail } = composite;
  const check = `${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`;
  const body = composite.nested
    ? [`return ${names.read}(view, offset${tail === undefined ? "" : ", offset + byteLength"});`]
    : [...(tail === undefined ? [] : ["const end = offset + byteLength;"]), ...readBody(context, composite)];
  return {
    kind: context.kinds.Function,
    name: names.decode,
    isExported: true,
    docs: [`Copies one \`${composite.cText}\` out of \`view\`; the result outlives the ring's bytes.`],
    parameters: [
      { name: "view", type: "DataView" },
      { name: "offset", initializer: "0", type: "number" },
      { name: "byteLength", type: "number", initializer: "view.byteLength - offset" },
    ],
    returnType: names.type,
    statements: [check, ...body].join("\n"),
  };
}
