import type { StructureKind } from "ts-morph";
import type { CompositePlan, FieldPlan, FilePlan, Role, TaggedUnionPlan, UnionPlan } from "../plan/model.ts";
import { fixedLocals, type Name, type Scope } from "../plan/names.ts";
import type { ArrayFunctions } from "./arrays.ts";
import type { ChainFunctions } from "./chains.ts";
import { type Code, code, quote, textOf } from "./code.ts";
import type { FlagTables } from "./forms.ts";
import type { ListFunctions } from "./lists.ts";
import type { RecordPart } from "./record-part.ts";
import type { RuntimeName, RuntimeType, RuntimeValue } from "./runtime-names.ts";
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
  /** What each of them is called in the file: its own name, unless a declaration has that. */
  readonly imported: ReadonlyMap<RuntimeName, Name>;
  readonly arrays: ArrayFunctions;
  readonly lists: ListFunctions;
  readonly chains: ChainFunctions;
  readonly flags: FlagTables;
  /** The constants that say what composites are in JSON. */
  readonly jsons: Map<CompositePlan, Name>;
  /** Composites that cursors of others lead to. */
  readonly contained: ReadonlySet<CompositePlan>;
  /** The views and writers that are made, by what they stand on. */
  readonly views: Map<CompositePlan, ViewPlan>;
  readonly writers: Map<CompositePlan, WriterPlan>;
  /** Composites whose length is asked for. */
  readonly measured: Set<CompositePlan>;
  /** The locals of encoders that keep how many elements a value gives, or bytes of what a data-loc member points to. */
  readonly counts: Map<FieldPlan, Code>;
  /** The locals of encoders that keep where fields begin which stand behind others, bytes from the composite's start. */
  readonly starts: Map<FieldPlan, Code>;
  /** The locals of encoders that keep what a value gives of arrays that hold lengths of pieces. */
  readonly givens: Map<FieldPlan, Code>;
  /** What the file has of each record. */
  readonly parts: ReadonlySet<RecordPart>;
}

/** `name` of the runtime, imported. */
export function use(context: EmitContext, name: RuntimeValue): Code {
  context.values.add(name);
  return importedName(context, name);
}

/** The same for a type. */
export function useType(context: EmitContext, name: RuntimeType): Code {
  context.types.add(name);
  return importedName(context, name);
}

function importedName({ imported }: EmitContext, name: RuntimeName): Code {
  return code`${imported.get(name) ?? name}`;
}

/** The names of a function's locals: none of its own, given, and none of the file. */
export function innerScope(context: EmitContext, own: readonly Code[]): Scope {
  return context.scope.inner([...fixedLocals, ...own.map(textOf)]);
}

/** The trailing argument of a DataView call that sets the byte order; DataView's default is big. */
export function order(endian: "little" | "big"): Code {
  return endian === "little" ? code`, true` : code``;
}

/** What tells the arms of a union apart. */
export function taggedOf({ tagged }: CompositePlan, union: UnionPlan): TaggedUnionPlan | undefined {
  return tagged.find((entry) => entry.union === union);
}

/** What a composite is in the file. */
export function roleOf({ plan }: EmitContext, composite: CompositePlan): Role {
  const role = plan.roles.get(composite);
  if (role === undefined) throw new Error(`${composite.cText} is none of the file's`);
  return role;
}

/** Whether a composite has a codec of its own. */
export function isRecord(context: EmitContext, composite: CompositePlan): boolean {
  return roleOf(context, composite).layout !== undefined;
}

/** Whether what follows an array's elements may be of other members, so that it is left as it is. */
export function leavesRest(context: EmitContext, composite: CompositePlan, field: FieldPlan): boolean {
  const { ending, overlies } = composite.extent;
  return field.overlies || (field === ending.tail && overlies && roleOf(context, composite).nested);
}

/** The name of `(value) => bytes` of a composite that varies in length. */
export function lengthName(context: EmitContext, composite: CompositePlan): Code {
  context.measured.add(composite);
  return composite.names.length;
}

/** What `encode` takes for a composite: by its name where it has one. */
export function inputType(context: EmitContext, composite: CompositePlan): Code {
  const { names } = composite;
  return isRecord(context, composite) ? code`${names.input}` : code`${useType(context, "Input")}<${names.type}>`;
}

/** The same as an encoder reads it: before it knows which arm is given, it asks for members of all. */
export function readType(context: EmitContext, composite: CompositePlan): Code {
  const input = inputType(context, composite);
  return composite.tagged.length === 0 ? input : code`${useType(context, "AnyArm")}<${input}>`;
}

/** A condition that holds of an object with this member, which is asked for once, where it is read. */
export function hasMember(given: Code, name: Name): Code {
  return code`typeof ${given} === "object" && ${given} !== null && ${quote(`${name}`)} in ${given}`;
}

/** The line that refuses what is no object in place of a record or a struct, which a program without types may give. */
export function givenLine(context: EmitContext, cName: string, given: Code = value, proof?: Name): Code {
  const check = code`${use(context, "checkObject")}(${given}, ${quote(cName)});`;
  return proof === undefined ? check : code`if (!(${hasMember(given, proof)})) ${check}`;
}
