import type { Type } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { type Annotation, AnnotationError, annotationOf, type Format } from "./annotations.ts";
import type { EnumPlan, Shape } from "./model.ts";
import { resolve, sizeOf } from "./resolve.ts";

/** Bytes that each of these has. */
const byteSizes: Readonly<Partial<Record<Format, number>>> = { ipv4: 4, ipv6: 16, mac: 6, uuid: 16 };

/** What else says how bytes are read or how many they are. */
const others = ["bytes", "string", "strings", "truncated", "list", "lengths", "dataloc", "signed", "unsigned"] as const;

/**
 * A member of bytes that have a form: an array or a struct of so many, or arrays of these; undefined where it has none, or is an
 * integer. @throws AnnotationError where it has another size.
 */
export function formBytes(type: Type, annotations: readonly Annotation[], where: string): Shape | undefined {
  const format = annotationOf(annotations, "format")?.format;
  const size = format === undefined ? undefined : byteSizes[format];
  if (format === undefined || size === undefined) return undefined;
  let core = resolve(type).type;
  while (core.kind === "array" && sizeOf(core) !== size) core = resolve(core.element).type;
  if (core.kind === "int" && format === "ipv4" && core.size === size) return undefined;
  const holds = core.kind === "array" || core.kind === "struct" || core.kind === "union";
  if (!holds || sizeOf(core) !== size) {
    throw new AnnotationError(
      `${format} on ${where} means nothing: it has ${counted(size, "byte")}, and is an array or a struct`,
    );
  }
  const other = others.find((kind) => annotationOf(annotations, kind) !== undefined);
  if (other !== undefined) throw new AnnotationError(`${where} cannot be ${format} and ${other}`);
  const bytes: Shape = { kind: "bytes", size, of: "bytes", form: { kind: format } };
  const shaped = (at: Type): Shape => {
    const array = resolve(at).type;
    if (array.kind !== "array" || sizeOf(array) === size) return bytes;
    const element = shaped(array.element);
    const stride = sizeOf(array.element);
    return { kind: "array", size: stride * array.count, element, count: array.count, stride };
  };
  const shape = shaped(type);
  if (shape.kind === "bytes" && annotationOf(annotations, "length") !== undefined) {
    throw new AnnotationError(`length on ${where} means nothing: ${format} has ${counted(size, "byte")}`);
  }
  return shape;
}

type IntShape = Extract<Shape, { kind: "int" }>;

/** An integer that is written otherwise. @throws AnnotationError where it is none of that kind. */
export function formShape(int: IntShape, format: Format, where: string, bitSize: number | undefined): Shape {
  const refused = (why: string, hint?: string) =>
    new AnnotationError(`${format} on ${where} means nothing: ${why}`, hint);
  if (format === "errno") {
    if (int.size === 16) throw refused("it has 128 bits");
    if (!int.signed) throw refused("an errno is negative, and its type is unsigned", "say so: @rbgen signed;errno");
    return { ...int, form: { kind: format } };
  }
  if (bitSize !== undefined) throw refused("it is a bit-field");
  if (int.size !== 4) throw refused(`it has ${int.size * 8} bits, not 32`);
  if (int.signed) throw refused("its type is signed", `say so: @rbgen unsigned;${format}`);
  return { ...int, form: { kind: format } };
}

/** An integer of flags; `plan` is the enum of their names, the member's own where none is given. */
export function flagsShape(leaf: Shape, plan: EnumPlan | undefined, where: string, bitSize: number | undefined): Shape {
  const refused = (why: string) => new AnnotationError(`flags on ${where} means nothing: ${why}`);
  if (leaf.kind !== "int" && leaf.kind !== "enum") throw refused("it is no integer");
  if (leaf.size === 16) throw refused("it has 128 bits");
  const named = plan ?? (leaf.kind === "enum" ? leaf.enum : undefined);
  if (named === undefined) {
    throw new AnnotationError(`flags on ${where} names no enum, and its type is none`, "name it: @rbgen flags=ENUM");
  }
  const width = BigInt(bitSize ?? leaf.size * 8);
  const bits = named.type.values.map(({ value }) => (value < 0n ? BigInt.asUintN(32, value) : value));
  if (!bits.some((value) => value > 0n && value >> width === 0n && (value & (value - 1n)) === 0n)) {
    throw refused(`no value of enum ${named.cName} is a bit of its ${width}`);
  }
  const { endian } = leaf;
  const size = bitSize === undefined ? leaf.size : bitSize <= 32 ? 4 : 8;
  return {
    ...{ kind: "int", size, signed: false, endian, policy: "bigint", char: false },
    form: { kind: "flags", enum: named },
  };
}
