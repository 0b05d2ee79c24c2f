import type { Type } from "@rbgen/btf";
import type { SampleSize } from "../../module.ts";
import { bare, type Effect, type Expression, type Local, type Step } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import type { Code } from "./code.ts";
import type { Definition, Range } from "./definition.ts";
import type { RecordHandles } from "./handles.ts";
import { valuesAt } from "./held-pointer.ts";
import { integersAt } from "./integer-member.ts";
import { bytesOf, keeps } from "./narrowing.ts";
import type { Place } from "./place.ts";
import type { ReachingStores } from "./reaching-stores.ts";
import type { Context } from "./record-contexts.ts";
import type { Sending } from "./sending.ts";
import { added, distinct, heldBy, multiplied, narrowedSum, narrowedSums, type Sum, type Term } from "./sum.ts";
import { boundTo, type Frame } from "./typing.ts";

/** Variables and operators that one size is made of. */
const mostSteps = 200;
/** Sizes that one expression may be, behind which it is not looked at which. */
const mostSizes = 16;

/** The record whose samples are measured. */
export interface Measured {
  readonly record: RecordHandles;
  readonly type: Type;
  readonly sending: Sending;
  /** Undefined where others fill it. */
  readonly reaching: ReachingStores | undefined;
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
    const call = frame.body.calls.find(({ args }) => args.includes(size));
    return this.#sums(size, frame, call && frame.body.steps.ofCalls.get(call)).map(
      ({ constant, terms }): SampleSize => {
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
      },
    );
  }

  /** Whether `size` is `bytes` times a number that a run decides, and nothing else. */
  isCountOf(bytes: bigint, size: Expression, frame: Frame): boolean {
    if (bytes <= 1n) return false;
    this.#steps = 0;
    this.#sample = undefined;
    const call = frame.body.calls.find(({ args }) => args.includes(size));
    const isCount = ({ constant, terms }: Sum): boolean =>
      constant === 0n && terms.length > 0 && terms.every(({ times }) => times % bytes === 0n);
    return this.#sums(size, frame, call && frame.body.steps.ofCalls.get(call)).every(isCount);
  }

  /** All sums that `expression` may be at `step`, where that is told. */
  #sums(expression: Expression, frame: Frame | undefined, step: Step | undefined): readonly Sum[] {
    const opaque: readonly Sum[] = [
      { constant: 0n, terms: frame === undefined ? [] : [{ expression, frame, times: 1n }] },
    ];
    if (++this.#steps > mostSteps) return opaque;
    const value = this.#code.integers.valueOf(expression, frame);
    if (value !== undefined) return [{ constant: value, terms: [] }];
    const few = (sums: readonly Sum[]): readonly Sum[] => (sums.length > mostSizes ? opaque : distinct(sums));
    switch (expression.kind) {
      case "cast":
        return narrowedSums(this.#sums(expression.operand, frame, step), expression.type) ?? opaque;
      case "assignment": {
        const type = this.#code.typing.typeOf(expression.target);
        const sums = this.#sums(expression.value, frame, step);
        return (type === undefined ? sums : narrowedSums(sums, type)) ?? opaque;
      }
      case "last":
        return expression.value === undefined ? opaque : this.#sums(expression.value, frame, step);
      case "choice":
        return few([...this.#sums(expression.then, frame, step), ...this.#sums(expression.otherwise, frame, step)]);
      case "name": {
        const [given, at] = boundTo(expression, frame);
        const { local } = expression;
        if (given !== undefined && local?.parameter !== undefined)
          return (
            narrowedSums(this.#sums(given, at, frame?.call && at?.body.steps.ofCalls.get(frame.call)), local.type) ??
            opaque
          );
        // `if (n > most) n = most; e->length = n;`
        if (given === undefined && this.#isMember(expression, frame)) return opaque;
        return few(this.#grown(expression, frame, step) ?? this.#assigned(expression, frame, step) ?? opaque);
      }
      case "binary": {
        const { operator, left, right } = expression;
        const sign = operator === T.PLUS ? 1n : operator === T.MINUS ? -1n : 0n;
        if (sign !== 0n) {
          const more = this.#sums(right, frame, step);
          return few(this.#sums(left, frame, step).flatMap((own) => more.map((other) => added(own, other, sign))));
        }
        const ofLeft = this.#code.integers.valueOf(left, frame);
        const known = ofLeft ?? this.#code.integers.valueOf(right, frame);
        const other = ofLeft === undefined ? left : right;
        if (known === undefined) return opaque;
        if (operator === T.STAR) return this.#sums(other, frame, step).map((sum) => multiplied(sum, known));
        // `n & 255` is n itself where that holds no more.
        return operator === T.AMP && this.#isWithin(other, known) ? this.#sums(other, frame, step) : opaque;
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
  #grown(
    expression: Extract<Expression, { kind: "name" }>,
    frame: Frame | undefined,
    step: Step | undefined,
  ): readonly Sum[] | undefined {
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
    return this.#sums(start, frame, step).map((sum) => added(sum, { constant: 0n, terms: [...terms, ...terms] }, 1n));
  }

  /** `size_t n = sizeof(*e); if (short) n = sizeof(struct hdr);` */
  #assigned(
    expression: Extract<Expression, { kind: "name" }>,
    frame: Frame | undefined,
    step: Step | undefined,
  ): readonly Sum[] | undefined {
    const { local } = expression;
    if (local === undefined || local.parameter !== undefined || local.values.length === 0) return undefined;
    const own: Sum = { constant: 0n, terms: frame === undefined ? [] : [{ expression, frame, times: 1n }] };
    const held = frame && step && valuesAt(local, step, frame, this.#code.reached);
    const values = held ?? local.values.map((value) => ({ value, step: undefined }));
    return values.flatMap(({ value, step: set }) =>
      this.#sums(value, frame, set).map((sum): Sum => {
        const [term] = sum.terms;
        // Of a value that is no sum, the variable is what is known.
        if (term?.expression === bare(value) && term.expression.kind !== "member") return own;
        return narrowedSum(heldBy(sum, local), local.type) ?? own;
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
    const { expression, frame, narrowing } = term;
    const value = bare(expression);
    if (of.reaching === undefined) return undefined;
    const range =
      value.kind === "member"
        ? rangeIn(this.#code.bodies.places.of(value), frame, of.record)
        : this.#storedIn(value, frame, of, of.reaching);
    if (range === undefined || !keeps(narrowing, range.size)) return undefined;
    return value.kind !== "member" || this.#isUnchanged(term, range, of, of.reaching) ? range : undefined;
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
    for (const { stores } of record.usesIn(frame)) {
      for (const store of stores) {
        const bytes = bytesOf(local, store.value, frame, this.#code.typing);
        const range = bytes === undefined ? undefined : rangeIn(store.place, frame, record);
        if (bytes === undefined || range === undefined) continue;
        const found = reaching.at(range);
        if (!Array.isArray(found)) continue;
        const definitions: readonly Definition[] = found;
        const all = definitions.every((one) => {
          const stored = one.kind === "value" ? bytesOf(local, one.value, one.frame, this.#code.typing) : undefined;
          return stored !== undefined && keepsLength(Math.min(stored, range.size), range, local, type);
        });
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

/** Whether `size` bytes of a member hold all of a variable that is the length of the array which ends the record, and not its lower bits alone. */
function keepsLength(size: number, range: Range, { type: own }: Local, type: Type): boolean {
  const variable = stripped(own);
  const [member] = integersAt(type, range);
  if (member?.bool) return false;
  const bits = size * 8 - (member?.signed === true ? 1 : 0);
  const held = (sizeOf(variable) ?? 8) * 8 - (variable.kind === "int" && variable.signed ? 1 : 0);
  if (size >= 4 || held <= bits) return true;
  const plain = stripped(type);
  const last = plain.kind === "struct" ? plain.members.at(-1) : undefined;
  const array = last && stripped(last.type);
  const room = array?.kind === "array" && array.count > 0 ? sizeOf(array) : undefined;
  return room !== undefined && room < 2 ** bits;
}

/** Where a place lies in the record, where it is an integer of whole bytes. */
function rangeIn(place: Place | undefined, frame: Frame, record: RecordHandles): Range | undefined {
  const bits = record.inRecord(place, frame);
  const size = place?.type === undefined ? undefined : sizeOf(place.type);
  return bits === undefined || size === undefined || place?.width !== undefined ? undefined : { bits, size };
}
