import type { Chunk } from "../plan/chunks.ts";
import type { FieldPlan, PlacePlan } from "../plan/model.ts";
import type { Name } from "../plan/names.ts";
import { extract, loadChunk, storeField } from "./bit-fields.ts";
import { type Code, code, join } from "./code.ts";
import { type EmitContext, plus, use } from "./context.ts";
import { quote } from "./text.ts";
import { checkedExpression, loadInt, storeInt } from "./values.ts";

function isSigned({ shape }: PlacePlan): boolean {
  return shape.kind !== "bool" && shape.signed;
}

/** Whether the integer there is read as a bigint. */
function isBig({ bits, shape }: PlacePlan): boolean {
  if (shape.kind === "bool") return false;
  return bits === undefined ? shape.size === 8 : bits.size > 32;
}

/** A place of bits as a bit-field, alone in the bytes that hold it. */
function bitField(place: PlacePlan, bits: { offset: number; size: number }): { field: FieldPlan; chunk: Chunk } {
  const field: FieldPlan = {
    kind: "field",
    cName: place.path,
    // It stands in the path of an error alone.
    name: join(place.names, code`.`) as Name,
    bitOffset: bits.offset,
    bitSize: bits.size,
    shape: { ...place.shape, kind: "int", signed: isSigned(place), policy: "bigint", char: false },
    declaration: "",
  };
  const offset = Math.floor(bits.offset / 8);
  return { field, chunk: { offset, length: Math.ceil((bits.offset + bits.size) / 8) - offset, fields: [field] } };
}

/** The first byte behind a place. */
export function endOf({ offset, shape, bits }: PlacePlan): number {
  return bits === undefined ? offset + shape.size : Math.ceil((bits.offset + bits.size) / 8);
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
export function loadPlace(context: EmitContext, place: PlacePlan, base: Code): Code {
  const { bits, shape } = place;
  if (bits === undefined) {
    const load = loadInt(code`view`, plus(base, place.offset), shape.size, isSigned(place), shape.endian);
    // Any bit of a _Bool makes it true.
    return shape.kind === "bool" ? code`${use(context, "truth")}(${load})` : load;
  }
  const { field, chunk } = bitField(place, bits);
  const loaded = chunk.length > 4 ? code`` : loadChunk(chunk, base, context.plan.endian);
  return extract(context, field, chunk, loaded.includes(" | ") ? code`(${loaded})` : loaded, base, code``);
}

/** The same as a number: lengths are compared with those of arrays. */
export function loadLength(context: EmitContext, place: PlacePlan, base: Code): Code {
  const load = loadPlace(context, place, base);
  if (isBig(place)) return code`Number(${load})`;
  return place.bits !== undefined && load.includes(" ") ? code`(${load})` : load;
}

/** A statement that writes an expression's value, checked, to a place that decode reads by itself. */
export function storePlace(context: EmitContext, place: PlacePlan, value: Code, base: Code, path: Code): Code {
  const { bits, shape } = place;
  if (bits !== undefined) {
    const { field, chunk } = bitField(place, bits);
    return storeField(
      context,
      field,
      chunk,
      base,
      shape.kind === "bool" ? code`${use(context, "truth")}(${value})` : value,
    );
  }
  const checked = checkedExpression(context, shape, value, path);
  return storeInt(code`view`, plus(base, place.offset), checked, shape.size, isSigned(place), shape.endian);
}

/** What the integer at a place is in TypeScript. */
export function placeType(place: PlacePlan): "bigint" | "number" {
  return isBig(place) ? "bigint" : "number";
}

/** A value of a place as a literal. */
export function placeLiteral(place: PlacePlan, value: bigint): Code {
  return isBig(place) ? code`${value}n` : code`${value}`;
}

/** A statement that writes a known value to a place. */
export function storeLiteral(context: EmitContext, place: PlacePlan, base: Code, value: bigint): Code {
  const literal = placeLiteral(place, value);
  if (place.bits !== undefined) {
    const { field, chunk } = bitField(place, place.bits);
    return storeField(context, field, chunk, base, value);
  }
  const stored = place.shape.size === 8 ? code`${value}n` : literal;
  return storeInt(code`view`, plus(base, place.offset), stored, place.shape.size, isSigned(place), place.shape.endian);
}

/** How a value reaches the member at a place: `value.hdr?.len`. */
export function givenAt(place: PlacePlan, value: Code = code`value`): Code {
  return code`${value}.${join(place.names, code`?.`)}`;
}

/** Statements that write the tag where it was left out, and refuse one that says something else. */
export function tagLines(context: EmitContext, tag: PlacePlan, values: readonly bigint[], kind: string): Code[] {
  const [first] = values;
  if (first === undefined) return [];
  const given = givenAt(tag);
  const { shape } = tag;
  const bigMember = shape.kind === "enum" && shape.size === 8;
  const convert = isBig(tag)
    ? code`BigInt(${given})`
    : shape.kind === "bool" || bigMember
      ? code`Number(${given})`
      : given;
  const differs = join(
    values.map((value) => code`${convert} !== ${placeLiteral(tag, value)}`),
    code` && `,
  );
  const path = quote(tag.names.join("."));
  return [
    code`if (${given} === undefined) ${storeLiteral(context, tag, code`offset`, first)}`,
    code`else if (${differs}) ${use(context, "outOfRange")}(${path}, ${given}, ${quote(`does not say ${kind}`)});`,
  ];
}
