import { DecodeError, EncodeError } from "@rbgen/runtime";
import type { AnsweredSample } from "./annotated-oracle.ts";
import type { AnnotatedRecord } from "./annotated-record.ts";
import { GuardedBytes } from "./canary.ts";
import { firstDifference } from "./difference.ts";
import { checkEncode, checkGround, checkJson, exerciseView, lend, writerOn } from "./exercise.ts";
import { fail, isGroup, properties, sameBytes, thrownBy } from "./fault.ts";
import type { AnyCodec } from "./load-generated.ts";
import { checkRefusedView } from "./refused-view.ts";

/** What is known of a record whose bytes are exercised. */
type Known = Pick<AnnotatedRecord, "ring" | "kindName" | "open">;

function checkView(record: Known, codec: AnyCodec, sample: GuardedBytes, expected: unknown): void {
  const { view, lease } = lend(codec, sample);
  if (record.ring === undefined) exerciseView(view, properties(expected));
  else {
    const { kindName = "" } = record;
    const kind = properties(view)[kindName];
    if (kind !== properties(expected)[kindName]) fail(`view: ${kindName} is ${String(kind)}`);
    if (kind !== "unknown") exerciseView(properties(view)["value"] as object, properties(expected));
  }
  lease.view = null;
  if (!sample.intact()) fail("reading wrote outside of the record");
}

/** Sets every member, what other members tell included. */
function fill(writer: object, value: Readonly<Record<string, unknown>>): void {
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined) continue;
    const child = isGroup(entry) ? properties(writer)[name] : undefined;
    // A struct that may be there or not is set whole.
    if (isGroup(entry) && child !== undefined) fill(child as object, entry);
    else if (!/(kind|^truncated)$/i.test(name) && !Reflect.set(writer, name, entry))
      fail(`writer has no setter for ${name}`);
  }
}

function checkWriter(record: AnnotatedRecord, codec: AnyCodec, { bytes, value }: AnsweredSample): void {
  const target = new GuardedBytes(bytes.length, 3);
  const writer = writerOn(codec, target);
  const own = record.ring === undefined ? writer : (properties(writer)[record.tag] as object);
  fill(own, value);
  sameBytes("writer", target.bytes(), bytes);
  if (!target.intact()) fail("writer wrote outside of the record");
}

/** Whatever the bytes are: a value that the view shows too and that encodes to itself, or a DecodeError. */
export function exerciseAny(record: Known, codec: AnyCodec, bytes: Uint8Array, variant: number): "value" | "refused" {
  const sample = new GuardedBytes(bytes.length, variant, bytes);
  let decoded: unknown;
  try {
    decoded = codec.decode(sample.view, sample.offset, sample.length);
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    checkRefusedView(codec, sample);
    return "refused";
  }
  checkView(record, codec, sample, decoded);
  checkJson(codec, decoded);
  const garbled = JSON.stringify(codec.toJSON(decoded)).includes("\ufffd");
  try {
    const target = new GuardedBytes(codec.byteLengthOf(decoded), variant + 1);
    codec.encode(decoded, target.view, target.offset);
    if (!target.intact()) fail("encode wrote outside of the record");
    checkGround(codec, "encode of any", decoded, target.bytes());
    const again = codec.decode(target.view, target.offset, target.length);
    const difference = record.open || garbled ? undefined : firstDifference(again, decoded);
    if (difference !== undefined) fail(`decode of encode of decode: ${difference}`);
  } catch (error) {
    if (!garbled || !(error instanceof EncodeError)) throw error;
  }
  return "value";
}

/** One sample in both directions, through objects and cursors; then shorter ones, and ones with a byte changed. */
export function exerciseAnnotated(
  record: AnnotatedRecord,
  codec: AnyCodec,
  sample: AnsweredSample,
  seed: number,
): void {
  const { bytes, input, value } = sample;
  const guarded = new GuardedBytes(bytes.length, seed, bytes);
  const decoded = codec.decode(guarded.view, guarded.offset, guarded.length);
  const difference = firstDifference(decoded, value);
  if (difference !== undefined) fail(`decode: ${difference}`);
  checkView(record, codec, guarded, value);
  checkJson(codec, decoded);
  checkEncode(codec, "encode", input, bytes, seed + 1);
  checkEncode(codec, "encode of decode", decoded, bytes, seed + 2);
  checkWriter(record, codec, sample);
  const cloned = firstDifference(structuredClone(decoded), value);
  if (cloned !== undefined) fail(`structuredClone: ${cloned}`);
  // Every length of short ones, and of long ones others each time.
  const step = Math.max(1, Math.floor(bytes.length / 24));
  for (let length = seed % step; length < bytes.length; length += step) {
    const outcome = exerciseAny(record, codec, bytes.subarray(0, length), length);
    const { minByteLength } = codec;
    if (length < minByteLength && outcome === "value")
      fail(`decode takes ${length} of at least ${minByteLength} bytes`);
  }
  for (let turn = 0; turn < 8; turn++) {
    const changed = Uint8Array.from(bytes);
    const at = (seed * 7 + turn * 31) % Math.max(1, bytes.length);
    if (at < changed.length) changed[at] = (changed[at]! ^ (1 << (turn % 8))) & 0xff;
    exerciseAny(record, codec, changed, turn);
  }
  const room = bytes.length === 0 ? undefined : new GuardedBytes(bytes.length - 1, 1);
  if (room === undefined) return;
  const short = new DataView(room.view.buffer, room.view.byteOffset, room.offset + room.length);
  const error = thrownBy(() => codec.encode(input, short, room.offset));
  if (!(error instanceof EncodeError)) fail(`encode into a byte less than it needs gives ${String(error)}`);
}
