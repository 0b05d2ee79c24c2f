import type { StructureKind } from "ts-morph";
import type {
  CompositePlan,
  FieldPlan,
  FilePlan,
  NodePlan,
  Shape,
  TaggedUnionPlan,
  UnionPlan,
  VariablePlan,
} from "../plan/model.ts";
import { fixedLocals, type Scope } from "../plan/names.ts";
import type { ArrayFunctions } from "./arrays.ts";
import { type Code, code, quote, textOf } from "./code.ts";
import type { ListFunctions } from "./lists.ts";
import type { RuntimeType, RuntimeValue } from "./runtime-names.ts";
import { value } from "./span.ts";
import type { ViewPlan } from "./view.ts";
import type { WriterPlan } from "./writer.ts";

/** What the emitters of one file share. */
export interface EmitContext {
  readonly plan: FilePlan;
  /** `StructureKind` of ts-morph, which is loaded late. */
  readonly kinds: typeof StructureKind;
  readonly scope: Scope;
  /** Values and types that the file imports from the runtime, filled while it is emitted. */
  readonly values: Set<RuntimeValue>;
  readonly types: Set<RuntimeType>;
  readonly arrays: ArrayFunctions;
  readonly lists: ListFunctions;
  /** Composites that cursors of others lead to. */
  readonly contained: ReadonlySet<CompositePlan>;
  /** The views and writers that are made, by what they stand on. */
  readonly views: Map<CompositePlan, ViewPlan>;
  readonly writers: Map<CompositePlan, WriterPlan>;
  /** Composites whose length is asked for. */
  readonly measured: Set<CompositePlan>;
  /** The locals of encoders that keep how many elements a value gives, or bytes of what a data-loc member points to. */
  readonly counts: Map<FieldPlan, Code>;
  /** Whether codecs have columns. */
  readonly columns: boolean;
}

/** `name` of the runtime, imported. */
export function use(context: EmitContext, name: RuntimeValue): Code {
  context.values.add(name);
  return code`${name}`;
}

/** The same for a type. */
export function useType(context: EmitContext, name: RuntimeType): Code {
  context.types.add(name);
  return code`${name}`;
}

/** The names of a function's locals: none of its own, given, and none of the file. */
export function innerScope(context: EmitContext, own: readonly Code[]): Scope {
  return context.scope.inner([...fixedLocals, ...own.map(textOf)]);
}

/** The trailing argument of a DataView call that sets the byte order; DataView's default is big. */
export function order(endian: "little" | "big"): Code {
  return endian === "little" ? code`, true` : code``;
}

/** The union that ends a composite and of which an arm is as long as the sample. */
export function openUnion({ nodes }: CompositePlan): UnionPlan | undefined {
  const last = nodes.at(-1);
  return last?.kind === "union" && last.tails.length > 0 ? last : undefined;
}

/** Every field of these nodes, arms of unions included. */
export function fieldsOf(nodes: readonly NodePlan[]): FieldPlan[] {
  return nodes.flatMap((node) => (node.kind === "field" ? [node] : node.arms.flatMap(fieldsOf)));
}

/** The fields of an arm that are as long as the sample. */
export function tailsIn(arm: readonly NodePlan[], union: UnionPlan): readonly FieldPlan[] {
  const fields = new Set(fieldsOf(arm));
  return union.tails.filter((tail) => fields.has(tail));
}

/** What tells the arms of a union apart. */
export function taggedOf({ tagged }: CompositePlan, union: UnionPlan): TaggedUnionPlan | undefined {
  return tagged.find((entry) => entry.union === union);
}

/** Whether a member holds the length of an array: all bytes up to there are the array's own. */
export function hasToldLength(variable: VariablePlan | undefined): boolean {
  return variable?.length !== undefined;
}

/** Whether a field ends the record, so that it has all of the sample from its start on. */
export function reachesEnd(composite: CompositePlan, field: FieldPlan): boolean {
  return field === composite.tail || openUnion(composite)?.tails.includes(field) === true;
}

/** Whether a composite's length varies, so that its read function takes the end of the sample. */
export function isVariable(composite: CompositePlan): boolean {
  return hasLength(composite) || composite.tagged.some((tagged) => tagged.trailing);
}

/** Whether `encode` must ask how long a value is. */
export function hasLength(composite: CompositePlan): boolean {
  return composite.tail !== undefined || openUnion(composite) !== undefined || overlying(composite).length > 0;
}

/** The fields whose elements may lie over the members that follow. */
export function overlying({ nodes }: CompositePlan): FieldPlan[] {
  return fieldsOf(nodes).filter((field) => field.overlies === true);
}

/** Whether a composite may be sent without all of its last array, so that no padding follows it. */
export function endsTruncated(composite: CompositePlan): boolean {
  const { tail } = composite;
  if (tail?.shape.kind === "composite") return endsTruncated(tail.shape.composite);
  const { variable } = tail ?? {};
  return variable?.kind === "truncated" || (variable?.kind === "blob" && variable.max !== undefined);
}

/** Bytes from a composite's start up to what varies at its end, if anything does. */
export function fixedEnd(composite: CompositePlan): number {
  const { tail, size } = composite;
  if (tail?.shape.kind === "composite") return tail.bitOffset / 8 + fixedEnd(tail.shape.composite);
  if (tail !== undefined) return tail.bitOffset / 8;
  return openUnion(composite)?.offset ?? size;
}

/** Bytes that a field takes in the fixed part of its composite. */
export function extentOf({ shape, variable, room }: FieldPlan): number {
  if (room !== undefined) return room;
  return variable?.kind === "bounded" ? (variable.max ?? 0) * variable.stride : shape.size;
}

/** Whether a value is made of structs whose elements may lie over what follows them. */
export function holdsOverlying(shape: Shape): boolean {
  if (shape.kind === "array") return holdsOverlying(shape.element);
  return shape.kind === "composite" && shape.composite.overlies === true;
}

/** Whether what follows an array's elements may be of other members, so that it is left as it is. */
export function leavesRest({ tail, overlies, nested }: CompositePlan, field: FieldPlan): boolean {
  return field.overlies === true || (field === tail && overlies === true && nested);
}

/** The name of `(value) => bytes` of a composite that varies in length. */
export function lengthName(context: EmitContext, composite: CompositePlan): Code {
  context.measured.add(composite);
  return composite.names.length;
}

/** What `encode` takes for a composite: by its name where it has one. */
export function inputType(context: EmitContext, { names, record }: CompositePlan): Code {
  return record ? code`${names.input}` : code`${useType(context, "Input")}<${names.type}>`;
}

/** The same as an encoder reads it: before it knows which arm is given, it asks for members of all. */
export function readType(context: EmitContext, composite: CompositePlan): Code {
  const input = inputType(context, composite);
  return composite.tagged.length === 0 ? input : code`${useType(context, "AnyArm")}<${input}>`;
}

/** The line that refuses what is no object in place of a record or a struct, which a program without types may give. */
export function givenLine(context: EmitContext, cName: string, given: Code = value): Code {
  return code`${use(context, "checkObject")}(${given}, ${quote(cName)});`;
}
