import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import { type Name, named, type Scope } from "../plan/names.ts";
import { writeChunk } from "./bit-fields.ts";
import { binary, block, type Code, code, local, mentions, quote } from "./code.ts";
import {
  type EmitContext,
  endsTruncated,
  extentOf,
  fieldsOf,
  fixedEnd,
  givenLine,
  hasLength,
  innerScope,
  inputType,
  lengthName,
  openUnion,
  overlying,
  reachesEnd,
  readType,
  taggedOf,
  tailsIn,
  use,
} from "./context.ts";
import { countLines } from "./counts.ts";
import { type FunctionDeclarationStructure, type ParameterDeclarationStructure, parametersOf } from "./declaration.ts";
import { armEnd } from "./decode.ts";
import {
  countedEnd,
  derivedLengths,
  derivedLines,
  elementLines,
  endLines,
  gapLine,
  openLines,
  tailLines,
  used,
  variableLines,
} from "./encode-variable.ts";
import { kindLine, noKind } from "./kinds.ts";
import { isTold } from "./members.ts";
import { isOwnTag, noArmLines, ownTagLines, placeLiteral, plainTagLine, tagLines, tagLookLines } from "./places.ts";
import { byteLength, here, memberOf, minus, plus, value } from "./span.ts";
import { writeStatements } from "./values.ts";

const { view, base: offset, end: sampleEnd } = here;

/** What an exported encoder of a struct with arms is given: its members are read by another type. */
const given = local("input");

/** The bytes that a value gives of a union which ends its record. */
const openBytes = local("unionBytes");

/** Statements at a place, so that padding between them can be found. */
interface Piece {
  readonly offset: number;
  readonly end: number;
  readonly lines: readonly Code[];
}

function indent(lines: readonly Code[]): Code[] {
  return lines.map((line) => code`  ${line}`);
}

/** Zeros from `offset` to `end`. */
function zeroLines(context: EmitContext, start: number, end: number): Code[] {
  const length = end - start;
  if (length <= 0) return [];
  const at = plus(offset, start);
  if (length === 1) return [code`${view}.setUint8(${at}, 0);`];
  if (length === 2) return [code`${view}.setUint16(${at}, 0);`];
  if (length === 4) return [code`${view}.setUint32(${at}, 0);`];
  return [code`${use(context, "zero")}(${view}, ${at}, ${length});`];
}

/** Names under which a value gives something of an arm. */
function namesIn(nodes: readonly NodePlan[]): Name[] {
  return nodes.flatMap((node) =>
    node.kind === "field" ? [node.name] : [node.bytesName, ...node.arms.flatMap(namesIn)],
  );
}

/** Whether a value gives anything of an arm; undefined of one without members. */
function givenIn(nodes: readonly NodePlan[]): Code | undefined {
  const [first, ...others] = namesIn(nodes).map((name) => binary("!==", memberOf(name), code`undefined`));
  return first === undefined ? undefined : binary("||", first, ...others);
}

function unionLines(context: EmitContext, composite: CompositePlan, union: UnionPlan, scope: Scope): Code[] {
  const end = union.offset + union.size;
  const open = union === openUnion(composite);
  const bytes = open ? openBytes : memberOf(union.bytesName);
  const arms = union.arms.flatMap((arm) => {
    const given = givenIn(arm);
    return given === undefined ? [] : [{ arm, given }];
  });
  const write = code`${use(context, "writeBytes")}(${bytes}, ${view}, ${plus(offset, union.offset)}, ${union.size}, ${quote(union.bytesName)});`;
  // Bytes of a union that ends the record may be more than those of its fixed arms: they are written last.
  const lines = open
    ? [code`const ${openBytes} = ${memberOf(union.bytesName)};`, code`if (${bytes} !== undefined) {`]
    : [code`if (${bytes} !== undefined) {`, code`  ${write}`];
  if (arms.length > 1) {
    const [first = code`0`, ...others] = arms.map((entry) => code`Number(${entry.given})`);
    lines.push(code`} else if (${binary(">", binary("+", first, ...others), code`1`)}) {`);
    lines.push(code`  ${use(context, "outOfRange")}("", ${value}, "gives more than one arm of a union");`);
  }
  for (const entry of arms) {
    lines.push(code`} else if (${entry.given}) {`);
    lines.push(...indent(sequenceLines(context, composite, entry.arm, union.offset, end, scope)));
  }
  const rest = zeroLines(context, union.offset, end);
  if (rest.length > 0) lines.push(code`} else {`, ...indent(rest));
  lines.push(code`}`);
  return lines;
}

/** The union whose tag is stored with its arms, of those that this member tells. */
function tellsWholly({ tagged }: CompositePlan, field: FieldPlan): TaggedUnionPlan | undefined {
  return tagged.find(({ tag }) => isOwnTag(tag) && tag.names[0] === field.name);
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
  derived: ReadonlyMap<NodePlan, Code>,
): Code[] {
  const { union, tag } = tagged;
  const open = union === openUnion(composite);
  const end = open ? composite.size : union.offset + union.size;
  const room = composite.nested ? minus(sampleEnd, offset) : byteLength;
  const kind = scope.take(named`kind`);
  const lines = [kindLine(context, composite, tagged, kind)];
  const own = composite.nodes.find((node) => node.kind === "field" && tellsWholly(composite, node) === tagged);
  const known = own === undefined || derived.has(own) ? undefined : scope.take(named`tag`);
  const shared = own === undefined && isOwnTag(tag);
  const stored = known === undefined && (shared || own !== undefined);
  if (known !== undefined) lines.push(...tagLookLines(context, tag, known, scope));
  const plainTag = known === undefined ? [] : [plainTagLine(context, tag, known)];
  lines.push(code`switch (${kind}) {`);
  for (const variant of tagged.variants) {
    const tails = tailsIn(variant.body, union);
    const counts = countLines(context, composite, variant.body, scope);
    const until = tails.length === 0 ? end : armEnd(variant, union);
    const fits = code`if (${binary("<", room, code`${until}`)}) ${use(context, "outOfRange")}(${quote(tagged.kindName)}, ${kind}, "has no room");`;
    const body = [
      ...(open ? [fits] : []),
      ...(known === undefined ? [] : ownTagLines(context, tag, variant.values, variant.kind, known)),
      ...sequenceLines(context, composite, variant.body, union.offset, until, scope),
      ...tails.flatMap((tail) => endLines(context, tail)),
      ...(known === undefined ? tagLines(context, tag, variant.values, variant.kind, stored) : []),
      ...derivedLines(context, fieldsOf(variant.body)),
      code`break;`,
    ];
    const block = counts.length > 0;
    lines.push(
      code`  case ${quote(variant.kind)}:${block ? " {" : ""}`,
      ...indent(indent([...counts, ...body])),
      ...(block ? [code`  }`] : []),
    );
  }
  const length = open ? minus(room, union.offset) : code`${union.size}`;
  const unknown = [
    ...plainTag,
    ...noArmLines(context, tag, tagged.variants, quote(tag.names.join("."))),
    code`${use(context, "writeBytes")}(${memberOf(union.bytesName)}, ${view}, ${plus(offset, union.offset)}, ${length}, ${quote(union.bytesName)});`,
    code`break;`,
  ];
  lines.push(code`  case ${quote(tagged.unknownKind)}:`, ...indent(indent(unknown)));
  const nothing = [...plainTag, ...zeroLines(context, union.offset, end), code`break;`];
  lines.push(
    code`  case undefined:`,
    ...indent(indent(nothing)),
    code`  default:`,
    code`    ${noKind(context, composite, tagged, kind)}`,
    code`}`,
  );
  return lines;
}

function pieceOf(
  context: EmitContext,
  composite: CompositePlan,
  node: NodePlan,
  scope: Scope,
  derived: ReadonlyMap<NodePlan, Code>,
): Piece | undefined {
  if (node.kind === "union") {
    const tagged = taggedOf(composite, node) !== undefined;
    const lines = tagged ? [] : unionLines(context, composite, node, scope);
    return { offset: node.offset, end: node.offset + node.size, lines };
  }
  if (node.bitSize !== undefined) return undefined;
  const start = node.bitOffset / 8;
  const end = start + extentOf(node);
  const piece = (lines: readonly Code[]): Piece => ({ offset: start, end, lines });
  // Written after the fixed part, or told by another member.
  if (reachesEnd(composite, node)) return undefined;
  if (isTold(node)) return piece(zeroLines(context, start, end));
  if (tellsWholly(composite, node) !== undefined && !derived.has(node)) return piece([]);
  // Elements that may lie over what follows are stored behind all of it.
  if (node.overlies === true) return piece(zeroLines(context, start, end));
  if (node.variable !== undefined) return piece(variableLines(context, node));
  const { shape, name, room } = node;
  const length = derived.get(node);
  const given = memberOf(name);
  const known = length === undefined ? given : binary("??", given, length);
  return piece(writeStatements(context, shape, known, view, plus(offset, start), quote(name), { room }));
}

/** Statements that write every byte from `start` to `end`: members in order of place, padding as 0. */
function sequenceLines(
  context: EmitContext,
  composite: CompositePlan,
  nodes: readonly NodePlan[],
  start: number,
  end: number,
  scope: Scope,
  derived: ReadonlyMap<NodePlan, Code> = new Map(),
): Code[] {
  const pieces = nodes.flatMap((node) => pieceOf(context, composite, node, scope, derived) ?? []);
  for (const whole of chunksOf(nodes)) {
    const member = (field: FieldPlan): Code => memberOf(field.name);
    const chunk = { ...whole, fields: whole.fields.filter((field) => !isTold(field)) };
    const lines = writeChunk(context, chunk, here, member, (name) => scope.take(name));
    pieces.push({ offset: chunk.offset, end: chunk.offset + chunk.length, lines });
  }
  pieces.sort((a, b) => a.offset - b.offset);
  const lines: Code[] = [];
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

/** The member that is the tag of a stream's variant, where it is stored as any integer: left out, it says its variant. */
function tagField({ nodes, variant }: CompositePlan): FieldPlan | undefined {
  const [name, ...deeper] = variant?.tag.names ?? [];
  const field = nodes.find((node) => node.kind === "field" && node.name === name);
  if (field?.kind !== "field" || deeper.length > 0 || field.bitSize !== undefined) return undefined;
  return field.shape.kind === "int" || (field.shape.kind === "enum" && field.shape.size < 8) ? field : undefined;
}

/** A body in two parts: what is counted first, and what is written then. */
interface BodyLines {
  readonly counts: readonly Code[];
  readonly lines: readonly Code[];
}

/** Statements that write a composite; `settles` is the field by which its length is already known. */
function bodyLines(context: EmitContext, composite: CompositePlan, settles?: FieldPlan): BodyLines {
  const { tail, variant } = composite;
  const inner = tail?.shape.kind === "composite" ? tail.shape.composite : undefined;
  const cut = endsTruncated(composite) || inner !== undefined;
  const open = openUnion(composite);
  const byKind = open !== undefined && taggedOf(composite, open) !== undefined;
  const end = cut && tail !== undefined ? tail.bitOffset / 8 : byKind ? open.offset : composite.size;
  const scope = innerScope(context, [view, offset, byteLength, value, used, sampleEnd, given, openBytes]);
  const untold = composite.nodes.filter((node) => !isTagged(composite, node));
  const counts = countLines(context, composite, untold, scope, settles);
  const derived = derivedLengths(context, untold);
  const tag = tagField(composite);
  const [first] = variant?.values ?? [];
  const free = tag !== undefined && !derived.has(tag) && tellsWholly(composite, tag) === undefined;
  const storesTag = variant !== undefined && free && first !== undefined;
  if (storesTag) derived.set(tag, placeLiteral(variant.tag, first));
  const stored = new Set([...derived.keys()].map((node) => (node.kind === "field" ? node.name : "")));
  const lines = [
    ...sequenceLines(context, composite, composite.nodes, 0, end, scope, derived),
    ...composite.tagged.flatMap((tagged) => taggedLines(context, composite, tagged, scope, derived)),
    ...(open === undefined || byKind ? [] : openLines(context, composite, open, openBytes)),
    ...(inner === undefined || hasLength(inner) ? [] : zeroLines(context, end + inner.size, composite.size)),
    ...tailLines(context, composite, settles !== undefined),
    ...derivedLines(context, fieldsOf(untold), stored),
    ...(variant === undefined ? [] : tagLines(context, variant.tag, variant.values, variant.kind, storesTag)),
    ...overlying(composite).flatMap((field) => elementLines(context, field)),
  ];
  return { counts, lines };
}

/** The function that writes a contained struct; what holds it has zeroed the bytes that it may leave out. */
export function writeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names, tail } = composite;
  const varies = hasLength(composite);
  const { counts, lines } = bodyLines(context, composite);
  // What holds it zeroes the rest; its own encoder does not.
  const gap = composite.record && tail !== undefined && leavesNothing(composite);
  const statements = block([...counts, ...lines, ...(gap ? [gapLine(context, composite, tail)] : [])]);
  const parameters = [
    { name: value, type: readType(context, composite) },
    { name: view, type: code`DataView` },
    { name: offset, type: code`number` },
    ...(varies ? [{ name: sampleEnd, type: code`number` }] : []),
  ];
  return {
    kind: context.kinds.Function,
    name: names.write,
    parameters: parametersOf(parameters, statements),
    returnType: code`void`,
    statements,
  };
}

/** Whether every byte of a record is written by statements of its own. */
function leavesNothing(composite: CompositePlan): boolean {
  const { tail, size, nested, overlies } = composite;
  if (openUnion(composite) !== undefined || overlying(composite).length > 0) return false;
  if (tail === undefined) return true;
  if (tail.shape.kind === "composite" || (nested && overlies === true)) return false;
  return endsTruncated(composite) || tail.bitOffset / 8 >= size;
}

/** What every exported encoder takes. */
export function encodeParameters(input: Code, name: Code = value): ParameterDeclarationStructure[] {
  return [
    { name, type: input },
    { name: view, type: code`DataView` },
    { name: offset, initializer: code`0` },
  ];
}

/** Statements of a record that is written by the function which writes it where others hold it. */
function nestedLines(context: EmitContext, composite: CompositePlan): Code[] {
  const { names } = composite;
  if (!hasLength(composite)) return [code`${names.write}(${value}, ${view}, ${offset});`];
  const from = fixedEnd(composite);
  const zeros = leavesNothing(composite)
    ? []
    : [code`${use(context, "zero")}(${view}, ${plus(offset, from)}, ${minus(byteLength, from)});`];
  return [...zeros, code`${names.write}(${value}, ${view}, ${offset}, ${binary("+", offset, byteLength)});`];
}

/** Statements of any other record, with the lines that settle its length. */
function ownLines(context: EmitContext, composite: CompositePlan, room: Code, length: Code): Code[] {
  const { tail } = composite;
  const varies = hasLength(composite);
  const settles = varies && leavesNothing(composite) ? tail : undefined;
  const { counts, lines } = bodyLines(context, composite, settles);
  const asksEnd = mentions(block([...counts, ...lines]), sampleEnd) > 0;
  const ends = asksEnd ? [code`const ${sampleEnd} = ${binary("+", offset, byteLength)};`] : [];
  if (settles !== undefined) {
    // The length is that of what was counted, so that no byte of it is left over.
    const counted = code`const ${byteLength} = ${countedEnd(context, composite, settles)};`;
    return [...counts, counted, room, ...ends, ...lines];
  }
  if (!varies) return [room, ...counts, ...lines];
  const from = fixedEnd(composite);
  const zeros = code`${use(context, "zero")}(${view}, ${plus(offset, from)}, ${minus(byteLength, from)});`;
  return [length, room, ...ends, zeros, ...counts, ...lines];
}

/** The exported encoder of a record. */
export function encodeFunction(context: EmitContext, composite: CompositePlan): FunctionDeclarationStructure {
  const { names, cName, size, tagged, nested } = composite;
  const variable = hasLength(composite);
  const bytes = variable ? byteLength : code`${size}`;
  const room = code`${use(context, "checkRoom")}(${quote(cName)}, ${view}, ${offset}, ${bytes});`;
  const length = code`const ${byteLength} = ${lengthName(context, composite)}(${value});`;
  const untyped = tagged.length > 0 && !nested;
  const lines = [
    givenLine(context, cName, untyped ? given : value),
    ...(untyped ? [code`const ${value}: ${readType(context, composite)} = ${given};`] : []),
    ...(nested
      ? [...(variable ? [length] : []), room, ...nestedLines(context, composite)]
      : ownLines(context, composite, room, length)),
    code`return ${bytes};`,
  ];
  return {
    kind: context.kinds.Function,
    name: names.encode,
    isExported: true,
    docs: [code`Writes \`${untyped ? "input" : "value"}\` at \`offset\`, padding as zeros; returns the bytes written.`],
    parameters: parametersOf(encodeParameters(inputType(context, composite), untyped ? given : value), block(lines)),
    returnType: code`number`,
    statements: block(lines),
  };
}
