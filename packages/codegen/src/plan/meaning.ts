import type { Endian, Type } from "@rbgen/btf";
import { type Annotation, AnnotationError, annotationOf, nameOf } from "./annotations.ts";
import { flagsShape, formShape } from "./form.ts";
import type { EnumPlan, Shape } from "./model.ts";
import { resolve } from "./resolve.ts";

/** What annotations make of an integer: its type says how it is stored, and not what it means. */
const meanings = ["enum", "flags", "bool", "format"] as const;

type IntShape = Extract<Shape, { kind: "int" }>;

/** Whether annotations ask for each element of an array of one-byte elements. */
export function readsIntegers(annotations: readonly Annotation[]): boolean {
  const each = ["enum", "flags", "bool"] as const;
  return [...each, "signed" as const, "unsigned" as const].some(
    (kind) => annotationOf(annotations, kind) !== undefined,
  );
}

/** What a value is, or what its arrays are made of. */
function leafOf(shape: Shape): Shape {
  return shape.kind === "array" ? leafOf(shape.element) : shape;
}

function onLeaf(shape: Shape, change: (leaf: Shape) => Shape): Shape {
  return shape.kind === "array" ? { ...shape, element: onLeaf(shape.element, change) } : change(shape);
}

/** The byte order that a type says by its name, and the size of what its arrays are made of. */
function orderOf(type: Type): { readonly endian: Endian | undefined; readonly size: number | undefined } {
  let { type: core, endian } = resolve(type);
  while (core.kind === "array") {
    const inner = resolve(core.element);
    endian ??= inner.endian;
    core = inner.type;
  }
  switch (core.kind) {
    case "int":
    case "enum":
    case "enum64":
    case "float":
      return { endian, size: core.size };
    default:
      return { endian, size: undefined };
  }
}

/**
 * The byte order that an annotation gives the member at `where`; of a bit-field that of the build which lays it out so.
 * @throws AnnotationError where it has none, or says so itself.
 */
export function checkedOrder(
  type: Type,
  annotations: readonly Annotation[],
  where: string,
  isBitField: boolean,
): Endian | undefined {
  const order = annotationOf(annotations, "endian")?.order;
  const { endian, size } = orderOf(type);
  // An address stands as it is sent, whatever integer holds it.
  const address = annotationOf(annotations, "format")?.format === "ipv4" && size === 4;
  if (order === undefined) return address && endian === undefined ? "big" : undefined;
  const refused = (why: string) => new AnnotationError(`endian=${order} on ${where} means nothing: ${why}`);
  if (isBitField) return order;
  if (size === undefined || size === 1) throw refused("it is no number of several bytes");
  if (endian === order) throw refused("its type says so");
  return order;
}

function integerOf(leaf: Shape, kind: string, where: string): IntShape {
  if (leaf.kind === "int") return leaf;
  throw new AnnotationError(`${kind} on ${where} means nothing: it is no integer`);
}

/** A bit-field is as wide as its values are, whatever integer it is declared with. */
function sizeOf({ size }: IntShape, bitSize: number | undefined): 1 | 2 | 4 | 8 | 16 {
  return bitSize !== undefined && bitSize <= 32 ? 4 : size;
}

function enumShape(leaf: IntShape, plan: EnumPlan, where: string, bitSize: number | undefined): Shape {
  const size = sizeOf(leaf, bitSize);
  const wide = plan.type.size === 8;
  if (size === 8 && !wide && leaf.policy === "number") return { ...leaf, form: { kind: "enum", enum: plan } };
  const { signed, endian } = leaf;
  const bits = bitSize ?? leaf.size * 8;
  if (wide && size !== 8 && size !== 16) {
    const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
    const most = (1n << BigInt(signed ? bits - 1 : bits)) - 1n;
    const other = plan.type.values.find(({ value }) => value < least || value > most);
    if (other !== undefined) {
      throw new AnnotationError(`${where} has ${bits} bits, which do not hold ${other.name} of enum ${plan.cName}`);
    }
    // A bit-field is read by its bits, whatever holds it.
    if (bitSize !== undefined) return { kind: "enum", size: 8, signed, endian, enum: plan };
    return { kind: "enum", size, wide, signed, endian, enum: plan };
  }
  if (size === 16 || (size === 8) !== wide) {
    throw new AnnotationError(
      `${where} has ${bits} bits, and the values of enum ${plan.cName} are ${wide ? "bigint, of 64" : "numbers, of 32"}`,
      size === 16
        ? "they would never be the same: declare an enum of that width"
        : "they would never be the same: let it be a number, @rbgen int64=number, or declare an enum of that width",
    );
  }
  return { kind: "enum", size, signed, endian, enum: plan };
}

function boolShape(leaf: IntShape, where: string): Shape {
  if (leaf.size === 16) throw new AnnotationError(`bool on ${where} means nothing: it has 128 bits`);
  return { kind: "bool", size: leaf.size, endian: leaf.endian, told: true };
}

function signShape(shape: Shape, annotations: readonly Annotation[], where: string): Shape {
  const kinds = (["signed", "unsigned"] as const).filter((each) => annotationOf(annotations, each) !== undefined);
  const [kind, other] = kinds;
  if (kind === undefined) return shape;
  if (other !== undefined) throw new AnnotationError(`${where} cannot be signed and unsigned`);
  return onLeaf(shape, (leaf) => {
    const int = integerOf(leaf, kind, where);
    const signed = kind === "signed";
    if (int.signed === signed) throw new AnnotationError(`${kind} on ${where} means nothing: its type says so`);
    return { ...int, signed };
  });
}

/**
 * What the annotations of the member at `where` make of its shape: another sign, an enum, a truth.
 * @throws AnnotationError where they say nothing there.
 */
export function meantShape(
  given: Shape,
  annotations: readonly Annotation[],
  where: string,
  bitSize: number | undefined,
  enumOf: (name: string) => EnumPlan,
): Shape {
  const shape = signShape(given, annotations, where);
  const said = annotations.filter(({ kind }) => (meanings as readonly string[]).includes(kind));
  const [first, other] = said;
  if (first === undefined) return shape;
  const kind = nameOf(first);
  if (other !== undefined) throw new AnnotationError(`${where} cannot be ${kind} and ${nameOf(other)}`);
  if (shape !== given && (first.kind === "bool" || first.kind === "flags")) {
    throw new AnnotationError(`${kind} on ${where} leaves nothing for a sign to say`);
  }
  const located = annotationOf(annotations, "dataloc") ?? annotationOf(annotations, "list");
  if (located !== undefined) throw new AnnotationError(`${kind} on ${where} means nothing beside ${located.kind}`);
  const name = "name" in first ? first.name : undefined;
  const plan = name === undefined ? undefined : enumOf(name);
  if (leafOf(shape).kind === "bool" && kind === "bool") {
    throw new AnnotationError(`bool on ${where} means nothing: its type says so`);
  }
  return onLeaf(shape, (leaf) => {
    if (first.kind === "flags") return flagsShape(leaf, plan, where, bitSize);
    const int = integerOf(leaf, kind, where);
    if (first.kind === "format") return formShape(int, first.format, where, bitSize);
    return plan === undefined ? boolShape(int, where) : enumShape(int, plan, where, bitSize);
  });
}
