import type { Expression } from "../body/tree.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import type { Code } from "./code.ts";
import { boundTo, type Frame } from "./typing.ts";

/** Variables and parameters that one pointer is followed over. */
const mostCopies = 16;

/**
 * Bytes of the array that `pointer` points into, or of the one object that it points to: what lies behind is something else.
 * Undefined where that is not told.
 */
export function roomBehind(pointer: Expression, frame: Frame, code: Code): number | undefined {
  let [at, where]: [Expression, Frame | undefined] = [pointer, frame];
  for (let copies = 0; copies < mostCopies; ) {
    switch (at.kind) {
      case "cast":
        at = at.operand;
        break;
      case "assignment":
        at = at.value;
        break;
      case "last":
        if (at.value === undefined) return undefined;
        at = at.value;
        break;
      case "binary":
        if (at.operator !== T.PLUS) return undefined;
        at = at.left;
        break;
      case "address":
        if (at.operand.kind !== "element") return sizeOfPlace(at.operand, code);
        at = at.operand.base;
        break;
      case "member":
      case "element":
        return isArray(at, code) ? sizeOfPlace(at, code) : undefined;
      case "name": {
        if (isArray(at, code)) return sizeOfPlace(at, code);
        const [value, outer] = boundTo(at, where);
        if (value === undefined) return undefined;
        [at, where] = [value, outer];
        copies++;
        break;
      }
      default:
        return undefined;
    }
  }
  return undefined;
}

function isArray(place: Expression, { typing }: Code): boolean {
  const type = typing.typeOf(place);
  return type !== undefined && stripped(type).kind === "array";
}

function sizeOfPlace(place: Expression, { typing }: Code): number | undefined {
  const type = typing.typeOf(place);
  // A flexible array, or what stands for one, has as many as there is room for.
  return type === undefined ? undefined : sizeOf(type) || undefined;
}
