import { AnnotationError, annotationOf } from "./annotations.ts";
import { lengthSum } from "./length-expression.ts";
import type { CompositePlan, Ending, LengthPlan, MemberPlan, Shape, VariablePlan } from "./model.ts";
import type { Name } from "./names.ts";
import { startOfTail } from "./nodes.ts";
import { isTold, type OpenedMember, type OpenedStruct } from "./opened.ts";
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
  readonly constant: (name: string) => bigint | undefined;
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
  const { terms, constant: own } = lengthSum(struct, text, where, names.constant);
  const constant = own + (from === undefined ? 0 : offsetOf(struct, from, `total=${from} of ${where}`));
  const [first, ...others] = terms;
  if (first === undefined) throw new AnnotationError(`${where} names no member`);
  const clamp = names.cut.get(field);
  return { terms: [first, ...others], constant, text, unit, ...(clamp === undefined ? {} : { clamp }) };
}

/** An item that ends in a union: its tag says which arm, and so how long it is. */
function taggedItem(item: CompositePlan, { open, tails }: Extract<Ending, { kind: "arms" }>): CompositePlan {
  const refused = (why: string, hint?: string): never => {
    throw new AnnotationError(`${item.cText} ${why}, so that a list of it cannot be walked`, hint);
  };
  const tagged = item.tagged.find(({ union }) => union === open);
  if (tagged === undefined) {
    return refused("ends in a union that nothing tells apart", "say which member does: @rbgen tag=MEMBER on the union");
  }
  const untold = tails.find(({ variable }) => variable?.length === undefined || variable.length.clamp !== undefined);
  if (untold !== undefined) {
    return refused(`has an arm, ${untold.cName}, which does not say how long it is`, "say so: @rbgen length=MEMBER");
  }
  if (tagged.variants.some((variant) => variant.tails.length > 1)) refused("has an arm with several ends");
  return item;
}

function listItem(name: string, { shape }: MemberPlan, item: CompositePlan): CompositePlan {
  if (strideOf(shape) !== 1) throw new AnnotationError(`${name} is no array of bytes, as a list is`);
  const { ending } = item.extent;
  const tail = ending.kind === "tail" ? ending.tail : undefined;
  if (!item.extent.hasLength && !item.extent.endsOpen) {
    if (item.size > 0) return item;
    throw new AnnotationError(`${item.cText} has no bytes, so that a list of it never ends`);
  }
  if (ending.kind === "arms") return taggedItem(item, ending);
  const told = tail?.variable?.length ?? tail?.variable?.present;
  if (ending.kind !== "tail" || tail === undefined || told === undefined) {
    throw new AnnotationError(
      `${item.cText} does not say how long it is, so that a list of it cannot be walked`,
      `let its last member be a flexible array with a length: @rbgen length=MEMBER`,
    );
  }
  const start = startOfTail(ending);
  if (item.size !== start) {
    const first = ending.chain?.[0] ?? tail;
    throw new AnnotationError(
      `${item.cText} has ${item.size} bytes but ${first.cName} starts at ${start}, so items of a list would overlap`,
      "declare the item packed",
    );
  }
  if (item.extent.overlying.length > 0) {
    throw new AnnotationError(
      `${item.cText} holds elements that lie over what follows, so its own length does not end it`,
    );
  }
  return item;
}

/**
 * How an array varies in length, as far as itself, what is around it and its annotations say; undefined of what does not.
 * `itemOf` gives the struct that a list names. @throws AnnotationError for annotations that do not fit.
 */
export function variableOf(
  struct: OpenedStruct,
  member: OpenedMember,
  itemOf: (name: string) => CompositePlan,
  names: LengthNames,
): VariablePlan | undefined {
  const { field, annotations, last, endsArm, around } = member;
  const part = presentPart(struct, member, names.constant);
  if (part !== undefined) return part;
  const name = `${struct.cText}.${field.cName}`;
  const stride = field.bitSize === undefined ? strideOf(field.shape) : undefined;
  const truncated = annotationOf(annotations, "truncated") !== undefined;
  const list = annotationOf(annotations, "list");
  if (list !== undefined && annotationOf(annotations, "strings") !== undefined) {
    throw new AnnotationError(`${name} is a list of structs, so that it cannot be strings`);
  }
  const length = lengthOf(struct, member, names);
  const unclamped = list !== undefined ? "list" : field.shape.kind === "strings" ? "strings" : undefined;
  if (length?.clamp !== undefined && unclamped !== undefined) {
    throw new AnnotationError(`${name} cannot be ${unclamped} and clamped: the last one would be cut`);
  }
  const asked = truncated || list !== undefined || length !== undefined;
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
  const over = count === 0 && length !== undefined && around === undefined;
  const flexible = count === 0 && (last || over);
  if ((truncated || (list !== undefined && !over)) && !last) {
    throw new AnnotationError(`${name} is not the last member, so its array cannot be cut`);
  }
  if (!flexible && !asked) return undefined;
  return {
    kind: flexible ? "flexible" : last ? "truncated" : "bounded",
    stride,
    ...(flexible ? {} : { max: count }),
    ...(length === undefined ? {} : { length }),
    ...(list === undefined ? {} : { list: { item: listItem(name, field, itemOf(list.item)), align: list.align } }),
  };
}
