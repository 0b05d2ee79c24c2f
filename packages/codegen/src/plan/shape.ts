import type { Endian, Enum, Enum64, Struct, Type, Union } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { type Annotation, AnnotationError, annotationOf, nameOf } from "./annotations.ts";
import type { CompositePlan, EnumPlan, Int64Policy, Shape } from "./model.ts";
import { resolve, ShapeError, sizeOf } from "./resolve.ts";

/** What shapes depend on beside their type. */
export interface Shapes {
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
  readonly enum: (type: Enum | Enum64, nameHint: string | undefined) => EnumPlan | undefined;
  /** A struct or union that a value is. */
  readonly held: (type: Struct | Union, nameHint: string) => CompositePlan;
}

/** Elements without bytes that an array has at most: each is an object all the same. */
const maxEmpty = 200_000;

function elementsOf(shape: Shape): number {
  return shape.kind === "array" ? shape.count * elementsOf(shape.element) : 1;
}

const unusualFloats: ReadonlySet<number> = new Set([2, 10, 12, 16]);

/** What a member's annotations say of the integers in it. */
export interface Reading {
  readonly policy: Int64Policy;
  readonly order?: Endian | undefined;
  /** Arrays of one-byte elements are made of integers, neither bytes nor text. */
  readonly integers: boolean;
}

/** How a value of `type` is represented; `nameHint` names it where it is anonymous and no typedef does. */
export function shapeOf(shapes: Shapes, type: Type, nameHint: string, reading: Reading): Shape {
  const { policy, order } = reading;
  const { type: core, typedefs, endian: ordered } = resolve(type);
  const endian = order ?? ordered ?? shapes.endian;
  const hint = typedefs.at(-1) ?? nameHint;
  switch (core.kind) {
    case "int": {
      if (core.bool) return { kind: "bool", size: powerSize(core.size, core.name), endian };
      const size = core.size === 16 ? 16 : powerSize(core.size, core.name);
      return { kind: "int", size, signed: core.signed, endian, policy, char: core.char };
    }
    case "enum":
    case "enum64": {
      const plan = shapes.enum(core, typedefs.at(-1));
      return { kind: "enum", size: powerSize(core.size, core.name), signed: core.signed, endian, enum: plan };
    }
    case "float":
      // x87 and IEEE quad have no JavaScript number, half precision has no DataView getter yet: their bytes are exact.
      if (unusualFloats.has(core.size)) return { kind: "bytes", size: core.size, of: "float" };
      return { kind: "float", size: floatSize(core.size, core.name), endian };
    case "ptr":
      return { kind: "pointer", size: shapes.pointerSize, endian };
    case "array":
      return arrayShape(shapes, core.element, core.count, hint, { ...reading, order: order ?? ordered });
    case "struct":
    case "union": {
      return { kind: "composite", size: core.size, composite: shapes.held(core, hint) };
    }
    default:
      sizeOf(core);
      throw new ShapeError(`a ${core.kind} is not the type of a value`);
  }
}

function arrayShape(shapes: Shapes, elementType: Type, count: number, hint: string, reading: Reading): Shape {
  const core = resolve(elementType).type;
  const stride = sizeOf(elementType);
  if (core.kind === "int" && core.size === 1 && !core.bool && !reading.integers) {
    return core.char ? { kind: "string", size: count, of: "char" } : { kind: "bytes", size: count, of: "bytes" };
  }
  const element = shapeOf(shapes, elementType, hint, reading);
  const size = stride * count;
  if (!Number.isSafeInteger(size)) throw new ShapeError("the array is larger than 2^53 bytes");
  if (size === 0 && elementsOf(element) * count > maxEmpty) {
    throw new ShapeError(`the array has more than ${maxEmpty} elements, and no byte for any of them`);
  }
  return { kind: "array", size, element, count, stride };
}

/** A member that is read as padding. Its type is not looked into: nothing of it is declared for it. */
export function skippedShape(type: Type, where: string, annotations: readonly Annotation[]): Shape {
  const other = annotations.find(({ kind }) => kind !== "skip");
  if (other !== undefined) throw new AnnotationError(`${nameOf(other)} on ${where} means nothing: it is skipped`);
  const size = sizeOf(type);
  if (size === 0) throw new AnnotationError(`${where} has no bytes of its own, so that there is nothing to skip`);
  return { kind: "bytes", size, of: "bytes" };
}

/** `bytes`, `string` and `strings` choose what arrays of one-byte elements become, in any dimension. */
export function textOrBytes(shape: Shape, annotations: readonly Annotation[], place: string): Shape {
  const kind = (["bytes", "string", "strings"] as const).find((each) => annotationOf(annotations, each) !== undefined);
  if (kind === undefined) return shape;
  if (shape.kind === "array") return { ...shape, element: textOrBytes(shape.element, annotations, place) };
  if ((shape.kind !== "string" && shape.kind !== "bytes") || shape.of === "float") {
    throw new AnnotationError(`${place} is no array of bytes, so it cannot be ${kind}`);
  }
  return { kind, size: shape.size, of: shape.of };
}

function floatSize(size: number, name: string): 4 | 8 {
  if (size === 4 || size === 8) return size;
  throw new ShapeError(`${name} has ${counted(size, "byte")}, which no floating-point number has`);
}

function powerSize(size: number, name: string): 1 | 2 | 4 | 8 {
  if (size === 1 || size === 2 || size === 4 || size === 8) return size;
  throw new ShapeError(`${name} has ${counted(size, "byte")}, which no integer has`);
}
