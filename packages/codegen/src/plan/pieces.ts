import { AnnotationError, annotationOf } from "./annotations.ts";
import type { MemberPlan, PiecesPlan, Shape, VariablePlan } from "./model.ts";
import type { Name } from "./names.ts";
import { fieldsOf, membersThere } from "./nodes.ts";
import type { OpenedMember, OpenedStruct } from "./opened.ts";

/** What says how long there is anything, or what it is made of. */
const others = ["length", "truncated", "list", "strings"] as const;

/** The integers of an array of them: bytes are integers of one byte. */
export function lengthShape({ shape }: MemberPlan): Extract<Shape, { kind: "int" }> | undefined {
  if (shape.kind === "bytes" && shape.of === "bytes" && shape.form === undefined) {
    return { kind: "int", size: 1, signed: false, endian: "little", policy: "bigint", char: false };
  }
  if (shape.kind !== "array" || shape.element.kind !== "int") return undefined;
  return shape.element.form === undefined && shape.element.size !== 16 ? shape.element : undefined;
}

/** The array that a member names, and that has lengths. */
function lengthsCalled({ cText, nodes }: OpenedStruct, name: string, refuse: (why: string, hint?: string) => never) {
  const found = nodes.find((node): node is MemberPlan => node.kind === "field" && node.cName === name);
  if (found !== undefined && lengthShape(found) !== undefined && !found.skipped) return found;
  if (found !== undefined) return refuse(`${name} is no array of plain integers`);
  const known = fieldsOf(nodes).map(({ cName }) => cName);
  if (known.includes(name)) return refuse(`${name} is in a union`);
  return refuse(`${cText} has no member ${name}`, membersThere(name, known));
}

/**
 * The pieces that an array of bytes is cut into, where `lengths` says so. `cut` is the property that tells whether they end too early.
 * @throws AnnotationError for annotations that do not fit
 */
export function piecesOf(
  struct: OpenedStruct,
  { field, annotations, around }: OpenedMember,
  cut: Name | undefined,
): PiecesPlan<MemberPlan> | undefined {
  const annotation = annotationOf(annotations, "lengths");
  if (annotation === undefined) return undefined;
  const { member } = annotation;
  const refuse = (why: string, hint?: string): never => {
    throw new AnnotationError(`lengths=${member} on ${struct.cText}.${field.cName} means nothing: ${why}`, hint);
  };
  if (around !== undefined) refuse("it is in a union", "give the arm's struct a name: struct { … } name;");
  const other = others.find((kind) => annotationOf(annotations, kind) !== undefined);
  if (other !== undefined) refuse(`it says ${other}, too, and the lengths say how many bytes there are, and of what`);
  const { shape } = field;
  if (shape.kind !== "string" && (shape.kind !== "bytes" || shape.of === "float" || shape.form !== undefined)) {
    refuse("it is no array of bytes");
  }
  const lengths = lengthsCalled(struct, member, refuse);
  if (lengths === field) refuse("it says how long it is itself");
  return { lengths, ...(cut === undefined ? {} : { clamp: cut }) };
}

/**
 * Refuses pieces whose lengths are not known where they are read: how many there are, and where.
 * @throws AnnotationError
 */
export function checkPieces(
  struct: OpenedStruct,
  { field }: OpenedMember,
  variables: ReadonlyMap<MemberPlan, VariablePlan>,
  isChained: (field: MemberPlan) => boolean,
): void {
  const lengths = variables.get(field)?.pieces?.lengths;
  if (lengths === undefined) return;
  const name = lengths.cName;
  const refuse = (why: string, hint?: string): never => {
    throw new AnnotationError(`lengths=${name} on ${struct.cText}.${field.cName} means nothing: ${why}`, hint);
  };
  const own = variables.get(lengths);
  if (own !== undefined && own.length === undefined) {
    refuse(`${name} does not say how many elements it has`, "say so: @rbgen length=MEMBER");
  }
  if (own?.length?.clamp !== undefined) refuse(`${name} is clamped, so that it may be shorter than it says`);
  const behind = struct.nodes.indexOf(lengths) > struct.nodes.indexOf(field);
  if (own?.kind === "flexible" && (behind || !isChained(lengths))) {
    refuse(`${name} has no place of its own before it`, `say that it stands behind ${name}: @rbgen after=${name}`);
  }
  const shared = [...variables].find(([other, { pieces }]) => other !== field && pieces?.lengths === lengths)?.[0];
  if (shared !== undefined) refuse(`${name} says it of ${shared.cName}, too`);
  const elements = new RegExp(`^${name}\\[`);
  for (const [other, { length, present }] of variables) {
    const places = [
      ...(length?.terms ?? []).map(({ place }) => place),
      ...(present === undefined ? [] : [present.place]),
    ];
    if (places.some(({ path }) => elements.test(path))) {
      refuse(`an element of ${name} says something of ${other.cName}, too`);
    }
  }
}
