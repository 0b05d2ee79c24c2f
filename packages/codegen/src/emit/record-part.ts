import { didYouMean } from "@rbgen/btf";

/** What a generated file has of each record, beside its types. */
export const recordParts = ["decode", "views", "encode", "json", "columns"] as const;

/** `decode` is what all others stand on; `encode` has the setters of reserved samples with it. */
export type RecordPart = (typeof recordParts)[number];

/** What a file has unless it is told otherwise. */
export const usualParts: readonly RecordPart[] = ["decode", "views", "encode", "json"];

/** Why `names` are no parts of a file; undefined where they are. */
export function partsProblem(names: readonly string[]): string | undefined {
  const unknown = names.find((name) => !recordParts.some((part) => part === name));
  const all = recordParts.join(", ");
  if (unknown !== undefined) {
    const meant = didYouMean(unknown, recordParts);
    return `there is no part ${JSON.stringify(unknown)}${meant === undefined ? "" : ` (${meant})`}: parts are ${all}`;
  }
  return names.includes("decode") ? undefined : `decode is not among them, which all else stands on: parts are ${all}`;
}
