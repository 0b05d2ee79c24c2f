import type { Chunk } from "../plan/chunks.ts";
import type { FieldPlan, LengthPlan, LengthTerm, PlacePlan, PresentPlan } from "../plan/model.ts";
import { type Name, named, type Scope } from "../plan/names.ts";
import { type BitField, extract, loadChunk, storeField } from "./bit-fields.ts";
import { binary, type Code, code, join, local, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { here, plus, type Spot, times, value } from "./span.ts";
import { checkedExpression, checkedUint, loadInt, storeInt } from "./values.ts";

function isSigned({ shape }: PlacePlan): boolean {
  return shape.kind !== "bool" && shape.signed;
}

/** Whether the integer there is read as a bigint. */
function isBig({ bits, shape }: PlacePlan): boolean {
  if (shape.kind === "bool") return false;
  return bits === undefined ? shape.size === 8 : bits.size > 32;
}

interface LonelyField {
  readonly field: BitField;
  readonly chunk: Pick<Chunk, "offset" | "length" | "endian">;
}

/** A place of bits as a bit-field, alone in the bytes that hold it. */
function bitField(place: PlacePlan, bits: { offset: number; size: number }): LonelyField {
  const { size, endian } = place.shape;
  const field: BitField = {
    cName: place.path,
    name: propertyPath(place),
    bitOffset: bits.offset,
    bitSize: bits.size,
    shape: { kind: "int", size, endian, signed: isSigned(place), policy: "bigint", char: false },
  };
  const offset = Math.floor(bits.offset / 8);
  return { field, chunk: { offset, length: Math.ceil((bits.offset + bits.size) / 8) - offset, endian } };
}

/** The place of a member of the composite itself. */
export function placeOfField(field: FieldPlan): PlacePlan {
  const { shape, bitOffset, bitSize, cName, name } = field;
  if (shape.kind !== "int" && shape.kind !== "enum" && shape.kind !== "bool") throw new Error(`${cName} is no integer`);
  const offset = Math.floor(bitOffset / 8);
  const bits = bitSize === undefined ? {} : { bits: { offset: bitOffset, size: bitSize } };
  return { path: cName, names: [name], offset, shape, ...bits };
}

/** The integer at a place: number, or bigint of more than 32 bits of a bit-field and of 8 bytes. */
export function loadPlace(context: EmitContext, place: PlacePlan, spot: Spot): Code {
  const { bits, shape } = place;
  const known = spot.loaded?.get(place.path);
  if (known !== undefined) return known;
  if (place.text) {
    const at = code`${spot.view}, ${plus(spot.base, place.offset)}`;
    if (shape.size === 8) return code`${use(context, "wideTextTag")}(${at})`;
    return code`${use(context, "textTag")}(${at}, ${shape.size})`;
  }
  if (bits === undefined) {
    const load = loadInt(context, spot.view, plus(spot.base, place.offset), shape.size, isSigned(place), shape.endian);
    // Any bit of a _Bool makes it true.
    return shape.kind === "bool" ? code`${use(context, "truth")}(${load})` : load;
  }
  const { field, chunk } = bitField(place, bits);
  const loaded = chunk.length > 4 ? code`` : loadChunk(chunk, spot);
  return extract(context, field, chunk, loaded, spot, "");
}

/** The same as a number: lengths are compared with those of arrays. */
export function loadLength(context: EmitContext, place: PlacePlan, spot: Spot): Code {
  const load = loadPlace(context, place, spot);
  return isBig(place) ? code`Number(${load})` : load;
}

/** What a length comes to by the members that it is computed of, as a number. */
export function loadSum(context: EmitContext, { terms, constant }: LengthPlan, spot: Spot): Code {
  return sum(
    terms.map(({ place, factor }) => ({ of: loadLength(context, place, spot), factor })),
    constant,
  );
}

/** A condition that a part is there. */
export function presentCondition(context: EmitContext, { place, mask }: PresentPlan, spot: Spot): Code {
  const load = loadPlace(context, place, spot);
  const bits = mask === undefined ? load : binary("&", load, placeLiteral(place, mask));
  return binary("!==", bits, placeLiteral(place, 0n));
}

/** A sum of expressions with their factors, and of a constant. */
function sum(parts: readonly { readonly of: Code; readonly factor: number }[], constant: number): Code {
  const added = [...parts].sort((a, b) => Number(b.factor > 0) - Number(a.factor > 0));
  let whole: Code | undefined = added[0] === undefined || added[0].factor < 0 ? code`${constant}` : undefined;
  const rest = whole === undefined ? constant : 0;
  for (const { of, factor } of added) {
    const part = times(of, Math.abs(factor));
    whole = whole === undefined ? part : binary(factor < 0 ? "-" : "+", whole, part);
  }
  if (whole === undefined || rest === 0) return whole ?? code`0`;
  return binary(rest < 0 ? "-" : "+", whole, code`${Math.abs(rest)}`);
}

/** The member that a length follows from, and that follows from it; undefined of several. */
export function solvedTerm({ terms }: LengthPlan): LengthTerm | undefined {
  return terms.length === 1 ? terms[0] : undefined;
}

/** A statement that writes an expression's value, checked, to a place that decode reads by itself. */
export function storePlace(context: EmitContext, place: PlacePlan, given: Code, spot: Spot, path: Code): Code {
  const { bits, shape } = place;
  if (bits !== undefined) {
    const { field, chunk } = bitField(place, bits);
    const bit = shape.kind === "bool" ? code`${use(context, "truth")}(${given})` : given;
    return storeField(context, field, chunk, spot, bit);
  }
  const checked = checkedExpression(context, shape, given, path);
  return storeInt(spot.view, plus(spot.base, place.offset), checked, shape.size, isSigned(place), shape.endian);
}

/** An expression that checks a value for a place, and gives what {@link loadPlace} would give of it. */
export function checkedPlace(context: EmitContext, place: PlacePlan, given: Code, path: Code): Code {
  const { bits, shape } = place;
  const size = bits?.size ?? shape.size * 8;
  if (isBig(place)) {
    return code`${use(context, isSigned(place) ? "bigint" : "biguint")}(${given}, ${size}, ${path})`;
  }
  if (isSigned(place)) return code`${use(context, "int")}(${given}, ${size}, ${path})`;
  return size === 32 ? code`${use(context, "uint32")}(${given}, ${path})` : checkedUint(context, given, size, path);
}

/** What the integer at a place is in TypeScript. */
export function placeType(place: PlacePlan): "bigint" | "number" {
  return isBig(place) ? "bigint" : "number";
}

/** A value of a place as a literal. */
export function placeLiteral(place: PlacePlan, literal: bigint): Code {
  return isBig(place) ? code`${literal}n` : code`${literal}`;
}

/** A statement that writes a known value to a place. */
export function storeLiteral(context: EmitContext, place: PlacePlan, spot: Spot, literal: bigint): Code {
  const { bits, shape, offset } = place;
  if (bits !== undefined) {
    const { field, chunk } = bitField(place, bits);
    return storeField(context, field, chunk, spot, literal);
  }
  const stored = shape.size === 8 ? code`${literal}n` : placeLiteral(place, literal);
  return storeInt(spot.view, plus(spot.base, offset), stored, shape.size, isSigned(place), shape.endian);
}

/** How a value reaches the member at a place: `value.hdr?.len`. */
export function givenAt(place: PlacePlan): Code {
  const element = (place.index ?? []).map((index) => code`?.[${index}]`);
  return code`${value}.${join(place.names, code`?.`)}${join(element, code``)}`;
}

/** The same as a number, where a value may give the name of an errno. */
export function givenNumber(context: EmitContext, place: PlacePlan): Code {
  const given = givenAt(place);
  if (place.shape.kind !== "int" || place.shape.form?.kind !== "errno") return given;
  return code`${use(context, "errnoNumber")}(${given}, ${quote(propertyPath(place))})`;
}

/** What the function that writes a struct is told of its tag in the struct around: whether that is given, or said by another member. */
export const tagTold: Code = local("told");

/** A condition that a value leaves a tag to its arm. */
export function isLeftOut(place: PlacePlan): Code {
  return place.outer ? code`!${tagTold}` : code`${givenAt(place)} === undefined`;
}

/** The properties that lead to a place, for errors: `hdr.len`. */
export function propertyPath({ names, index = [] }: PlacePlan): string {
  return names.join(".") + index.map((at) => `[${at}]`).join("");
}

/** The property that a place is the whole of, where it is one of the struct itself. */
export function ownProperty({ names, index }: PlacePlan): Name | undefined {
  return names.length === 1 && index === undefined ? names[0] : undefined;
}

/** A condition that a place holds none of these values. */
function holdsNone(held: Code, place: PlacePlan, values: readonly bigint[]): Code {
  const [first = code`true`, ...others] = values.map((literal) => binary("!==", held, placeLiteral(place, literal)));
  return binary("&&", first, ...others);
}

/**
 * Statements that write the tag where it was left out, unless it is `stored`, and refuse one that says something else: what
 * was stored is looked at, since who gives the value may answer anew each time.
 */
export function tagLines(
  context: EmitContext,
  tag: PlacePlan,
  values: readonly bigint[],
  kind: string,
  stored = false,
): Code[] {
  const [first] = values;
  if (first === undefined) return [];
  const held = loadPlace(context, tag, here);
  const path = quote(propertyPath(tag));
  const refused = code`${use(context, "outOfRange")}(${path}, ${held}, ${quote(`does not say ${kind}`)});`;
  if (stored) return [code`if (${holdsNone(held, tag, values)}) ${refused}`];
  return [
    code`if (${isLeftOut(tag)}) ${storeLiteral(context, tag, here, first)}`,
    code`else if (${holdsNone(held, tag, values)}) ${refused}`,
  ];
}

/** Whether a tag is a whole member of the struct itself, so that it is stored with the arm that it tells. */
export function isOwnTag(place: PlacePlan): boolean {
  const { bits, shape, text } = place;
  return ownProperty(place) !== undefined && bits === undefined && shape.kind !== "bool" && text === undefined;
}

/** Lines that look at such a tag, once, for the local `given`. */
export function tagLookLines(context: EmitContext, tag: PlacePlan, given: Code, scope: Scope): Code[] {
  if (!isBig(tag)) return [code`const ${given} = ${givenAt(tag)};`];
  const look = scope.take(named`tagGiven`);
  const checked = checkedPlace(context, tag, look, quote(propertyPath(tag)));
  return [
    code`const ${look} = ${givenAt(tag)};`,
    code`const ${given} = ${look} === undefined ? undefined : ${checked};`,
  ];
}

/** Statements that store such a tag with one of its arms, or refuse it. */
export function ownTagLines(
  context: EmitContext,
  tag: PlacePlan,
  values: readonly bigint[],
  kind: string,
  given: Code,
): Code[] {
  const [first = 0n] = values;
  const { shape, offset } = tag;
  const wrong = binary("&&", binary("!==", given, code`undefined`), holdsNone(given, tag, values));
  const stored = code`${use(context, "orElse")}(${given}, ${placeLiteral(tag, first)})`;
  return [
    code`if (${wrong}) ${use(context, "outOfRange")}(${quote(propertyPath(tag))}, ${given}, ${quote(`does not say ${kind}`)});`,
    storeInt(here.view, plus(here.base, offset), stored, shape.size, isSigned(tag), shape.endian),
  ];
}

/** A statement that stores such a tag as it is given. */
export function plainTagLine(context: EmitContext, tag: PlacePlan, given: Code): Code {
  return storePlace(context, tag, given, here, quote(propertyPath(tag)));
}

/** Statements that refuse a stored tag which says one of these arms, in place of none. */
export function noArmLines(
  context: EmitContext,
  tag: PlacePlan,
  variants: readonly { readonly kind: string; readonly values: readonly bigint[] }[],
  path: Code,
): Code[] {
  const held = loadPlace(context, tag, here);
  return variants.map(({ kind, values }) => {
    const [first = code`false`, ...others] = values.map((literal) => binary("===", held, placeLiteral(tag, literal)));
    const says = binary("||", first, ...others);
    return code`if (${says}) ${use(context, "outOfRange")}(${path}, ${held}, ${quote(`says ${kind}`)});`;
  });
}
