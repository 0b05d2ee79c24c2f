import { resolve, type Type } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";
import { invalid } from "./named.ts";

/** What a global variable is in JavaScript: bigint where it has 64 bits, boolean for `bool`, bytes for everything else. */
export type GlobalValue = number | bigint | boolean | Uint8Array;

/** Between the bytes of a variable and its value. */
export interface VariableFormat<Out, In> {
  read(bytes: Uint8Array<ArrayBuffer>): Out;
  write(value: In): Uint8Array;
}

/** Variable `name` of `size` bytes by its type in the object's BTF: a scalar, or bytes where it is none or has no type. */
export function scalarFormat(
  name: string,
  size: number,
  declared: Type | undefined,
): VariableFormat<GlobalValue, GlobalValue> {
  const type = declared && resolve(declared);
  // another length has only bytes
  if (type?.kind === "float" && (size === 4 || size === 8)) return floatFormat(name, size);
  const integer = [1, 2, 4, 8].includes(size) ? integerOf(type) : undefined;
  return integer === undefined ? bytesFormat(name, size) : integerFormat(name, size, integer);
}

interface Integer {
  readonly signed: boolean;
  readonly bool: boolean;
}

function integerOf(type: Type | undefined): Integer | undefined {
  if (type?.kind === "int") return { signed: type.signed, bool: type.bool };
  if (type?.kind === "enum" || type?.kind === "enum64") return { signed: type.signed, bool: false };
  return undefined;
}

/** @throws RingBufError EINVAL for bytes of another length. */
function whole(value: Uint8Array, name: string, size: number): Uint8Array {
  if (value.byteLength === size) return value;
  throw invalid(`"${name}" has ${size} bytes, not ${value.byteLength}`);
}

function bytesFormat(name: string, size: number): VariableFormat<GlobalValue, GlobalValue> {
  return {
    read: (bytes) => bytes,
    write(value) {
      if (value instanceof Uint8Array) return whole(value, name, size);
      throw invalid(`"${name}" is no scalar of 1 to 8 bytes: give it its ${size} bytes`);
    },
  };
}

function floatFormat(name: string, size: 4 | 8): VariableFormat<GlobalValue, GlobalValue> {
  return {
    read(bytes) {
      const view = new DataView(bytes.buffer);
      return size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
    },
    write(value) {
      if (value instanceof Uint8Array) return whole(value, name, size);
      if (typeof value !== "number") throw invalid(`"${name}" is a floating-point number, not ${shown(value)}`);
      const bytes = new Uint8Array(size);
      const view = new DataView(bytes.buffer);
      if (size === 4) view.setFloat32(0, value, true);
      else view.setFloat64(0, value, true);
      return bytes;
    },
  };
}

function integerFormat(name: string, size: number, integer: Integer): VariableFormat<GlobalValue, GlobalValue> {
  return {
    read(bytes) {
      let number = 0n;
      for (let at = size - 1; at >= 0; at -= 1) number = (number << 8n) | BigInt(bytes[at] as number);
      if (integer.signed) number = BigInt.asIntN(8 * size, number);
      if (integer.bool) return number !== 0n;
      return size === 8 ? number : Number(number);
    },
    write(value) {
      if (value instanceof Uint8Array) return whole(value, name, size);
      if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
        throw invalid(`"${name}" is an integer, not ${shown(value)}`);
      }
      if (typeof value === "number" && !Number.isSafeInteger(value)) {
        throw outOfRange(`"${name}" is an integer, ${value} is none that a number holds exactly`);
      }
      const number = BigInt(value);
      const bits = 8 * size;
      const fits = integer.bool
        ? number === 0n || number === 1n
        : (integer.signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number)) === number;
      if (!fits) throw outOfRange(`"${name}" cannot hold ${number}`);
      const bytes = new Uint8Array(size);
      let rest = BigInt.asUintN(bits, number);
      for (let at = 0; at < size; at += 1) {
        bytes[at] = Number(rest & 0xffn);
        rest >>= 8n;
      }
      return bytes;
    },
  };
}

function outOfRange(message: string): RingBufError {
  return new RingBufError(message, { code: "ERANGE" });
}
