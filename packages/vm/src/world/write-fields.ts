import { describePresent, type Member, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { KernelObject } from "./kernel-object.ts";

/** What a member is given: an integer, text of a character array, bytes of anything, a pointer's object, elements, members. */
export type FieldValue =
  | number
  | bigint
  | boolean
  | string
  | null
  | Uint8Array
  | KernelObject
  | readonly FieldValue[]
  | { readonly [member: string]: FieldValue };

/**
 * Writes members by name, those of anonymous structs and unions too, little-endian.
 * @throws RingBufError EINVAL for a name that is no member, ERANGE for a value that does not fit.
 */
export function writeFields(
  bytes: Uint8Array,
  type: Struct | Union,
  fields: { readonly [member: string]: FieldValue },
  path: string,
): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const found = memberOf(type, name);
    if (found === undefined) {
      const present = describePresent(name, namesOf(type));
      throw invalid(`${path}.${name}: no such member of ${type.kind} ${type.name}${present}`);
    }
    const { member, bitOffset } = found;
    const where = `${path}.${name}`;
    if (member.bitSize !== undefined)
      writeBits(bytes, bitOffset, member.bitSize, integerOf(resolve(member.type), value, where), where);
    else writeValue(bytes.subarray(bitOffset / 8), member.type, value, where);
  }
}

/** The member of this name, in anonymous members too, with its place from the start of `type`. */
function memberOf(
  type: Struct | Union,
  name: string,
): { readonly member: Member; readonly bitOffset: number } | undefined {
  for (const member of type.members) {
    if (member.name === name) return { member, bitOffset: member.bitOffset };
    if (member.name !== "") continue;
    const inner = resolve(member.type);
    if (inner.kind !== "struct" && inner.kind !== "union") continue;
    const found = memberOf(inner, name);
    if (found !== undefined) return { member: found.member, bitOffset: member.bitOffset + found.bitOffset };
  }
  return undefined;
}

function namesOf(type: Struct | Union): string[] {
  return type.members.flatMap((member) => {
    if (member.name !== "") return [member.name];
    const inner = resolve(member.type);
    return inner.kind === "struct" || inner.kind === "union" ? namesOf(inner) : [];
  });
}

/**
 * Writes a value of a type to the start of `bytes`.
 * @throws RingBufError EINVAL, ERANGE.
 */
function writeValue(bytes: Uint8Array, declared: Type, value: FieldValue, path: string): void {
  const type = resolve(declared);
  const size = type.kind === "array" && type.count === 0 ? bytes.byteLength : sizeOf(type);
  if (value instanceof Uint8Array) {
    if (value.byteLength > size) throw outOfRange(`${path} has ${size} bytes, not ${value.byteLength}`);
    bytes.set(value);
    return;
  }
  switch (type.kind) {
    case "struct":
    case "union":
      if (value === null || typeof value !== "object" || Array.isArray(value) || value instanceof KernelObject) {
        throw invalid(`${path} is a ${type.kind}: an object of its members, or bytes`);
      }
      writeFields(bytes, type, value as { readonly [member: string]: FieldValue }, path);
      return;
    case "array":
      writeArray(bytes, type.element, size, value, path);
      return;
    case "ptr":
      writeInteger(
        bytes,
        size,
        value === null ? 0n : value instanceof KernelObject ? value.pointer : integerIn(value, path),
        path,
      );
      return;
    case "int":
    case "enum":
    case "enum64":
      writeInteger(bytes, size, integerOf(type, value, path), path);
      return;
    default:
      throw invalid(`${path} is a ${type.kind}: give it as bytes`);
  }
}

function writeArray(bytes: Uint8Array, element: Type, size: number, value: FieldValue, path: string): void {
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    if (text.byteLength > size) throw outOfRange(`${path} has ${size} bytes, "${value}" ${text.byteLength}`);
    bytes.fill(0, 0, size);
    bytes.set(text);
    return;
  }
  if (!Array.isArray(value)) throw invalid(`${path} is an array: its elements, bytes, or text`);
  const step = sizeOf(element);
  const elements = value as readonly FieldValue[];
  if (elements.length * step > size) throw outOfRange(`${path} has ${size / step} elements, not ${elements.length}`);
  elements.forEach((one, index) => {
    writeValue(bytes.subarray(index * step), element, one, `${path}[${index}]`);
  });
}

/** The same, refused where it is negative and its type has no sign; `char` has the one of its compiler. */
function integerOf(type: Type, value: FieldValue, path: string): bigint {
  const integer = integerIn(value, path);
  const unsigned =
    type.kind === "int" ? !type.signed && !type.char : (type.kind === "enum" || type.kind === "enum64") && !type.signed;
  if (unsigned && integer < 0n) throw outOfRange(`${path} has no sign, so it does not hold ${integer}`);
  return integer;
}

function integerIn(value: FieldValue, path: string): bigint {
  if (typeof value === "bigint") return value;
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (value instanceof KernelObject) return value.pointer;
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  throw invalid(`${path} is an integer: a number or bigint`);
}

function writeInteger(bytes: Uint8Array, size: number, value: bigint, path: string): void {
  const bits = 8 * size;
  if (BigInt.asIntN(bits, value) !== value && BigInt.asUintN(bits, value) !== value) {
    throw outOfRange(`${path} has ${bits} bits, which do not hold ${value}`);
  }
  let rest = BigInt.asUintN(bits, value);
  for (let at = 0; at < size; at += 1) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

function writeBits(bytes: Uint8Array, bitOffset: number, bitSize: number, value: bigint, path: string): void {
  if (BigInt.asIntN(bitSize, value) !== value && BigInt.asUintN(bitSize, value) !== value) {
    throw outOfRange(`${path} has ${bitSize} bits, which do not hold ${value}`);
  }
  for (let bit = 0; bit < bitSize; bit += 1) {
    const at = bitOffset + bit;
    const mask = 1 << (at & 7);
    const set = ((value >> BigInt(bit)) & 1n) === 1n;
    bytes[at >> 3] = set ? (bytes[at >> 3] as number) | mask : (bytes[at >> 3] as number) & ~mask;
  }
}

function invalid(message: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL" });
}

function outOfRange(message: string): RingBufError {
  return new RingBufError(message, { code: "ERANGE" });
}
