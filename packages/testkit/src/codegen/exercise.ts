import { DecodeError, EncodeError } from "@rbgen/runtime";
import { type Attachable, attachView, Lease, type Leased, takeLease } from "@rbgen/runtime/codegen/v1";
import { type CComposite, type CType, flatten } from "./c-type.ts";
import { GuardedBytes } from "./canary.ts";
import { firstDifference } from "./difference.ts";
import type { Expected } from "./expectation.ts";
import { fail, hex, isGroup, properties, sameBytes, thrownBy } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";
import { propertyName } from "./property-name.ts";
import { checkRefusedView } from "./refused-view.ts";

/** One sample of a record, and what C says is in it. */
export interface RecordCase {
  readonly bytes: Uint8Array;
  readonly expected: Expected;
  /** What a person passes to `encode` for these bytes; absent where the bytes are random. */
  readonly input?: unknown;
  /** Bits of the sample that carry a value which decode keeps exactly, for random bytes. */
  readonly meaning?: Uint8Array;
}

/** A member's name on a class: `copyDataTo` for `data`. */
function copyName(name: string): string {
  return `copy${name.charAt(0).toUpperCase()}${name.slice(1)}To`;
}

/** Compares each getter of a view; contained structs are views too. */
export function exerciseView(view: object, expected: object, path = ""): void {
  for (const [name, wanted] of Object.entries(expected)) {
    const at = path === "" ? name : `${path}.${name}`;
    const value = properties(view)[name];
    if (isGroup(wanted)) {
      if (!isGroup(value)) fail(`view: ${at} is no object`);
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
function holdsText(type: CType): boolean {
  const { element, dimensions } = flatten(type);
  if (element.kind === "int") return element.char === true && dimensions.length > 0;
  if (element.kind !== "struct" && element.kind !== "union") return false;
  return element.members.some((member) => holdsText(member.type));
}

/** A view of `codec` on `sample`; taking the lease's `view` away ends it. */
export function lend(codec: AnyCodec, sample: GuardedBytes): { readonly view: object; readonly lease: Lease } {
  const view = codec.createView();
  const lease = new Lease(sample.view, sample.offset, sample.length);
  (view as Leased)[takeLease](lease);
  return { view, lease };
}

/** A writer of `codec` on `target`. */
export function writerOn(codec: AnyCodec, target: GuardedBytes): object {
  const writer = codec.createWriter();
  (writer as Attachable)[attachView](target.view, target.offset, target.length);
  return writer;
}

/** A decoded value through JSON and back. */
export function checkJson(codec: AnyCodec, decoded: unknown): void {
  const json = JSON.parse(JSON.stringify(codec.toJSON(decoded)));
  const difference = firstDifference(codec.fromJSON(json), decoded);
  if (difference !== undefined) fail(`fromJSON of toJSON: ${difference}`);
}

/** Decodes `sample`, eagerly and through a view, and compares both with what is expected; gives the decoded object. */
export function exerciseDecode(codec: AnyCodec, sample: GuardedBytes, expected: unknown): unknown {
  const decoded = codec.decode(sample.view, sample.offset, sample.length);
  const difference = firstDifference(decoded, expected);
  if (difference !== undefined) fail(`decode: ${difference}`);
  const { buffer, byteOffset, byteLength } = sample.view;
  const array = new Uint8Array(buffer, byteOffset, byteLength);
  const asArray = firstDifference(codec.decode(array, sample.offset, sample.length), decoded);
  if (asArray !== undefined) fail(`decode of a Uint8Array: ${asArray}`);
  checkJson(codec, decoded);
  if (isGroup(expected)) {
    const { view, lease } = lend(codec, sample);
    exerciseView(view, expected);
    const shown = firstDifference(JSON.parse(JSON.stringify(view)), codec.toJSON(decoded));
    if (shown !== undefined) fail(`JSON of a view: ${shown}`);
    lease.view = null;
  }
  if (!sample.intact()) fail("decode wrote outside of the record");
  return decoded;
}

/** Encodes `value` into guarded memory and compares the bytes. */
export function checkEncode(
  codec: AnyCodec,
  what: string,
  value: unknown,
  expected: Uint8Array,
  variant: number,
): void {
  const length = codec.byteLengthOf(value);
  if (length !== expected.length) fail(`${what}: byteLengthOf gives ${length}, expected ${expected.length}`);
  const target = new GuardedBytes(length, variant);
  const written = codec.encode(value, target.view, target.offset);
  if (written !== length) fail(`${what} returned ${written}, byteLengthOf ${length}`);
  sameBytes(what, target.bytes(), expected);
  if (!target.intact()) fail(`${what} wrote outside of the record`);
  sameBytes(`toBytes: ${what}`, codec.toBytes(value), expected);
  checkGround(codec, what, value, target.bytes());
}

/** Whatever a target held before, `encode` leaves the same bytes in it. */
export function checkGround(codec: AnyCodec, what: string, value: unknown, expected: Uint8Array): void {
  for (const ground of [0x00, 0xee]) {
    const bytes = new Uint8Array(expected.length).fill(ground);
    codec.encode(value, new DataView(bytes.buffer));
    sameBytes(`${what} over ${ground}`, bytes, expected);
  }
}

function checkWriter(record: CComposite, codec: AnyCodec, input: unknown, expected: Uint8Array, variant: number): void {
  const target = new GuardedBytes(expected.length, variant);
  const writer = writerOn(codec, target);
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
export function padded(bytes: Uint8Array, size: number): Uint8Array {
  const whole = new Uint8Array(Math.max(bytes.length, size));
  whole.set(bytes);
  return whole;
}

/** What a writer is given: it sets what it is told to, and derives no length from an array. */
export function withLength(record: CComposite, { input, expected }: RecordCase): unknown {
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
  checkCut(codec, sample.bytes, variant);
}

/** A sample that ends early: what `decode` refuses, a view shows nothing of that lies behind it. */
function checkCut(codec: AnyCodec, bytes: Uint8Array, variant: number): void {
  const step = Math.max(1, Math.floor(bytes.length / 8));
  for (let length = variant % step; length < bytes.length; length += step) {
    const sample = new GuardedBytes(length, variant, bytes.subarray(0, length));
    const error = thrownBy(() => codec.decode(sample.view, sample.offset, sample.length));
    if (error === undefined && length < codec.minByteLength)
      fail(`decode takes ${length} of ${codec.minByteLength} bytes`);
    if (error === undefined) continue;
    if (!(error instanceof DecodeError)) fail(`decode of ${length} bytes throws ${String(error)}`);
    checkRefusedView(codec, sample);
  }
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
