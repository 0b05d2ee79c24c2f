import type { Type } from "@rbgen/btf";
import { isConstant } from "../c/text/constant.ts";
import * as T from "../c/text/token.ts";
import { type Annotation, AnnotationError, annotationOf } from "./annotations.ts";
import { evaluate, namedConstant } from "./constant-expression.ts";
import type { Constants } from "./constants.ts";
import type { PresentPlan, VariablePlan } from "./model.ts";
import { structOf } from "./nodes.ts";
import type { OpenedMember, OpenedStruct } from "./opened.ts";
import { placeOf } from "./place.ts";
import { resolve } from "./resolve.ts";

/** What says how many elements there are, or what they are made of. */
const others = ["length", "lengths", "truncated", "list", "strings", "dataloc", "tag"] as const;

/**
 * The type of a member that is there or not: of the one element of its array. Undefined of any other member.
 * @throws AnnotationError where it is no array without elements
 */
export function presentType(type: Type, annotations: readonly Annotation[], where: string): Type | undefined {
  const present = annotationOf(annotations, "present");
  if (present === undefined) return undefined;
  const other = others.find((kind) => annotationOf(annotations, kind) !== undefined);
  if (other !== undefined) throw new AnnotationError(`${where} cannot be present=${present.text} and ${other}`);
  const array = resolve(type).type;
  if (array.kind === "array" && array.count === 0) return array.element;
  throw new AnnotationError(
    `present=${present.text} on ${where} means nothing: it has its own place, so that it is always there`,
    "declare it as an array without elements: T part[0]",
  );
}

/** A member, and the bits of it that are asked for. */
interface Asked {
  readonly value?: never;
  readonly path: string;
  readonly mask?: bigint;
}

/** What `MEMBER` or `MEMBER & BITS` asks for; the first name is the member's, all others are constants. */
function asked(text: string, what: string, constants: Constants): Asked {
  const refused = (): AnnotationError =>
    new AnnotationError(`${what} is neither a member nor some of its bits`, "write MEMBER, or MEMBER & (BITS)");
  let named = false;
  const found = evaluate<Asked>(text, {
    named: (name) => {
      if (named) return namedConstant(name, constants);
      named = true;
      return { path: name };
    },
    applied: (operator, member, bits, other) => {
      if (operator !== T.AMP || other !== undefined || member === undefined || bits === undefined) throw refused();
      if (isConstant(member) || !isConstant(bits) || member.mask !== undefined) throw refused();
      return { path: member.path, mask: bits.value };
    },
  });
  if (isConstant(found)) throw refused();
  return found;
}

function presentPlan(struct: OpenedStruct, text: string, where: string, constants: Constants): PresentPlan {
  const what = `present=${text} on ${where}`;
  const { path, mask } = asked(text, what, constants);
  const place = placeOf(struct, path, what, "flags");
  if (mask === undefined) return { place, text };
  if (place.shape.kind === "bool" && place.shape.told) {
    throw new AnnotationError(
      `${struct.cText}.${path} is bool, of which the bits are not kept that ${what} needs`,
      `say it of all of them, present=${path}, or leave the bool out`,
    );
  }
  const width = place.shape.kind === "bool" ? 1n : BigInt(place.bits?.size ?? place.shape.size * 8);
  if (mask <= 0n || mask >> width !== 0n) {
    throw new AnnotationError(`${what} means nothing: ${mask} is no bits of the ${width} of ${path}`);
  }
  return { place, mask, text };
}

/**
 * A part that a bit says is there, as an array of one element or none.
 * @throws AnnotationError for annotations that do not fit
 */
export function presentPart(
  struct: OpenedStruct,
  { field, annotations, around }: OpenedMember,
  constants: Constants,
): VariablePlan | undefined {
  const text = annotationOf(annotations, "present")?.text;
  if (text === undefined) return undefined;
  const name = `${struct.cText}.${field.cName}`;
  if (around !== undefined) throw new AnnotationError(`present=${text} on ${name} means nothing: it is in a union`);
  const inner = structOf(field.shape)?.extent;
  if (field.shape.size === 0 || inner?.hasLength || inner?.endsOpen || inner?.overlies) {
    throw new AnnotationError(
      `${name} is as long as its value, so that where it ends is not known`,
      "let it be of fixed size, and give what varies a length behind it: @rbgen after=MEMBER;length=MEMBER",
    );
  }
  const present = presentPlan(struct, text, field.cName, constants);
  return { kind: "flexible", stride: field.shape.size, present };
}

/** Refuses bits that say of several parts whether they are there, and do not say the same of all. */
export function checkBits(variables: Iterable<VariablePlan>): void {
  const plans = [...variables].flatMap(({ present }) => (present === undefined ? [] : [present]));
  for (const [index, { place, mask, text }] of plans.entries()) {
    const other = plans.slice(0, index).find((before) => {
      if (before.place.path !== place.path || before.mask === mask) return false;
      return before.mask === undefined || mask === undefined || (before.mask & mask) !== 0n;
    });
    if (other !== undefined) throw new AnnotationError(`present=${text} and present=${other.text} share a bit`);
  }
}
