import type { Type } from "@rbgen/btf";
import { stripped } from "../type/ctype.ts";
import type { Parser } from "./parser.ts";

/**
 * Reports the annotations in comments that stand at no declaration: read as plain text, they would be lost without a word.
 * Only for a unit without errors, since what an error left out has taken no comment.
 */
export function reportStrayAnnotations(parser: Parser): void {
  const { comments, complaints } = parser;
  for (const { at, meant } of comments.misspelt()) {
    complaints.add("RB4004", at, "this comment annotates nothing: in comments, annotations begin with @rbgen", {
      severity: "warning",
      hint: `/* ${meant} */`,
    });
  }
  if (!comments.annotated || complaints.errors > 0) return;
  // Members take their comments when they are made.
  const seen = new Set<Type>();
  const waiting = parser.defined.map(({ type }) => type as Type);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    // a struct without a tag has only the name that a typedef, or a member, gives it
    let type = stripped(next);
    while (type.kind === "array") type = stripped(type.element);
    if ((type.kind !== "struct" && type.kind !== "union") || seen.has(type)) continue;
    seen.add(type);
    for (const member of type.members) waiting.push(member.type);
  }
  for (const at of comments.strays()) {
    complaints.add("RB4004", at, "this annotation belongs to no declaration", {
      hint: "put it right above the declaration, without an empty line, or behind it, on the line of its ';' or '}'",
    });
  }
}
