import type { Endian } from "@rbgen/btf";
import type { Chunk } from "../plan/chunks.ts";
import type { FieldPlan, Shape } from "../plan/model.ts";
import { type EmitContext, plus, use } from "./context.ts";
import { quote } from "./text.ts";
import { loadInt, storeInt } from "./values.ts";

function isSigned(shape: Shape): boolean {
  return (shape.kind === "int" || shape.kind === "enum") && shape.signed;
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function maskOf(bits: number): string {
  return hex(2 ** bits - 1);
}

/** Bits between the field and the chunk's least significant bit. */
function shiftOf(field: FieldPlan, size: number, chunk: Chunk, endian: Endian): number {
  const at = field.bitOffset - chunk.offset * 8;
  return endian === "little" ? at : chunk.length * 8 - at - size;
}

/** A bit-field of up to 32 bits decodes to a number, whatever integer type it has. */
export function isWide(field: FieldPlan): boolean {
  return (field.bitSize ?? 0) > 32;
}

/** An expression for the whole chunk as an unsigned number; of up to 4 bytes. */
export function loadChunk(chunk: Chunk, base: string, endian: Endian): string {
  const at = plus(base, chunk.offset);
  if (chunk.length !== 3) return loadInt("view", at, chunk.length, false, endian);
  const half = loadInt("view", at, 2, false, endian);
  const rest = `view.getUint8(${plus(base, chunk.offset + 2)})`;
  return endian === "little" ? `${half} | (${rest} << 16)` : `(${half} << 8) | ${rest}`;
}

/** A bit-field out of its loaded chunk (`bits`), or read by itself where the chunk has more than 4 bytes. */
export function extract(
  context: EmitContext,
  field: FieldPlan,
  chunk: Chunk,
  bits: string,
  base: string,
  record: string,
): string {
  const size = field.bitSize ?? 0;
  const { shape } = field;
  const signed = isSigned(shape);
  const { endian } = context.plan;
  let value: string;
  if (chunk.length > 4) {
    const at = field.bitOffset - chunk.offset * 8;
    const start = plus(base, chunk.offset);
    value = `${use(context, "readBits")}(view, ${start}, ${at}, ${size}, ${signed}, ${endian === "little"})`;
    if (shape.kind === "bool") return `${value} !== 0n`;
    if (shape.kind === "enum" && shape.size === 8) return value;
    if (!isWide(field)) return `Number(${value})`;
    if (shape.kind === "int" && shape.policy === "number") {
      return `${use(context, "safeNumber")}(${value}, ${quote(record)}, ${quote(field.cName)})`;
    }
    return value;
  }
  const shift = shiftOf(field, size, chunk, endian);
  if (signed) {
    const left = 32 - shift - size;
    value = `${left === 0 ? bits : `(${bits} << ${left})`} >> ${32 - size}`;
  } else if (size === 32) value = chunk.length === 4 ? bits : `${bits} >>> 0`;
  else {
    const low = shift === 0 ? bits : `${bits} >>> ${shift}`;
    const whole = shift + size === chunk.length * 8;
    value = whole ? low : shift === 0 ? `${low} & ${maskOf(size)}` : `(${low}) & ${maskOf(size)}`;
  }
  if (shape.kind === "bool") return value.includes(" ") ? `(${value}) !== 0` : `${value} !== 0`;
  return shape.kind === "enum" && shape.size === 8 ? `BigInt(${value})` : value;
}

/** A checked value of a bit-field: number of up to 32 bits, or bigint. */
function checked(context: EmitContext, field: FieldPlan, value: string, big: boolean): string {
  const size = field.bitSize ?? 0;
  const { shape } = field;
  const path = quote(field.name);
  if (shape.kind === "bool") {
    const bit = `${use(context, "bool")}(${value}, ${path})`;
    return big ? `BigInt(${bit})` : bit;
  }
  const signed = isSigned(shape);
  const fromBig = isWide(field) || (shape.kind === "enum" && shape.size === 8);
  const call = fromBig
    ? `${use(context, signed ? "bigint" : "biguint")}(${value}, ${size}, ${path})`
    : size === 32 && !signed
      ? `${use(context, "uint32")}(${value}, ${path})`
      : `${use(context, signed ? "int" : "uint")}(${value}, ${size}, ${path})`;
  if (big) return fromBig ? call : `BigInt(${call})`;
  return fromBig ? `Number(${call})` : call;
}

/** Statements that write every bit of the chunk, unnamed ones as 0. */
export function writeChunk(
  context: EmitContext,
  chunk: Chunk,
  base: string,
  memberOf: (field: FieldPlan) => string,
  local: (name: string) => string,
): readonly string[] {
  const { endian } = context.plan;
  const start = plus(base, chunk.offset);
  if (chunk.length > 4) {
    return [
      `${use(context, "zero")}(view, ${start}, ${chunk.length});`,
      ...chunk.fields.map((field) =>
        storeBig(context, field, chunk, base, checked(context, field, memberOf(field), true)),
      ),
    ];
  }
  const parts = chunk.fields.map((field) => {
    const size = field.bitSize ?? 0;
    const shift = shiftOf(field, size, chunk, endian);
    let part = checked(context, field, memberOf(field), false);
    if (isSigned(field.shape) && size < 32) part = `(${part} & ${maskOf(size)})`;
    return shift === 0 ? part : `(${part} << ${shift})`;
  });
  const whole = parts.length === 0 ? "0" : parts.join(" | ");
  if (chunk.length !== 3) return [storeInt("view", start, whole, chunk.length, false, endian)];
  const bits = local(`bits${chunk.offset}`);
  const rest = plus(base, chunk.offset + 2);
  return endian === "little"
    ? [
        `const ${bits} = ${whole};`,
        storeInt("view", start, `${bits} & 0xffff`, 2, false, endian),
        `view.setUint8(${rest}, ${bits} >>> 16);`,
      ]
    : [
        `const ${bits} = ${whole};`,
        storeInt("view", start, `${bits} >>> 8`, 2, false, endian),
        `view.setUint8(${rest}, ${bits} & 0xff);`,
      ];
}

function storeBig(context: EmitContext, field: FieldPlan, chunk: Chunk, base: string, value: string): string {
  const at = field.bitOffset - chunk.offset * 8;
  const start = plus(base, chunk.offset);
  return `${use(context, "writeBits")}(${value}, view, ${start}, ${at}, ${field.bitSize}, ${context.plan.endian === "little"});`;
}

/**
 * A statement that writes one bit-field of a chunk and leaves the bits beside it; of a value that is known to fit,
 * unchecked.
 */
export function storeField(
  context: EmitContext,
  field: FieldPlan,
  chunk: Chunk,
  base: string,
  value: string | bigint,
): string {
  const size = field.bitSize ?? 0;
  const { endian } = context.plan;
  if (chunk.length === 3 || chunk.length > 4) {
    const offset = Math.floor(field.bitOffset / 8);
    const big = typeof value === "bigint" ? `${value}n` : checked(context, field, value, true);
    return storeBig(context, field, { offset, length: 9, fields: [field] }, base, big);
  }
  const at = plus(base, chunk.offset);
  let bits = typeof value === "bigint" ? `${BigInt.asUintN(size, value)}` : checked(context, field, value, false);
  if (isSigned(field.shape) && size < 32 && typeof value === "string") bits = `(${bits} & ${maskOf(size)})`;
  if (size === chunk.length * 8) return storeInt("view", at, bits, chunk.length, false, endian);
  const shift = shiftOf(field, size, chunk, endian);
  const others = 2 ** (chunk.length * 8) - 1 - (2 ** size - 1) * 2 ** shift;
  const kept = `(${loadChunk(chunk, base, endian)} & ${hex(others)})`;
  return storeInt("view", at, `${kept} | ${shift === 0 ? bits : `(${bits} << ${shift})`}`, chunk.length, false, endian);
}
