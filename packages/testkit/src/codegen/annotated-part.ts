import type { CInt } from "./c-type.ts";

/** A number that C tells: an expression over `r`. */
export class Probe {
  readonly expression: string;
  readonly big: boolean;
  constructor(expression: string, big: boolean) {
    this.expression = expression;
    this.big = big;
  }
}

/** Members of a struct, and how a value of them is drawn. */
export interface Part {
  readonly members: readonly string[];
  readonly draw: (place: string) => Drawn;
}

export interface Drawn {
  readonly fill: readonly string[];
  readonly input: Record<string, unknown>;
  readonly value: Record<string, unknown>;
  readonly told?: Record<string, unknown>;
  /** C expression for the sample's length, where this part ends the record. */
  readonly length?: string;
}

/** The end of a record: where it varies. */
export interface Ending extends Part {
  /** What is encoded from a decoded value need not decode to the same again: bytes of it that no member has are 0 then. */
  readonly open?: boolean;
}

/** What an array is made of: text of `char`, bytes, or anything else. */
export interface Element {
  readonly text: string;
  readonly form: "text" | "bytes" | "list";
  /** Whether there may be padding in one. */
  readonly padded?: boolean;
  readonly draw: (at: string) => { readonly fill: string; readonly input: unknown; readonly value: unknown };
}

/** An integer member that holds a length or a tag. */
export interface Holder {
  readonly members: readonly string[];
  /** Path of C names. */
  readonly path: string;
  readonly big: boolean;
  readonly direct: boolean;
  /** It can hold a negative number. */
  readonly signed?: boolean;
  /** C statement that stores `expression`. */
  readonly store: (place: string, expression: string) => string;
  /** The property tree that holds `leaf`. */
  readonly property: (leaf: unknown) => Record<string, unknown>;
  /** Values that it can hold: 0 … `most`. */
  readonly most: bigint;
}

/** What says how long an array is. */
export interface Measure {
  readonly members: readonly string[];
  /** The annotation on the array. */
  readonly note: string;
  /** Counts that it can tell are multiples of this. */
  readonly step: number;
  /** It may be negative, which is 0. */
  readonly negative: boolean;
  /** It may tell more than there is. */
  readonly clamps: boolean;
  readonly told: (place: string, name: string, count: number, truncated?: boolean) => Drawn;
}

export function nothing(): Drawn {
  return { fill: [], input: {}, value: {} };
}

/** Parts of one struct, in order; objects in objects are joined. */
export function merge(parts: readonly Drawn[]): Drawn {
  const join = (lists: readonly Record<string, unknown>[]): Record<string, unknown> => Object.assign({}, ...lists);
  const length = parts
    .map((part) => part.length)
    .filter((found) => found !== undefined)
    .at(-1);
  return {
    fill: parts.flatMap((part) => part.fill),
    input: join(parts.map((part) => part.input)),
    value: join(parts.map((part) => part.value)),
    told: join(parts.map((part) => part.told ?? {})),
    ...(length === undefined ? {} : { length }),
  };
}

/** A value as C writes it, in the order that its type promises. */
export function literal(type: CInt, value: bigint): string {
  const digits = `0x${BigInt.asUintN(64, value).toString(16)}ULL`;
  if (type.order !== undefined) return `${type.order === "big" ? "BE" : "LE"}(${type.size * 8}, ${digits})`;
  return `(${type.text.replace("volatile ", "")})${digits}`;
}
