import type { SampleSize } from "../../module.ts";
import { bare, type Expression, type Local } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { pathTo } from "./tags.ts";
import { boundTo, type Frame, type Typing } from "./typing.ts";

/** Variables and operators that one size is made of. */
const mostSteps = 200;

/** A number that a size is computed from, and how often it is taken. */
interface Term {
  readonly expression: Expression;
  readonly frame: Frame;
  readonly times: bigint;
}

/** A size as a sum. */
interface Sum {
  readonly constant: bigint;
  readonly terms: readonly Term[];
}

/** Reads how long samples are from the expressions that compute it. */
export class SampleSizes {
  readonly #typing: Typing;
  #steps = 0;

  constructor(typing: Typing) {
    this.#typing = typing;
  }

  /** @param roots variables that hold the record or point to it, in `frame` */
  of(size: Expression, frame: Frame, roots: ReadonlySet<Local>): SampleSize {
    this.#steps = 0;
    this.#typing.restart();
    const { constant, terms } = this.#sum(size, frame);
    if (terms.length === 0) return { bytes: constant, open: false };
    if (constant < 0n || terms.some(({ times }) => times <= 0n)) return { bytes: 0n, open: true };
    const [term, ...others] = terms;
    const path = term === undefined || others.length > 0 ? undefined : memberOf(term, rootsByFrame(roots, frame));
    return {
      bytes: constant,
      open: true,
      ...(path !== undefined && term !== undefined && { length: { path, each: term.times } }),
    };
  }

  #sum(expression: Expression, frame: Frame | undefined): Sum {
    const opaque: Sum = { constant: 0n, terms: frame === undefined ? [] : [{ expression, frame, times: 1n }] };
    if (++this.#steps > mostSteps) return opaque;
    const value = this.#typing.valueOf(expression, frame);
    if (value !== undefined) return { constant: value, terms: [] };
    switch (expression.kind) {
      case "cast": {
        // A narrower type takes bytes of it away.
        const bytes = sizeOf(stripped(expression.type));
        return bytes !== undefined && bytes >= 4 ? this.#sum(expression.operand, frame) : opaque;
      }
      case "assignment":
        return this.#sum(expression.value, frame);
      case "last":
        return expression.value === undefined ? opaque : this.#sum(expression.value, frame);
      case "name": {
        const [given, at] = boundTo(expression, frame);
        if (given !== undefined) return this.#sum(given, at);
        return this.#grown(expression, frame) ?? opaque;
      }
      case "binary": {
        const { operator, left, right } = expression;
        if (operator === T.PLUS) return added(this.#sum(left, frame), this.#sum(right, frame), 1n);
        if (operator === T.MINUS) return added(this.#sum(left, frame), this.#sum(right, frame), -1n);
        if (operator !== T.STAR) return opaque;
        const times = this.#typing.valueOf(left, frame) ?? this.#typing.valueOf(right, frame);
        if (times === undefined) return opaque;
        return multiplied(this.#sum(this.#typing.valueOf(left, frame) === undefined ? left : right, frame), times);
      }
      default:
        return opaque;
    }
  }

  /** `size_t n = sizeof(*e); n += more;` */
  #grown(expression: Extract<Expression, { kind: "name" }>, frame: Frame | undefined): Sum | undefined {
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
    return added(this.#sum(start, frame), { constant: 0n, terms: [...terms, ...terms] }, 1n);
  }
}

function added(a: Sum, b: Sum, times: bigint): Sum {
  const { constant, terms } = multiplied(b, times);
  return { constant: a.constant + constant, terms: [...a.terms, ...terms] };
}

function multiplied({ constant, terms }: Sum, by: bigint): Sum {
  return { constant: constant * by, terms: terms.map((term) => ({ ...term, times: term.times * by })) };
}

/** The same record's variables in the functions that handed it on. */
function rootsByFrame(roots: ReadonlySet<Local>, frame: Frame): ReadonlyMap<Frame, ReadonlySet<Local>> {
  const found = new Map<Frame, ReadonlySet<Local>>();
  let own = roots;
  for (let at: Frame | undefined = frame; at !== undefined && own.size > 0; at = at.caller) {
    const all = new Set(own);
    for (const { values } of own) {
      // A pointer that was copied once, and is nothing else.
      const copied = values.length === 1 ? bare(values[0]!) : undefined;
      if (copied?.kind === "name" && copied.local !== undefined) all.add(copied.local);
    }
    found.set(at, all);
    const given: Local[] = [];
    for (const { parameter, values } of all) {
      const arg = parameter === undefined || values.length > 0 ? undefined : at.call?.args[parameter];
      const value = arg === undefined ? undefined : bare(arg);
      const name = value?.kind === "address" ? bare(value.operand) : value;
      if (name?.kind === "name" && name.local !== undefined) given.push(name.local);
    }
    own = new Set(given);
  }
  return found;
}

/** The member of the record that a number is: read from there, or stored there and never changed. */
function memberOf({ expression, frame }: Term, roots: ReadonlyMap<Frame, ReadonlySet<Local>>): string | undefined {
  const own = roots.get(frame);
  if (own === undefined) return undefined;
  const value = bare(expression);
  const path = value.kind === "member" ? pathTo(value, own) : undefined;
  if (path !== undefined && path !== "") return path;
  if (value.kind !== "name" || value.local === undefined) return undefined;
  const { local } = value;
  if (local.values.length > (local.parameter === undefined ? 1 : 0)) return undefined;
  const paths = frame.body.stores.map((store) => [pathTo(store.target, own), bare(store.value)] as const);
  const named = paths.find(
    ([to, from]) => to !== undefined && to !== "" && from.kind === "name" && from.local === local,
  );
  const [to] = named ?? [];
  return to !== undefined && paths.filter(([other]) => other === to).length === 1 ? to : undefined;
}
