import { type BareType, type Enum, type Enum64, resolve, type Struct, type Type, type Union } from "@rbgen/btf";
import type { Budget } from "./budget.ts";
import { CoreError } from "./core-error.ts";
import { essentialName } from "./essential-name.ts";

/** How far prototypes and pointers are followed. */
const maxDepth = 32;

export function isComposite(type: Type): type is Struct | Union {
  return type.kind === "struct" || type.kind === "union";
}

export function isEnum(type: Type): type is Enum | Enum64 {
  return type.kind === "enum" || type.kind === "enum64";
}

/** Whether types of these kinds may stand for each other: enums of 32 and of 64 bits do (libbpf `btf_kind_core_compat`). */
export function sameKind(local: Type, target: Type): boolean {
  return local.kind === target.kind || (isEnum(local) && isEnum(target));
}

/** Integers that were bit-fields before members could be are compatible with nothing. */
function isWhole(type: BareType): boolean {
  return type.kind !== "int" || type.bits === undefined || type.bits.offset === 0;
}

/**
 * Whether a member of type `local` may be accessed in the target as one of type `target` (libbpf
 * `bpf_core_fields_are_compat`): structs and unions alike, integers of any size and sign, enums of the same name, arrays of
 * what is compatible, any two pointers.
 */
export function fieldsAreCompatible(local: Type, target: Type): boolean {
  let [one, other] = [resolve(local), resolve(target)];
  for (let depth = 0; one.kind === "array" && other.kind === "array"; depth++) {
    if (depth === maxDepth) throw new CoreError("an array of more dimensions than CO-RE follows");
    [one, other] = [resolve(one.element), resolve(other.element)];
  }
  if (isComposite(one) && isComposite(other)) return true;
  if (!sameKind(one, other)) return false;
  switch (one.kind) {
    case "ptr":
    case "float":
      return true;
    case "fwd":
    case "enum":
    case "enum64": {
      const [name, otherName] = [essentialName(one.name), essentialName((other as typeof one).name)];
      return name === "" || otherName === "" || name === otherName;
    }
    case "int":
      return isWhole(one) && isWhole(other);
    default:
      return false;
  }
}

/**
 * Whether `target` exists as what `local` is (libbpf `__bpf_core_types_are_compat`): the same kind through pointers, arrays
 * and prototypes; of structs, unions and enums the content does not count.
 */
export function typesAreCompatible(local: Type, target: Type, budget: Budget, level: number = maxDepth): boolean {
  if (!sameKind(local, target)) return false;
  let [one, other] = [resolve(local), resolve(target)];
  for (let depth = 0; depth < maxDepth; depth++) {
    budget.spend();
    if (!sameKind(one, other)) return false;
    if (one.kind === "ptr" && other.kind === "ptr") [one, other] = [resolve(one.target), resolve(other.target)];
    else if (one.kind === "array" && other.kind === "array")
      [one, other] = [resolve(one.element), resolve(other.element)];
    else if (one.kind === "func_proto" && other.kind === "func_proto") {
      if (one.params.length !== other.params.length) return false;
      for (const [i, param] of one.params.entries()) {
        if (level <= 0) throw new CoreError("prototypes nested deeper than CO-RE follows");
        if (!typesAreCompatible(resolve(param.type), resolve(other.params[i]!.type), budget, level - 1)) return false;
      }
      [one, other] = [resolve(one.result), resolve(other.result)];
    } else if (one.kind === "int") return isWhole(one) && isWhole(other);
    else return isComposite(one) || isEnum(one) || one.kind === "void" || one.kind === "fwd";
  }
  throw new CoreError("types nested deeper than CO-RE follows");
}
