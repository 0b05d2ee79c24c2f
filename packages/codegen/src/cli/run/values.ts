import { type Member, resolve, sizeOf, type Type } from "@rbgen/btf";
import { memberName, memberScope, type NameCase, type Scope } from "../../plan/names.ts";

/** A value of C as JSON has it: integers of 64 bits as text, as generated codecs give them. */
export type JsonValue =
  | number
  | string
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Bytes in hexadecimal. */
export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What little-endian bytes are by their C type, members called as generated code calls them; hexadecimal where there is no type, or
 * it is another size.
 */
export function decodeValue(bytes: Uint8Array, declared: Type | undefined, nameCase: NameCase): JsonValue {
  const type = declared && resolve(declared);
  if (type === undefined || type.kind === "fwd" || type.kind === "void" || type.kind === "func_proto")
    return hex(bytes);
  const size: number = sizeOf(type);
  if (size > bytes.length) return hex(bytes);
  const own = bytes.subarray(0, size);
  switch (type.kind) {
    case "int": {
      if (![1, 2, 4, 8].includes(size)) return hex(own);
      const whole = integerOf(own, 0, 8 * size, type.signed);
      return type.bool ? whole !== 0n : numberOf(whole, 8 * size);
    }
    case "float": {
      const view = new DataView(own.buffer, own.byteOffset, size);
      return size === 4 ? view.getFloat32(0, true) : size === 8 ? view.getFloat64(0, true) : hex(own);
    }
    case "enum":
    case "enum64": {
      return numberOf(integerOf(own, 0, 8 * size, type.signed), 8 * size);
    }
    case "ptr":
      return numberOf(integerOf(own, 0, 8 * size, false), 8 * size);
    case "array": {
      const element = resolve(type.element);
      const step: number = sizeOf(type.element);
      const text = element.kind === "int" && element.char ? textOf(own) : undefined;
      if (text !== undefined) return text;
      if (element.kind === "int" && step === 1 && !element.bool) return hex(own);
      return Array.from({ length: type.count }, (_, at) =>
        decodeValue(own.subarray(at * step, (at + 1) * step), type.element, nameCase),
      );
    }
    case "struct":
    case "union":
      return Object.fromEntries(membersOf(own, type.members, nameCase, memberScope()));
    default:
      return hex(own);
  }
}

/** Members by their names, those of an anonymous one in its place. */
function membersOf(
  bytes: Uint8Array,
  members: readonly Member[],
  nameCase: NameCase,
  scope: Scope,
): [string, JsonValue][] {
  return members.flatMap(({ name, type, bitOffset, bitSize }): [string, JsonValue][] => {
    const bare = resolve(type);
    if (name === "") {
      if (bitSize !== undefined || (bare.kind !== "struct" && bare.kind !== "union")) return [];
      return membersOf(bytes.subarray(bitOffset / 8), bare.members, nameCase, scope);
    }
    const shown = scope.take(memberName(name, nameCase));
    if (bitSize === undefined) return [[shown, decodeValue(bytes.subarray(bitOffset / 8), type, nameCase)]];
    const signed = bare.kind === "int" && bare.signed;
    return [[shown, numberOf(integerOf(bytes, bitOffset, bitSize, signed), bitSize)]];
  });
}

function integerOf(bytes: Uint8Array, bitOffset: number, bitSize: number, signed: boolean): bigint {
  let whole = 0n;
  for (let at = Math.ceil((bitOffset + bitSize) / 8) - 1; at >= bitOffset >> 3; at -= 1) {
    whole = (whole << 8n) | BigInt(bytes[at] as number);
  }
  const value = whole >> BigInt(bitOffset & 7);
  return signed ? BigInt.asIntN(bitSize, value) : BigInt.asUintN(bitSize, value);
}

function numberOf(whole: bigint, bitSize: number): JsonValue {
  return bitSize > 53 ? String(whole) : Number(whole);
}

/** Text up to its first 0, where what follows is 0 too; undefined for bytes that are none. */
function textOf(bytes: Uint8Array): string | undefined {
  const end = bytes.indexOf(0);
  const length = end < 0 ? bytes.length : end;
  if (bytes.subarray(length).some((byte) => byte !== 0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
  } catch {
    return undefined;
  }
}
