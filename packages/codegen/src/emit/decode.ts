import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, TaggedUnionPlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import { named } from "../plan/names.ts";
import { fieldsOf } from "../plan/nodes.ts";
import { decodedBits, extract, loadChunk } from "./bit-fields.ts";
import { boundsCheck } from "./bounds.ts";
import { chainLines } from "./chains.ts";
import { binary, block, type Code, code, commentText, join, local, mentions, property, quote } from "./code.ts";
import { type EmitContext, innerScope, roleOf, taggedOf, use } from "./context.ts";
import { type FunctionDeclarationStructure, type ParameterDeclarationStructure, parametersOf } from "./declaration.ts";
import { cutExpression, isTold, memberValue } from "./members.ts";
import { loadPlace, ownProperty, placeLiteral } from "./places.ts";
import { byteLength, type Found, here, minus, plus, type Span, sample } from "./span.ts";

const { view, base: offset, end } = here;

interface Body {
  readonly locals: Code[];
  readonly properties: Code[];
}

function collect(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  around: Span,
  scope: Scope,
  body: Body,
): void {
  const where = { ...around, found: new Map<FieldPlan, Found>() };
  body.locals.push(...chainLines(context, composite, nodes, where, scope));
  const bitValues = new Map<NodePlan, Code>();
  for (const chunk of chunksOf(nodes)) {
    const name = scope.take(named`bits${chunk.offset}`);
    if (chunk.fields.every(isTold)) continue;
    if (chunk.length <= 4) body.locals.push(code`const ${name} = ${loadChunk(chunk, where)};`);
    for (const field of chunk.fields) {
      if (isTold(field)) continue;
      const bits = extract(context, field, chunk, name, where, composite.cName);
      bitValues.set(field, decodedBits(context, field, bits));
    }
  }
  for (const node of nodes) {
    if (node.kind === "union") {
      if (taggedOf(composite, node) !== undefined) continue;
      for (const arm of node.arms) collect(context, composite, arm, where, scope, body);
      const length = node === composite.extent.ending.open ? minus(where.length, node.offset) : code`${node.size}`;
      const bytes = code`${use(context, "copyBytes")}(${view}, ${plus(offset, node.offset)}, ${length})`;
      body.properties.push(code`${node.bytesName}: ${bytes},`);
      continue;
    }
    if (node.hidden) continue;
    let expression = bitValues.get(node) ?? (isLoaded(node) ? where.loaded?.get(node.cName) : undefined);
    if (expression === undefined) {
      const local = node.dataloc === undefined ? code`` : scope.take(named`${node.name}At`);
      const value = memberValue(context, composite, { field: node }, where, local);
      body.locals.push(...value.locals);
      expression = value.expression;
    }
    body.properties.push(code`${property(node.name, expression)},`);
    const cut = cutExpression(context, composite, node, where);
    if (cut !== undefined) body.properties.push(code`${cut.name}: ${cut.expression},`);
  }
}

function objectLines(properties: readonly Code[]): Code[] {
  if (properties.length === 0) return [code`{}`];
  return [code`{`, ...properties.map((line) => code`  ${line}`), code`}`];
}

/** The statement that returns a value of several lines. */
function returned(value: readonly Code[]): Code[] {
  const [first, ...rest] = value;
  const lines = [code`return ${first ?? code`undefined`}`, ...rest];
  return [...lines.slice(0, -1), code`${join(lines.slice(-1), code``)};`];
}

/** An expression for the bytes of a tagged union: no more than the sample has, where it ends it. */
export function unionLength(composite: CompositePlan, tagged: TaggedUnionPlan, where: Span): Code {
  const { union, trailing } = tagged;
  if (!trailing) return code`${union.size}`;
  const rest = minus(where.length, union.offset);
  return union === composite.extent.ending.open ? rest : code`Math.min(${union.size}, ${rest})`;
}

/** One object per variant, so that each has its own shape, and no dispatch but the switch. */
function taggedLines(
  context: EmitContext,
  composite: CompositePlan,
  tagged: TaggedUnionPlan,
  where: Span,
  scope: Scope,
  body: Body,
): Code[] {
  const { union, trailing } = tagged;
  const lines = [code`switch (${loadPlace(context, tagged.tag, where)}) {`];
  for (const variant of tagged.variants) {
    const cases = variant.values.map((value) => code`  case ${placeLiteral(tagged.tag, value)}:`);
    const labels = variant.isDefault ? [...cases, code`  default:`] : cases;
    lines.push(...labels.slice(0, -1), code`${join(labels.slice(-1), code``)} {`);
    const arm: Body = { locals: [], properties: [] };
    collect(context, composite, variant.body, where, scope, arm);
    if (trailing) {
      const name = quote(`${composite.cName} (${variant.kind})`);
      lines.push(code`    ${use(context, "checkLeft")}(${name}, ${where.length}, ${variant.least});`);
    }
    const properties = [code`${tagged.kindName}: ${quote(variant.kind)},`, ...body.properties, ...arm.properties];
    lines.push(...[...arm.locals, ...returned(objectLines(properties))].map((line) => code`    ${line}`), code`  }`);
  }
  if (tagged.unknown === undefined) return [...lines, code`}`];
  const length = unionLength(composite, tagged, where);
  const bytes = code`${use(context, "copyBytes")}(${view}, ${plus(offset, union.offset)}, ${length})`;
  const unknown = [
    code`${tagged.kindName}: ${quote(tagged.unknown.kind)},`,
    ...body.properties,
    code`${union.bytesName}: ${bytes},`,
  ];
  lines.push(code`  default:`, ...returned(objectLines(unknown)).map((line) => code`    ${line}`), code`}`);
  return lines;
}

/** Whether a member is decoded as a place of it is loaded. */
function isLoaded({ shape, bitSize, dataloc, hidden }: FieldPlan): boolean {
  if (bitSize !== undefined || dataloc !== undefined || hidden) return false;
  // What a place of it is loaded for is a plain integer.
  if (shape.kind === "int" && shape.form !== undefined) return false;
  return (
    (shape.kind === "enum" && shape.wide === undefined) ||
    (shape.kind === "int" && (shape.size < 8 || (shape.size === 8 && shape.policy !== "number")))
  );
}

/** Members that say a length or a kind, which decode and what they say it of read alike: loaded once, into locals. */
function loadedOnce(context: EmitContext, { nodes, tagged }: CompositePlan, where: Span, scope: Scope) {
  const lengths = fieldsOf(nodes).flatMap(({ variable }) => (variable?.length?.terms ?? []).map(({ place }) => place));
  const tags = tagged.length === 1 ? tagged.map(({ tag }) => tag) : [];
  const loaded = new Map<string, Code>();
  const locals: Code[] = [];
  for (const place of [...lengths, ...tags]) {
    const name = ownProperty(place);
    const node = name === undefined ? undefined : nodes.find((one) => one.kind === "field" && one.name === name);
    if (node?.kind !== "field" || loaded.has(place.path) || !isLoaded(node)) continue;
    const local = scope.take(node.name);
    locals.push(code`const ${local} = ${loadPlace(context, place, where)};`);
    loaded.set(place.path, local);
  }
  return { locals, loaded };
}

/** An object of a composite, and the locals that it is made with. */
export interface Made {
  readonly locals: readonly Code[];
  readonly value: readonly Code[];
}

/** What builds a composite's plain object from `view` at `offset` (and up to `end`), beside those of one tagged union. */
function makeObject(
  context: EmitContext,
  composite: CompositePlan,
  around: Span,
  scope: Scope,
): { where: Span; body: Body } {
  const { locals, loaded } = loadedOnce(context, composite, around, scope);
  const body: Body = { locals, properties: [] };
  const where = { ...around, loaded };
  collect(context, composite, composite.nodes, where, scope, body);
  const { variant } = roleOf(context, composite);
  if (variant !== undefined) body.properties.unshift(code`${variant.kindName}: ${quote(variant.kind)},`);
  if (composite.tagged.length > 1) {
    for (const union of composite.tagged)
      body.properties.push(code`...${union.readName}(${view}, ${offset}${union.trailing ? code`, ${end}` : ""}),`);
  }
  return { where, body };
}

/** The statements that build a composite's plain object from `view` at `offset` (and up to `end`). */
function readBody(context: EmitContext, composite: CompositePlan, around: Span): Code[] {
  const scope = innerScope(context, [view, offset, byteLength, end]);
  const { where, body } = makeObject(context, composite, around, scope);
  const [only, ...others] = composite.tagged;
  if (only !== undefined && others.length === 0) {
    return [...body.locals, ...taggedLines(context, composite, only, where, scope, body)];
  }
  return [...body.locals, ...returned(objectLines(body.properties))];
}

/** Names of the loop that a record is made in. */
const loopNames = [code`lease`, code`handler`, code`run`, code`next`, code`record`];

/** How a loop over samples makes the object of one, where all of it is in the bytes that every sample has. */
export function madeInLoop(context: EmitContext, composite: CompositePlan): Made | undefined {
  if (composite.extent.readsToEnd || composite.tagged.length === 1) return undefined;
  if (roleOf(context, composite).nested) {
    return { locals: [], value: [code`${composite.names.read}(${view}, ${offset})`] };
  }
  const scope = innerScope(context, [view, offset, ...loopNames]);
  const { locals, properties } = makeObject(context, composite, here, scope).body;
  const value = objectLines(properties);
  return mentions(block([...locals, ...value]), end) > 0 ? undefined : { locals, value };
}

/** Of a struct with several tagged unions: the functions that read what each of them holds. */
export function armFunctions(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure[] {
  if (composite.tagged.length < 2) return [];
  return composite.tagged.map((tagged) => {
    const scope = innerScope(context, [view, offset, end]);
    const none: Body = { locals: [], properties: [] };
    const statements = block(taggedLines(context, composite, tagged, here, scope, none));
    const toEnd = tagged.trailing ? [{ name: end, type: code`number` }] : [];
    return {
      kind: context.kinds.Function,
      name: tagged.readName,
      parameters: parametersOf(
        [{ name: view, type: code`DataView` }, { name: offset, type: code`number` }, ...toEnd],
        statements,
      ),
      returnType: join(
        [
          ...tagged.variants.map((variant) => variant.type),
          ...(tagged.unknown === undefined ? [] : [tagged.unknown.type]),
        ],
        code` | `,
      ),
      statements,
    };
  });
}

/** The function that reads a contained struct, whose bytes were checked by the record that holds it. */
export function readFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const toEnd = composite.extent.readsToEnd ? [{ name: end, type: code`number` }] : [];
  // The record's check covers what is fixed; a contained struct that varies is only checked here.
  const check =
    toEnd.length === 0
      ? []
      : [
          code`${use(context, "checkLeft")}(${quote(composite.cName)}, ${here.length}, ${composite.extent.minByteLength});`,
        ];
  const statements = block([...check, ...readBody(context, composite, here)]);
  return {
    kind: context.kinds.Function,
    name: names.read,
    parameters: parametersOf(
      [{ name: view, type: code`DataView` }, { name: offset, type: code`number` }, ...toEnd],
      statements,
    ),
    returnType: names.type,
    statements,
  };
}

/** What an exported decoder is given; `view` is made of it. */
export const bytes: Code = local("bytes");

/** What every exported decoder takes. */
export const decodeParameters: readonly ParameterDeclarationStructure[] = [
  { name: bytes, type: code`DataView | Uint8Array` },
  { name: offset, initializer: code`0` },
  { name: byteLength, type: code`number`, initializer: binary("-", code`${bytes}.byteLength`, offset) },
];

/** The exported decoder of a record: one bounds check, then constant offsets. */
export function decodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names } = composite;
  const variable = composite.extent.readsToEnd;
  const check = boundsCheck(context, composite, { ...sample, view: bytes });
  const until = binary("+", offset, byteLength);
  const body = roleOf(context, composite).nested
    ? [code`return ${names.read}(${view}, ${offset}${variable ? code`, ${until}` : ""});`]
    : readBody(context, composite, sample);
  const checked = mentions(block(body), view) > 0 ? code`const ${view} = ${check}` : check;
  const toEnd = mentions(block(body), end) > 0 ? [code`const ${end} = ${until};`] : [];
  return {
    kind: context.kinds.Function,
    name: names.decode,
    isExported: true,
    docs: [
      code`Copies one \`${commentText(composite.cText)}\` out of \`bytes\`; the result outlives the ring's bytes.`,
    ],
    parameters: decodeParameters,
    returnType: names.type,
    statements: block([checked, ...toEnd, ...body]),
  };
}
