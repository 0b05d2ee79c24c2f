import type { Shape } from "../../plan/model.ts";

/** Ends with what is wrong with a value, in words. */
export type Refuse = (why: string) => never;

type IntegerShape = Extract<Shape, { kind: "int" | "enum" | "pointer" }>;

/** An integer of JSON or of a command line for `encode`, by name, in digits, or in the form that its annotation says. */
export function integerOf(shape: IntegerShape, given: unknown, refuse: Refuse): unknown {
  const form = shape.kind === "int" ? shape.form : undefined;
  if (form?.kind === "flags")
    return Array.isArray(given) ? given.map((flag) => flagOf(flag, refuse)) : flagsOf(given, refuse);
  if (form?.kind === "dev" && typeof given === "object") return given;
  if (typeof given !== "string") return exact(given, refuse);
  const enumerated = shape.kind === "enum" ? shape.enum : form?.kind === "enum" ? form.enum : undefined;
  const named = enumerated?.type.values.find(({ name }) => name === given)?.value ?? digits(given);
  if (named !== undefined) return smallest(named);
  // "10.0.0.1" and "ENOENT" are read by the codec
  if (form !== undefined && form.kind !== "enum") return given;
  return refuse(`"${given}" is no ${enumerated === undefined ? "number" : "enumerator and no number"}`);
}

function flagsOf(given: unknown, refuse: Refuse): unknown {
  if (typeof given !== "string") return exact(given, refuse);
  const bits = digits(given);
  return bits === undefined ? [given] : smallest(bits);
}

function flagOf(flag: unknown, refuse: Refuse): unknown {
  if (typeof flag !== "string") return exact(flag, refuse);
  const bits = digits(flag);
  return bits === undefined ? flag : smallest(bits);
}

/** `true` or a number. */
export function boolOf(given: unknown, refuse: Refuse): boolean {
  if (given === true || given === 1 || given === "true" || given === "1") return true;
  if (given === false || given === 0 || given === "false" || given === "0") return false;
  return refuse(`${JSON.stringify(given)} is neither true nor false`);
}

/** A floating-point number: those that JSON has no digits for by name. */
export function floatOf(given: unknown, refuse: Refuse): number {
  if (typeof given === "number") return given;
  const isNumber = typeof given === "string" && /^(-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|NaN|-?Infinity)$/i.test(given);
  return isNumber ? Number(given) : refuse(`${JSON.stringify(given)} is no number`);
}

/** Bytes in hexadecimal, or one by one; what people write otherwise is read by the codec. */
export function bytesOf(
  shape: Pick<Extract<Shape, { kind: "bytes" }>, "form">,
  now: unknown,
  given: unknown,
  refuse: Refuse,
): unknown {
  if (Array.isArray(given)) {
    const bytes = now instanceof Uint8Array ? now.slice() : new Uint8Array(given.length);
    if (given.length > bytes.length) refuse(`it has ${bytes.length} bytes, not ${given.length}`);
    for (const [at, one] of given.entries()) bytes[at] = byteOf(one, refuse);
    return bytes;
  }
  if (typeof given !== "string") return refuse(`${JSON.stringify(given)} is no bytes`);
  if (/^([\da-f]{2})*$/i.test(given)) {
    return Uint8Array.from(given.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  }
  return shape.form === undefined ? refuse(`"${given}" is no bytes in hexadecimal`) : given;
}

/** One byte. */
export function byteOf(given: unknown, refuse: Refuse): number {
  const byte = typeof given === "string" ? Number(digits(given)) : given;
  const isByte = typeof byte === "number" && Number.isInteger(byte) && byte >= 0 && byte < 256;
  return isByte ? byte : refuse(`${String(given)} is no byte`);
}

function exact(given: unknown, refuse: Refuse): number {
  if (typeof given !== "number") return refuse(`${JSON.stringify(given)} is no number`);
  if (!Number.isInteger(given)) return refuse(`${given} is no integer`);
  if (Number.isSafeInteger(given)) return given;
  return refuse(`${given} is not exact as a number of JSON: write it as text, "${given}"`);
}

function digits(text: string): bigint | undefined {
  const [, sign, number] = /^(-?)(\d+|0x[\da-f]+)n?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  return sign === "-" ? -BigInt(number) : BigInt(number);
}

/** Numbers go where bigints do. */
function smallest(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
