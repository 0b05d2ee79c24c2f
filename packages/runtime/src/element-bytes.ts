import { memoryOf } from "./checked-bytes.ts";
import { shown } from "./checked-number.ts";
import { invalid } from "./errors.ts";
import type { ValueFormat } from "./value-format.ts";

/** What is told of keys of a map: of messages its name, `percpu_array "drops"`, and the bytes of one. */
interface KeysOf {
  readonly what: string;
  readonly keySize: number;
  /** Byte order of the machine. */
  readonly endian: "little" | "big";
}

/** The same of its values. */
interface ValuesOf {
  readonly what: string;
  readonly valueSize: number;
}

/** Keys of a map as bytes, which as numbers have four. */
export function keyBytes({ what, keySize, endian }: KeysOf): ValueFormat<Uint8Array, number | Uint8Array> {
  return {
    read: (bytes) => bytes,
    write(key) {
      if (typeof key !== "number") return sized(key, keySize, `a key of ${what}`, `${what} has keys`);
      if (!(Number.isInteger(key) && key >= 0 && key < 2 ** 32)) throw invalid(`${key} is not a key of ${what}`);
      if (keySize !== 4) throw invalid(`${what} has keys of ${keySize} bytes: give them as bytes`);
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, key, endian === "little");
      return bytes;
    },
  };
}

/** Values of a map as bytes. */
export function valueBytes({ what, valueSize }: ValuesOf): ValueFormat<Uint8Array, Uint8Array> {
  return {
    read: (bytes) => bytes,
    write: (value) => sized(value, valueSize, `a value of ${what}`, `${what} holds values`),
  };
}

/** @throws RingBufError EINVAL for what are no bytes, or another number of them. */
function sized(given: Uint8Array, size: number, one: string, all: string): Uint8Array {
  const bytes = given instanceof Uint8Array ? memoryOf(given) : undefined;
  if (bytes === undefined) throw invalid(`${one} is a Uint8Array, not ${shown(given)}`);
  if (bytes.byteLength === size) return bytes;
  throw invalid(`${all} of ${size} bytes, not ${bytes.byteLength}`);
}
