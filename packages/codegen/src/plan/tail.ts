import type { NamedType } from "@rbgen/btf";
import type { SampleSize } from "../module.ts";
import { resolve, sizeOf } from "./resolve.ts";

/** What the lengths at which a record is sent say of it. */
export type SampleForm =
  /** As long as the struct, or longer; a flexible array takes what follows. */
  | { readonly kind: "whole" }
  /** Its last member, an array, is sent in part. */
  | { readonly kind: "tail"; readonly member: string; readonly annotation: string }
  /** Of so few bytes that members are missing: it is not this struct. */
  | { readonly kind: "short"; readonly bytes: bigint };

const whole: SampleForm = { kind: "whole" };

/** How the last member of `type` is sent, where its samples are as long as `sizes` says. */
export function formOf(type: NamedType, sizes: readonly SampleSize[]): SampleForm {
  const struct = resolve(type).type;
  if (struct.kind !== "struct" && struct.kind !== "union") return whole;
  const forms = sizes.map((size) => formOfSize(struct, size));
  const [first = whole] = forms;
  const short = forms.find(({ kind }) => kind === "short");
  if (short !== undefined) return short;
  if (forms.every((form) => sameForm(form, first))) return first;
  // Lengths that are computed in several ways have in common that the sample ends where it ends.
  const tail = forms.find((form) => form.kind === "tail");
  if (tail === undefined || lastArray(struct)?.count === 0) return whole;
  return { ...tail, annotation: "truncated" };
}

function sameForm(a: SampleForm, b: SampleForm): boolean {
  return a.kind === "tail" && b.kind === "tail" ? a.annotation === b.annotation : a.kind === b.kind;
}

type Composite = Extract<ReturnType<typeof resolve>["type"], { kind: "struct" | "union" }>;

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

function formOfSize(struct: Composite, { bytes, open, length }: SampleSize): SampleForm {
  const size = BigInt(struct.size);
  const array = lastArray(struct);
  if (array === undefined) return bytes < size && !open ? { kind: "short", bytes } : whole;
  const { member, offset, each, count } = array;
  if (!open) {
    if (bytes < offset) return { kind: "short", bytes };
    return bytes < size && count > 0 ? { kind: "tail", member, annotation: "truncated" } : whole;
  }
  if (length !== undefined && bytes === offset && (length.each === each || length.each === 1n)) {
    const unit = length.each === each ? "" : ",bytes";
    return { kind: "tail", member, annotation: `length=${length.path}${unit}` };
  }
  if (length !== undefined && bytes === 0n && length.each === 1n) {
    return { kind: "tail", member, annotation: `length=${length.path},total` };
  }
  return bytes < size && count > 0 ? { kind: "tail", member, annotation: "truncated" } : whole;
}
