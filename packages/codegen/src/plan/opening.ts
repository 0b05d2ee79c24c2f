import type { Member, Struct, Union } from "@rbgen/btf";
import { type Annotation, AnnotationError, type Annotations, annotationOf, tagsOf } from "./annotations.ts";
import type { Declared, Int64Policy, MemberPlan } from "./model.ts";
import { identifier, memberName, type Name, type NameCase, named, type Scope } from "./names.ts";
import type { OpenedMember } from "./opened.ts";
import { resolve } from "./resolve.ts";
import type { ArmsPlan } from "./tagged.ts";

/** Structs nest this deep at most; C programs stay far below. */
export const maxNesting = 100;

/** Names of a type's members, those of anonymous ones included. */
export function memberNames(type: Struct | Union, depth = 0): string[] {
  if (depth > maxNesting) return [];
  return type.members.flatMap((member) => {
    const core = member.name === "" ? resolve(member.type).type : undefined;
    const opens = core?.kind === "struct" || core?.kind === "union";
    return opens ? memberNames(core, depth + 1) : [member.name];
  });
}

/** What a member is the last one of: the record, an arm of a union. */
export interface Ends {
  readonly record: boolean;
  readonly arm: boolean;
}

/** One struct or union while its members are opened. */
export interface Opening {
  readonly plan: Declared;
  readonly policy: Int64Policy;
  readonly scope: Scope;
  /** What the comment of the whole says of its members. */
  readonly docs: ReadonlyMap<string, string>;
  readonly fields: OpenedMember[];
  readonly arms: ArmsPlan[];
  /** Annotations are looked up under this name, also for members of anonymous ones inside. */
  readonly owner: string;
}

/** The properties that tell which arrays were cut: `truncated` of the only one. */
export function cutNames({ fields, scope }: Opening, nameCase: NameCase): ReadonlyMap<MemberPlan, Name> {
  const cut = fields.filter(
    ({ annotations }) => (annotationOf(annotations, "length") ?? annotationOf(annotations, "lengths"))?.clamp === true,
  );
  const wanted = ({ field }: OpenedMember): Name =>
    cut.length === 1 ? named`truncated` : memberName(`${field.cName}_truncated`, nameCase);
  return new Map(cut.map((member) => [member.field, scope.take(wanted(member))]));
}

/** Those of an arm without a name stand on its type, and in the configuration by its place. */
export function armAnnotations(
  annotations: Annotations,
  opening: Opening,
  union: string,
  arm: Member,
  index: number,
): readonly Annotation[] {
  if (arm.name !== "") return annotations.ofMember(opening.owner, arm.name, arm.tags ?? []);
  const place = union === "" ? `(arm ${index})` : `${union}.(arm ${index})`;
  return annotations.ofMember(opening.owner, place, [...(arm.tags ?? []), ...tagsOf(arm.type)]);
}

/** The name of a member's property: its own in the chosen case, or the one that an annotation gives. */
export function propertyOf(
  { plan, scope }: Opening,
  cName: string,
  annotations: readonly Annotation[],
  copied: boolean,
  nameCase: NameCase,
): Name {
  const given = annotationOf(annotations, "name")?.name;
  const wanted = given === undefined ? memberName(cName, nameCase) : identifier(given);
  const taken = copied ? scope.takeCopied(wanted) : scope.take(wanted);
  if (given !== undefined && taken !== wanted) {
    throw new AnnotationError(`name=${given} on ${plan.cText}.${cName} is taken by another member, or reserved`);
  }
  return taken;
}
