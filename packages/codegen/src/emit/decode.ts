import type { FunctionDeclarationStructure } from "ts-morph";
import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, NodePlan, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import { leastEnd } from "../plan/variable.ts";
import { extract, loadChunk } from "./bit-fields.ts";
import { type EmitContext, isVariable, openUnion, parametersOf, plus, taggedOf, tailsIn, use } from "./context.ts";
import { isTold, memberValue, type Span } from "./members.ts";
import { loadPlace, placeLiteral } from "./places.ts";
import { commentText, quote } from "./text.ts";

const where: Span = { base: "offset", end: "end" };

interface Body {
  readonly locals: string[];
  readonly properties: string[];
}

function collect(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  scope: Scope,
  body: Body,
): void {
  const bitValues = new Map<NodePlan, string>();
  for (const chunk of chunksOf(nodes)) {
    const name = scope.take(`bits${chunk.offset}`);
    if (chunk.fields.every(isTold)) continue;
    if (chunk.length <= 4) body.locals.push(`const ${name} = ${loadChunk(chunk, "offset", context.plan.endian)};`);
    for (const field of chunk.fields) {
      if (isTold(field)) continue;
      bitValues.set(field, extract(context, field, chunk, name, "offset", composite.cName));
    }
  }
  for (const node of nodes) {
    if (node.kind === "union") {
      if (taggedOf(composite, node) !== undefined) continue;
      for (const arm of node.arms) collect(context, composite, arm, scope, body);
      const length = node === openUnion(composite) ? `end - offset - ${node.offset}` : `${node.size}`;
      const bytes = `${use(context, "copyBytes")}(view, ${plus("offset", node.offset)}, ${length})`;
      body.properties.push(`${node.bytesName}: ${bytes},`);
      continue;
    }
    if (node.hidden === true) continue;
    let expression = bitValues.get(node);
    if (expression === undefined) {
      const local = node.dataloc === undefined ? "" : scope.take(`${node.name}At`);
      const value = memberValue(context, composite, { field: node }, where, local);
      body.locals.push(...value.locals);
      expression = value.expression;
    }
    body.properties.push(`${node.name}: ${expression},`);
  }
}

function objectLines(properties: readonly string[]): string[] {
  if (properties.length === 0) return ["return {};"];
  return ["return {", ...properties.map((line) => `  ${line}`), "};"];
}

/** Bytes, from the composite's start, that a sample must have for an arm of a union that ends it. */
export function armEnd(variant: TaggedUnionPlan["variants"][number], union: UnionPlan): number {
  const tails = tailsIn(variant.body, union);
  return tails.length === 0 ? union.offset + variant.size : leastEnd(variant.body, tails);
}

/** An expression for the bytes of a tagged union: no more than the sample has, where it ends it. */
export function unionLength(composite: CompositePlan, tagged: TaggedUnionPlan, base: string, end: string): string {
  const { union, trailing } = tagged;
  if (!trailing) return `${union.size}`;
  const rest = `${end} - ${base} - ${union.offset}`;
  return union === openUnion(composite) ? rest : `Math.min(${union.size}, ${rest})`;
}

/** One object per variant, so that each has its own shape, and no dispatch but the switch. */
function taggedLines(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  scope: Scope,
  body: Body,
): string[] {
  const { union, trailing } = tagged;
  const lines = [`switch (${loadPlace(context, tagged.tag, "offset")}) {`];
  for (const variant of tagged.variants) {
    for (const value of variant.values) lines.push(`  case ${placeLiteral(tagged.tag, value)}:`);
    lines[lines.length - 1] += " {";
    const arm: Body = { locals: [], properties: [] };
    collect(context, composite, variant.body, scope, arm);
    if (trailing) {
      const name = quote(`${composite.cName} (${variant.kind})`);
      lines.push(`    ${use(context, "checkBounds")}(${name}, view, offset, end - offset, ${armEnd(variant, union)});`);
    }
    const properties = [`${tagged.kindName}: ${quote(variant.kind)},`, ...body.properties, ...arm.properties];
    lines.push(...[...arm.locals, ...objectLines(properties)].map((line) => `    ${line}`), "  }");
  }
  const length = unionLength(composite, tagged, "offset", "end");
  const bytes = `${use(context, "copyBytes")}(view, ${plus("offset", union.offset)}, ${length})`;
  const unknown = [
    `${tagged.kindName}: ${quote(tagged.unknownKind)},`,
    ...body.properties,
    `${union.bytesName}: ${bytes},`,
  ];
  lines.push("  default:", ...objectLines(unknown).map((line) => `    ${line}`), "}");
  return lines;
}

/** The statements that build a composite's plain object from `view` at `offset` (and up to `end`). */
function readBody(context: EmitContext, composite: CompositePlan): string[] {
  const body: Body = { locals: [], properties: [] };
  const scope = context.scope.inner(["view", "offset", "byteLength", "end"]);
  collect(context, composite, composite.nodes, scope, body);
  const { tagged, variant } = composite;
  if (variant !== undefined) body.properties.unshift(`${variant.kindName}: ${quote(variant.kind)},`);
  const [only, ...others] = tagged;
  if (only !== undefined && others.length === 0) {
    return [...body.locals, ...taggedLines(context, composite, only, scope, body)];
  }
  for (const union of tagged)
    body.properties.push(`...${union.readName}(view, offset${union.trailing ? ", end" : ""}),`);
  return [...body.locals, ...objectLines(body.properties)];
}

/** Of a struct with several tagged unions: the functions that read what each of them holds. */
export function armFunctions(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  if (composite.tagged.length < 2) return [];
  return composite.tagged.map((tagged) => {
    const scope = context.scope.inner(["view", "offset", "end"]);
    const none: Body = { locals: [], properties: [] };
    const statements = taggedLines(context, composite, tagged, scope, none).join("\n");
    const end = tagged.trailing ? [{ name: "end", type: "number" }] : [];
    return {
      kind: context.kinds.Function,
      name: tagged.readName,
      parameters: parametersOf(
        [{ name: "view", type: "DataView" }, { name: "offset", type: "number" }, ...end],
        statements,
      ),
      returnType: [...tagged.variants.map((variant) => variant.type), tagged.unknownType].join(" | "),
      statements,
    };
  });
}

/** The function that reads a contained struct, whose bytes were checked by the record that holds it. */
export function readFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const end = isVariable(composite) ? [{ name: "end", type: "number" }] : [];
  // The record's check covers what is fixed; a contained struct that varies is only checked here.
  const check =
    end.length === 0
      ? []
      : [
          `${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, end - offset, ${composite.minByteLength});`,
        ];
  const statements = [...check, ...readBody(context, composite)].join("\n");
  return {
    kind: context.kinds.Function,
    name: names.read,
    parameters: parametersOf(
      [{ name: "view", type: "DataView" }, { name: "offset", type: "number" }, ...end],
      statements,
    ),
    returnType: names.type,
    statements,
  };
}

/** The exported decoder of a record: one bounds check, then constant offsets. */
export function decodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const variable = isVariable(composite);
  const check = `${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`;
  const body = composite.nested
    ? [`return ${names.read}(view, offset${variable ? ", offset + byteLength" : ""});`]
    : [...(variable ? ["const end = offset + byteLength;"] : []), ...readBody(context, composite)];
  return {
    kind: context.kinds.Function,
    name: names.decode,
    isExported: true,
    docs: [`Copies one \`${commentText(composite.cText)}\` out of \`view\`; the result outlives the ring's bytes.`],
    parameters: [
      { name: "view", type: "DataView" },
      { name: "offset", initializer: "0", type: "number" },
      { name: "byteLength", type: "number", initializer: "view.byteLength - offset" },
    ],
    returnType: names.type,
    statements: [check, ...body].join("\n"),
  };
}
