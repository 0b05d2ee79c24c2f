import { BtfError } from "../error.ts";
import type { Type } from "../types.ts";
import { type Bytes, bytes } from "../units.ts";
import { chainError, maxChain } from "./strip.ts";

/** The largest size that counts exactly, in bits too. */
const maxSize = Math.floor(Number.MAX_SAFE_INTEGER / 8);

/**
 * `sizeof`, in bytes.
 * @throws {@link BtfError} `size` for a type without one (void, a function, a forward declaration) or with one that
 * cannot be counted; `cycle`.
 */
export function sizeOf(type: Type): Bytes {
  let count = 1;
  let at = type;
  for (let step = 0; step < maxChain; step++) {
    switch (at.kind) {
      case "int":
      case "float":
      case "enum":
      case "enum64":
      case "struct":
      case "union":
      case "datasec":
        return product(at.size, count, type);
      case "ptr":
        return product(at.size ?? 8, count, type);
      case "array":
        count *= at.count;
        at = at.element;
        break;
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        break;
      case "var":
        at = at.type;
        break;
      case "void":
      case "fwd":
      case "func":
      case "func_proto":
      case "decl_tag":
        throw new BtfError("size", `${at.kind}${"name" in at ? ` ${at.name}` : ""} has no size`, { typeId: at.id });
    }
  }
  throw chainError(type);
}

function product(size: number, count: number, type: Type): Bytes {
  const all = size * count;
  if (all > maxSize) throw new BtfError("size", "an array too large to count its bits", { typeId: type.id });
  return bytes(all);
}
