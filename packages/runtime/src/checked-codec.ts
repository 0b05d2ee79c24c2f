import { integer } from "./checked-number.ts";
import { members, object } from "./checked-object.ts";
import { type Attachable, attachView, type Leased, type RecordCodec, takeLease } from "./codec.ts";
import { invalid } from "./errors.ts";

/** Any codec. */
type AnyCodec = RecordCodec<unknown, never>;

/**
 * `codec` if it has what decoding takes; a generated one has.
 * @throws RingBufError EINVAL that tells what is missing
 */
export function decoder<Codec extends Pick<AnyCodec, "decode">>(codec: Codec): Codec {
  return checked(codec, ["decode"]);
}

/**
 * The same of encoding.
 * @throws RingBufError EINVAL
 */
export function encoder<Codec extends Pick<AnyCodec, "encode">>(codec: Codec): Codec {
  return checked(codec, ["encode", "byteLengthOf"]);
}

/**
 * A cursor of `codec` that can be led over samples.
 * @throws RingBufError EINVAL where it makes none
 */
export function viewOf<View>(codec: RecordCodec<unknown, never, View>): View & Leased {
  members(codec, nameOf(codec), { createView: "function" });
  const view = codec.createView() as View & Leased;
  if (typeof view?.[takeLease] === "function") return view;
  throw invalid(`createView of ${nameOf(codec)} gives no view that can be led over samples, as those of rbgen do`);
}

/**
 * Setters of `codec` that can be put on a sample.
 * @throws RingBufError EINVAL where it makes none
 */
export function writerOf<Writer>(codec: RecordCodec<unknown, never, unknown, Writer>): Writer & Attachable {
  if (typeof codec.createWriter !== "function") members(codec, nameOf(codec), { createWriter: "function" });
  const writer = codec.createWriter() as Writer & Attachable;
  if (typeof writer?.[attachView] === "function") return writer;
  throw invalid(`createWriter of ${nameOf(codec)} gives no writer that can be put on a sample, as those of rbgen do`);
}

function checked<Codec>(given: Codec, functions: readonly (keyof AnyCodec & string)[]): Codec {
  const codec = object(given, "the codec") as unknown as AnyCodec;
  const name = nameOf(codec);
  const kinds = {
    name: "string",
    endian: "string",
    size: "number",
    minByteLength: "number",
    layout: "object",
  } as const;
  members(codec, name, { ...kinds, ...Object.fromEntries(functions.map((one) => [one, "function"] as const)) });
  integer(codec.size, `size of ${name}`);
  integer(codec.minByteLength, `minByteLength of ${name}`);
  const { leaves } = codec.layout;
  if (!Array.isArray(leaves)) throw invalid(`layout of ${name} lacks leaves: an array is taken`);
  for (const leaf of leaves) object(leaf, `a leaf of the layout of ${name}`);
  return given;
}

function nameOf({ name }: { readonly name: string }): string {
  return typeof name === "string" && name !== "" ? `the codec of ${name}` : "the codec";
}
