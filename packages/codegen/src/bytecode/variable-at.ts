import { type Datasec, sizeOf, type Type } from "@rbgen/btf";

/** The global variable at a byte of a section, and which of its bytes that is. */
export function variableAt(
  sections: readonly Datasec[],
  name: string,
  at: number,
): { readonly type: Type; readonly offset: number } | undefined {
  const section = sections.find((one) => one.name === name);
  const entry = section?.variables.filter((one) => one.offset <= at).at(-1);
  if (entry?.variable.kind !== "var" || at >= entry.offset + sizeOf(entry.variable.type)) return undefined;
  return { type: entry.variable.type, offset: at - entry.offset };
}
