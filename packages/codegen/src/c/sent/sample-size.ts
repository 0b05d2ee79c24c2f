import type { Type } from "@rbgen/btf";
import type { SampleSize } from "../../module.ts";
import { bare, type Expression } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import type { RecordHandles } from "./handles.ts";
import type { Place, Places } from "./place.ts";
import { integersAt } from "./tag.ts";
import { boundTo, type Frame, type Typing } from "./typing.ts";

/** Variables and operators that one size is made of. */
const mostSteps = 200;
/** Sizes that one expression may be, behind which it is not looked at which. */
const mostSizes = 16;

/** A number that a size is computed from, and how often it is taken. */
interface Term {
  readonly expression: Expression;
  readonly frame: Frame;
  readonly times: bigint;
  /** Whether a variable holds it: its member may have changed since. */
  readonly held?: boolean;
}

/** A size as a sum. */
interface Sum {
  readonly constant: bigint;
  readonly terms: readonly Term[];
}

/** Reads how long samples are from the expressions that compute it. */
export class SampleSizes {
  readonly #typing: Typing;
  readonly #places: Places;
  #steps = 0;

  constructor(typing: Typing, places: Places) {
    this.#typing = typing;
    this.#places = places;
  }

  /** The lengths that a sample of `record`, which is a `type`, may have. */
  of(size: Expression, frame: Frame, record: RecordHandles, type: Type): readonly SampleSize[] {
    this.#steps = 0;
    this.#typing.restart();
    return this.#sums(size, frame).map(({ constant, terms }): SampleSize => {
      if (terms.length === 0) return { bytes: constant, open: false };
      if (constant < 0n || terms.some(({ times }) => times <= 0n)) return { bytes: 0n, open: true };
      const [term, ...others] = terms;
      const place = term === undefined || others.length > 0 ? undefined : this.#memberOf(term, record);
      const [member] = place === undefined ? [] : integersAt(type, place);
      return {
        bytes: constant,
        open: true,
        ...(member !== undefined && term !== undefined && { length: { path: member.path, each: term.times } }),
      };
    });
  }

  /** All sums that `expression` may be. */
  #sums(expression: Expression, frame: Frame | undefined): readonly Sum[] {
    const opaque: readonly Sum[] = [
      { constant: 0n, terms: frame === undefined ? [] : [{ expression, frame, times: 1n }] },
    ];
    if (++this.#steps > mostSteps) return opaque;
    const value = this.#typing.valueOf(expression, frame);
    if (value !== undefined) return [{ constant: value, terms: [] }];
    const few = (sums: readonly Sum[]): readonly Sum[] => (sums.length > mostSizes ? opaque : distinct(sums));
    switch (expression.kind) {
      case "cast": {
        // A narrower type takes bytes of it away.
        const bytes = sizeOf(stripped(expression.type));
        return bytes !== undefined && bytes >= 4 ? this.#sums(expression.operand, frame) : opaque;
      }
      case "assignment":
        return this.#sums(expression.value, frame);
      case "last":
        return expression.value === undefined ? opaque : this.#sums(expression.value, frame);
      case "choice":
        return few([...this.#sums(expression.then, frame), ...this.#sums(expression.otherwise, frame)]);
      case "name": {
        const [given, at] = boundTo(expression, frame);
        if (given !== undefined) return this.#sums(given, at).map(held);
        return few(this.#grown(expression, frame) ?? this.#assigned(expression, frame) ?? opaque);
      }
      case "binary": {
        const { operator, left, right } = expression;
        const sign = operator === T.PLUS ? 1n : operator === T.MINUS ? -1n : 0n;
        if (sign !== 0n) {
          const more = this.#sums(right, frame);
          return few(this.#sums(left, frame).flatMap((own) => more.map((other) => added(own, other, sign))));
        }
        const ofLeft = this.#typing.valueOf(left, frame);
        const known = ofLeft ?? this.#typing.valueOf(right, frame);
        const other = ofLeft === undefined ? left : right;
        if (known === undefined) return opaque;
        if (operator === T.STAR) return this.#sums(other, frame).map((sum) => multiplied(sum, known));
        // `n & 255` is n itself where that holds no more.
        return operator === T.AMP && this.#isWithin(other, known) ? this.#sums(other, frame) : opaque;
      }
      default:
        return opaque;
    }
  }

  /** Whether all values of the type of `expression` are below a mask of ones. */
  #isWithin(expression: Expression, mask: bigint): boolean {
    const type = this.#typing.typeOf(expression);
    const plain = type && stripped(type);
    return (
      plain?.kind === "int" &&
      !plain.signed &&
      BigInt.asUintN(plain.size * 8, mask) === (1n << BigInt(plain.size * 8)) - 1n
    );
  }

  /** `size_t n = sizeof(*e); n += more;` */
  #grown(expression: Extract<Expression, { kind: "name" }>, frame: Frame | undefined): readonly Sum[] | undefined {
    const { local } = expression;
    if (local === undefined || local.parameter !== undefined || frame === undefined) return undefined;
    const isOwn = (value: Expression): boolean => value.kind === "name" && value.local === local;
    const more: Expression[] = [];
    const first: Expression[] = [];
    for (const value of local.values) {
      if (value.kind === "binary" && value.operator === T.PLUS && isOwn(bare(value.left))) more.push(value.right);
      else first.push(value);
    }
    const [start, ...others] = first;
    if (start === undefined || others.length > 0 || more.length === 0) return undefined;
    // It may be added never, or more than once: no member is as long as that.
    const terms = more.map((): Term => ({ expression, frame, times: 1n }));
    return this.#sums(start, frame).map((sum) => added(sum, { constant: 0n, terms: [...terms, ...terms] }, 1n));
  }

  /** `size_t n = sizeof(*e); if (short) n = sizeof(struct hdr);` */
  #assigned({ local }: Extract<Expression, { kind: "name" }>, frame: Frame | undefined): readonly Sum[] | undefined {
    if (local === undefined || local.parameter !== undefined || local.values.length === 0) return undefined;
    return local.values.flatMap((value) => this.#sums(value, frame).map(held));
  }

  /** Where the member of the record lies that a number is: read from there, or stored there and never changed. */
  #memberOf(
    { expression, frame, held: isHeld }: Term,
    record: RecordHandles,
  ): { bits: number; size: number } | undefined {
    const inRecord = (place: Place | undefined): { bits: number; size: number } | undefined => {
      const bits = record.inRecord(place, frame);
      const size = place?.type === undefined ? undefined : sizeOf(place.type);
      return bits === undefined || size === undefined || place?.width !== undefined ? undefined : { bits, size };
    };
    const value = bare(expression);
    if (value.kind === "member") {
      const read = inRecord(this.#places.of(value));
      const changes = record.usesIn(frame).flatMap((uses) => uses.stores);
      const own = changes.filter(({ place }) => record.inRecord(place, frame) === read?.bits);
      return isHeld === true && own.length > 1 ? undefined : read;
    }
    if (value.kind !== "name" || value.local === undefined) return undefined;
    const { local } = value;
    if (local.values.length > (local.parameter === undefined ? 1 : 0)) return undefined;
    const stores = record.usesIn(frame).flatMap((uses) => uses.stores);
    const from = (stored: Expression): boolean => {
      const own = bare(stored);
      return own.kind === "name" && own.local === local;
    };
    const found = inRecord(stores.find((store) => from(store.value))?.place);
    if (found === undefined) return undefined;
    const same = stores.filter(({ place }) => record.inRecord(place, frame) === found.bits);
    return same.length === 1 ? found : undefined;
  }
}

function distinct(sums: readonly Sum[]): readonly Sum[] {
  return sums.filter(
    ({ constant, terms }, index) =>
      terms.length > 0 || sums.findIndex((other) => other.terms.length === 0 && other.constant === constant) === index,
  );
}

function added(a: Sum, b: Sum, times: bigint): Sum {
  const { constant, terms } = multiplied(b, times);
  return { constant: a.constant + constant, terms: [...a.terms, ...terms] };
}

function multiplied({ constant, terms }: Sum, by: bigint): Sum {
  return { constant: constant * by, terms: terms.map((term) => ({ ...term, times: term.times * by })) };
}

function held({ constant, terms }: Sum): Sum {
  return { constant, terms: terms.map((term) => ({ ...term, held: true })) };
}
