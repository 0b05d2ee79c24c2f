import type { Expression } from "../body/tree.ts";
import { isComparison } from "../text/operators.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { decayed } from "../type/member-lookup.ts";
import type { Functions } from "./functions.ts";
import type { Places, Root } from "./place.ts";
import type { Typing } from "./typing.ts";

/** Tells which expressions may be pointers into memory of certain names: what is not worked out may be one. */
export class Aliases {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #places: Places;

  constructor(functions: Functions, typing: Typing, places: Places) {
    this.#functions = functions;
    this.#typing = typing;
    this.#places = places;
  }

  /** Whether `expression` may be a pointer, or an address as an integer, into memory that `isName` knows the names of. */
  mayPoint(expression: Expression, isName: (root: Root) => boolean): boolean {
    const of = (inner: Expression): boolean => this.mayPoint(inner, isName);
    switch (expression.kind) {
      case "name": {
        const type = this.#typing.typeOf(expression);
        return (type === undefined || decayed(type).kind === "ptr") && isName(expression.local ?? expression.id);
      }
      case "address":
        return this.mayLieIn(expression.operand, isName);
      case "member":
      case "element":
      case "target": {
        const type = this.#typing.typeOf(expression);
        // What is loaded from memory is no pointer into it, unless one was stored there.
        return type !== undefined && stripped(type).kind === "array" && this.mayLieIn(expression, isName);
      }
      case "cast": {
        const size = sizeOf(stripped(expression.type));
        return (size === undefined || size >= 8) && of(expression.operand);
      }
      case "unary":
        return expression.operator !== T.BANG && of(expression.operand);
      case "binary": {
        const { operator, left, right } = expression;
        if (operator === T.AND_AND || operator === T.OR_OR || isComparison(operator)) return false;
        const [a, b] = [of(left), of(right)];
        // A difference is none.
        return operator === T.MINUS ? a !== b : a || b;
      }
      case "choice":
        return of(expression.then) || of(expression.otherwise);
      case "assignment":
        return of(expression.value);
      case "last":
        return expression.value !== undefined && of(expression.value);
      case "call": {
        const type = this.#typing.typeOf(expression);
        if (type !== undefined && decayed(type).kind !== "ptr") return false;
        const name = this.#functions.calleeOf(expression);
        const isHelper = name.startsWith("bpf_") && !/cast|dynptr/.test(name);
        if (isHelper && this.#functions.bodyOf(expression) === undefined) return false;
        return expression.args.some(of);
      }
      default:
        return false;
    }
  }

  /** Whether the lvalue `expression` may lie there. */
  mayLieIn(expression: Expression, isName: (root: Root) => boolean): boolean {
    const place = this.#places.of(expression);
    if (place !== undefined) return isName(place.root);
    switch (expression.kind) {
      case "target":
        return this.mayPoint(expression.operand, isName);
      case "element":
        return this.mayPoint(expression.base, isName);
      case "member":
        return expression.arrow ? this.mayPoint(expression.base, isName) : this.mayLieIn(expression.base, isName);
      case "name":
      case "compound":
        return false;
      default:
        // No lvalue of C: whatever it hands on.
        return this.mayPoint(expression, isName);
    }
  }
}
