import type { Member } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { type Annotation, AnnotationError, annotationOf, nameOf } from "./annotations.ts";
import { evaluateConstant } from "./constant-expression.ts";
import type { Constants } from "./constants.ts";
import type {
  ChoicePlan,
  CompositePlan,
  Declared,
  Ending,
  NodePlan,
  PlacePlan,
  StreamPlan,
  TaggedUnionPlan,
  UnionPlan,
  VariantPlan,
} from "./model.ts";
import { identifier, memberName, type Name, type NameCase, named, Scope, typeName } from "./names.ts";
import { fieldsOf, leastEnd } from "./nodes.ts";
import type { OpenedArms } from "./opened.ts";
import { outerPath } from "./outer-tag.ts";
import { type Members, tagPlaceOf } from "./place.ts";
import { locating, ShapeError } from "./resolve.ts";

/** A union with a tag, and what its arms are told by. */
export interface ArmsPlan extends OpenedArms {
  /** The union's C name; empty for an anonymous one. */
  readonly name: string;
  readonly path: string;
  readonly arms: readonly {
    readonly member: Member;
    readonly annotations: readonly Annotation[];
    readonly size: number;
  }[];
}

/** The names and values by which the arms of a union are told apart, while it is not known yet how long they are. */
export interface ToldUnion extends Omit<TaggedUnionPlan, "union" | "variants"> {
  readonly arms: ArmsPlan;
  /** In the order of the union's arms. */
  readonly variants: readonly Omit<TaggedUnionPlan["variants"][number], "body" | "least" | "tails">[];
}

/** A struct whose members are opened. */
export interface DeclaredMembers extends Members, Pick<Declared, "names"> {}

export interface TaggedOptions {
  /** A free name of the file. */
  readonly take: (name: Name) => Name;
  /** A free name among the struct's properties. */
  readonly takeMember: (name: Name) => Name;
  readonly case: NameCase;
  readonly constants: Constants;
  /** The tag at a path of the struct around. */
  readonly outer: (path: string) => PlacePlan;
}

/** The tag's value range, so that a variant that can never come is an error. */
function checkRange(tag: PlacePlan, value: bigint, who: string): void {
  // A bool is read as 0 or 1, whichever bits it has.
  const bits = BigInt(tag.shape.kind === "bool" ? 1 : (tag.bits?.size ?? tag.shape.size * 8));
  const signed = tag.shape.kind !== "bool" && tag.shape.signed;
  const low = signed ? -(1n << (bits - 1n)) : 0n;
  const high = signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  if (value < low || value > high)
    throw new AnnotationError(`${who} is told by ${value}, which ${tag.path} cannot hold`);
}

/** Values that a range stands for at most: each is a case of its own. */
const longestRange = 1024n;

/**
 * The value of `'EXEC'`: of text, its bytes and NULs up to its end; of an integer, as compilers have it, the first character the highest
 * byte.
 */
function characters(text: string, { shape, path, text: isText }: PlacePlan): bigint | undefined {
  const [, letters] = /^'([ -&(-[\]-~]+)'$/.exec(text) ?? [];
  if (letters === undefined) return undefined;
  if (letters.length > shape.size)
    throw new AnnotationError(`${path} has ${counted(shape.size, "byte")}, too few for ${text}`);
  const bytes = isText ? letters.padEnd(shape.size, "\0") : letters;
  return [...bytes].reduce((value, letter) => (value << 8n) | BigInt(letter.charCodeAt(0)), 0n);
}

/** The values that `1 << 3`, `8..15` or `'EXEC'` says. */
function valuesIn(text: string, tag: PlacePlan, constants: Constants): readonly bigint[] {
  const spelt = characters(text, tag);
  if (spelt !== undefined) return [spelt];
  const [low = "", high, more] = text.split("..");
  const first = evaluateConstant(low, constants);
  if (high === undefined) return [first];
  const last = evaluateConstant(high, constants);
  if (more !== undefined || last < first) throw new AnnotationError(`${text} is no range: write LEAST..MOST`);
  const count = last - first + 1n;
  if (count > longestRange) throw new AnnotationError(`${text} has ${count} values, more than ${longestRange}`);
  return Array.from({ length: Number(count) }, (_, index) => first + BigInt(index));
}

function valuesOf(annotation: readonly string[], tag: PlacePlan, who: string, constants: Constants): readonly bigint[] {
  return annotation.flatMap((text) => {
    const values = valuesIn(text, tag, constants);
    for (const value of values) checkRange(tag, value, who);
    return values;
  });
}

function refuseTwice(variants: readonly Omit<VariantPlan<unknown>, "body">[], where: string): void {
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

/** The values that a variant names, and whether all others are its own, too. */
function withoutDefault(values: readonly string[]): {
  readonly spelt: readonly string[];
  readonly isDefault: Pick<VariantPlan<unknown>, "isDefault">;
} {
  const spelt = values.filter((text) => text !== "default");
  return { spelt, isDefault: spelt.length < values.length ? { isDefault: true } : {} };
}

/** Whether one of the variants is what all other tags mean. @throws AnnotationError where several are */
function checkDefaults(
  variants: readonly Pick<VariantPlan<unknown>, "kind" | "isDefault">[],
  where: string,
  what: string,
): boolean {
  const [found, more] = variants.filter(({ isDefault }) => isDefault);
  if (more !== undefined)
    throw new AnnotationError(`${where}: ${more.kind} is the default, as another ${what} is, ${found?.kind}`);
  return found !== undefined;
}

/** What a struct with annotated unions is: a discriminated union of their arms. */
export function toldUnions(
  struct: DeclaredMembers,
  unions: readonly ArmsPlan[],
  options: TaggedOptions,
): { readonly commonType?: Name; readonly told: readonly ToldUnion[] } {
  if (unions.length === 0) return { told: [] };
  const commonType = options.take(armTypeName(struct, "common", options.case));
  const told = unions.map((arms) => toldUnion(struct, arms, unions.length > 1, options));
  const [first, ...others] = told.filter(({ tag }) => tag.outer).map(({ tag }) => tag.path);
  const other = others.find((path) => path !== first);
  if (other !== undefined) {
    throw new AnnotationError(
      `${struct.cText} has unions with tags around it, ${first} and ${other}: one may lie there`,
    );
  }
  return { commonType, told };
}

function toldUnion(struct: DeclaredMembers, arms: ArmsPlan, several: boolean, options: TaggedOptions): ToldUnion {
  if (!struct.nodes.includes(arms.union))
    throw new ShapeError(`${struct.cText}: a tagged union cannot lie in another union`);
  const around = outerPath(arms.path);
  const tag = around === undefined ? tagPlaceOf(struct, arms.path, `tag=${arms.path}`) : options.outer(around);
  const variants = arms.arms.map((arm) => {
    const annotation = annotationOf(arm.annotations, "variant");
    if (annotation === undefined) {
      throw new ShapeError(
        `${struct.cText}: the arm ${arm.member.name || "(anonymous)"} does not say which ${arms.path} means it`,
        "annotate it: @rbgen variant=VALUE",
      );
    }
    const kind = kindOfArm(struct, arm.member.name, arm.annotations, annotation.values);
    const { spelt, isDefault } = withoutDefault(annotation.values);
    const values = valuesOf(spelt, tag, kind, options.constants);
    return { kind, values, ...isDefault, type: options.take(armTypeName(struct, kind, options.case)) };
  });
  refuseTwice(variants, struct.cText);
  const hasDefault = checkDefaults(variants, struct.cText, "arm");
  const prefix = several ? arms.name : "";
  const kindName = options.takeMember(prefix === "" ? named`kind` : memberName(`${prefix}_kind`, options.case));
  const joint = options.case === "preserve" ? named`_${kindName}` : typeName(kindName, options.case);
  return {
    arms,
    tag,
    kindName,
    variants,
    ...(hasDefault
      ? {}
      : {
          unknown: {
            type: options.take(armTypeName(struct, prefix === "" ? "unknown" : `unknown_${prefix}`, options.case)),
            kind: unknownKind(variants),
          },
        }),
    readName: several ? options.take(named`${struct.names.read}${joint}`) : struct.names.read,
    trailing: arms.trailing,
  };
}

/** The kind of an arm: its name; of a struct without one, the name that it is given, or that of the constant which means it. */
function kindOfArm(
  { cText }: DeclaredMembers,
  name: string,
  annotations: readonly Annotation[],
  values: readonly string[],
): string {
  if (name !== "") return name;
  const other = annotations.find(({ kind }) => kind !== "variant" && kind !== "name");
  if (other !== undefined) {
    throw new AnnotationError(`${nameOf(other)} on ${cText} means nothing: the arm has no name, and is no member`);
  }
  const given = annotationOf(annotations, "name")?.name ?? values.find((value) => /^[A-Za-z_]\w*$/.test(value));
  if (given !== undefined) return given;
  throw new AnnotationError(
    `${cText}: an arm without a name is told by ${values.join(", ")}, and by no name`,
    "name it: @rbgen name=NAME on the struct, or name the constant that means it",
  );
}

/** The plan of a union with a tag, once it is known how long its arms are; `ending` is that of its struct. */
export function taggedUnion({ arms, variants, ...told }: ToldUnion, union: UnionPlan, ending: Ending): TaggedUnionPlan {
  return {
    ...told,
    union,
    variants: variants.map((variant, index) => {
      const body = union.arms[index] ?? [];
      const fields = new Set(fieldsOf(body));
      const tails = ending.kind === "arms" ? ending.tails.filter((tail) => fields.has(tail)) : [];
      const whole = union.offset + (arms.arms[index]?.size ?? 0);
      return { ...variant, body, tails, least: tails.length === 0 ? whole : leastEnd(body, tails) };
    }),
  };
}

/** The kind of a tag that means none of the variants, one of which may have that name. */
function unknownKind(variants: readonly { readonly kind: string }[]): string {
  return new Scope(variants.map(({ kind }) => kind)).take(named`unknown`);
}

function armTypeName({ names }: DeclaredMembers, arm: string, nameCase: NameCase): Name {
  return nameCase === "preserve" ? identifier(`${names.type}_${arm}`) : named`${names.type}${typeName(arm, nameCase)}`;
}

/** A struct that says it is a variant, and of which ring. */
export interface StreamMember {
  readonly composite: CompositePlan;
  readonly annotations: readonly Annotation[];
}

/** Where a tag stands: its byte, and of a bit-field its bits. */
function standsAt({ offset, bits }: PlacePlan): string {
  return bits === undefined ? `byte ${offset}` : `bits ${bits.offset} to ${bits.offset + bits.size - 1}`;
}

/** In what the same tag differs between two structs, in words; undefined where it can be read without knowing which of them is there. */
function differenceOf(tag: PlacePlan, other: PlacePlan, first: string, odd: string): string | undefined {
  if (standsAt(tag) !== standsAt(other)) {
    return `is not at the same place in ${first} (${standsAt(tag)}) and ${odd} (${standsAt(other)})`;
  }
  const [size, otherSize] = [tag.shape.size, other.shape.size];
  if (size !== otherSize)
    return `is not of the same size in ${first} (${counted(size, "byte")}) and ${odd} (${counted(otherSize, "byte")})`;
  const [order, otherOrder] = [tag.shape.endian, other.shape.endian];
  if (order === otherOrder) return undefined;
  return `is not of the same byte order in ${first} (${order}-endian) and ${odd} (${otherOrder}-endian)`;
}

/** The structs of one ring, or of one list, told apart by a tag at the same place in each. `what` names one of them in messages. */
export function planChoice(
  name: string,
  members: readonly StreamMember[],
  what: string,
  constants: Constants,
): ChoicePlan {
  const paths = members.map((member) => annotationOf(member.annotations, "tag")?.path ?? member.composite.tagMember);
  const path = paths.find((found) => found !== undefined);
  if (path === undefined) {
    const types = members.map(({ composite }) => composite.cText).join(" and ");
    throw new ShapeError(
      `${name} carries ${types}, ${members.length === 1 ? "a variant, which does not say" : "and none says"} which member tells them apart`,
      "annotate one of them: @rbgen tag=MEMBER, and each: @rbgen variant=VALUE",
    );
  }
  const tags = members.map(({ composite }, index) => {
    const own = paths[index] ?? path;
    return tagPlaceOf(composite, own, `tag=${own}`);
  });
  const [tag] = tags;
  if (tag === undefined) throw new ShapeError(`${name} has no records`);
  for (const [index, other] of tags.entries()) {
    const [first = "", odd = ""] = [members[0]?.composite.cText, members[index]?.composite.cText];
    const differs = differenceOf(tag, other, first, odd);
    if (differs !== undefined) throw new ShapeError(`${path} ${differs}`);
  }
  const variants = members.map(({ composite, annotations }, index) => {
    const values = annotationOf(annotations, "variant")?.values;
    if (values === undefined) {
      throw new ShapeError(
        `${composite.cText} is ${/^[aeiou]/.test(what) ? "an" : "a"} ${what} of ${name}, as others are, but does not say which ${path} means it`,
        "annotate it: @rbgen variant=VALUE",
      );
    }
    const { spelt, isDefault } = withoutDefault(values);
    const found = locating(composite.location, () => valuesOf(spelt, tag, composite.cName, constants));
    return {
      ...{ kind: composite.cName, values: found, body: composite, tag: tags[index] ?? tag, writesTag: false },
      ...isDefault,
    };
  });
  refuseTwice(variants, name);
  checkDefaults(variants, name, what);
  const taken = new Set(
    members.flatMap(({ composite }) => [
      ...propertyNames(composite.nodes),
      ...composite.tagged.map((tagged) => tagged.kindName),
    ]),
  );
  return { tag, kindName: taken.has(named`kind`) ? named`$kind` : named`kind`, variants };
}

/** The record types of one ring as one stream. */
export function planStream(
  name: string,
  members: readonly StreamMember[],
  scope: Scope,
  options: { readonly case: NameCase; readonly constants: Constants },
): StreamPlan {
  const choice = planChoice(name, members, "record", options.constants);
  const { variants } = choice;
  const hasDefault = variants.some(({ isDefault }) => isDefault);
  const names = scope.takeFamily(name, options.case);
  const unknownType = options.case === "preserve" ? named`${names.type}_unknown` : named`${names.type}Unknown`;
  return {
    ...choice,
    cName: name,
    names,
    ...(hasDefault ? {} : { unknown: { type: scope.take(unknownType), kind: unknownKind(variants) } }),
  };
}

function propertyNames(nodes: readonly NodePlan[]): string[] {
  return nodes.flatMap((node) => (node.kind === "field" ? [node.name] : node.arms.flatMap(propertyNames)));
}
