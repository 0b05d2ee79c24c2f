import type { Type } from "@rbgen/btf";
import * as K from "../text/keyword.ts";
import { basic } from "../type/ctype.ts";

/** Words that stand before a basic type, or for one (C11 6.7.2), as bits. */
export const SHORT = 1;
export const SIGNED = 2;
export const UNSIGNED = 4;
export const COMPLEX = 8;

/** The words of one type: the one that is no modifier, or 0, how often `long` stands there, and the other ones as bits. */
export interface TypeWords {
  readonly base: number;
  readonly longs: number;
  readonly modifiers: number;
}

/** The type that words make together, in any order; undefined where they make none. */
export function basicType({ base, longs, modifiers }: TypeWords): Type | undefined {
  const short = (modifiers & SHORT) !== 0;
  const signed = (modifiers & SIGNED) !== 0;
  const unsigned = (modifiers & UNSIGNED) !== 0;
  if ((signed && unsigned) || (short && longs > 0) || longs > 2) return undefined;
  const plain = !signed && !unsigned && !short && longs === 0;
  switch (base) {
    case K.VOID:
      return plain ? basic.void : undefined;
    case K.BOOL:
      return plain ? basic.bool : undefined;
    case K.HALF:
      return plain ? basic.half : undefined;
    case K.FLOAT:
      return plain ? basic.float : undefined;
    case K.DOUBLE:
      return signed || unsigned || short || longs > 1 ? undefined : longs === 1 ? basic.ldouble : basic.double;
    case K.CHAR:
      return short || longs > 0 ? undefined : unsigned ? basic.uchar : signed ? basic.schar : basic.char;
    case K.INT128:
      return short || longs > 0 ? undefined : unsigned ? basic.uint128 : basic.int128;
    default:
      if (short) return unsigned ? basic.ushort : basic.short;
      if (longs === 2) return unsigned ? basic.ullong : basic.llong;
      if (longs === 1) return unsigned ? basic.ulong : basic.long;
      return unsigned ? basic.uint : basic.int;
  }
}
