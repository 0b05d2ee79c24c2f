import type { Type } from "@rbgen/btf";
import { type Expression, type Local, unknown } from "../body/tree.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { boundTo, type Frame, type Typing } from "./typing.ts";

/** The integer with the fewest bytes that a number is held in on its way. */
export interface Narrowing {
  /** Bytes. */
  readonly size: number;
  readonly signed: boolean;
}

/** The narrower one of `before`, and of what `type` has room for. */
export function narrowed(before: Narrowing | undefined, type: Type): Narrowing {
  const plain = stripped(type);
  const own = { size: sizeOf(plain) ?? 8, signed: plain.kind === "int" && plain.signed };
  return before === undefined || own.size < before.size || (own.size === before.size && own.signed) ? own : before;
}

/** Whether a number of `size` bytes is the same behind a narrowing, or none that is a length. */
export function keeps(narrowing: Narrowing | undefined, size: number): boolean {
  if (narrowing === undefined || narrowing.size > size) return true;
  return narrowing.size === size && (size >= 4 || !narrowing.signed);
}

/** How many bytes of the variable `local` an expression of `frame` has, where it is that variable; undefined where it is another. */
export function bytesOf(local: Local, expression: Expression, frame: Frame, typing: Typing): number | undefined {
  switch (expression.kind) {
    case "cast":
      return fewer(bytesOf(local, expression.operand, frame, typing), expression.type);
    case "assignment": {
      const type = typing.isBitField(expression.target) ? undefined : typing.typeOf(expression.target);
      return type && fewer(bytesOf(local, expression.value, frame, typing), type);
    }
    case "last":
      return bytesOf(local, expression.value ?? unknown, frame, typing);
    case "name": {
      if (expression.local === local) return sizeOf(stripped(local.type)) ?? 8;
      const [given, outer] = boundTo(expression, frame);
      if (given === undefined || outer === undefined || outer === frame) return undefined;
      return fewer(bytesOf(local, given, outer, typing), expression.local!.type);
    }
    default:
      return undefined;
  }
}

function fewer(bytes: number | undefined, type: Type): number | undefined {
  const plain = stripped(type);
  // of what becomes 0 or 1, nothing is kept
  if (bytes === undefined || (plain.kind === "int" && plain.bool)) return undefined;
  return Math.min(bytes, sizeOf(plain) ?? 8);
}
