/** What a parameter takes a value for. */
export type ValueKind = "nothing" | "object" | "function" | "bytes" | "string" | "boolean" | "iterable";

/** Something that a caller without types, or with bad intent, hands in. */
export interface HostileValue {
  readonly name: string;
  /** A new one for each call. */
  make(): unknown;
  /** What it is, as far as looking at it tells. */
  readonly is: readonly ValueKind[];
}

/** Thrown by what looking at it makes throw: it may reach the caller, whose own it is. */
export class Trap extends Error {}

function trap(): never {
  throw new Trap("a getter that throws");
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

class Lying extends Uint8Array {
  override get byteLength(): number {
    return 2 ** 40;
  }
  override get length(): number {
    return 2 ** 40;
  }
  static get [Symbol.species](): never {
    return trap();
  }
}

/** `ArrayBuffer` as ES2024 has it, where the engine does. */
const Resizable = ArrayBuffer as unknown as new (
  byteLength: number,
  options: { readonly maxByteLength: number },
) => ArrayBuffer & { resize(byteLength: number): void };

function shrunk(): Uint8Array {
  const buffer = new Resizable(8, { maxByteLength: 16 });
  const bytes = new Uint8Array(buffer, 4, 4);
  if ("resize" in buffer) buffer.resize(2);
  return bytes;
}

const everyTrap: ProxyHandler<object> = { get: trap, has: trap, ownKeys: trap, getOwnPropertyDescriptor: trap };

/** One of each kind of what may be handed in. */
export const hostileValues: readonly HostileValue[] = [
  { name: "undefined", make: () => undefined, is: ["nothing"] },
  { name: "null", make: () => null, is: [] },
  { name: "5", make: () => 5, is: [] },
  { name: "NaN", make: () => Number.NaN, is: [] },
  { name: "5n", make: () => 5n, is: [] },
  { name: "true", make: () => true, is: ["boolean"] },
  { name: "a symbol", make: () => Symbol("x"), is: [] },
  { name: "no text", make: () => "", is: ["string", "iterable"] },
  { name: "text", make: () => "8", is: ["string", "iterable"] },
  { name: "text with a NUL", make: () => "a\0b", is: ["string", "iterable"] },
  { name: "an object", make: () => ({}), is: ["object"] },
  { name: "an object without a prototype", make: () => Object.create(null), is: ["object"] },
  { name: "a frozen object", make: () => Object.freeze({}), is: ["object"] },
  { name: "an array", make: () => [], is: ["object", "iterable"] },
  { name: "a date", make: () => new Date(8), is: ["object"] },
  { name: "a map", make: () => new Map(), is: ["object", "iterable"] },
  { name: "a promise", make: () => Promise.resolve(8), is: ["object"] },
  { name: "a function", make: () => () => 0, is: ["function"] },
  { name: "a class", make: () => class {}, is: ["function"] },
  { name: "a proxy that throws", make: () => new Proxy({}, everyTrap), is: ["object"] },
  { name: "a proxy that was revoked", make: revoked, is: ["object"] },
  { name: "a buffer", make: () => new ArrayBuffer(8), is: ["object"] },
  { name: "a shared buffer", make: () => new SharedArrayBuffer(8), is: ["object"] },
  { name: "a view", make: () => new DataView(new ArrayBuffer(8)), is: ["object"] },
  { name: "words", make: () => new Uint16Array(4), is: ["object", "iterable"] },
  { name: "bytes", make: () => new Uint8Array(8), is: ["object", "bytes", "iterable"] },
  { name: "shared bytes", make: () => new Uint8Array(new SharedArrayBuffer(8)), is: ["object", "bytes", "iterable"] },
  { name: "bytes that are gone", make: detached, is: ["object", "bytes", "iterable"] },
  { name: "bytes whose buffer shrank", make: shrunk, is: ["object", "bytes", "iterable"] },
  { name: "bytes that lie", make: () => new Lying(8), is: ["object", "bytes", "iterable"] },
  { name: "what only looks like bytes", make: () => Object.create(Uint8Array.prototype), is: ["object", "iterable"] },
];
