import type { Int } from "@rbgen/btf";
import type { IntegerLiteral } from "../text/literal.ts";
import { basic } from "./ctype.ts";

const signedTypes: readonly Int[] = [basic.int, basic.long, basic.llong];
const unsignedTypes: readonly Int[] = [basic.uint, basic.ulong, basic.ullong];

/** The type of an integer literal (C11 6.4.4.1); undefined where no type of 64 bits holds it. */
export function literalType({ value, decimal, unsigned, longs }: IntegerLiteral): Int | undefined {
  for (let rank = longs; rank < 3; rank++) {
    const size = BigInt(signedTypes[rank]!.size * 8);
    if (!unsigned && value < 1n << (size - 1n)) return signedTypes[rank];
    if ((unsigned || !decimal) && value < 1n << size) return unsignedTypes[rank];
  }
  // A decimal that no signed type holds: clang takes the unsigned one.
  if (value < 1n << 64n) return longs === 2 ? basic.ullong : basic.ulong;
  return undefined;
}
