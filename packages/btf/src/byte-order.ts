import { BtfError } from "./error.ts";
import type { Endian, Type } from "./types.ts";

/** A chain of typedefs and qualifiers longer than any compiler's is a circle, or made to be one. */
const maxChain = 256;

const orderedName = /^_{0,2}([bl]e)(16|32|64|128)$/;

/** The byte order that a typedef's name promises: `__be32`, `__le16`. */
export function byteOrderOfName(name: string): Endian | undefined {
  const ordered = orderedName.exec(name);
  if (ordered === null) return undefined;
  return ordered[1] === "be" ? "big" : "little";
}

/** A type without typedefs, qualifiers and type tags, and the byte order that the outermost typedef with one gives. */
export interface OrderedType {
  readonly type: Exclude<Type, { kind: "typedef" | "const" | "volatile" | "restrict" | "type_tag" }>;
  readonly endian: Endian | undefined;
}

/**
 * What `type` is behind its typedefs, and its byte order where a typedef's name gives one; `order` is that of a typedef
 * around it, which wins.
 * @throws {@link BtfError} `cycle` for a typedef of itself.
 */
export function byteOrderOf(type: Type, order?: Endian): OrderedType {
  let endian = order;
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "typedef":
        endian ??= byteOrderOfName(at.name);
        at = at.target;
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return { type: at, endian };
    }
  }
  throw new BtfError("cycle", `${type.kind} leads to itself, or through more than ${maxChain} others`, {
    typeId: type.id,
  });
}
