import type { Type } from "@rbgen/btf";
import { resolve } from "./resolve.ts";

/** What tells one type from another: nodes of BTF may be made anew each time, so their ids are compared. */
export function identityOf(type: Type): unknown {
  const core = resolve(type).type;
  return core.id ?? core;
}
