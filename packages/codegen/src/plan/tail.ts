import type { NamedType } from "@rbgen/btf";
import type { SampleSize } from "../module.ts";
import { resolve, sizeOf } from "./resolve.ts";

/** How a record is sent, as far as its length says. */
export type SampleForm =
  /** As long as the struct; a flexible array takes what follows. `unsized`, here and below: it is not known whether all before the array is sent. */
  | { readonly kind: "whole"; readonly unsized?: true }
  /** Its last member, an array, is sent in part. */
  | { readonly kind: "tail"; readonly member: string; readonly annotation: string; readonly unsized?: true }
  /** Members are missing, or may be: the bytes that are sure to be sent are too few. It is not this struct. */
  | { readonly kind: "short"; readonly bytes: bigint; readonly open: boolean }
  /** The struct, and behind it bytes of which it says nothing: as many as the constant part has more. */
  | { readonly kind: "longer"; readonly bytes: bigint; readonly open: boolean }
  /** Nothing is known of how long it is, and no array ends it. */
  | { readonly kind: "unsized" };

/** A struct or union whose samples are looked at. */
type Composite = Extract<ReturnType<typeof resolve>["type"], { kind: "struct" | "union" }>;

const whole: SampleForm = { kind: "whole" };

/** The form of samples of `type`, for each of the lengths that they may have. */
export function formsOf(type: NamedType, sizes: readonly SampleSize[]): readonly SampleForm[] {
  const struct = resolve(type).type;
  if (struct.kind !== "struct" && struct.kind !== "union") return [];
  return sizes.map((size) => formOf(struct, size));
}

/** How the array that ends `type` is sent, where its samples have all of `forms`; undefined where it is whole in each. */
export function tailOf(
  type: NamedType,
  forms: readonly SampleForm[],
): { readonly member: string; readonly annotation: string } | undefined {
  const struct = resolve(type).type;
  const tails = forms.flatMap((form) => (form.kind === "tail" ? [form] : []));
  const [first] = tails;
  if (first === undefined || (struct.kind !== "struct" && struct.kind !== "union")) return undefined;
  const others = forms.some(({ kind }) => kind === "whole" || kind === "longer");
  if (!others && tails.every(({ annotation }) => annotation === first.annotation)) return first;
  // Lengths that are computed in several ways have in common that the sample ends where it ends.
  return lastArray(struct)?.count === 0 ? undefined : { ...first, annotation: "truncated" };
}

interface LastArray {
  readonly member: string;
  /** Bytes from the struct's start. */
  readonly offset: bigint;
  /** Bytes of an element. */
  readonly each: bigint;
  readonly count: number;
}

/** The array that ends a struct. */
function lastArray(struct: Composite): LastArray | undefined {
  const last = struct.kind === "struct" ? struct.members.at(-1) : undefined;
  const array = last === undefined ? undefined : resolve(last.type).type;
  if (last === undefined || last.name === "" || array?.kind !== "array") return undefined;
  const each = BigInt(sizeOf(array.element));
  return each === 0n ? undefined : { member: last.name, offset: BigInt(last.bitOffset) / 8n, each, count: array.count };
}

function formOf(struct: Composite, { bytes, open, length }: SampleSize): SampleForm {
  const size = BigInt(struct.size);
  const array = lastArray(struct);
  const flexible = array?.count === 0;
  const least = array === undefined ? size : array.offset;
  if (array !== undefined && open && length !== undefined) {
    const { member, offset, each } = array;
    if (bytes === offset && (length.each === each || length.each === 1n)) {
      const unit = length.each === each ? "" : ",bytes";
      return { kind: "tail", member, annotation: `length=${length.path}${unit}` };
    }
    if (bytes === 0n && length.each === 1n) return { kind: "tail", member, annotation: `length=${length.path},total` };
  }
  if (open && bytes === 0n) {
    if (array === undefined) return { kind: "unsized" };
    const unsized = true;
    return flexible
      ? { kind: "whole", unsized }
      : { kind: "tail", member: array.member, annotation: "truncated", unsized };
  }
  if (bytes < least) return { kind: "short", bytes, open };
  if (flexible) return whole;
  if (bytes > size || (open && bytes === size)) return { kind: "longer", bytes: bytes - size, open };
  if (bytes === size) return whole;
  return array === undefined ? whole : { kind: "tail", member: array.member, annotation: "truncated" };
}
