import { memoryOf } from "./checked-bytes.ts";
import { shown } from "./checked-number.ts";
import type { LayoutDescriptor, RecordCodec } from "./codec.ts";
import { EncodeError, invalid, RingBufError } from "./errors.ts";

/** Between the bytes of a variable, or of a key or value of a map, and what it is in JavaScript. */
export interface ValueFormat<Out, In> {
  /** What `bytes` are; they are the caller's, and may be kept. */
  read(bytes: Uint8Array): Out;
  /**
   * The bytes of `value`.
   * @throws RingBufError ERANGE for what does not fit, EINVAL for another kind or length; EncodeError of a codec.
   */
  write(value: In): Uint8Array;
}

/** What a scalar variable is in JavaScript: bigint where it has 64 bits, boolean for `bool`, bytes for everything else. */
export type GlobalValue = number | bigint | boolean | Uint8Array;

/** What a type says of a number. */
export type Scalar =
  | { readonly kind: "float" }
  | { readonly kind: "int"; readonly signed: boolean; readonly bool: boolean };

/** Where a value stands that a codec reads and writes. */
export interface CodedPlace {
  /** What it is, for messages: `variable "counts"`, `keys of hash "counts"`. */
  readonly what: string;
  /** What one value of it is: `key of hash "counts"`. */
  readonly one: string;
  /** Bytes. */
  readonly size: number;
  /** Byte order of the machine. */
  readonly endian: "little" | "big";
  /**
   * How the layout that the codec was generated for differs from the type that stands there; undefined where it does not.
   * @throws RingBufError EINVAL for what is no layout.
   */
  differs(layout: LayoutDescriptor): string | undefined;
}

/**
 * A value by a codec, which is held against the place where it stands.
 * @throws RingBufError EINVAL for what is no codec, and where the two differ.
 */
export function codecFormat<Out, In>(codec: RecordCodec<Out, In>, place: CodedPlace): ValueFormat<Out, In> {
  const { what, one, size, endian } = place;
  if (typeof codec?.decode !== "function" || typeof codec.encode !== "function") {
    throw invalid(`${what}: ${shown(codec)} is no codec: it lacks decode or encode`);
  }
  const drift = place.differs(codec.layout);
  if (drift !== undefined) throw invalid(`${what}: ${drift}`);
  if (codec.endian !== endian) {
    throw invalid(`${what}: the codec of ${codec.name} is ${codec.endian} endian, the machine is ${endian}`);
  }
  return {
    read: (bytes) => codec.decode(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, size),
    write(value) {
      // what is left out of a struct is 0, and a key that somebody did not find is none
      if (value === undefined) throw new EncodeError("", value, "is left out", { of: one });
      const written = new Uint8Array(size);
      try {
        codec.encode(value, new DataView(written.buffer));
      } catch (error) {
        if (!(error instanceof EncodeError)) throw error;
        throw new EncodeError(error.path, error.value, error.reason, { of: one, cause: error.cause });
      }
      return written;
    },
  };
}

/** Variable `name` of `size` bytes as a number or boolean; as bytes where it is no `scalar`, or of a length that none has here. */
export function scalarFormat(
  name: string,
  size: number,
  scalar: Scalar | undefined,
  endian: "little" | "big",
): ValueFormat<GlobalValue, GlobalValue> {
  const little = endian === "little";
  if (scalar?.kind === "float" && (size === 4 || size === 8)) return floatFormat(name, size, little);
  if (scalar?.kind === "int" && (size === 1 || size === 2 || size === 4 || size === 8)) {
    return integerFormat(name, size, scalar, little);
  }
  return {
    read: (bytes) => bytes,
    write(value) {
      if (value instanceof Uint8Array) return whole(value, name, size);
      throw invalid(`"${name}" is not a scalar of 1 to 8 bytes: give it its ${size} bytes`);
    },
  };
}

/** @throws RingBufError EINVAL for bytes of another length, or that their buffer has lost. */
function whole(value: Uint8Array, name: string, size: number): Uint8Array {
  const bytes = memoryOf(value);
  if (bytes === undefined) throw invalid(`the value of "${name}" is a Uint8Array, not ${shown(value)}`);
  if (bytes.byteLength === size) return bytes;
  throw invalid(`"${name}" has ${size} bytes, not ${bytes.byteLength}`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function floatFormat(name: string, size: 4 | 8, little: boolean): ValueFormat<GlobalValue, GlobalValue> {
  return {
    read: (bytes) => (size === 4 ? viewOf(bytes).getFloat32(0, little) : viewOf(bytes).getFloat64(0, little)),
    write(value) {
      if (value instanceof Uint8Array) return whole(value, name, size);
      if (typeof value !== "number") {
        throw invalid(`"${name}" is a floating-point number, a number in JavaScript, not ${shown(value)}`);
      }
      const bytes = new Uint8Array(size);
      if (size === 4) viewOf(bytes).setFloat32(0, value, little);
      else viewOf(bytes).setFloat64(0, value, little);
      return bytes;
    },
  };
}

function integerFormat(
  name: string,
  size: 1 | 2 | 4 | 8,
  { signed, bool }: Extract<Scalar, { kind: "int" }>,
  little: boolean,
): ValueFormat<GlobalValue, GlobalValue> {
  const bits = 8 * size;
  const clamped = (number: bigint): bigint => (signed ? BigInt.asIntN(bits, number) : BigInt.asUintN(bits, number));
  return {
    read(bytes) {
      const number = clamped(wordOf(viewOf(bytes), size, little));
      if (bool) return number !== 0n;
      return size === 8 ? number : Number(number);
    },
    write(value) {
      if (value instanceof Uint8Array) return whole(value, name, size);
      if (typeof value !== "number" && typeof value !== "bigint" && !(bool && typeof value === "boolean")) {
        throw invalid(`"${name}" is an integer, a number or bigint in JavaScript, not ${shown(value)}`);
      }
      if (typeof value === "number" && !Number.isSafeInteger(value)) {
        throw outOfRange(`"${name}" is an integer, ${value} is none that a number holds exactly`);
      }
      const number = BigInt(value);
      if (bool ? number !== 0n && number !== 1n : clamped(number) !== number) {
        throw outOfRange(`"${name}" cannot hold ${number}`);
      }
      const word = new DataView(new ArrayBuffer(8));
      word.setBigUint64(0, BigInt.asUintN(64, number), little);
      return new Uint8Array(word.buffer, little ? 0 : 8 - size, size).slice();
    },
  };
}

function wordOf(view: DataView, size: 1 | 2 | 4 | 8, little: boolean): bigint {
  if (size === 8) return view.getBigUint64(0, little);
  return BigInt(size === 4 ? view.getUint32(0, little) : size === 2 ? view.getUint16(0, little) : view.getUint8(0));
}

function outOfRange(message: string): RingBufError {
  return new RingBufError(message, { code: "ERANGE" });
}
