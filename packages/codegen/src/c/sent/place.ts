import type { Type } from "@rbgen/btf";
import type { Expression, Local } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { decayed, memberOf } from "../type/member-lookup.ts";
import type { Integers } from "./integers.ts";
import type { Typing } from "./typing.ts";

/** What memory goes by in one function: a variable that is it or points to it, a `(struct s){ … }`, or the id of a variable of the file. */
export type Root = Local | Extract<Expression, { kind: "compound" }> | number;

/** A place in memory. */
export interface Place {
  readonly root: Root;
  /** Bits from where {@link root} begins, or points to. */
  readonly bits: number;
  /** What lies there. */
  readonly type: Type | undefined;
  /** Width of a bit-field. */
  readonly width?: number;
  /** Bits in which it lies somewhere: an element at an index that a run decides. */
  readonly within?: number;
  /** Bits that are meant from {@link bits} on, whatever {@link type} has. */
  readonly span?: number;
}

/** Finds the places that expressions name and point to, as far as members and casts tell them. */
export class Places {
  readonly #typing: Typing;
  readonly #integers: Integers;

  constructor(typing: Typing, integers: Integers) {
    this.#typing = typing;
    this.#integers = integers;
  }

  /** Where the lvalue `expression` lies. */
  of(expression: Expression): Place | undefined {
    switch (expression.kind) {
      case "name":
        if (expression.local !== undefined) return { root: expression.local, bits: 0, type: expression.local.type };
        return { root: expression.id, bits: 0, type: this.#typing.typeOf(expression) };
      case "compound":
        return { root: expression, bits: 0, type: expression.type };
      case "target":
        return this.behind(expression.operand);
      case "element":
        return this.#elementOf(expression.base, expression.index, 1n);
      case "member": {
        const base = expression.arrow ? this.behind(expression.base) : this.of(expression.base);
        const found = base?.type && memberOf(base.type, expression.name);
        if (base === undefined || found === undefined) return undefined;
        if (base.within !== undefined) return base;
        const { member, bitOffset } = found;
        const width = member.bitSize === undefined ? {} : { width: member.bitSize };
        return { root: base.root, bits: base.bits + bitOffset, type: member.type, ...width };
      }
      default:
        return undefined;
    }
  }

  /** What lies `index` elements behind what `base` points to, or before it. */
  #elementOf(base: Expression, index: Expression, sign: 1n | -1n): Place | undefined {
    const first = this.behind(base);
    if (first === undefined || first.within !== undefined) return first;
    // Of an address that is an integer, bytes are counted.
    const size = first.type === undefined ? (this.#isPointer(base) ? undefined : 1) : sizeOf(first.type);
    const value = this.#integers.valueOf(index, undefined);
    const at = value === undefined ? undefined : sign * value;
    if (size !== undefined && at !== undefined && at > -1_000_000n && at < 1_000_000n)
      return { ...first, bits: first.bits + Number(at) * size * 8 };
    const array = this.of(base);
    const length =
      array === undefined ||
      array.bits !== first.bits ||
      stripped(array.type ?? first.type ?? { kind: "void" }).kind !== "array"
        ? undefined
        : bitsOf(array);
    return { ...first, within: length ?? Number.POSITIVE_INFINITY };
  }

  #isPointer(expression: Expression): boolean {
    const type = this.#typing.typeOf(expression);
    return type !== undefined && decayed(type).kind === "ptr";
  }

  /** Where the pointer `expression` points to. */
  behind(expression: Expression): Place | undefined {
    switch (expression.kind) {
      case "name": {
        const type = this.#typing.typeOf(expression);
        const pointer = type && decayed(type);
        if (pointer?.kind !== "ptr") return undefined;
        // Of a pointer of the file, functions that nobody sees may say where to.
        if (expression.local === undefined && stripped(type!).kind !== "array") return undefined;
        return { root: expression.local ?? expression.id, bits: 0, type: pointer.target };
      }
      case "address":
        return this.of(expression.operand);
      case "member":
      case "element":
      case "target": {
        const place = this.of(expression);
        const array = place?.type && stripped(place.type);
        return place !== undefined && array?.kind === "array" ? { ...place, type: array.element } : undefined;
      }
      case "binary": {
        const { operator, left, right } = expression;
        if (operator === T.MINUS) return this.#elementOf(left, right, -1n);
        if (operator !== T.PLUS) return undefined;
        return this.#elementOf(left, right, 1n) ?? this.#elementOf(right, left, 1n);
      }
      case "cast": {
        const place = this.behind(expression.operand);
        const pointer = decayed(expression.type);
        return place && { ...place, type: pointer.kind === "ptr" ? pointer.target : undefined };
      }
      case "assignment":
        return this.behind(expression.value);
      case "last":
        return expression.value && this.behind(expression.value);
      default:
        return undefined;
    }
  }
}

/** Bits that `place` takes; undefined where its type does not tell. */
export function bitsOf({ type, width, within, span }: Place): number | undefined {
  if (within !== undefined) return within;
  if (span !== undefined) return span;
  if (width !== undefined) return width;
  const size = type === undefined ? undefined : sizeOf(type);
  return size === undefined ? undefined : size * 8;
}
