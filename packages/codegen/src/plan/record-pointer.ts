import type { Func, Var } from "@rbgen/btf";
import { resolve } from "./resolve.ts";

/**
 * Whether a global variable is what `RB_RECORD(map, type)` of rbgen.h declares: a pointer that keeps its type in BTF and
 * ties it to a map. No program reads it, and the number of its line is in its name, so it is no variable of an API.
 */
export function isRecordPointer(variable: Var | Func): boolean {
  if (variable.kind !== "var") return false;
  const tagged = variable.tags?.some((tag) => /^rbgen:(?:.*;)?\s*record\s*=/u.test(tag)) ?? false;
  return tagged && resolve(variable.type).type.kind === "ptr";
}

/**
 * Whether a global variable is there for its type alone: a record pointer, or the one that a diagnostic advises to keep a type in
 * BTF, `const struct event *unused_event`.
 */
export function keepsType(variable: Var | Func): boolean {
  if (variable.kind !== "var" || isRecordPointer(variable)) return variable.kind === "var";
  if (!variable.name.startsWith("unused_")) return false;
  const type = resolve(variable.type).type;
  if (type.kind !== "ptr") return false;
  const { type: target, typedefs } = resolve(type.target);
  const names = "name" in target && target.name !== "" ? [target.name, ...typedefs] : typedefs;
  return names.some((name) => variable.name === `unused_${name}`);
}
