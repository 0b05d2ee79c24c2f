import type { PlacePlan } from "../plan/model.ts";
import { type EmitContext, plus, quote, use } from "./context.ts";
import { loadInt, storeInt } from "./values.ts";

function isSigned(tag: PlacePlan): boolean {
  return tag.shape.kind !== "bool" && tag.shape.signed;
}

/** The tag as it is switched over: number, or bigint of 8 bytes. */
export function loadTag(tag: PlacePlan, base: string): string {
  return loadInt("view", plus(base, tag.offset), tag.shape.size, isSigned(tag), tag.shape.endian);
}

export function tagType(tag: PlacePlan): string {
  return tag.shape.size === 8 ? "bigint" : "number";
}

/** A tag's value as a literal. */
export function tagLiteral(tag: PlacePlan, value: bigint): string {
  return tag.shape.size === 8 ? `${value}n` : `${value}`;
}

export function storeTag(tag: PlacePlan, base: string, value: bigint): string {
  return storeInt(
    "view",
    plus(base, tag.offset),
    tagLiteral(tag, value),
    tag.shape.size,
    isSigned(tag),
    tag.shape.endian,
  );
}

/** How a value reaches the member at a place: `value.hdr?.len`. */
export function givenAt(place: PlacePlan, value = "value"): string {
  return `${value}.${place.names.join("?.")}`;
}

/** Statements that write the tag where it was left out, and refuse one that says something else. */
export function tagLines(context: EmitContext, tag: PlacePlan, values: readonly bigint[], kind: string): string[] {
  const [first] = values;
  if (first === undefined) return [];
  const given = givenAt(tag);
  const convert = tag.shape.kind === "bool" ? `Number(${given})` : tag.shape.size === 8 ? `BigInt(${given})` : given;
  const differs = values.map((value) => `${convert} !== ${tagLiteral(tag, value)}`).join(" && ");
  const path = quote(tag.names.join("."));
  return [
    `if (${given} === undefined) ${storeTag(tag, "offset", first)}`,
    `else if (${differs}) ${use(context, "outOfRange")}(${path}, ${given}, ${quote(`does not say ${kind}`)});`,
  ];
}
