import type { Type } from "@rbgen/btf";
import { stripped } from "./ctype.ts";

const deepestComparison = 64;

/** Whether two types are the same but for typedefs and outer qualifiers; types too deep to compare are not. */
export function compatible(a: Type, b: Type, depth = 0): boolean {
  const x = stripped(a);
  const y = stripped(b);
  if (x === y) return true;
  if (depth > deepestComparison) return false;
  if (x.kind === "ptr" && y.kind === "ptr") return compatible(x.target, y.target, depth + 1);
  if (x.kind === "array" && y.kind === "array")
    return x.count === y.count && compatible(x.element, y.element, depth + 1);
  if (x.kind === "func_proto" && y.kind === "func_proto") {
    return (
      x.params.length === y.params.length &&
      compatible(x.result, y.result, depth + 1) &&
      x.params.every((param, i) => compatible(param.type, y.params[i]!.type, depth + 1))
    );
  }
  return false;
}
