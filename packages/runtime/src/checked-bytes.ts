import { shown } from "./checked-number.ts";
import { invalid } from "./errors.ts";

/** Of every typed array; by one that no test puts another class in place of. */
const typedArray: object = Object.getPrototypeOf(Int8Array.prototype);

/** A member of every typed array as the engine has it, whatever a subclass or an object of that name says of itself. */
function own<Value>(name: string | symbol): (bytes: unknown) => Value {
  const { get } = Object.getOwnPropertyDescriptor(typedArray, name) as { get: () => Value };
  return (bytes) => get.call(bytes);
}

const kindOf = own<string | undefined>(Symbol.toStringTag);
const bufferOf = own<ArrayBufferLike>("buffer");
const byteOffsetOf = own<number>("byteOffset");
const byteLengthOf = own<number>("byteLength");

/**
 * The bytes of `value`, of any realm, as an array that nothing was added to or taken from.
 * @throws RingBufError EINVAL
 */
export function plainBytes(value: Uint8Array, name: string): Uint8Array {
  if (kindOf(value) !== "Uint8Array") throw invalid(`${name} is ${shown(value)}: a Uint8Array is taken`);
  const byteLength = byteLengthOf(value);
  // of a buffer that was transferred, there is no array any more
  return byteLength === 0 ? new Uint8Array(0) : new Uint8Array(bufferOf(value), byteOffsetOf(value), byteLength);
}

/** The memory of a view; undefined for what is none, or tells another length than it has. */
export function memoryOf(view: ArrayBufferView): Uint8Array | undefined {
  if (kindOf(view) === "Uint8Array") {
    const byteLength = byteLengthOf(view);
    if (byteLength > 0 && byteLength === view.byteLength) return view as Uint8Array;
    return byteLength === 0 ? new Uint8Array(0) : undefined;
  }
  if (!ArrayBuffer.isView(view)) return undefined;
  try {
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  } catch {
    return undefined;
  }
}
