import type { CompositePlan, FieldPlan, LengthTerm, NodePlan, PlacePlan } from "../plan/model.ts";
import { fieldsOf, holdsOverlying } from "../plan/nodes.ts";
import { binary, type Code, code, local, quote } from "./code.ts";
import { type EmitContext, leavesRest, roleOf, taggedOf, use } from "./context.ts";
import { countOf, locatedFields } from "./counts.ts";
import { toldBy } from "./held-tags.ts";
import { capacity, unionsOf } from "./members.ts";
import { givenOf, writePiecesLines } from "./pieces.ts";
import {
  givenAt,
  loadPlace,
  loadSum,
  ownProperty,
  placeLiteral,
  placeOfField,
  presentCondition,
  propertyPath,
  solvedTerm,
  storePlace,
} from "./places.ts";
import { byteLength, here, memberOf, minus, plus, type Spot, sample, times, value } from "./span.ts";
import { offsetOf } from "./starts.ts";
import { checkedUint, storeInt, writeStatements } from "./values.ts";

const { view, base: offset, end } = here;

/** How far a record's blob is written, bytes from the record's start. */
export const used: Code = local("at");

function writeCounted(context: EmitContext, field: FieldPlan, leaves = false): Code[] {
  const { shape, variable } = field;
  const count = countOf(context, field);
  const at =
    field.after === undefined ? plus(offset, field.bitOffset / 8) : binary("+", offset, offsetOf(context, field));
  const given = givenOf(context, field);
  const path = quote(field.name);
  if (field.pieces !== undefined) return writePiecesLines(context, field, view, at, count);
  if (variable?.present !== undefined) {
    const lines = writeStatements(context, shape, given, view, at, path);
    return [code`if (${binary("!==", count, code`0`)}) {`, ...lines.map((line) => code`  ${line}`), code`}`];
  }
  if (variable?.list !== undefined) {
    const { item, align } = variable.list;
    const write = context.lists.writer(context, item, align);
    const written = code`${write}(${given}, ${view}, ${at}, ${binary("+", at, count)}, ${path});`;
    if (variable.length?.unit !== "items" || !item.extent.endsClamped) return [written];
    // The last item of as many as a member says is cut where the sample ends, not where the list does.
    const most = variable.max === undefined ? end : code`Math.min(${end}, ${binary("+", at, code`${variable.max}`)})`;
    const items = code`${use(context, "countElements")}(${given}, ${path})`;
    const read = code`${context.lists.walker(context, item, align)}(${view}, ${at}, ${most}, ${items})`;
    const why = quote("ends in an item that is cut, and more bytes follow, which would be read as its own");
    const refused = code`${use(context, "outOfRange")}(${path}, ${given}, ${why});`;
    return [written, code`if (${binary("!==", read, count)}) ${refused}`];
  }
  if (shape.kind === "bytes")
    return [code`${use(context, "writeBytes")}(${given}, ${view}, ${at}, ${count}, ${path});`];
  if (shape.kind === "string") {
    // What follows the NUL of a text is not said by it: members that lie there keep it.
    const length = leaves
      ? code`Math.min(${count}, ${plus(code`${use(context, "utf8Length")}(${given}, ${path})`, 1)})`
      : count;
    return [code`${use(context, "writeString")}(${given}, ${view}, ${at}, ${length}, ${path});`];
  }
  if (shape.kind === "strings") {
    const length = leaves ? code`Math.min(${count}, ${use(context, "stringsLength")}(${given}, ${path}))` : count;
    return [
      code`${use(context, "writeStrings")}(${given}, ${view}, ${at}, ${length}, ${path}, ${variable?.length !== undefined});`,
    ];
  }
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const over = field.overlies && holdsOverlying(shape);
  const write = context.arrays.writer(context, shape, over);
  return [code`${write}(${given}, ${view}, ${at}, ${count}, ${path}${over ? code`, ${end}` : ""});`];
}

/** Statements that write what may lie over the members that follow it. */
export function elementLines(context: EmitContext, composite: CompositePlan, field: FieldPlan): readonly Code[] {
  if (field.variable !== undefined) return writeCounted(context, field, true);
  const at = plus(offset, field.bitOffset / 8);
  return writeStatements(context, field.shape, memberOf(field.name), view, at, quote(field.name), {
    end,
    told: toldBy(composite, field),
  });
}

/** Statements for an array inside the record of which only some elements count; the rest is 0. */
export function variableLines(context: EmitContext, field: FieldPlan): Code[] {
  const at = plus(offset, field.bitOffset / 8);
  return [code`${use(context, "zero")}(${view}, ${at}, ${field.fixed});`, ...writeCounted(context, field)];
}

/** Where the data of a data-loc member goes, and what it is: expressions. */
interface Located {
  readonly given: Code;
  /** Bytes of what is given. */
  readonly length: Code;
  readonly spot: Spot;
  /** Bytes from the record's start on. */
  readonly from: Code;
}

/** Statements that write data-loc data: where it is and how long into its member, and its bytes. */
export function datalocLines(context: EmitContext, field: FieldPlan, located: Located): Code[] {
  const { dataloc } = field;
  if (dataloc === undefined) throw new Error(`${field.cName} points nowhere`);
  const { given, length, spot, from } = located;
  const own = placeOfField(field);
  const path = quote(field.name);
  const start = minus(from, dataloc.base);
  const write = use(context, dataloc.text ? "writeString" : "writeBytes");
  const data = code`${write}(${given}, ${spot.view}, ${binary("+", spot.base, from)}, ${length}, ${path});`;
  if (dataloc.length !== undefined) {
    return [storePlace(context, own, start, spot, path), storePlace(context, dataloc.length, length, spot, path), data];
  }
  if (own.shape.size === 8) {
    const word = (number: Code): Code => code`BigInt(${use(context, "uint32")}(${number}, ${path}))`;
    const parts = binary("|", word(start), code`${word(length)} << 32n`);
    const signed = own.shape.kind !== "bool" && own.shape.signed;
    return [storeInt(spot.view, plus(spot.base, own.offset), parts, 8, signed, own.shape.endian), data];
  }
  const half = (number: Code): Code => checkedUint(context, number, 16, path);
  const parts = binary("|", half(start), binary("<<", half(length), code`16`));
  return [storeInt(spot.view, plus(spot.base, own.offset), parts, 4, false, own.shape.endian), data];
}

function blobLines(context: EmitContext, composite: CompositePlan, blob: FieldPlan, settled: boolean): Code[] {
  const lines = [code`let ${used} = ${blob.bitOffset / 8};`];
  const room = roleOf(context, composite).nested ? minus(end, offset, used) : minus(byteLength, used);
  for (const field of locatedFields(composite)) {
    const given = memberOf(field.name);
    const length = countOf(context, field);
    if (!settled) lines.push(code`${use(context, "checkFit")}(${length}, 1, ${room}, ${given}, ${quote(field.name)});`);
    lines.push(...datalocLines(context, field, { given, length, spot: here, from: used }), code`${used} += ${length};`);
  }
  return lines;
}

/** Statements that write the variable part at the record's end, after its fixed part; where it `settled` the length, it has room. */
export function tailLines(context: EmitContext, composite: CompositePlan, settled: boolean): Code[] {
  const { tail, chain } = composite.extent.ending;
  if (tail === undefined) return [];
  if (chain !== undefined) return chain.flatMap((field) => endLines(context, field));
  if (tail.variable?.kind === "blob") return blobLines(context, composite, tail, settled);
  return endLines(context, tail, leavesRest(context, composite, tail), toldBy(composite, tail));
}

/** Bytes from a composite's start to the end of what was counted of its variable part. */
export function countedEnd(context: EmitContext, composite: CompositePlan, tail: FieldPlan): Code {
  const start = tail.bitOffset / 8;
  const { variable } = tail;
  if (variable?.kind !== "blob") return plus(times(countOf(context, tail), variable?.stride ?? 1), start);
  const [first = code`0`, ...others] = locatedFields(composite).map((field) => countOf(context, field));
  const all = binary("+", first, ...others);
  if (variable.max === undefined) return plus(all, start);
  return plus(code`${use(context, "atMost")}(${all}, ${variable.max}, ${value}, ${quote(tail.name)})`, start);
}

/** A statement that leaves nothing of what was there before, where a tail became shorter than the length was settled by. */
export function gapLine(context: EmitContext, composite: CompositePlan, tail: FieldPlan): Code {
  const until = tail.variable?.kind === "blob" ? used : countedEnd(context, composite, tail);
  return code`${use(context, "zero")}(${view}, ${binary("+", offset, until)}, ${minus(end, offset, until)});`;
}

/** Statements that write a field which is as long as its value. */
export function endLines(context: EmitContext, tail: FieldPlan, leaves = false, told?: Code): Code[] {
  if (tail.shape.kind === "composite" && tail.variable === undefined) {
    const at = plus(offset, tail.bitOffset / 8);
    return [...writeStatements(context, tail.shape, memberOf(tail.name), view, at, quote(tail.name), { end, told })];
  }
  return writeCounted(context, tail, leaves);
}

/**
 * Statements that write what is longer than a union of which nothing tells the arms apart; `bytes` are its own, if they are
 * given.
 */
export function openLines(context: EmitContext, composite: CompositePlan, bytes: Code): Code[] {
  const { ending } = composite.extent;
  if (ending.kind !== "arms") return [];
  const { open: union, tails } = ending;
  const { nested } = roleOf(context, composite);
  const rest = nested ? minus(end, offset, union.offset) : minus(byteLength, union.offset);
  const lines = [
    code`if (${bytes} !== undefined) {`,
    code`  ${use(context, "writeBytes")}(${bytes}, ${view}, ${plus(offset, union.offset)}, ${rest}, ${quote(union.bytesName)});`,
  ];
  for (const tail of tails) {
    lines.push(
      code`} else if (${binary("!==", memberOf(tail.name), code`undefined`)}) {`,
      ...endLines(context, tail).map((line) => code`  ${line}`),
    );
  }
  return [...lines, code`}`];
}

/** An expression for what a length says of an array, as it was counted. */
function countedLength(context: EmitContext, field: FieldPlan): Code {
  const { variable } = field;
  const unit = variable?.length?.unit;
  if (unit === "items") return code`${use(context, "countElements")}(${memberOf(field.name)}, ${quote(field.name)})`;
  const count = countOf(context, field);
  const bytes = unit === "elements" ? count : times(count, variable?.stride ?? 1);
  if (unit !== "total") return bytes;
  return field.after === undefined ? plus(bytes, field.bitOffset / 8) : binary("+", offsetOf(context, field), bytes);
}

/** An expression for the value of the one member that says an array's length. */
function derivedLength(context: EmitContext, field: FieldPlan, { factor }: LengthTerm): Code {
  const counted = countedLength(context, field);
  const constant = field.variable?.length?.constant ?? 0;
  if (factor === 1 && constant === 0) return counted;
  const form = code`${factor}, ${constant}, ${memberOf(field.name)}, ${quote(field.name)}`;
  return code`${use(context, "solvedLength")}(${counted}, ${form})`;
}

/** Whether what a member is where it was left out is stored with it: a bit-field with its unit, unless it is a bigint. */
function isStoredOnce({ shape, bitSize }: FieldPlan): boolean {
  if (shape.kind !== "int" && shape.kind !== "enum") return false;
  return bitSize === undefined || (bitSize <= 32 && (shape.kind === "int" || shape.size < 8));
}

/** What a length member is where it was left out: by member, those that are stored with their own kind of integer. */
export function derivedLengths(context: EmitContext, nodes: readonly NodePlan[]): Map<NodePlan, Code> {
  const derived = new Map<NodePlan, Code>();
  const owners = new Map<string, FieldPlan>(
    nodes.flatMap((node) => (node.kind === "field" ? [[node.name, node] as const] : [])),
  );
  for (const field of fieldsOf(nodes)) {
    const length = field.variable?.length;
    const term = length === undefined ? undefined : solvedTerm(length);
    const name = term === undefined ? undefined : ownProperty(term.place);
    const owner = name === undefined ? undefined : owners.get(name);
    if (term === undefined || owner === undefined || !isStoredOnce(owner) || derived.has(owner)) continue;
    // An array that is cut need not have a length that a member can say: only one that is left out follows from it.
    if (length?.clamp !== undefined && term.factor !== 1) continue;
    derived.set(owner, derivedLength(context, field, term));
  }
  for (const parts of partsOf(fieldsOf(nodes))) {
    const owner = owners.get(ownProperty(parts.place) ?? "");
    if (owner === undefined || !isStoredOnce(owner) || derived.has(owner)) continue;
    derived.set(owner, derivedBits(context, parts));
  }
  return derived;
}

/** Parts that one member says are there, by its bits. */
interface Parts {
  readonly place: PlacePlan;
  readonly fields: readonly FieldPlan[];
}

function partsOf(fields: readonly FieldPlan[]): Parts[] {
  const byPlace = new Map<string, { place: PlacePlan; fields: FieldPlan[] }>();
  for (const field of fields) {
    const place = field.variable?.present?.place;
    if (place === undefined) continue;
    const known = byPlace.get(place.path);
    if (known === undefined) byPlace.set(place.path, { place, fields: [field] });
    else known.fields.push(field);
  }
  return [...byPlace.values()];
}

/** Bits as the integer at a place has them: the highest one of a signed integer is its sign. */
function asStored({ shape, bits }: PlacePlan, mask: bigint): bigint {
  const signed = shape.kind !== "bool" && shape.signed;
  return signed ? BigInt.asIntN(bits?.size ?? shape.size * 8, mask) : mask;
}

/** An expression for a member whose bits say which parts are there; parts of the same bits are there together. */
function derivedBits(context: EmitContext, { place, fields }: Parts): Code {
  const zero = placeLiteral(place, 0n);
  const masks = new Set(fields.map(({ variable }) => variable?.present?.mask));
  const [first = zero, ...others] = [...masks].map((mask) => {
    const there = fields
      .filter(({ variable }) => variable?.present?.mask === mask)
      .map((field) => binary("!==", countOf(context, field), code`0`));
    const [one = code`false`, ...more] = there;
    return code`(${binary("||", one, ...more)} ? ${placeLiteral(place, asStored(place, mask ?? 1n))} : ${zero})`;
  });
  return binary("+", first, ...others);
}

/** Statements that write the bits which were left out, unless they are `stored`, and refuse those that say something else. */
function bitLines(context: EmitContext, parts: Parts, stored: ReadonlySet<string>): Code[] {
  const { place, fields } = parts;
  const path = quote(propertyPath(place));
  const lines = fields.flatMap((field) => {
    const { present } = field.variable ?? {};
    if (present === undefined) return [];
    const says = presentCondition(context, present, here);
    const there = binary("!==", countOf(context, field), code`0`);
    const why = quote(`does not say whether ${field.name} is there`);
    const fail = code`${use(context, "outOfRange")}(${path}, ${loadPlace(context, place, here)}, ${why});`;
    return [code`if ((${says}) !== (${there})) ${fail}`];
  });
  if (stored.has(ownProperty(place) ?? "")) return lines;
  const bits = derivedBits(context, parts);
  const told = place.shape.kind === "bool" ? binary("!==", bits, code`0`) : bits;
  const store = storePlace(context, place, told, here, path);
  return [code`if (${givenAt(place)} === undefined) ${store}`, ...lines];
}

/** What another array is counted by, and how many it has. */
interface Counted {
  readonly field: FieldPlan;
  readonly count: Code;
}

/** Bytes from the composite's start to a field. */
function offsetIn(context: EmitContext, field: FieldPlan): Code | number {
  return field.after === undefined ? field.bitOffset / 8 : offsetOf(context, field);
}

/** The statement that refuses a length which its array does not have. */
function refusedLine(context: EmitContext, composite: CompositePlan, field: FieldPlan, path: Code): Code {
  const { variable, name } = field;
  const length = variable?.length;
  if (variable === undefined || length === undefined) throw new Error(`${field.cName} has no length`);
  const held = loadSum(context, length, here);
  if (length.clamp !== undefined) {
    const where = roleOf(context, composite).nested ? here : sample;
    const unit = length.unit === "elements" ? times(held, variable.stride) : held;
    const bytes = length.unit === "total" ? minus(held, offsetIn(context, field)) : unit;
    const found = new Map([[field, { start: binary("+", offset, offsetOf(context, field)) }]]);
    const room = capacity(context, composite, field, field.after === undefined ? where : { ...where, found });
    const form = code`${bytes}, ${room}, ${variable.stride}, ${countOf(context, field)}`;
    const told = code`${memberOf(length.clamp)}, ${path}, ${quote(length.clamp)}`;
    return code`${use(context, "checkClamped")}(${form}, ${told});`;
  }
  const term = solvedTerm(length);
  const plain = term !== undefined && (term.factor !== 1 || length.constant !== 0);
  const count = plain || term === undefined ? countedLength(context, field) : derivedLength(context, field, term);
  const why = quote(`is not the length of ${name}`);
  return code`if (${binary("!==", held, count)}) ${use(context, "outOfRange")}(${path}, ${held}, ${why});`;
}

/** The bytes that a value may give of the union in which a place lies. */
function bytesOver(composite: CompositePlan, place: PlacePlan): Code | undefined {
  const [name] = place.names;
  const union = unionsOf(composite.nodes).find(
    (own) =>
      taggedOf(composite, own) === undefined &&
      own.arms.some((arm) => arm.some((node) => node.kind === "field" && node.name === name)),
  );
  return union === undefined ? undefined : memberOf(union.bytesName);
}

/**
 * Statements that write each length member which was left out, unless it is `stored`, and refuse one that its array does not
 * have: what was stored is looked at, since who gives the value may answer anew each time.
 */
export function derivedLines(
  context: EmitContext,
  composite: CompositePlan,
  fields: readonly FieldPlan[],
  stored: ReadonlySet<string> = new Set(),
): Code[] {
  const lines: Code[] = partsOf(fields).flatMap((parts) => bitLines(context, parts, stored));
  const first = new Map<string, Counted>();
  for (const field of fields) {
    const length = field.variable?.length;
    if (length === undefined) continue;
    const term = solvedTerm(length);
    if (term === undefined) {
      lines.push(refusedLine(context, composite, field, quote(length.text)));
      continue;
    }
    const { place } = term;
    const path = quote(propertyPath(place));
    const other = first.get(place.path);
    if (other !== undefined && length.clamp === undefined) {
      const count = derivedLength(context, field, term);
      const why = quote(`has another length than ${other.field.name}`);
      const differs = binary("!==", count, other.count);
      lines.push(
        code`if (${differs}) ${use(context, "outOfRange")}(${quote(field.name)}, ${memberOf(field.name)}, ${why});`,
      );
      continue;
    }
    const refused = refusedLine(context, composite, field, path);
    if (other !== undefined || stored.has(ownProperty(place) ?? "")) {
      lines.push(refused);
      continue;
    }
    const count = derivedLength(context, field, term);
    first.set(place.path, { field, count });
    const told = place.shape.kind === "bool" ? binary(">", count, code`0`) : count;
    const store = storePlace(context, place, told, here, path);
    const bytes = bytesOver(composite, place);
    const left = binary("===", givenAt(place), code`undefined`);
    const free = bytes === undefined ? left : binary("&&", left, binary("===", bytes, code`undefined`));
    // One that may be cut is looked at where it was left out, too: nothing is cut then.
    const otherwise = length.clamp === undefined ? code`else ` : code``;
    lines.push(code`if (${free}) ${store}`, code`${otherwise}${refused}`);
  }
  return lines;
}
