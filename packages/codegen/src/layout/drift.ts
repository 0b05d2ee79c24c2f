import { compareLayouts, type LayoutDrift, layoutOf, resolve, type Type } from "@rbgen/btf";

/** One difference of two layouts of a type; of types of two kinds, nothing else is compared. */
export type Drift = Omit<LayoutDrift, "kind"> & { readonly kind: LayoutDrift["kind"] | "kind" };

/**
 * Every difference between two layouts of a type, and what each breaks for code that was generated from the old one.
 * How compilers spell types, the dimensions of an array of so many elements, and the sign of `char` are no differences.
 * The byte order of the whole is for the caller to compare: a member's differs where a typedef's name says so.
 * @throws BtfError for a type whose layout cannot be told.
 */
export function compareTypes(before: Type, after: Type): readonly Drift[] {
  const [one, other] = [kindOf(before), kindOf(after)];
  if (one !== other) {
    return [
      { path: "", kind: "kind", affects: "both", message: `it was ${withArticle(one)} and is ${withArticle(other)}` },
    ];
  }
  return compareLayouts(layoutOf(before, "", "little"), layoutOf(after, "", "little"));
}

/** "a struct", "an enum": of words that begin with a, e, i or o. */
export function withArticle(noun: string): string {
  return `${/^[aeio]/.test(noun) ? "an" : "a"} ${noun}`;
}

function kindOf(type: Type): string {
  return resolve(type).kind.replace("64", "");
}
