import type { OptionalKind, ParameterDeclarationStructure, StructureKind } from "ts-morph";
import type { CompositePlan, FilePlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import type { ArrayFunctions } from "./arrays.ts";
import type { ListFunctions } from "./lists.ts";

/** What the emitters of one file share. */
export interface EmitContext {
  readonly plan: FilePlan;
  /** `StructureKind` of ts-morph, which is loaded late. */
  readonly kinds: typeof StructureKind;
  readonly scope: Scope;
  /** Values and types that the file imports from the runtime, filled while it is emitted. */
  readonly values: Set<string>;
  readonly types: Set<string>;
  readonly arrays: ArrayFunctions;
  readonly lists: ListFunctions;
}

/** `name` of the runtime, imported. */
export function use(context: EmitContext, name: string): string {
  context.values.add(name);
  return name;
}

/** The same for a type. */
export function useType(context: EmitContext, name: string): string {
  context.types.add(name);
  return name;
}

/** An offset expression, without `+ 0`. */
export function plus(base: string, bytes: number): string {
  return bytes === 0 ? base : `${base} + ${bytes}`;
}

/** The trailing argument of a DataView call that sets the byte order; DataView's default is big. */
export function order(endian: "little" | "big"): string {
  return endian === "little" ? ", true" : "";
}

/** A string literal. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Whether a composite's length varies, so that its read function takes the end of the sample. */
export function isVariable(composite: CompositePlan): boolean {
  return composite.tail !== undefined || composite.tagged?.trailing === true;
}

/** Whether `encode` must ask how long a value is. */
export function hasLength(composite: CompositePlan): boolean {
  return composite.tail !== undefined;
}

/** Whether a composite may be sent without all of its last array, so that no padding follows it. */
export function endsTruncated(composite: CompositePlan): boolean {
  const { tail } = composite;
  if (tail?.shape.kind === "composite") return endsTruncated(tail.shape.composite);
  return tail?.variable?.kind === "truncated";
}

/** Whether a composite ends in an array that nothing but the end of the sample bounds. */
export function endsUnbounded(composite: CompositePlan): boolean {
  const { tail } = composite;
  if (tail?.shape.kind === "composite") return endsUnbounded(tail.shape.composite);
  return tail?.variable?.kind === "flexible" && tail.variable.length === undefined;
}

/** Bytes of a composite that does not end its record: an array without a length has no elements there, as in C. */
export function fixedLength(composite: CompositePlan): number {
  return endsUnbounded(composite) ? composite.minByteLength : composite.size;
}

/** Parameters of a function, those that its text never names with a `_` before them, as strict compilers ask. */
export function parametersOf(
  parameters: readonly OptionalKind<ParameterDeclarationStructure>[],
  text: string,
): OptionalKind<ParameterDeclarationStructure>[] {
  return parameters.map((parameter) => {
    const used = new RegExp(`\\b${parameter.name}\\b`).test(text);
    return used ? parameter : { ...parameter, name: `_${parameter.name}` };
  });
}
