import { chunksOf } from "../plan/chunks.ts";
import type { CompositePlan, FieldPlan, NodePlan, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import type { Name, Scope } from "../plan/names.ts";
import { writeChunk } from "./bit-fields.ts";
import { binary, type Code, code, local, quote } from "./code.ts";
import { type EmitContext, taggedOf, use } from "./context.ts";
import { variableLines } from "./encode-variable.ts";
import { isTellee, toldBy } from "./held-tags.ts";
import { isTold } from "./members.ts";
import { givenOf } from "./pieces.ts";
import { isOwnTag } from "./places.ts";
import { here, memberOf, plus, value } from "./span.ts";
import { writeStatements } from "./values.ts";

const { view, base: offset } = here;

/** The bytes that a value gives of a union which ends its record. */
export const openBytes: Code = local("unionBytes");

/** Statements at a place, so that padding between them can be found. */
interface Piece {
  readonly offset: number;
  readonly end: number;
  readonly lines: readonly Code[];
}

export function indent(lines: readonly Code[]): Code[] {
  return lines.map((line) => code`  ${line}`);
}

/** Zeros from `offset` to `end`. */
export function zeroLines(context: EmitContext, start: number, end: number): Code[] {
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
    node.kind === "field" ? (node.hidden ? [] : [node.name]) : [node.bytesName, ...node.arms.flatMap(namesIn)],
  );
}

/** Whether a value gives anything of an arm; undefined of one without members. */
function givenIn(nodes: readonly NodePlan[]): Code | undefined {
  const [first, ...others] = namesIn(nodes).map((name) => binary("!==", memberOf(name), code`undefined`));
  return first === undefined ? undefined : binary("||", first, ...others);
}

function unionLines(context: EmitContext, composite: CompositePlan, union: UnionPlan, scope: Scope): Code[] {
  const end = union.offset + union.size;
  const open = union === composite.extent.ending.open;
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
export function tellsWholly({ tagged }: CompositePlan, field: FieldPlan): TaggedUnionPlan | undefined {
  return tagged.find(({ tag }) => isOwnTag(tag) && tag.names[0] === field.name);
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
  const end = start + node.fixed;
  const piece = (lines: readonly Code[]): Piece => ({ offset: start, end, lines });
  // Written after the fixed part, or told by another member.
  if (node.reachesEnd) return undefined;
  if (isTold(node)) return piece(zeroLines(context, start, end));
  if (tellsWholly(composite, node) !== undefined && !derived.has(node)) return piece([]);
  // Elements that may lie over what follows are stored behind all of it.
  if (node.overlies) return piece(zeroLines(context, start, end));
  if (node.variable !== undefined) return piece(variableLines(context, node));
  const { shape, name, room } = node;
  // A struct whose tag lies around it is written once that is.
  if (isTellee(node)) return piece([]);
  const length = derived.get(node);
  const given = givenOf(context, node);
  const known = length === undefined ? given : code`${use(context, "orElse")}(${given}, ${length})`;
  return piece(writeStatements(context, shape, known, view, plus(offset, start), quote(name), { room }));
}

/** Statements that write the structs whose tags lie in this one, but for those that may be longer than their place. */
export function heldLines(context: EmitContext, composite: CompositePlan): Code[] {
  return composite.nodes.flatMap((node) => {
    if (node.kind !== "field" || node.reachesEnd || node.overlies || !isTellee(node)) return [];
    const { shape, name, room, bitOffset } = node;
    const place = { room, told: toldBy(composite, node) };
    return writeStatements(context, shape, memberOf(name), view, plus(offset, bitOffset / 8), quote(name), place);
  });
}

/** Statements that write every byte from `start` to `end`: members in order of place, padding as 0. */
export function sequenceLines(
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
    const member = (field: FieldPlan): Code => {
      const known = derived.get(field);
      return known === undefined
        ? memberOf(field.name)
        : code`${use(context, "orElse")}(${memberOf(field.name)}, ${known})`;
    };
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
