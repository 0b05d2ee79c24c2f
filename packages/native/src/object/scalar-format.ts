import { resolve, type Type } from "@rbgen/btf";
import { checkBytes } from "../kernel/arguments.ts";
import { littleEndian } from "../kernel/attributes.ts";
import { ringError } from "../kernel/errno.ts";

/** What a scalar variable is in JavaScript: bigint where it has 64 bits, boolean for `bool`, bytes for everything else. */
export type GlobalValue = number | bigint | boolean | Uint8Array;

/** Between the bytes of a variable and its value. */
export interface VariableFormat<Out, In> {
  read(bytes: Uint8Array): Out;
  write(value: In): Uint8Array;
}

/** Variable `name` of `size` bytes by its type in the object's BTF: a scalar, or bytes where it is none or has no type. */
export function scalarFormat(
  name: string,
  size: number,
  declared: Type | undefined,
): VariableFormat<GlobalValue, GlobalValue> {
  const type = declared === undefined ? undefined : resolve(declared);
  const integer = [1, 2, 4, 8].includes(size) ? integerOf(type) : undefined;
  return {
    read(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (type?.kind === "float")
        return size === 4 ? view.getFloat32(0, littleEndian) : view.getFloat64(0, littleEndian);
      if (integer === undefined) return bytes;
      const whole = readInteger(view, size, integer.signed);
      if (integer.bool) return whole !== 0n;
      return size === 8 ? whole : Number(whole);
    },
    write(value) {
      if (value instanceof Uint8Array) {
        const bytes = checkBytes(value, `the value of "${name}"`);
        if (bytes.byteLength === size) return bytes;
        throw ringError("EINVAL", `"${name}" has ${size} bytes, not ${bytes.byteLength}`);
      }
      const bytes = new Uint8Array(size);
      const view = new DataView(bytes.buffer);
      if (type?.kind === "float") {
        if (typeof value !== "number")
          throw ringError("EINVAL", `"${name}" is a floating-point number, a number in JavaScript`);
        if (size === 4) view.setFloat32(0, value, littleEndian);
        else view.setFloat64(0, value, littleEndian);
        return bytes;
      }
      if (integer === undefined) {
        throw ringError("EINVAL", `"${name}" is not a scalar of 1 to 8 bytes: give it its ${size} bytes`);
      }
      if (!["number", "bigint", integer.bool ? "boolean" : "bigint"].includes(typeof value)) {
        throw ringError("EINVAL", `"${name}" is an integer, a number or bigint in JavaScript`);
      }
      if (typeof value === "number" && !Number.isSafeInteger(value)) {
        throw ringError("ERANGE", `"${name}" is an integer, ${value} is none that a number holds exactly`);
      }
      const whole = BigInt(value);
      const bits = size * 8;
      const fits = integer.bool
        ? whole === 0n || whole === 1n
        : (integer.signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)) === whole;
      if (!fits) throw ringError("ERANGE", `"${name}" cannot hold ${whole}`);
      writeInteger(view, size, whole);
      return bytes;
    },
  };
}

function integerOf(type: Type | undefined): { readonly signed: boolean; readonly bool: boolean } | undefined {
  if (type?.kind === "int") return { signed: type.signed, bool: type.bool };
  if (type?.kind === "enum" || type?.kind === "enum64") return { signed: type.signed, bool: false };
  return undefined;
}

function readInteger(view: DataView, size: number, signed: boolean): bigint {
  const whole =
    size === 8
      ? view.getBigUint64(0, littleEndian)
      : BigInt(
          size === 4
            ? view.getUint32(0, littleEndian)
            : size === 2
              ? view.getUint16(0, littleEndian)
              : view.getUint8(0),
        );
  return signed ? BigInt.asIntN(size * 8, whole) : whole;
}

function writeInteger(view: DataView, size: number, whole: bigint): void {
  if (size === 8) view.setBigUint64(0, BigInt.asUintN(64, whole), littleEndian);
  else if (size === 4) view.setUint32(0, Number(BigInt.asUintN(32, whole)), littleEndian);
  else if (size === 2) view.setUint16(0, Number(BigInt.asUintN(16, whole)), littleEndian);
  else view.setUint8(0, Number(BigInt.asUintN(8, whole)));
}
