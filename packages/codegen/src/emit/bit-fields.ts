import type { Chunk } from "../plan/chunks.ts";
import type { FieldPlan, Shape } from "../plan/model.ts";
import { type Name, named } from "../plan/names.ts";
import { binary, type Code, code, hex, quote } from "./code.ts";
import { type EmitContext, order, use } from "./context.ts";
import { exactValue, namedFlags } from "./forms.ts";
import { plus, type Spot } from "./span.ts";
import { checkedUint, loadNumber, storeInt } from "./values.ts";

/** Bits of a record that are a value: a bit-field, or a place that is one. */
export interface BitField extends Pick<FieldPlan, "cName" | "bitOffset" | "bitSize" | "shape"> {
  /** How errors call it. */
  readonly name: string;
}

/** Bytes that are loaded at once. */
type Bytes = Pick<Chunk, "offset" | "length" | "endian">;

function isSigned(shape: Shape): boolean {
  return (shape.kind === "int" || shape.kind === "enum") && shape.signed;
}

function maskOf(bits: number): Code {
  return hex(2 ** bits - 1);
}

function shifted(operator: "<<" | ">>>", bits: Code, count: number): Code {
  return count === 0 ? bits : binary(operator, bits, code`${count}`);
}

/** Bits between the field and the chunk's least significant bit. */
function shiftOf(field: BitField, size: number, chunk: Bytes): number {
  const at = field.bitOffset - chunk.offset * 8;
  return chunk.endian === "little" ? at : chunk.length * 8 - at - size;
}

/** A bit-field of up to 32 bits decodes to a number, whatever integer type it has. */
export function isWide({ bitSize = 0 }: Pick<FieldPlan, "bitSize">): boolean {
  return bitSize > 32;
}

/** An expression for the whole chunk as an unsigned number; of up to 4 bytes. */
export function loadChunk(chunk: Bytes, { view, base }: Spot): Code {
  const { endian } = chunk;
  const at = plus(base, chunk.offset);
  if (chunk.length !== 3) return loadNumber(view, at, chunk.length, false, endian);
  const half = loadNumber(view, at, 2, false, endian);
  const rest = loadNumber(view, plus(base, chunk.offset + 2), 1, false, endian);
  return endian === "little" ? binary("|", half, shifted("<<", rest, 16)) : binary("|", shifted("<<", half, 8), rest);
}

/** A bit-field of a chunk of more than 4 bytes, read by itself. */
function extractBig(context: EmitContext, field: BitField, chunk: Bytes, spot: Spot, record: string): Code {
  const { shape, bitSize: size = 0 } = field;
  const at = field.bitOffset - chunk.offset * 8;
  const start = plus(spot.base, chunk.offset);
  const form = code`${at}, ${size}, ${isSigned(shape)}, ${chunk.endian === "little"}`;
  const value = code`${use(context, "readBits")}(${spot.view}, ${start}, ${form})`;
  if (shape.kind === "bool") return binary("!==", value, code`0n`);
  if (shape.kind === "enum" && shape.size === 8) return value;
  if (!isWide(field)) return code`Number(${value})`;
  if (shape.kind === "int" && shape.policy === "number") {
    return code`${use(context, "safeNumber")}(${value}, ${quote(record)}, ${quote(field.cName)})`;
  }
  return value;
}

/** A bit-field out of its loaded chunk (`bits`), or read by itself where the chunk has more than 4 bytes. */
export function extract(
  context: EmitContext,
  field: BitField,
  chunk: Bytes,
  bits: Code,
  spot: Spot,
  record: string,
): Code {
  if (chunk.length > 4) return extractBig(context, field, chunk, spot, record);
  const { shape, bitSize: size = 0 } = field;
  const shift = shiftOf(field, size, chunk);
  let value: Code;
  if (isSigned(shape)) value = binary(">>", shifted("<<", bits, 32 - shift - size), code`${32 - size}`);
  else if (size === 32) value = chunk.length === 4 ? bits : binary(">>>", bits, code`0`);
  else {
    value = shifted(">>>", bits, shift);
    if (shift + size !== chunk.length * 8) value = binary("&", value, maskOf(size));
  }
  if (shape.kind === "bool") return binary("!==", value, code`0`);
  return shape.kind === "enum" && shape.size === 8 ? code`BigInt(${value})` : value;
}

/** A bit-field as it is decoded: flags are names. */
export function decodedBits(context: EmitContext, { shape }: BitField, bits: Code): Code {
  return shape.kind === "int" ? namedFlags(context, shape, bits) : bits;
}

/** A checked value of a bit-field: number of up to 32 bits, or bigint. */
function checked(context: EmitContext, field: BitField, given: Code, big: boolean): Code {
  const { shape, bitSize: size = 0 } = field;
  const path = quote(field.name);
  const value = shape.kind === "int" ? exactValue(context, shape, given, path) : given;
  if (shape.kind === "bool") {
    const bit = code`${use(context, "bool")}(${value}, ${path})`;
    return big ? code`BigInt(${bit})` : bit;
  }
  const signed = isSigned(shape);
  const fromBig = isWide(field) || (shape.kind === "enum" && shape.size === 8);
  const call = fromBig
    ? code`${use(context, signed ? "bigint" : "biguint")}(${value}, ${size}, ${path})`
    : size === 32 && !signed
      ? code`${use(context, "uint32")}(${value}, ${path})`
      : signed
        ? code`${use(context, "int")}(${value}, ${size}, ${path})`
        : checkedUint(context, value, size, path);
  if (big) return fromBig ? call : code`BigInt(${call})`;
  return fromBig ? code`Number(${call})` : call;
}

/** The same without the bits of the sign that are beyond the field. */
function checkedBits(context: EmitContext, field: BitField, value: Code): Code {
  const { shape, bitSize: size = 0 } = field;
  const bits = checked(context, field, value, false);
  return isSigned(shape) && size < 32 ? binary("&", bits, maskOf(size)) : bits;
}

/** Statements that write every bit of the chunk, unnamed ones as 0. */
export function writeChunk(
  context: EmitContext,
  chunk: Chunk,
  { view, base }: Spot,
  memberOf: (field: FieldPlan) => Code,
  local: (name: Name) => Name,
): readonly Code[] {
  const { endian } = chunk;
  const start = plus(base, chunk.offset);
  if (chunk.length > 4) {
    return [
      code`${use(context, "zero")}(${view}, ${start}, ${chunk.length});`,
      ...chunk.fields.map((field) => {
        const big = checked(context, field, memberOf(field), true);
        return storeBig(context, field, chunk, chunk.offset, { view, base }, big);
      }),
    ];
  }
  const parts = chunk.fields.map((field) => {
    const shift = shiftOf(field, field.bitSize ?? 0, chunk);
    return shifted("<<", checkedBits(context, field, memberOf(field)), shift);
  });
  const [first = code`0`, ...others] = parts;
  const whole = binary("|", first, ...others);
  if (chunk.length !== 3) return [storeInt(view, start, whole, chunk.length, false, endian)];
  const bits = local(named`bits${chunk.offset}`);
  const [half, rest] =
    endian === "little"
      ? [binary("&", bits, code`0xffff`), shifted(">>>", bits, 16)]
      : [shifted(">>>", bits, 8), binary("&", bits, code`0xff`)];
  return [
    code`const ${bits} = ${whole};`,
    storeInt(view, start, half, 2, false, endian),
    storeInt(view, plus(base, chunk.offset + 2), rest, 1, false, endian),
  ];
}

/** A statement that writes a bit-field bit by bit, counted from the byte `from` on. */
function storeBig(
  context: EmitContext,
  field: BitField,
  { endian }: Bytes,
  from: number,
  { view, base }: Spot,
  value: Code,
): Code {
  const at = field.bitOffset - from * 8;
  const form = code`${at}, ${field.bitSize ?? 0}, ${endian === "little"}`;
  return code`${use(context, "writeBits")}(${value}, ${view}, ${plus(base, from)}, ${form});`;
}

/** What sets some bits of as many bytes. */
const setters = { 1: "setBits8", 2: "setBits16", 4: "setBits32" } as const;

/**
 * A statement that writes one bit-field of a chunk and leaves the bits beside it; of a value that is known to fit,
 * unchecked.
 */
export function storeField(
  context: EmitContext,
  field: BitField,
  chunk: Bytes,
  spot: Spot,
  value: Code | bigint,
): Code {
  const { view, base } = spot;
  const { bitSize: size = 0 } = field;
  const { endian } = chunk;
  if (chunk.length === 3 || chunk.length > 4) {
    const big = typeof value === "bigint" ? code`${value}n` : checked(context, field, value, true);
    return storeBig(context, field, chunk, Math.floor(field.bitOffset / 8), spot, big);
  }
  const at = plus(base, chunk.offset);
  const bits = typeof value === "bigint" ? code`${BigInt.asUintN(size, value)}` : checkedBits(context, field, value);
  if (size === chunk.length * 8) return storeInt(view, at, bits, chunk.length, false, endian);
  const shift = shiftOf(field, size, chunk);
  const kept = hex(2 ** (chunk.length * 8) - 1 - (2 ** size - 1) * 2 ** shift);
  const set = use(context, setters[chunk.length as keyof typeof setters]);
  return code`${set}(${view}, ${at}, ${kept}, ${shifted("<<", bits, shift)}${chunk.length === 1 ? code`` : order(endian)});`;
}
