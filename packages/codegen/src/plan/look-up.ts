import type { NamedType } from "@rbgen/btf";
import { globMatcher, isGlob } from "../glob.ts";
import type { TypeModule } from "../module.ts";
import { identityOf } from "./identity.ts";

const keyword = /^(struct|union|enum)\s+/;

type Tag = "struct" | "union" | "enum";

/** A type's name without its keyword: `struct event` → event. */
export function bareName(text: string): string {
  return text.replace(keyword, "");
}

function tagIn(text: string): Tag | undefined {
  return keyword.exec(text)?.[1] as Tag | undefined;
}

/** The types of one name; behind a keyword (`struct event`) only those of that kind. */
export function typesNamed(module: TypeModule, text: string): readonly NamedType[] {
  const tag = tagIn(text);
  const found = module.find(bareName(text), tag);
  return tag === undefined ? found : found.filter(({ kind }) => kind.replace("64", "") === tag);
}

/**
 * What a glob matches of the names of a module, as {@link typesNamed} takes them: behind its keyword, if it has one. Undefined
 * for a plain name.
 */
export function namesMatching(module: TypeModule, pattern: string): readonly string[] | undefined {
  const glob = bareName(pattern);
  if (!isGlob(glob)) return undefined;
  const tag = tagIn(pattern);
  const found = [...module.names()].filter(globMatcher(glob));
  return tag === undefined ? found : found.map((name) => `${tag} ${name}`);
}

/**
 * The types that `text` may mean, as C says it: `struct file` is the tag, `file` a typedef of that name before a tag. What the input
 * itself defines comes before what it includes. Several are left only where nothing tells them apart.
 */
export function lookUp(module: TypeModule, text: string): readonly NamedType[] {
  const byIdentity = new Map<unknown, NamedType>();
  for (const type of typesNamed(module, text)) {
    if (type.kind === "fwd") continue;
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
