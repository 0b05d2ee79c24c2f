import type { Member, Struct, Union } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { AnnotationError } from "./annotations.ts";
import type { CompositePlan, Declared, PlacePlan } from "./model.ts";
import { named } from "./names.ts";
import { fieldsOf, structOf } from "./nodes.ts";
import type { OpenedMember, OpenedStruct } from "./opened.ts";
import { type Members, tagPlaceOf } from "./place.ts";
import { resolve } from "./resolve.ts";

/** The path in the struct around, of a tag that lies there: `hdr.kind` of `^.hdr.kind`. */
export function outerPath(path: string): string | undefined {
  return /^\^\.(.+)$/.exec(path)?.[1];
}

/** The tag of a struct that lies in the struct around it. */
export function outerTagOf({ tagged }: CompositePlan): PlacePlan | undefined {
  return tagged.find(({ tag }) => tag.outer)?.tag;
}

/** The place of a struct's outer tag in the struct that holds it. */
export function tellingPlace(holder: Members, outer: PlacePlan): PlacePlan {
  return tagPlaceOf(holder, outerPath(outer.path) ?? outer.path, `tag=${outer.path}`);
}

/** A struct whose tag lies around it where nothing is. */
export class UnheldError extends AnnotationError {
  readonly of: Struct | Union;

  constructor({ cText, type }: Pick<Declared, "cText" | "type">, path: string) {
    super(
      `tag=${path} on ${cText} means nothing: it is no member of a struct there, so that none is around it`,
      "name the records that are wanted (--type), or declare the tag beside the union: @rbgen tag=MEMBER",
    );
    this.of = type;
  }
}

/** The member that a path begins with, through structs without a name, and bits from the start of `type`. */
export function memberCalled(
  type: Struct | Union,
  path: string,
): { readonly member: Member; readonly bitOffset: number } | undefined {
  const [, name] = /^(\w+)/.exec(path) ?? [];
  for (const member of type.members) {
    if (member.name === name) return { member, bitOffset: member.bitOffset };
    const core = member.name === "" ? resolve(member.type).type : undefined;
    if (core?.kind !== "struct" && core?.kind !== "union") continue;
    const found = memberCalled(core, path);
    if (found !== undefined) return { ...found, bitOffset: member.bitOffset + found.bitOffset };
  }
  return undefined;
}

/** The tag at `path` of a struct, as one that stands at `offset` in it sees it. @throws AnnotationError where there is none */
export function outerPlace(holder: Members, path: string, offset: number): PlacePlan {
  if (path.startsWith("^")) {
    throw new AnnotationError(`tag=^.${path} means nothing: only the struct right around a union's own is looked into`);
  }
  const place = tagPlaceOf(holder, path, `tag=^.${path}`);
  const { bits } = place;
  return {
    ...place,
    path: `^.${path}`,
    names: [named`^`, ...place.names],
    offset: place.offset - offset,
    ...(bits === undefined ? {} : { bits: { ...bits, offset: bits.offset - offset * 8 } }),
    outer: true,
  };
}

function isSame(one: PlacePlan, other: PlacePlan): boolean {
  return (
    one.offset === other.offset &&
    one.bits?.offset === other.bits?.offset &&
    one.bits?.size === other.bits?.size &&
    one.text === other.text &&
    one.shape.size === other.shape.size &&
    one.shape.endian === other.shape.endian &&
    (one.shape.kind !== "bool" && one.shape.signed) === (other.shape.kind !== "bool" && other.shape.signed)
  );
}

/** Refuses to hold a struct whose tag lies around it where that is not always at the same place. @throws AnnotationError */
export function checkHolder(struct: OpenedStruct, { field, annotations, around }: OpenedMember): void {
  const inner = structOf(field.shape);
  const outer = inner === undefined ? undefined : outerTagOf(inner);
  if (inner === undefined || outer === undefined) return;
  const refused = (why: string) =>
    new AnnotationError(
      `tag=${outer.path} of ${inner.cText} means nothing in ${struct.cText}.${field.cName}: ${why}`,
      `declare the tag in ${inner.cText}, beside the union: @rbgen tag=MEMBER`,
    );
  if (field.shape.kind !== "composite" || annotations.some(({ kind }) => kind === "present" || kind === "after")) {
    throw refused("it stands in an array, whose elements are not all as far from the tag");
  }
  if (around !== undefined) throw refused("it stands in a union, which may hold another arm");
  const [first] = /^\w+/.exec(outerPath(outer.path) ?? "") ?? [];
  const header = fieldsOf(struct.nodes).find(({ cName }) => cName === first)?.shape;
  if (header?.kind === "composite" && (header.composite.extent.hasLength || outerTagOf(header.composite))) {
    throw refused(`${first}, which has the tag, is itself as long or as told as its value`);
  }
  const told = outerPlace(struct, outerPath(outer.path) ?? "", field.bitOffset / 8);
  if (isSame(told, outer)) return;
  throw refused(
    `the tag is ${counted(told.offset, "byte")} from it, and of another struct ${outer.offset}, or not the same integer`,
  );
}
