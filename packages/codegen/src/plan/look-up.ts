import type { NamedType } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { identityOf } from "./identity.ts";

const keyword = /^(struct|union|enum)\s+/;

/** A type's name without its keyword: `struct event` → event. */
export function bareName(text: string): string {
  return text.replace(keyword, "");
}

/**
 * The types that `text` may mean, as C says it: `struct file` is the tag, `file` a typedef of that name before a tag. What the input
 * itself defines comes before what it includes. Several are left only where nothing tells them apart.
 */
export function lookUp(module: TypeModule, text: string): readonly NamedType[] {
  const tag = keyword.exec(text)?.[1] as "struct" | "union" | "enum" | undefined;
  const byIdentity = new Map<unknown, NamedType>();
  for (const type of module.find(bareName(text), tag)) {
    if (type.kind === "fwd" || (tag !== undefined && type.kind.replace("64", "") !== tag)) continue;
    const identity = identityOf(type);
    if (!byIdentity.has(identity)) byIdentity.set(identity, type);
  }
  const found = [...byIdentity.values()];
  if (found.length < 2) return found;
  const own = found.filter((type) => module.origin(type).kind === "input");
  const best = own.length === 0 ? found : own;
  const typedefs = best.filter(({ kind }) => kind === "typedef");
  return typedefs.length === 0 ? best : typedefs;
}
