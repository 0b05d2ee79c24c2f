import type { Shape, TypedArrayName } from "./model.ts";

/** The typed array of such elements; undefined of what none holds. */
function nameOf(element: Shape): TypedArrayName | undefined {
  if (element.kind === "float") return element.size === 4 ? "Float32Array" : "Float64Array";
  if (element.kind !== "int" || element.form !== undefined) return undefined;
  const { size, signed, policy } = element;
  switch (size) {
    case 1:
      return signed ? "Int8Array" : undefined;
    case 2:
      return signed ? "Int16Array" : "Uint16Array";
    case 4:
      return signed ? "Int32Array" : "Uint32Array";
    case 8:
      // As numbers they may be refused one by one.
      if (policy === "number") return undefined;
      return signed ? "BigInt64Array" : "BigUint64Array";
    default:
      return undefined;
  }
}

/** A shape whose arrays of numbers are typed arrays; of arrays of arrays the innermost. */
export function withTypedArrays(shape: Shape): Shape {
  if (shape.kind !== "array") return shape;
  const element = withTypedArrays(shape.element);
  const typed = nameOf(element);
  return { ...shape, element, ...(typed === undefined ? {} : { typed }) };
}
