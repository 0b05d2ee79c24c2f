import { AnnotationError, annotationOf } from "./annotations.ts";
import type { MemberPlan, OpenedNode, VariablePlan } from "./model.ts";
import { structOf } from "./nodes.ts";
import type { OpenedMember, OpenedStruct } from "./opened.ts";
import { locating } from "./resolve.ts";

/** An array that stands behind another one, wherever that ends. */
export interface Link {
  readonly field: MemberPlan;
  /** The one before it, and what its first byte is aligned to from the struct's start; absent of the first, whose place is fixed. */
  readonly after?: { readonly field: MemberPlan; readonly align: number };
}

/** Arrays without a place of their own, in their order, from the first one on, which has one. */
export type Chain = readonly [Link, ...Link[]];

function refuse(struct: OpenedStruct, { field }: OpenedMember, name: string, why: string, hint?: string): never {
  throw new AnnotationError(`after=${name} on ${struct.cText}.${field.cName} means nothing: ${why}`, hint);
}

function unsized(struct: OpenedStruct, member: OpenedMember, name: string): never {
  refuse(struct, member, name, `${name} does not say how long it is`, "say so: @rbgen length=MEMBER");
}

const declared = "declare each as an array without elements, T a[0], and the last one as T z[]";

/** The link that an annotated member is, behind `before`. @throws AnnotationError where it is none */
function linkOf(
  struct: OpenedStruct,
  member: OpenedMember,
  before: OpenedNode | undefined,
  variables: ReadonlyMap<MemberPlan, VariablePlan>,
): Link {
  const { field, annotations, around } = member;
  const { member: name = "", align = 1 } = annotationOf(annotations, "after") ?? {};
  if (around !== undefined) {
    refuse(struct, member, name, "it is in a union", "give the arm's struct a name: struct { … } name;");
  }
  if (variables.get(field)?.kind !== "flexible")
    refuse(struct, member, name, "it has elements at its own place", declared);
  if (before?.kind !== "field" || before.cName !== name) {
    const right = before?.kind === "field" && before.cName !== "" ? before.cName : undefined;
    const hint = right === undefined ? undefined : `that is ${right}: after=${right}`;
    refuse(struct, member, name, `${name} is not the member right before it`, hint);
  }
  const other = variables.get(before);
  if (other?.present !== undefined) return { field, after: { field: before, align } };
  if (other === undefined && before.shape.kind !== "composite" && before.shape.size === 0)
    unsized(struct, member, name);
  if (other?.kind !== "flexible") refuse(struct, member, name, `${name} does not vary in length`, declared);
  const told = other.length ?? other.pieces;
  if (told === undefined) unsized(struct, member, name);
  if (told.clamp !== undefined) refuse(struct, member, name, `${name} is clamped, so that nothing follows it`);
  return { field, after: { field: before, align } };
}

/** What has no place of its own behind it, whether anything says so or not. */
function begins(variable: VariablePlan | undefined): boolean {
  return variable?.present !== undefined || (variable?.kind === "flexible" && variable.pieces !== undefined);
}

/**
 * The arrays that end a struct behind each other, if `after` says so of any.
 * @throws AnnotationError for annotations that do not fit
 */
export function chainOf(
  struct: OpenedStruct,
  members: readonly OpenedMember[],
  variables: ReadonlyMap<MemberPlan, VariablePlan>,
): Chain | undefined {
  const { nodes } = struct;
  const links = new Map<OpenedNode, Link>();
  for (const member of members) {
    if (annotationOf(member.annotations, "after") === undefined) continue;
    const before = nodes[nodes.indexOf(member.field) - 1];
    links.set(
      member.field,
      locating(member.location, () => linkOf(struct, member, before, variables)),
    );
  }
  const parts = new Set<OpenedNode>(members.flatMap(({ field }) => (begins(variables.get(field)) ? [field] : [])));
  const linked = nodes.findIndex((node) => links.has(node)) - 1;
  const part = nodes.findIndex((node) => parts.has(node));
  const start = linked < 0 ? part : part < 0 ? linked : Math.min(linked, part);
  const first = nodes[start];
  if (first?.kind !== "field") return undefined;
  const chain: Link[] = [];
  for (const node of nodes.slice(start + 1)) {
    const link = links.get(node);
    if (link === undefined) {
      const name = node.kind === "field" ? node.cName : "a union";
      throw new AnnotationError(
        `${struct.cText}: ${name} has no place behind ${chain.at(-1)?.field.cName ?? first.cName}, whose place varies`,
        "move it before the arrays, or say what it stands behind: @rbgen after=MEMBER",
      );
    }
    chain.push(link);
  }
  for (const { field } of [{ field: first }, ...chain]) {
    const inner = structOf(field.shape)?.extent;
    if (variables.get(field)?.stride === 0 || inner?.overlies || inner?.chained) {
      throw new AnnotationError(
        `${struct.cText}.${field.cName} has elements that do not end where the next one begins`,
      );
    }
  }
  return [{ field: first }, ...chain];
}
