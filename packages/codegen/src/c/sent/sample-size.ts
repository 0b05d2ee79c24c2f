import type { Type } from "@rbgen/btf";
import type { SampleSize } from "../../module.ts";
import { bare, type Effect, type Expression, type Local } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import type { Code } from "./code.ts";
import type { Definition, Range } from "./definition.ts";
import type { RecordHandles } from "./handles.ts";
import { integersAt } from "./integer-member.ts";
import type { Place } from "./place.ts";
import type { ReachingStores } from "./reaching-stores.ts";
import type { Context } from "./record-contexts.ts";
import type { Sending } from "./sending.ts";
import { boundTo, type Frame } from "./typing.ts";

/** Variables and operators that one size is made of. */
const mostSteps = 200;
/** Sizes that one expression may be, behind which it is not looked at which. */
const mostSizes = 16;

/** A number that a size is computed from, and how often it is taken. */
interface Term {
  readonly expression: Expression;
  readonly frame: Frame;
  readonly times: bigint;
  /** The variable that holds it: its member may have changed since. */
  readonly holder?: Local;
}

/** The record whose samples are measured. */
export interface Measured {
  readonly record: RecordHandles;
  readonly type: Type;
  readonly sending: Sending;
  /** Undefined where others fill it. */
  readonly reaching: ReachingStores | undefined;
}

/** A size as a sum. */
interface Sum {
  readonly constant: bigint;
  readonly terms: readonly Term[];
}

/** Reads how long samples are from the expressions that compute it. */
export class SampleSizes {
  readonly #code: Code;
  #steps = 0;
  /** Of the present question. */
  #sample: Measured | undefined;

  constructor(code: Code) {
    this.#code = code;
  }

  /** The lengths that a sample of `record`, which is a `type`, may have. */
  of(size: Expression, frame: Frame, sample: Measured): readonly SampleSize[] {
    this.#steps = 0;
    this.#sample = sample;
    return this.#sums(size, frame).map(({ constant, terms }): SampleSize => {
      if (terms.length === 0) return { bytes: constant, open: false };
      if (constant < 0n || terms.some(({ times }) => times <= 0n)) return { bytes: 0n, open: true };
      const [term, ...others] = terms;
      const place = term === undefined || others.length > 0 ? undefined : this.#memberOf(term, sample);
      const [member] = place === undefined ? [] : integersAt(sample.type, place);
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
    const value = this.#code.integers.valueOf(expression, frame);
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
        const { local } = expression;
        if (given !== undefined && local?.parameter !== undefined) return this.#sums(given, at);
        // `if (n > most) n = most; e->length = n;`
        if (given === undefined && this.#isMember(expression, frame)) return opaque;
        return few(this.#grown(expression, frame) ?? this.#assigned(expression, frame) ?? opaque);
      }
      case "binary": {
        const { operator, left, right } = expression;
        const sign = operator === T.PLUS ? 1n : operator === T.MINUS ? -1n : 0n;
        if (sign !== 0n) {
          const more = this.#sums(right, frame);
          return few(this.#sums(left, frame).flatMap((own) => more.map((other) => added(own, other, sign))));
        }
        const ofLeft = this.#code.integers.valueOf(left, frame);
        const known = ofLeft ?? this.#code.integers.valueOf(right, frame);
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
    const type = this.#code.typing.typeOf(expression);
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
  #assigned(expression: Extract<Expression, { kind: "name" }>, frame: Frame | undefined): readonly Sum[] | undefined {
    const { local } = expression;
    if (local === undefined || local.parameter !== undefined || local.values.length === 0) return undefined;
    return local.values.flatMap((value) =>
      this.#sums(value, frame).map((sum): Sum => {
        const [term] = sum.terms;
        // Of a value that is no sum, the variable is what is known.
        return term?.expression === value && bare(value).kind !== "member" && frame !== undefined
          ? { constant: 0n, terms: [{ expression, frame, times: 1n }] }
          : held(sum, local);
      }),
    );
  }

  /** Whether a member of the record holds what a variable does, which is set more than once. */
  #isMember(expression: Expression, frame: Frame | undefined): boolean {
    const sample = this.#sample;
    if (frame === undefined || sample?.reaching === undefined) return false;
    return this.#storedIn(expression, frame, sample, sample.reaching) !== undefined;
  }

  /** The member of the record that holds a number when it is sent. */
  #memberOf(term: Term, of: Measured): Range | undefined {
    const { expression, frame } = term;
    const value = bare(expression);
    if (of.reaching === undefined) return undefined;
    if (value.kind !== "member") return this.#storedIn(value, frame, of, of.reaching);
    const read = rangeIn(this.#code.bodies.places.of(value), frame, of.record);
    return read !== undefined && this.#isUnchanged(term, read, of, of.reaching) ? read : undefined;
  }

  /** Whether a member that is read for the size is sent as it was then. */
  #isUnchanged({ holder, frame }: Term, read: Range, { sending }: Measured, reaching: ReachingStores): boolean {
    if (holder !== undefined) {
      const isRead = (effect: Effect, { frame: own }: Context): boolean =>
        effect.kind === "assign" && effect.local === holder && own === frame;
      return reaching.isUnchangedSince(read, isRead);
    }
    if (!sending.sent) return false;
    let at = sending.where;
    if (at === frame) return true;
    // It is an argument of a call on the way.
    while (at.caller !== undefined && at.caller !== frame) at = at.caller;
    return reaching.isUnchangedSince(read, (effect, { frame: own }) => effect === at.call && own === frame);
  }

  /** The member that the variable `value` is stored into before the record is sent, on each path. */
  #storedIn(
    value: Expression,
    frame: Frame,
    { record, sending, type }: Measured,
    reaching: ReachingStores,
  ): Range | undefined {
    if (value.kind !== "name" || value.local === undefined) return undefined;
    const { local } = value;
    const isSetOnce = local.values.length <= (local.parameter === undefined ? 1 : 0);
    // The size of what is reserved is known before anything is stored there.
    if (!isSetOnce && (local.addressed === true || !sending.sent)) return undefined;
    const isOwn = (stored: Expression, at: Frame): boolean => {
      const own = bare(stored);
      if (own.kind === "name" && own.local === local) return true;
      const [given, outer] = boundTo(own, at);
      return given !== undefined && outer !== undefined && outer !== at && isOwn(given, outer);
    };
    for (const { stores } of record.usesIn(frame)) {
      for (const store of stores) {
        const range = isOwn(store.value, frame) ? rangeIn(store.place, frame, record) : undefined;
        if (range === undefined || !keepsLength(range, local, type)) continue;
        const found = reaching.at(range);
        if (!Array.isArray(found)) continue;
        const definitions: readonly Definition[] = found;
        const all = definitions.every((one) => one.kind === "value" && isOwn(one.value, one.frame));
        // The variable of a loop is another one each time.
        const isSet = (effect: Effect, context: Context): boolean =>
          context.frame === frame &&
          (effect.kind === "obscure" ? effect.locals.has(local) : effect.kind === "assign" && effect.local === local);
        if (all && !reaching.isReachedBefore(range, isSet)) return range;
      }
    }
    return undefined;
  }
}

/** Whether a member holds all of a variable that is the length of the array which ends the record, and not its lower bits alone. */
function keepsLength({ size }: Range, { type: own }: Local, type: Type): boolean {
  const bytes = sizeOf(stripped(own));
  if (size >= 4 || (bytes !== undefined && bytes <= size)) return true;
  const plain = stripped(type);
  const last = plain.kind === "struct" ? plain.members.at(-1) : undefined;
  const array = last && stripped(last.type);
  const room = array?.kind === "array" && array.count > 0 ? sizeOf(array) : undefined;
  return room !== undefined && room < 2 ** (size * 8);
}

/** Where a place lies in the record, where it is an integer of whole bytes. */
function rangeIn(place: Place | undefined, frame: Frame, record: RecordHandles): Range | undefined {
  const bits = record.inRecord(place, frame);
  const size = place?.type === undefined ? undefined : sizeOf(place.type);
  return bits === undefined || size === undefined || place?.width !== undefined ? undefined : { bits, size };
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

/** `sum` as what the variable `holder` holds. */
function held({ constant, terms }: Sum, holder: Local): Sum {
  return { constant, terms: terms.map((term) => ({ holder, ...term })) };
}
