import type { Endian } from "@rbgen/btf";
import type { Chunk } from "../plan/chunks.ts";
import type { FieldPlan, Shape } from "../plan/model.ts";
import { type Name, named } from "../plan/names.ts";
import { type Code, code, hex, join } from "./code.ts";
import { type EmitContext, plus, use } from "./context.ts";
import { quote } from "./text.ts";
import { loadInt, storeInt } from "./values.ts";

function isSigned(shape: Shape): boolean {
  return (shape.kind === "int" || shape.kind === "enum") && shape.signed;
}

function maskOf(bits: number): Code {
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
export function loadChunk(chunk: Chunk, base: Code, endian: Endian): Code {
  const at = plus(base, chunk.offset);
  if (chunk.length !== 3) return loadInt(code`view`, at, chunk.length, false, endian);
  const half = loadInt(code`view`, at, 2, false, endian);
  const rest = code`view.getUint8(${plus(base, chunk.offset + 2)})`;
  return endian === "little" ? code`${half} | (${rest} << 16)` : code`(${half} << 8) | ${rest}`;
}

/** A bit-field out of its loaded chunk (`bits`), or read by itself where the chunk has more than 4 bytes. */
export function extract(
  context: EmitContext,
  field: FieldPlan,
  chunk: Chunk,
  bits: Code,
  base: Code,
  record: string,
): Code {
  const size = field.bitSize ?? 0;
  const { shape } = field;
  const signed = isSigned(shape);
  const { endian } = context.plan;
  let value: Code;
  if (chunk.length > 4) {
    const at = field.bitOffset - chunk.offset * 8;
    const start = plus(base, chunk.offset);
    value = code`${use(context, "readBits")}(view, ${start}, ${at}, ${size}, ${signed}, ${endian === "little"})`;
    if (shape.kind === "bool") return code`${value} !== 0n`;
    if (shape.kind === "enum" && shape.size === 8) return value;
    if (!isWide(field)) return code`Number(${value})`;
    if (shape.kind === "int" && shape.policy === "number") {
      return code`${use(context, "safeNumber")}(${value}, ${quote(record)}, ${quote(field.cName)})`;
    }
    return value;
  }
  const shift = shiftOf(field, size, chunk, endian);
  if (signed) {
    const left = 32 - shift - size;
    value = code`${left === 0 ? bits : code`(${bits} << ${left})`} >> ${32 - size}`;
  } else if (size === 32) value = chunk.length === 4 ? bits : code`${bits} >>> 0`;
  else {
    const low = shift === 0 ? bits : code`${bits} >>> ${shift}`;
    const whole = shift + size === chunk.length * 8;
    value = whole ? low : shift === 0 ? code`${low} & ${maskOf(size)}` : code`(${low}) & ${maskOf(size)}`;
  }
  if (shape.kind === "bool") return value.includes(" ") ? code`(${value}) !== 0` : code`${value} !== 0`;
  return shape.kind === "enum" && shape.size === 8 ? code`BigInt(${value})` : value;
}

/** A checked value of a bit-field: number of up to 32 bits, or bigint. */
function checked(context: EmitContext, field: FieldPlan, value: Code, big: boolean): Code {
  const size = field.bitSize ?? 0;
  const { shape } = field;
  const path = quote(field.name);
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
      : code`${use(context, signed ? "int" : "uint")}(${value}, ${size}, ${path})`;
  if (big) return fromBig ? call : code`BigInt(${call})`;
  return fromBig ? code`Number(${call})` : call;
}

/** Statements that write every bit of the chunk, unnamed ones as 0. */
export function writeChunk(
  context: EmitContext,
  chunk: Chunk,
  base: Code,
  memberOf: (field: FieldPlan) => Code,
  local: (name: Name) => Name,
): readonly Code[] {
  const { endian } = context.plan;
  const start = plus(base, chunk.offset);
  if (chunk.length > 4) {
    return [
      code`${use(context, "zero")}(view, ${start}, ${chunk.length});`,
      ...chunk.fields.map((field) =>
        storeBig(context, field, chunk, base, checked(context, field, memberOf(field), true)),
      ),
    ];
  }
  const parts = chunk.fields.map((field) => {
    const size = field.bitSize ?? 0;
    const shift = shiftOf(field, size, chunk, endian);
    let part = checked(context, field, memberOf(field), false);
    if (isSigned(field.shape) && size < 32) part = code`(${part} & ${maskOf(size)})`;
    return shift === 0 ? part : code`(${part} << ${shift})`;
  });
  const whole = parts.length === 0 ? code`0` : join(parts, code` | `);
  if (chunk.length !== 3) return [storeInt(code`view`, start, whole, chunk.length, false, endian)];
  const bits = local(named`bits${chunk.offset}`);
  const rest = plus(base, chunk.offset + 2);
  return endian === "little"
    ? [
        code`const ${bits} = ${whole};`,
        storeInt(code`view`, start, code`${bits} & 0xffff`, 2, false, endian),
        code`view.setUint8(${rest}, ${bits} >>> 16);`,
      ]
    : [
        code`const ${bits} = ${whole};`,
        storeInt(code`view`, start, code`${bits} >>> 8`, 2, false, endian),
        code`view.setUint8(${rest}, ${bits} & 0xff);`,
      ];
}

function storeBig(context: EmitContext, field: FieldPlan, chunk: Chunk, base: Code, value: Code): Code {
  const at = field.bitOffset - chunk.offset * 8;
  const start = plus(base, chunk.offset);
  return code`${use(context, "writeBits")}(${value}, view, ${start}, ${at}, ${field.bitSize ?? 0}, ${context.plan.endian === "little"});`;
}

/**
 * A statement that writes one bit-field of a chunk and leaves the bits beside it; of a value that is known to fit,
 * unchecked.
 */
export function storeField(
  context: EmitContext,
  field: FieldPlan,
  chunk: Chunk,
  base: Code,
  value: Code | bigint,
): Code {
  const size = field.bitSize ?? 0;
  const { endian } = context.plan;
  if (chunk.length === 3 || chunk.length > 4) {
    const offset = Math.floor(field.bitOffset / 8);
    const big = typeof value === "bigint" ? code`${value}n` : checked(context, field, value, true);
    return storeBig(context, field, { offset, length: 9, fields: [field] }, base, big);
  }
  const at = plus(base, chunk.offset);
  let bits = typeof value === "bigint" ? code`${BigInt.asUintN(size, value)}` : checked(context, field, value, false);
  if (isSigned(field.shape) && size < 32 && typeof value === "string") bits = code`(${bits} & ${maskOf(size)})`;
  if (size === chunk.length * 8) return storeInt(code`view`, at, bits, chunk.length, false, endian);
  const shift = shiftOf(field, size, chunk, endian);
  const others = 2 ** (chunk.length * 8) - 1 - (2 ** size - 1) * 2 ** shift;
  const kept = code`(${loadChunk(chunk, base, endian)} & ${hex(others)})`;
  return storeInt(
    code`view`,
    at,
    code`${kept} | ${shift === 0 ? bits : code`(${bits} << ${shift})`}`,
    chunk.length,
    false,
    endian,
  );
}
