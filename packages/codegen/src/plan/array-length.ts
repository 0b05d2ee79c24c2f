import { AnnotationError, annotationOf } from "./annotations.ts";
import type { Constants } from "./constants.ts";
import { lengthSum } from "./length-expression.ts";
import type { CompositePlan, LengthPlan, MemberPlan, Shape, VariablePlan } from "./model.ts";
import type { Name } from "./names.ts";
import { isTold, type OpenedMember, type OpenedStruct } from "./opened.ts";
import { piecesOf } from "./pieces.ts";
import { type Members, offsetOf } from "./place.ts";
import { presentPart } from "./present.ts";

function strideOf(shape: Shape): number | undefined {
  if (shape.kind === "array") return shape.stride;
  return shape.kind === "bytes" || shape.kind === "string" || shape.kind === "strings" ? 1 : undefined;
}

/** Elements of an array; bytes, of strings and bytes. */
export function countOf(shape: Shape): number {
  return shape.kind === "array" ? shape.count : shape.size;
}

/** What lengths are made of beside the members of their struct. */
export interface LengthNames {
  readonly constants: Constants;
  /** The property that tells whether an array was cut, of those that are clamped. */
  readonly cut: ReadonlyMap<MemberPlan, Name>;
}

function lengthOf(struct: Members, { field, annotations }: OpenedMember, names: LengthNames): LengthPlan | undefined {
  const annotation = annotationOf(annotations, "length");
  if (annotation === undefined) return undefined;
  const { member: text, unit, from } = annotation;
  const where = `length=${text} on ${field.cName}`;
  if (unit === "items" && annotationOf(annotations, "list") === undefined) {
    throw new AnnotationError(
      `${where} counts items, and the array is no list`,
      "say what the items are: @rbgen list=STRUCT",
    );
  }
  // A negative length is an error as calls return it, where it may be negative.
  const takes = annotation.clamp ? "errno" : undefined;
  const { terms, constant: own } = lengthSum(struct, text, where, names.constants, takes);
  const constant = own + (from === undefined ? 0 : offsetOf(struct, from, `total=${from} of ${where}`));
  const [first, ...others] = terms;
  if (first === undefined) throw new AnnotationError(`${where} names no member`);
  const clamp = names.cut.get(field);
  return { terms: [first, ...others], constant, text, unit, ...(clamp === undefined ? {} : { clamp }) };
}

function itemOfBytes(name: string, stride: number, item: CompositePlan): CompositePlan {
  if (stride === 1) return item;
  throw new AnnotationError(`${name} is no array of bytes, as a list is`);
}

/**
 * How an array varies in length, as far as itself, what is around it and its annotations say; undefined of what does not.
 * `itemOf` gives the struct that a list names, or one of several. @throws AnnotationError for annotations that do not fit.
 */
export function variableOf(
  struct: OpenedStruct,
  member: OpenedMember,
  itemOf: (names: readonly string[]) => CompositePlan,
  names: LengthNames,
): VariablePlan | undefined {
  const { field, annotations, last, endsArm, around } = member;
  const part = presentPart(struct, member, names.constants);
  if (part !== undefined) return part;
  const name = `${struct.cText}.${field.cName}`;
  const stride = field.bitSize === undefined ? strideOf(field.shape) : undefined;
  const truncated = annotationOf(annotations, "truncated") !== undefined;
  const list = annotationOf(annotations, "list");
  if (list !== undefined && annotationOf(annotations, "strings") !== undefined) {
    throw new AnnotationError(`${name} is a list of structs, so that it cannot be strings`);
  }
  const length = lengthOf(struct, member, names);
  const pieces = piecesOf(struct, member, names.cut.get(field));
  const unclamped = list !== undefined ? "list" : field.shape.kind === "strings" ? "strings" : undefined;
  if (length?.clamp !== undefined && unclamped !== undefined) {
    throw new AnnotationError(`${name} cannot be ${unclamped} and clamped: the last one would be cut`);
  }
  const asked = truncated || list !== undefined || length !== undefined || pieces !== undefined;
  if (stride === undefined) {
    if (asked) throw new AnnotationError(`${name} is no array, so it has no length of its own`);
    return undefined;
  }
  if (asked && around !== undefined && !isTold(struct, around)) {
    throw new AnnotationError(
      `${name} is in a union, whose other arms its length says nothing of`,
      "say which member tells the arms apart: @rbgen tag=MEMBER on the union",
    );
  }
  const count = countOf(field.shape);
  if (around !== undefined && count === 0 && !last && !asked) {
    // Inside of the record it has the bytes of its union; in the middle of an arm it marks a place.
    if (!endsArm || stride === 0) return undefined;
    const max = Math.floor((around.end - field.bitOffset / 8) / stride);
    return max > 0 ? { kind: "bounded", stride, max } : undefined;
  }
  if (truncated && length === undefined && around !== undefined) {
    throw new AnnotationError(
      `${name} is in a union: an array there that is sent shorter needs a length`,
      "say which member holds it: @rbgen length=MEMBER",
    );
  }
  // A length says of an array without elements of its own that they lie over the members that follow.
  const over = count === 0 && (length !== undefined || pieces !== undefined) && around === undefined;
  const flexible = count === 0 && (last || over);
  if (list !== undefined && !over && !last) {
    throw new AnnotationError(
      `${name} is a list with members behind it, of which nothing says where they begin`,
      "declare it without elements, and say of those behind it what each stands behind: @rbgen after=MEMBER",
    );
  }
  if (truncated && !last) {
    throw new AnnotationError(`${name} is not the last member, so its array cannot be cut`);
  }
  if (!flexible && !asked) return undefined;
  return {
    kind: flexible ? "flexible" : last ? "truncated" : "bounded",
    stride,
    ...(flexible ? {} : { max: count }),
    ...(length === undefined ? {} : { length }),
    ...(pieces === undefined ? {} : { pieces }),
    ...(list === undefined ? {} : { list: { item: itemOfBytes(name, stride, itemOf(list.items)), align: list.align } }),
  };
}
