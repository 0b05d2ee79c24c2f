import type { Struct, Union } from "@rbgen/btf";
import { type Annotation, AnnotationError, annotationOf } from "./annotations.ts";
import type { OpenedNode, Shape } from "./model.ts";
import type { OpenedMember } from "./opened.ts";
import { type Members, tagPlaceOf } from "./place.ts";
import { locating } from "./resolve.ts";

/** Whether a member, or what its array is made of, is an integer of 64 bits. */
function holdsInt64(shape: Shape): boolean {
  if (shape.kind === "array") return holdsInt64(shape.element);
  return shape.kind === "int" && shape.size === 8;
}

function checkMember(plan: Members, { field, annotations, around }: OpenedMember, arms: ReadonlySet<OpenedNode>): void {
  const name = `${plan.cText}.${field.cName}`;
  if (annotationOf(annotations, "variant") !== undefined && !arms.has(field)) {
    if (around === undefined) {
      throw new AnnotationError(
        `variant on ${name} means nothing: it is no arm of a union`,
        "variant goes on an arm of a union with a tag, or on a struct that a ring carries",
      );
    }
    throw new AnnotationError(
      `variant on ${name} means nothing: its union does not say which member tells the arms apart`,
      "annotate the union: @rbgen tag=MEMBER",
    );
  }
  const tag = annotationOf(annotations, "tag");
  if (tag?.path !== undefined) {
    throw new AnnotationError(
      `tag=${tag.path} on ${name} means nothing: it is no union`,
      "tag=MEMBER goes on a union or on a struct that a ring carries; the member itself says tag",
    );
  }
  if (tag !== undefined) tagPlaceOf(plan, field.cName, `tag on ${field.cName}`);
  if (annotationOf(annotations, "int64") !== undefined && !holdsInt64(field.shape)) {
    throw new AnnotationError(`int64 on ${name} means nothing: it is no integer of 64 bits`);
  }
}

/** Refuses annotations that say nothing where they stand. `arms` are members that a tag tells apart. */
export function checkEffects(
  plan: Members,
  type: Struct | Union,
  own: readonly Annotation[],
  fields: readonly OpenedMember[],
  arms: ReadonlySet<OpenedNode>,
): void {
  const path = annotationOf(own, "tag")?.path;
  if (path !== undefined && type.kind === "union") {
    throw new AnnotationError(
      `tag=${path} on ${plan.cText} means nothing: a union by itself has no member beside its arms`,
      "put it into a struct beside its tag, and annotate that member",
    );
  }
  if (path !== undefined) tagPlaceOf(plan, path, `tag=${path}`);
  for (const pending of fields) locating(pending.location, () => checkMember(plan, pending, arms));
}
