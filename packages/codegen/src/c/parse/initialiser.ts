import type { Type } from "@rbgen/btf";
import { literalUnits, smallDecimal } from "../text/literal.ts";
import * as T from "../text/token.ts";
import { sizeOf } from "../type/abi.ts";
import { type CArray, stripped } from "../type/ctype.ts";
import type { Scope } from "../type/scope.ts";
import type { Cursor } from "./cursor.ts";

/**
 * `type`, where it is an array `[]`, with as many elements as the initialiser that stands from `start` to `end` gives it.
 * Where it cannot be told by counting, the size stays open: only `sizeof` would ask for it.
 */
export function initialised(type: Type, cursor: Cursor, scope: Scope, start: number, end: number): Type {
  if (type.kind !== "array" || (type as CArray).unsized !== true) return type;
  const { element } = type;
  const count = textLength(element, cursor, start, end) ?? itemCount(element, cursor, scope, start, end);
  return count === undefined ? type : { kind: "array", element, count };
}

/** Characters of a string, in braces or not, its NUL counted; undefined for anything else. */
function textLength(element: Type, cursor: Cursor, start: number, end: number): number | undefined {
  const inBraces = cursor.kinds[start] === T.LBRACE;
  const first = inBraces ? start + 1 : start;
  const last = inBraces ? end - 1 : end;
  if (sizeOf(element) !== 1 || first >= last) return undefined;
  let count = 1;
  for (let at = first; at < last; at++) {
    const units = cursor.kinds[at] === T.STRING ? literalUnits(cursor.textAt(at)) : undefined;
    if (units === undefined) return undefined;
    count += units.length;
  }
  return count;
}

/** Elements that the items in braces reach. */
function itemCount(element: Type, cursor: Cursor, scope: Scope, start: number, end: number): number | undefined {
  if (cursor.kinds[start] !== T.LBRACE) return undefined;
  const scalar = ["int", "ptr", "enum", "enum64", "float"].includes(stripped(element).kind);
  let index = 0;
  let most = 0;
  for (let item = start + 1; item < end - 1; most = Math.max(most, ++index)) {
    if (cursor.kinds[item] === T.LBRACKET) {
      const designated = lastIndex(cursor, scope, item);
      item = cursor.behind(item);
      if (designated === undefined || cursor.kinds[item] !== T.EQUAL) return undefined;
      index = designated;
      item++;
    }
    // Items without braces of their own may fill one aggregate together.
    if (!scalar && cursor.kinds[item] !== T.LBRACE) return undefined;
    while (item < end - 1 && cursor.kinds[item] !== T.COMMA) {
      const kind = cursor.kinds[item];
      item = kind === T.LBRACE || kind === T.LPAREN || kind === T.LBRACKET ? cursor.behind(item) : item + 1;
    }
    item++;
  }
  return most;
}

/** The index of `[n]`, or the last one of `[m ... n]`; undefined for what is more than a number or an enumerator. */
function lastIndex(cursor: Cursor, scope: Scope, open: number): number | undefined {
  const close = cursor.behind(open) - 1;
  const before = cursor.kinds[close - 2];
  if (before !== T.LBRACKET && before !== T.ELLIPSIS) return undefined;
  if (cursor.kinds[close - 1] === T.NUMBER) {
    const value = smallDecimal(cursor.textAt(close - 1));
    return value < 0 ? undefined : value;
  }
  const symbol = cursor.isName(close - 1) ? scope.symbols[cursor.values[close - 1]!] : undefined;
  const value = symbol?.kind === "constant" ? symbol.value : -1n;
  return value >= 0n && value < 1n << 31n ? Number(value) : undefined;
}
