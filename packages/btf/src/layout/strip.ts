import { BtfError } from "../error.ts";
import type { Endian, Type, Typedef } from "../types.ts";
import { byteOrderOfName } from "./byte-order.ts";

/** A chain of typedefs and qualifiers longer than any compiler's is a circle, or made to be one. */
export const maxChain = 256;

/** What is left behind typedefs, qualifiers and type tags. */
export type BareType = Exclude<Type, { kind: "typedef" | "const" | "volatile" | "restrict" | "type_tag" }>;

/**
 * The type behind typedefs, qualifiers and type tags. `passed` is told each typedef on the way, the outermost first.
 * @throws {@link BtfError} `cycle` for a typedef of itself.
 */
export function resolve(type: Type, passed?: (typedef: Typedef) => void): BareType {
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "typedef":
        passed?.(at);
        at = at.target;
        break;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return at;
    }
  }
  throw chainError(type);
}

/** A type without typedefs, qualifiers and type tags, and what those said. */
export interface Stripped {
  readonly type: BareType;
  /** Outermost first. */
  readonly typedefs: readonly Typedef[];
  /** Byte order that a typedef's name promises, of the outermost that does: `__be32`, `__le16`. */
  readonly endian: Endian | undefined;
}

/**
 * What {@link resolve} gives, with the typedefs that were passed and the byte order that their names promise; `order` is
 * that of a typedef around `type`, which wins.
 * @throws {@link BtfError} `cycle` for a typedef of itself.
 */
export function strip(type: Type, order?: Endian): Stripped {
  const typedefs: Typedef[] = [];
  const bare = resolve(type, (typedef) => typedefs.push(typedef));
  let endian = order;
  for (const { name } of typedefs) endian ??= byteOrderOfName(name);
  return { type: bare, typedefs, endian };
}

/**
 * The type behind qualifiers and type tags; a typedef is kept.
 * @throws {@link BtfError} `cycle` for a qualifier of itself.
 */
export function skipQualifiers(type: Type): BareType | Typedef {
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      default:
        return at;
    }
  }
  throw chainError(type);
}

/** The error of a type that is found behind itself. */
export function chainError(type: Type): BtfError {
  return new BtfError("cycle", `${type.kind} leads to itself, or through more than ${maxChain} others`, {
    typeId: type.id,
  });
}
