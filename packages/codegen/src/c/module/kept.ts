import type { Type } from "@rbgen/btf";
import type { Declared, Parser } from "../parse/parser.ts";
import { stripped } from "../type/ctype.ts";

/**
 * Which variables a compiler leaves in an object: global ones; static ones and what the kernel's configuration gives, where a
 * function that it keeps names them. A static constant, whose value it puts in its place, is none of them.
 */
export function keptBy(parser: Parser, declared: readonly Declared[]): (variable: Declared) => boolean {
  let named: ReadonlySet<string> | undefined;
  return ({ name, type, attributes, static: isStatic, extern, defined }) => {
    const configured = extern && !defined && attributes?.section === ".kconfig";
    if (!configured && (!isStatic || attributes?.used === true)) return true;
    if (isStatic && isFolded(type)) return false;
    named ??= namesOf(parser, declared);
    return named.has(name);
  };
}

/** A scalar constant that nothing changes behind the compiler's back; pointers to helpers are never written. */
function isFolded(type: Type): boolean {
  const bare = stripped(type);
  if (bare.kind === "ptr" && stripped(bare.target).kind === "func_proto") return true;
  let constant = false;
  for (let at = type; ; at = at.target) {
    if (at.kind === "const") constant = true;
    else if (at.kind !== "typedef" && at.kind !== "restrict" && at.kind !== "type_tag") {
      return constant && ["int", "enum", "enum64", "float", "ptr"].includes(at.kind);
    }
  }
}

/** Names in the bodies of functions that others can call, and of those that these name. */
function namesOf(parser: Parser, declared: readonly Declared[]): ReadonlySet<string> {
  const { cursor } = parser;
  const named = new Set<string>();
  const bodies = new Map<string, number>();
  const take = (open: number): void => {
    const end = cursor.behind(open);
    for (let at = open; at < end; at++) if (cursor.isName(at)) named.add(cursor.textAt(at));
  };
  for (const { name, body, static: isStatic, attributes } of declared) {
    if (body === undefined) continue;
    if (isStatic && attributes?.used !== true) bodies.set(name, body);
    else take(body);
  }
  // A set grows while it is walked: one function names another.
  for (const name of named) {
    const body = bodies.get(name);
    if (body !== undefined) take(body);
  }
  return named;
}
