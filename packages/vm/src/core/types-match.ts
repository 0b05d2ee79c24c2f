import {
  type BareType,
  type Enum,
  type Enum64,
  type Fwd,
  resolve,
  type Struct,
  type Type,
  type Union,
} from "@rbgen/btf";
import type { Budget } from "./budget.ts";
import { isEnum } from "./compatible.ts";
import { CoreError } from "./core-error.ts";
import { essentialName, nameOf } from "./essential-name.ts";

/** How deep types are compared. */
const maxDepth = 32;

/**
 * Whether `target` can be used as `local` is, member by member (`bpf_core_type_matches`, libbpf `__bpf_core_types_match`):
 * each local member is there with a matching type, integers have the same size and sign, arrays the same length, enums the
 * same size and the local names. Behind a pointer only names and kinds count, and a declaration will do.
 */
export function typesMatch(local: Type, target: Type, budget: Budget): boolean {
  return match(local, target, false, maxDepth, budget);
}

function match(local: Type, target: Type, pointed: boolean, level: number, budget: Budget): boolean {
  if (level <= 0) throw new CoreError("types nested deeper than CO-RE compares");
  let behindPointer = pointed;
  let [one, other] = [resolve(local), resolve(target)];
  for (let depth = 0; depth < maxDepth; depth++) {
    budget.spend();
    if (!namesMatch(nameOf(one), nameOf(other))) return false;
    switch (one.kind) {
      case "void":
        return other.kind === "void";
      case "fwd":
        return matchesDeclared(one, other, behindPointer);
      case "enum":
      case "enum64":
        return isEnum(other) && enumsMatch(one, other);
      case "struct":
      case "union":
        if (other.kind === one.kind) return behindPointer || membersMatch(one, other, level, budget);
        return behindPointer && other.kind === "fwd" && other.of === one.kind;
      case "int":
        return other.kind === "int" && one.size === other.size && one.signed === other.signed;
      case "ptr":
        if (other.kind !== "ptr") return false;
        behindPointer = true;
        [one, other] = [resolve(one.target), resolve(other.target)];
        break;
      case "array":
        if (other.kind !== "array" || one.count !== other.count) return false;
        [one, other] = [resolve(one.element), resolve(other.element)];
        break;
      case "func_proto": {
        if (other.kind !== "func_proto" || one.params.length !== other.params.length) return false;
        for (const [i, param] of one.params.entries()) {
          if (!match(param.type, other.params[i]!.type, behindPointer, level - 1, budget)) return false;
        }
        [one, other] = [resolve(one.result), resolve(other.result)];
        break;
      }
      default:
        return false;
    }
  }
  throw new CoreError("types nested deeper than CO-RE compares");
}

function namesMatch(local: string, target: string): boolean {
  return target === "" ? local === "" : essentialName(local) === essentialName(target);
}

function matchesDeclared(local: Fwd, target: BareType, behindPointer: boolean): boolean {
  if (target.kind === "fwd") return target.of === local.of;
  return behindPointer && target.kind === local.of;
}

function enumsMatch(local: Enum | Enum64, target: Enum | Enum64): boolean {
  if (local.size !== target.size || local.values.length > target.values.length) return false;
  const names = new Set(target.values.map(({ name }) => essentialName(name)));
  return local.values.every(({ name }) => names.has(essentialName(name)));
}

function membersMatch(local: Struct | Union, target: Struct | Union, level: number, budget: Budget): boolean {
  if (local.members.length > target.members.length) return false;
  return local.members.every((member) =>
    target.members.some(
      (other) => namesMatch(member.name, other.name) && match(member.type, other.type, false, level - 1, budget),
    ),
  );
}
