import type { Member } from "@rbgen/btf";
import { type Annotation, AnnotationError, annotationOf } from "./annotations.ts";
import { evaluateConstant } from "./constant-expression.ts";
import type {
  CompositePlan,
  NodePlan,
  PlacePlan,
  StreamPlan,
  TaggedUnionPlan,
  UnionPlan,
  VariantPlan,
} from "./model.ts";
import { identifier, memberName, type Name, type NameCase, named, Scope, typeName } from "./names.ts";
import { locating, ShapeError } from "./resolve.ts";
import { placeOf } from "./variable.ts";

/** A union whose annotation names the tag that tells its arms apart. */
export interface ArmsPlan {
  readonly union: UnionPlan;
  /** The union's C name; empty for an anonymous one. */
  readonly name: string;
  readonly path: string;
  readonly arms: readonly {
    readonly member: Member;
    readonly annotations: readonly Annotation[];
    readonly nodes: readonly NodePlan[];
    readonly size: number;
  }[];
  readonly last: boolean;
}

export interface TaggedOptions {
  /** A free name of the file. */
  readonly take: (name: Name) => Name;
  /** A free name among the struct's properties. */
  readonly takeMember: (name: Name) => Name;
  readonly case: NameCase;
  readonly constant: (name: string) => bigint | undefined;
}

/** The tag's value range, so that a variant that can never come is an error. */
function checkRange(tag: PlacePlan, value: bigint, who: string): void {
  const bits = BigInt(tag.bits?.size ?? tag.shape.size * 8);
  const signed = tag.shape.kind !== "bool" && tag.shape.signed;
  const low = signed ? -(1n << (bits - 1n)) : 0n;
  const high = signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  if (value < low || value > high)
    throw new AnnotationError(`${who} is told by ${value}, which ${tag.path} cannot hold`);
}

function valuesOf(
  annotation: readonly string[],
  tag: PlacePlan,
  who: string,
  constant: (name: string) => bigint | undefined,
): readonly bigint[] {
  return annotation.map((text) => {
    const value = evaluateConstant(text, constant);
    checkRange(tag, value, who);
    return value;
  });
}

function refuseTwice(variants: readonly VariantPlan<unknown>[], where: string): void {
  const owners = new Map<bigint, string>();
  for (const variant of variants) {
    for (const value of variant.values) {
      const other = owners.get(value);
      if (other !== undefined)
        throw new AnnotationError(`${where}: ${value} stands for ${other} and for ${variant.kind}`);
      owners.set(value, variant.kind);
    }
  }
}

/** Makes a struct with annotated unions a discriminated union of their arms. */
export function settleTaggedUnions(plan: CompositePlan, unions: readonly ArmsPlan[], options: TaggedOptions): void {
  if (unions.length === 0) return;
  plan.commonType = options.take(armTypeName(plan, "common", options.case));
  plan.tagged = unions.map((arms) => settleTaggedUnion(plan, arms, unions.length > 1, options));
}

function settleTaggedUnion(
  plan: CompositePlan,
  arms: ArmsPlan,
  several: boolean,
  options: TaggedOptions,
): TaggedUnionPlan {
  if (!plan.nodes.includes(arms.union))
    throw new ShapeError(`${plan.cText}: a tagged union cannot lie in another union`);
  const tag = placeOf(plan, arms.path, `tag=${arms.path}`);
  const variants = arms.arms.flatMap((arm) => {
    const annotation = annotationOf(arm.annotations, "variant");
    if (annotation === undefined) {
      throw new ShapeError(
        `${plan.cText}: the arm ${arm.member.name || "(anonymous)"} does not say which ${arms.path} means it`,
        "annotate it: @rbgen variant=VALUE",
      );
    }
    const kind = arm.member.name;
    if (kind === "") throw new ShapeError(`${plan.cText}: an arm without a name cannot be a variant`);
    const values = valuesOf(annotation.values, tag, kind, options.constant);
    const type = options.take(armTypeName(plan, kind, options.case));
    return [{ kind, values, body: arm.nodes, type, size: arm.size }];
  });
  refuseTwice(variants, plan.cText);
  const trailing = arms.last;
  if (trailing) plan.minByteLength = arms.union.offset;
  const prefix = several ? arms.name : "";
  const kindName = options.takeMember(prefix === "" ? named`kind` : memberName(`${prefix}_kind`, options.case));
  const joint = options.case === "preserve" ? named`_${kindName}` : typeName(kindName, options.case);
  return {
    tag,
    kindName,
    union: arms.union,
    variants,
    unknownType: options.take(armTypeName(plan, prefix === "" ? "unknown" : `unknown_${prefix}`, options.case)),
    unknownKind: unknownKind(variants),
    readName: several ? options.take(named`${plan.names.read}${joint}`) : plan.names.read,
    trailing,
  };
}

/** The kind of a tag that means none of the variants, one of which may have that name. */
function unknownKind(variants: readonly { readonly kind: string }[]): string {
  return new Scope(variants.map(({ kind }) => kind)).take(named`unknown`);
}

function armTypeName(plan: CompositePlan, arm: string, nameCase: NameCase): Name {
  return nameCase === "preserve"
    ? identifier(`${plan.names.type}_${arm}`)
    : named`${plan.names.type}${typeName(arm, nameCase)}`;
}

/** A struct that says it is a variant, and of which ring. */
export interface StreamMember {
  readonly composite: CompositePlan;
  readonly annotations: readonly Annotation[];
}

/** The record types of one ring as one stream, told apart by a tag at the same place in each. */
export function planStream(
  name: string,
  members: readonly StreamMember[],
  scope: Scope,
  options: { readonly case: NameCase; readonly constant: (name: string) => bigint | undefined },
): StreamPlan {
  const path = members
    .map((member) => annotationOf(member.annotations, "tag")?.path ?? member.composite.tagMember)
    .find((found) => found !== undefined);
  if (path === undefined) {
    const types = members.map(({ composite }) => composite.cText).join(" and ");
    throw new ShapeError(
      `${name} carries ${types}, ${members.length === 1 ? "a variant, which does not say" : "and none says"} which member tells them apart`,
      "annotate one of them: @rbgen tag=MEMBER, and each: @rbgen variant=VALUE",
    );
  }
  const tags = members.map((member) => placeOf(member.composite, path, `tag=${path}`));
  const [tag] = tags;
  if (tag === undefined) throw new ShapeError(`${name} has no records`);
  for (const [index, other] of tags.entries()) {
    const same =
      other.offset === tag.offset &&
      other.shape.size === tag.shape.size &&
      other.shape.endian === tag.shape.endian &&
      other.bits?.offset === tag.bits?.offset &&
      other.bits?.size === tag.bits?.size;
    if (!same) {
      const [first, odd] = [members[0]?.composite.cText, members[index]?.composite.cText];
      throw new ShapeError(
        `${path} is not at the same place in ${first} (byte ${tag.offset}) and ${odd} (byte ${other.offset})`,
      );
    }
  }
  const variants = members.map(({ composite, annotations }) => {
    const values = annotationOf(annotations, "variant")?.values;
    if (values === undefined) {
      throw new ShapeError(
        `${composite.cText} is a record of ${name}, as others are, but does not say which ${path} means it`,
        "annotate it: @rbgen variant=VALUE",
      );
    }
    const found = locating(composite.location, () => valuesOf(values, tag, composite.cName, options.constant));
    return { kind: composite.cName, values: found, body: composite };
  });
  refuseTwice(variants, name);
  const taken = new Set(
    members.flatMap(({ composite }) => [
      ...propertyNames(composite.nodes),
      ...composite.tagged.map((tagged) => tagged.kindName),
    ]),
  );
  const kindName = taken.has(named`kind`) ? named`$kind` : named`kind`;
  variants.forEach((variant, index) => {
    const own = tags[index] ?? tag;
    variant.body.variant = { kindName, kind: variant.kind, tag: own, values: variant.values };
  });
  const names = scope.takeFamily(name, options.case);
  return {
    cName: name,
    names,
    tag,
    kindName,
    variants,
    unknownKind: unknownKind(variants),
    unknownType: scope.take(options.case === "preserve" ? named`${names.type}_unknown` : named`${names.type}Unknown`),
  };
}

function propertyNames(nodes: readonly NodePlan[]): string[] {
  return nodes.flatMap((node) => (node.kind === "field" ? [node.name] : node.arms.flatMap(propertyNames)));
}
