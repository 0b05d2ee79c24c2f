import { didYouMean } from "@rbgen/btf";

/** `; did you mean …?` with the names of `candidates` that come closest to `name`, or nothing where none does. */
export function nearestOf(name: string, candidates: Iterable<string>): string {
  const meant = didYouMean(name, candidates);
  return meant === undefined ? "" : `; ${meant}`;
}
