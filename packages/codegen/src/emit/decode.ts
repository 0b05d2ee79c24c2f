import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, NodePlan, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import { named } from "../plan/names.ts";
import { leastEnd } from "../plan/variable.ts";
import { extract, loadChunk } from "./bit-fields.ts";
import { block, type Code, code, join } from "./code.ts";
import { type EmitContext, isVariable, openUnion, parametersOf, plus, taggedOf, tailsIn, use } from "./context.ts";
import type { FunctionDeclarationStructure } from "./declaration.ts";
import { isTold, memberValue, type Span } from "./members.ts";
import { loadPlace, placeLiteral } from "./places.ts";
import { commentText, quote } from "./text.ts";

const where: Span = { base: code`offset`, end: code`end` };

interface Body {
  readonly locals: Code[];
  readonly properties: Code[];
}

function collect(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  scope: Scope,
  body: Body,
): void {
  const bitValues = new Map<NodePlan, Code>();
  for (const chunk of chunksOf(nodes)) {
    const name = scope.take(named`bits${chunk.offset}`);
    if (chunk.fields.every(isTold)) continue;
    if (chunk.length <= 4)
      body.locals.push(code`const ${name} = ${loadChunk(chunk, code`offset`, context.plan.endian)};`);
    for (const field of chunk.fields) {
      if (isTold(field)) continue;
      bitValues.set(field, extract(context, field, chunk, name, code`offset`, composite.cName));
    }
  }
  for (const node of nodes) {
    if (node.kind === "union") {
      if (taggedOf(composite, node) !== undefined) continue;
      for (const arm of node.arms) collect(context, composite, arm, scope, body);
      const length = node === openUnion(composite) ? code`end - offset - ${node.offset}` : code`${node.size}`;
      const bytes = code`${use(context, "copyBytes")}(view, ${plus(code`offset`, node.offset)}, ${length})`;
      body.properties.push(code`${node.bytesName}: ${bytes},`);
      continue;
    }
    if (node.hidden === true) continue;
    let expression = bitValues.get(node);
    if (expression === undefined) {
      const local = node.dataloc === undefined ? code`` : scope.take(named`${node.name}At`);
      const value = memberValue(context, composite, { field: node }, where, local);
      body.locals.push(...value.locals);
      expression = value.expression;
    }
    body.properties.push(code`${node.name}: ${expression},`);
  }
}

function objectLines(properties: readonly Code[]): Code[] {
  if (properties.length === 0) return [code`return {};`];
  return [code`return {`, ...properties.map((line) => code`  ${line}`), code`};`];
}

/** Bytes, from the composite's start, that a sample must have for an arm of a union that ends it. */
export function armEnd(variant: TaggedUnionPlan["variants"][number], union: UnionPlan): number {
  const tails = tailsIn(variant.body, union);
  return tails.length === 0 ? union.offset + variant.size : leastEnd(variant.body, tails);
}

/** An expression for the bytes of a tagged union: no more than the sample has, where it ends it. */
export function unionLength(composite: CompositePlan, tagged: TaggedUnionPlan, base: Code, end: Code): Code {
  const { union, trailing } = tagged;
  if (!trailing) return code`${union.size}`;
  const rest = code`${end} - ${base} - ${union.offset}`;
  return union === openUnion(composite) ? rest : code`Math.min(${union.size}, ${rest})`;
}

/** One object per variant, so that each has its own shape, and no dispatch but the switch. */
function taggedLines(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  scope: Scope,
  body: Body,
): Code[] {
  const { union, trailing } = tagged;
  const lines = [code`switch (${loadPlace(context, tagged.tag, code`offset`)}) {`];
  for (const variant of tagged.variants) {
    for (const value of variant.values) lines.push(code`  case ${placeLiteral(tagged.tag, value)}:`);
    lines.push(code`${lines.pop() ?? ""} {`);
    const arm: Body = { locals: [], properties: [] };
    collect(context, composite, variant.body, scope, arm);
    if (trailing) {
      const name = quote(`${composite.cName} (${variant.kind})`);
      lines.push(
        code`    ${use(context, "checkBounds")}(${name}, view, offset, end - offset, ${armEnd(variant, union)});`,
      );
    }
    const properties = [code`${tagged.kindName}: ${quote(variant.kind)},`, ...body.properties, ...arm.properties];
    lines.push(...[...arm.locals, ...objectLines(properties)].map((line) => code`    ${line}`), code`  }`);
  }
  const length = unionLength(composite, tagged, code`offset`, code`end`);
  const bytes = code`${use(context, "copyBytes")}(view, ${plus(code`offset`, union.offset)}, ${length})`;
  const unknown = [
    code`${tagged.kindName}: ${quote(tagged.unknownKind)},`,
    ...body.properties,
    code`${union.bytesName}: ${bytes},`,
  ];
  lines.push(code`  default:`, ...objectLines(unknown).map((line) => code`    ${line}`), code`}`);
  return lines;
}

/** The statements that build a composite's plain object from `view` at `offset` (and up to `end`). */
function readBody(context: EmitContext, composite: CompositePlan): Code[] {
  const body: Body = { locals: [], properties: [] };
  const scope = context.scope.inner([code`view`, code`offset`, code`byteLength`, code`end`]);
  collect(context, composite, composite.nodes, scope, body);
  const { tagged, variant } = composite;
  if (variant !== undefined) body.properties.unshift(code`${variant.kindName}: ${quote(variant.kind)},`);
  const [only, ...others] = tagged;
  if (only !== undefined && others.length === 0) {
    return [...body.locals, ...taggedLines(context, composite, only, scope, body)];
  }
  for (const union of tagged)
    body.properties.push(code`...${union.readName}(view, offset${union.trailing ? ", end" : ""}),`);
  return [...body.locals, ...objectLines(body.properties)];
}

/** Of a struct with several tagged unions: the functions that read what each of them holds. */
export function armFunctions(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  if (composite.tagged.length < 2) return [];
  return composite.tagged.map((tagged) => {
    const scope = context.scope.inner([code`view`, code`offset`, code`end`]);
    const none: Body = { locals: [], properties: [] };
    const statements = block(taggedLines(context, composite, tagged, scope, none));
    const end = tagged.trailing ? [{ name: code`end`, type: code`number` }] : [];
    return {
      kind: context.kinds.Function,
      name: tagged.readName,
      parameters: parametersOf(
        [{ name: code`view`, type: code`DataView` }, { name: code`offset`, type: code`number` }, ...end],
        statements,
      ),
      returnType: join([...tagged.variants.map((variant) => variant.type), tagged.unknownType], code` | `),
      statements,
    };
  });
}

/** The function that reads a contained struct, whose bytes were checked by the record that holds it. */
export function readFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const end = isVariable(composite) ? [{ name: code`end`, type: code`number` }] : [];
  // The record's check covers what is fixed; a contained struct that varies is only checked here.
  const check =
    end.length === 0
      ? []
      : [
          code`${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, end - offset, ${composite.minByteLength});`,
        ];
  const statements = block([...check, ...readBody(context, composite)]);
  return {
    kind: context.kinds.Function,
    name: names.read,
    parameters: parametersOf(
      [{ name: code`view`, type: code`DataView` }, { name: code`offset`, type: code`number` }, ...end],
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
  const check = code`${use(context, "checkBounds")}(${quote(composite.cName)}, view, offset, byteLength, ${composite.minByteLength});`;
  const body = composite.nested
    ? [code`return ${names.read}(view, offset${variable ? ", offset + byteLength" : ""});`]
    : [...(variable ? [code`const end = offset + byteLength;`] : []), ...readBody(context, composite)];
  return {
    kind: context.kinds.Function,
    name: names.decode,
    isExported: true,
    docs: [code`Copies one \`${commentText(composite.cText)}\` out of \`view\`; the result outlives the ring's bytes.`],
    parameters: [
      { name: code`view`, type: code`DataView` },
      { name: code`offset`, initializer: code`0`, type: code`number` },
      { name: code`byteLength`, type: code`number`, initializer: code`view.byteLength - offset` },
    ],
    returnType: names.type,
    statements: block([check, ...body]),
  };
}
