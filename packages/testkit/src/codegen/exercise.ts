import { DecodeError, EncodeError } from "@rbgen/runtime";
import { type Attachable, attachView } from "@rbgen/runtime/codegen/v1";
import { type CComposite, type CType, flatten } from "./c-type.ts";
import { GuardedBytes } from "./canary.ts";
import { firstDifference } from "./difference.ts";
import type { Expected } from "./expectation.ts";
import type { AnyCodec } from "./load-generated.ts";
import { propertyName } from "./property-name.ts";

/** One sample of a record, and what C says is in it. */
export interface RecordCase {
  readonly bytes: Uint8Array;
  readonly expected: Expected;
  /** What a person passes to `encode` for these bytes; absent where the bytes are random. */
  readonly input?: unknown;
  /** Bits of the sample that carry a value which decode keeps exactly, for random bytes. */
  readonly meaning?: Uint8Array;
}

/** A fault that an exercise found; the message says where and what. */
export class ExerciseError extends Error {}

function fail(what: string): never {
  throw new ExerciseError(what);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function sameBytes(what: string, actual: Uint8Array, expected: Uint8Array): void {
  const at = expected.findIndex((byte, index) => byte !== actual[index]);
  if (actual.length === expected.length && at < 0) return;
  fail(`${what}: byte ${at} of\n  ${hex(actual)} differs from\n  ${hex(expected)}`);
}

function properties(value: unknown): Readonly<Record<string, unknown>> {
  return value as Readonly<Record<string, unknown>>;
}

/** A member's name on a class: `copyDataTo` for `data`. */
function copyName(name: string): string {
  return `copy${name.charAt(0).toUpperCase()}${name.slice(1)}To`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

/** Compares each getter of a view; contained structs are views too. */
export function exerciseView(view: object, expected: object, path = ""): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const at = path === "" ? name : `${path}.${name}`;
    const value = properties(view)[name];
    if (isObject(wanted)) {
      if (!isObject(value)) fail(`view: ${at} is no object`);
      exerciseView(value, wanted, at);
      continue;
    }
    const difference = firstDifference(value, wanted, at);
    if (difference !== undefined) fail(`view: ${difference}`);
    if (wanted instanceof Uint8Array) {
      const target = new Uint8Array(wanted.length + 2).fill(0x5a);
      const copy = properties(view)[copyName(name)] as (target: Uint8Array) => number;
      const count = copy.call(view, target);
      if (count !== wanted.length || target[count] !== 0x5a) fail(`view: ${copyName(name)} of ${at} copied ${count}`);
      sameBytes(`view: ${copyName(name)} of ${at}`, target.subarray(0, count), wanted);
    }
  }
}

/** Sets each member that `input` gives. */
function fillWriter(type: CComposite, writer: object, input: unknown): void {
  for (const member of type.members) {
    if (member.name === "") {
      if (member.width === undefined) fillWriter(member.type as CComposite, writer, input);
      continue;
    }
    const name = propertyName(member.name);
    const value = properties(input)[name];
    if (value === undefined) continue;
    if (member.type.kind === "struct" || member.type.kind === "union") {
      fillWriter(member.type, properties(writer)[name] as object, value);
    } else if (!Reflect.set(writer, name, value)) fail(`writer has no setter for ${name}`);
  }
}

/** The member is, or holds, text: random bytes may be no UTF-8, and then need more bytes than they had. */
export function holdsText(type: CType): boolean {
  const { element, dimensions } = flatten(type);
  if (element.kind === "int") return element.char === true && dimensions.length > 0;
  if (element.kind !== "struct" && element.kind !== "union") return false;
  return element.members.some((member) => holdsText(member.type));
}

function attach(cursor: object, at: GuardedBytes | null): void {
  const attachable = cursor as Attachable;
  if (at === null) attachable[attachView](null, 0, 0);
  else attachable[attachView](at.view, at.offset, at.length);
}

/** Decodes `sample`, eagerly and through a view, and compares both with what is expected; gives the decoded object. */
export function exerciseDecode(codec: AnyCodec, sample: GuardedBytes, expected: unknown): unknown {
  const decoded = codec.decode(sample.view, sample.offset, sample.length);
  const difference = firstDifference(decoded, expected);
  if (difference !== undefined) fail(`decode: ${difference}`);
  if (isObject(expected)) {
    const view = codec.createView();
    attach(view, sample);
    exerciseView(view, expected);
    attach(view, null);
  }
  if (!sample.intact()) fail("decode wrote outside of the record");
  return decoded;
}

function checkEncode(codec: AnyCodec, what: string, value: unknown, expected: Uint8Array, variant: number): void {
  const length = codec.byteLengthOf(value);
  if (length !== expected.length) fail(`${what}: byteLengthOf gives ${length}, expected ${expected.length}`);
  const target = new GuardedBytes(length, variant);
  const written = codec.encode(value, target.view, target.offset);
  if (written !== length) fail(`${what} returned ${written}, byteLengthOf ${length}`);
  sameBytes(what, target.bytes(), expected);
  if (!target.intact()) fail(`${what} wrote outside of the record`);
}

function checkWriter(record: CComposite, codec: AnyCodec, input: unknown, expected: Uint8Array, variant: number): void {
  const target = new GuardedBytes(expected.length, variant);
  const writer = codec.createWriter();
  attach(writer, target);
  fillWriter(record, writer, input);
  sameBytes("writer", target.bytes(), expected);
  if (!target.intact()) fail("writer wrote outside of the record");
}

/** A 64-bit member beyond what a number holds: refused with the record's name, never rounded. */
function checkRefused(codec: AnyCodec, sample: GuardedBytes): void {
  const error = thrownBy(() => codec.decode(sample.view, sample.offset, sample.length));
  if (!(error instanceof DecodeError)) fail(`decode of what no number holds gives ${String(error)}`);
  if (error.record === "" || error.path === "") fail(`the error names no member: ${error.message}`);
}

/** The sample as `encode` writes it: `max(sizeof, tail offset + tail)`, what lies between being padding. */
function padded(bytes: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(Math.max(bytes.length, size));
  whole.set(bytes);
  return whole;
}

/** What a writer is given: it sets what it is told to, and derives no length from an array. */
function withLength(record: CComposite, { input, expected }: RecordCase): unknown {
  if (record.length === undefined) return input;
  const name = propertyName(record.length.member);
  return { ...properties(input), [name]: properties(expected.value)[name] };
}

/** Bytes that C filled, values that C read: both directions, through objects and through cursors. */
export function exerciseFilled(record: CComposite, codec: AnyCodec, sample: RecordCase, variant: number): void {
  const guarded = new GuardedBytes(sample.bytes.length, variant, sample.bytes);
  const whole = padded(sample.bytes, codec.size);
  checkEncode(codec, "encode", sample.input, whole, variant + 1);
  checkWriter(record, codec, withLength(record, sample), whole, variant + 2);
  if (sample.expected.refused) {
    checkRefused(codec, guarded);
    return;
  }
  const decoded = exerciseDecode(codec, guarded, sample.expected.value);
  // Where sizeof lies beyond the tail, the padding between them would decode as elements: then only the bytes agree.
  if (whole.length === sample.bytes.length) checkEncode(codec, "encode of decode", decoded, whole, variant + 3);
  const cloned = firstDifference(structuredClone(decoded), sample.expected.value);
  if (cloned !== undefined) fail(`structuredClone: ${cloned}`);
  JSON.stringify(codec.toJSON(decoded));
}

/**
 * A record whose array has a length member: too short a sample, and a value whose length is not that of its array, are
 * refused with the array's name and both lengths; what follows the array does not count.
 */
export function exerciseCount(record: CComposite, codec: AnyCodec, sample: RecordCase, tailOffset: number): void {
  const { length } = record;
  if (length === undefined || sample.expected.refused) return;
  const tail = propertyName(record.members.at(-1)!.name);
  const available = sample.bytes.length - tailOffset;
  const longer = new GuardedBytes(sample.bytes.length + 5, 1, new Uint8Array([...sample.bytes, 1, 2, 3, 4, 5]));
  exerciseDecode(codec, longer, sample.expected.value);
  if (available > 0) {
    const shorter = new GuardedBytes(sample.bytes.length - 1, 2, sample.bytes.subarray(0, -1));
    const error = thrownBy(() => codec.decode(shorter.view, shorter.offset, shorter.length));
    if (!(error instanceof DecodeError)) fail(`a length that lies gives ${String(error)}`);
    if (error.record !== codec.name || error.path !== tail) fail(`a length that lies is blamed on ${error.message}`);
    if (error.needed !== available || error.byteLength !== available - 1) {
      fail(`a length that lies by one of ${available} bytes: ${error.message}`);
    }
  }
  const name = propertyName(length.member);
  const told = properties(sample.expected.value)[name] as number | bigint;
  const whole = padded(sample.bytes, codec.size);
  checkEncode(codec, "encode with its length", withLength(record, sample), whole, 3);
  const lie = { ...properties(sample.input), [name]: typeof told === "bigint" ? told + 1n : told + 1 };
  const text = typeof properties(sample.expected.value)[tail] === "string";
  const target = new GuardedBytes(whole.length + 8, 4);
  const error = thrownBy(() => codec.encode(lie, target.view, target.offset));
  // Text may be shorter than its array, which is then filled up with zeros.
  if (!text && !(error instanceof EncodeError)) fail(`encode of a length that lies gives ${String(error)}`);
}

/** Random bytes: decode gives what C reads, and encode gives back every bit that carries meaning. */
export function exerciseRandom(record: CComposite, codec: AnyCodec, sample: RecordCase, variant: number): void {
  const guarded = new GuardedBytes(sample.bytes.length, variant, sample.bytes);
  if (sample.expected.refused) {
    checkRefused(codec, guarded);
    return;
  }
  const decoded = exerciseDecode(codec, guarded, sample.expected.value);
  const target = new GuardedBytes(Math.max(codec.byteLengthOf(decoded), codec.size), variant + 1);
  // Text that was no UTF-8 has U+FFFD in its place, which takes more bytes: it may fit no longer.
  const garbled = holdsText(record) && JSON.stringify(codec.toJSON(decoded)).includes("\ufffd");
  try {
    codec.encode(decoded, target.view, target.offset);
  } catch (error) {
    if (!garbled || !(error instanceof EncodeError) || typeof error.value !== "string") throw error;
  }
  if (!target.intact()) fail("encode of random bytes wrote outside of the record");
  if (garbled) return;
  const bytes = target.bytes().subarray(0, sample.bytes.length);
  const again = codec.decode(new DataView(bytes.slice().buffer), 0, bytes.length);
  const difference = firstDifference(again, decoded);
  if (difference !== undefined) fail(`decode of encode of decode: ${difference}`);
  sample.meaning?.forEach((mask, index) => {
    if ((((bytes[index] ?? 0) ^ sample.bytes[index]!) & mask) !== 0) {
      fail(`encode of decode: byte ${index} of\n  ${hex(bytes)} lost bits of\n  ${hex(sample.bytes)}`);
    }
  });
}

/** Every shorter length is a DecodeError that names the record and both lengths; a target too small is refused whole. */
export function exerciseLengths(codec: AnyCodec, minByteLength: number, size: number, input: unknown): void {
  if (codec.size !== size) fail(`size is ${codec.size}, C says ${size}`);
  if (codec.minByteLength !== minByteLength) fail(`minByteLength is ${codec.minByteLength}, expected ${minByteLength}`);
  const sample = new GuardedBytes(size, 1);
  const step = Math.max(1, Math.floor(minByteLength / 64));
  for (let length = 0; length < minByteLength; length += step) {
    // Once by a shorter length in a view that has room, once by a view that ends too early.
    const short = new DataView(sample.view.buffer, sample.view.byteOffset, sample.offset + length);
    for (const decode of [
      () => codec.decode(sample.view, sample.offset, length),
      () => codec.decode(short, sample.offset),
      () => codec.decode(short, sample.offset, minByteLength),
    ]) {
      const error = thrownBy(decode);
      if (!(error instanceof DecodeError)) fail(`decode of ${length} bytes gives ${String(error)}`);
      if (error.record !== codec.name || error.needed !== minByteLength || error.byteLength !== length) {
        fail(`decode of ${length} bytes, ${minByteLength} being needed, says: ${error.message}`);
      }
      if (!error.message.includes(codec.name)) fail(`the message does not name the record: ${error.message}`);
    }
  }
  const needed = codec.byteLengthOf(input);
  for (let length = 0; length < needed; length += Math.max(1, Math.floor(needed / 16))) {
    const target = new GuardedBytes(length, length);
    const view = new DataView(target.view.buffer, target.view.byteOffset, target.offset + length);
    const error = thrownBy(() => codec.encode(input, view, target.offset));
    if (!(error instanceof EncodeError)) fail(`encode into ${length} of ${needed} bytes gives ${String(error)}`);
    if (!target.intact()) fail(`encode into ${length} of ${needed} bytes wrote outside of them`);
    if (!target.bytes().every((byte) => byte === 0xa5)) fail(`encode into ${length} of ${needed} bytes wrote a part`);
  }
}

function thrownBy(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** A place in an input that holds an integer, as an `EncodeError` names it. */
interface IntegerPlace {
  readonly path: string;
  /** `input` with `value` at this place. */
  set(value: bigint | number): unknown;
  readonly bits: number;
  readonly signed: boolean;
  readonly big: boolean;
}

function* integerPlaces(type: CType, input: unknown, path: string, width?: number): Generator<IntegerPlace> {
  if (type.kind === "int" || type.kind === "pointer") {
    const size = type.kind === "int" ? type.size : 8;
    const bits = width ?? size * 8;
    const signed = type.kind === "int" && type.signed;
    yield { path, bits, signed, big: bits > 32, set: (value) => value };
  } else if (type.kind === "array" && Array.isArray(input)) {
    const last = input.length - 1;
    if (last < 0) return;
    for (const place of integerPlaces(type.element, input[last], `${path}[${last}]`)) {
      yield { ...place, set: (value) => [...input.slice(0, last), place.set(value)] };
    }
  } else if ((type.kind === "struct" || type.kind === "union") && typeof input === "object" && input !== null) {
    for (const member of type.members) {
      if (member.name === "") {
        if (member.width === undefined) yield* integerPlaces(member.type, input, path);
        continue;
      }
      const name = propertyName(member.name);
      const inner = properties(input)[name];
      if (inner === undefined) continue;
      const at = path === "" ? name : `${path}.${name}`;
      for (const place of integerPlaces(member.type, inner, at, member.width)) {
        yield { ...place, set: (value) => ({ ...input, [name]: place.set(value) }) };
      }
    }
  }
}

/** One beyond the range of every integer in `input`: an `EncodeError` with its path, and nothing outside is written. */
export function exerciseRanges(record: CComposite, codec: AnyCodec, input: unknown): void {
  for (const place of integerPlaces(record, input, "")) {
    const most = 1n << BigInt(place.signed ? place.bits - 1 : place.bits);
    const least = place.signed ? -most - 1n : -1n;
    const wrong: (bigint | number)[] = place.big
      ? [most, least, 0.5, NaN, 2 ** 60]
      : [Number(most), Number(least), 0.5, NaN, 2 ** 53];
    for (const value of wrong) {
      const faulty = place.set(value);
      const target = new GuardedBytes(codec.byteLengthOf(faulty), 3);
      const error = thrownBy(() => codec.encode(faulty, target.view, target.offset));
      if (!(error instanceof EncodeError)) fail(`encode of ${String(value)} at ${place.path} gives ${String(error)}`);
      if (error.code !== "ERANGE") fail(`encode of ${String(value)} at ${place.path} has code ${error.code}`);
      if (error.path !== place.path) fail(`encode of ${String(value)} at ${place.path} blames "${error.path}"`);
      if (!target.intact()) fail(`a refused encode at ${place.path} wrote outside of the record`);
    }
  }
}
