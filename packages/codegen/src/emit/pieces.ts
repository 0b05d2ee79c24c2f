import { countOf } from "../plan/array-length.ts";
import type { CompositePlan, FieldPlan, NodePlan } from "../plan/model.ts";
import { named, type Scope } from "../plan/names.ts";
import { fieldsOf } from "../plan/nodes.ts";
import { binary, type Code, code, join, local, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { lengthsPlace, placeArguments } from "./members.ts";
import { memberOf, type Span } from "./span.ts";

const comma = code`, `;

function lengthsOf({ pieces, cName }: FieldPlan): FieldPlan {
  if (pieces === undefined) throw new Error(`${cName} has no pieces`);
  return pieces.lengths;
}

/** What a value gives of a member: as a local has it, where there is one. */
export function givenOf(context: EmitContext, field: FieldPlan): Code {
  return context.givens.get(field) ?? memberOf(field.name);
}

/** Paths of pieces and of their lengths, for errors. */
function paths({ name, pieces }: FieldPlan): Code {
  return join([quote(name), quote(pieces?.lengths.name ?? name)], comma);
}

/** Statements that keep the lengths of pieces as a value gives them, or as its pieces have them, before anything is counted. */
export function lengthsLines(
  context: EmitContext,
  nodes: readonly NodePlan[],
  scope: Scope,
): { readonly own: Code; readonly line: Code }[] {
  return fieldsOf(nodes).flatMap((field) => {
    if (field.pieces === undefined) return [];
    const { lengths } = field.pieces;
    const own = local(scope.take(named`${lengths.name}Given`));
    context.givens.set(lengths, own);
    const form = code`${field.shape.kind === "string"}, ${lengths.shape.kind === "bytes"}`;
    const fixed = lengths.variable === undefined ? code`, ${countOf(lengths.shape)}` : code``;
    const given = code`${memberOf(lengths.name)}, ${memberOf(field.name)}, ${form}, ${paths(field)}${fixed}`;
    return [{ own, line: code`const ${own} = ${use(context, "givenLengths")}(${given});` }];
  });
}

/** Bytes of the pieces that a value gives, for which there are `room` bytes where that is known. */
export function givenPieces(context: EmitContext, field: FieldPlan, room?: Code): Code {
  const { pieces, variable } = field;
  const given = code`${memberOf(field.name)}, ${pieces === undefined ? "" : givenOf(context, pieces.lengths)}`;
  if (pieces?.clamp === undefined) return code`${use(context, "countPieces")}(${given}, ${paths(field)})`;
  const bounded = variable?.kind === "bounded" ? code`${variable.max ?? 0}` : room;
  const most = bounded === undefined ? code`` : code`, ${bounded}`;
  const cut = code`${paths(field)}, ${memberOf(pieces.clamp)}${most}`;
  return code`${use(context, "countCutPieces")}(${given}, ${field.shape.kind === "string"}, ${cut})`;
}

/** Statements that write pieces into `bytes` bytes at `at`. */
export function writePiecesLines(context: EmitContext, field: FieldPlan, view: Code, at: Code, bytes: Code): Code[] {
  const lengths = lengthsOf(field);
  const own = givenOf(context, lengths);
  const text = field.shape.kind === "string";
  const write = code`${use(context, "writePieces")}(${memberOf(field.name)}, ${own}, ${view}, ${at}, ${bytes}, ${text}, ${paths(field)});`;
  const clamp = field.pieces?.clamp;
  if (clamp === undefined) return [write];
  const available = field.variable?.kind === "bounded" ? code`${field.variable.max ?? 0}` : bytes;
  const cut = code`${own}, ${available}, ${memberOf(clamp)}, ${quote(clamp)}, ${quote(lengths.name)}`;
  return [write, code`${use(context, "checkCutPieces")}(${cut});`];
}

/** Statements of a writer that writes pieces by the lengths that were set before, into at most `room` bytes. */
export function setPiecesLines(
  context: EmitContext,
  composite: CompositePlan,
  field: FieldPlan,
  where: Span,
  at: Code,
  room: Code,
  given: Code,
): Code[] {
  const lengths = lengthsOf(field);
  const path = quote(field.name);
  const [own, bytes] = [code`lengths`, code`bytes`];
  const place = placeArguments(where, lengthsPlace(context, composite, field, where));
  const read = code`${use(context, "readLengths")}(${place})`;
  const text = field.shape.kind === "string";
  const count =
    field.pieces?.clamp === undefined
      ? code`${use(context, "countPieces")}(${given}, ${own}, ${paths(field)})`
      : code`Math.min(${room}, ${use(context, "toldPieces")}(${place}))`;
  const tooMany = binary(">", bytes, room);
  return [
    code`let ${own}: number[];`,
    code`try { ${own} = ${read}; } catch (error) { throw ${use(context, "noPlace")}(error, ${path}, ${given}); }`,
    code`const ${bytes} = ${count};`,
    ...(field.pieces?.clamp === undefined
      ? [code`if (${tooMany}) ${use(context, "outOfRange")}(${path}, ${given}, "has no room in the sample");`]
      : []),
    code`${use(context, "writePieces")}(${given}, ${own}, ${where.view}, ${at}, ${bytes}, ${text}, ${path}, ${quote(lengths.name)});`,
  ];
}
