import { DecodeError, EncodeError } from "@rbgen/runtime";
import type { CComposite, CType } from "./c-type.ts";
import { GuardedBytes } from "./canary.ts";
import { checkEncode, exerciseDecode, padded, type RecordCase, withLength } from "./exercise.ts";
import { fail, properties, thrownBy } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";
import { propertyName } from "./property-name.ts";

/**
 * A record whose array has a length member: too short a sample, and a value whose length is not that of its array, are
 * refused with the array's name and both lengths; what follows the array does not count.
 */
export function exerciseCount(record: CComposite, codec: AnyCodec, sample: RecordCase, tailOffset: number): void {
  const { length } = record;
  if (length === undefined || sample.expected.refused) return;
  const tail = record.members.at(-1)!.name;
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
  const text = typeof properties(sample.expected.value)[propertyName(tail)] === "string";
  const target = new GuardedBytes(whole.length + 8, 4);
  const error = thrownBy(() => codec.encode(lie, target.view, target.offset));
  // Text may be shorter than its array, which is then filled up with zeros.
  if (!text && !(error instanceof EncodeError)) fail(`encode of a length that lies gives ${String(error)}`);
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
