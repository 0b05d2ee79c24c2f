import { identifier } from "../plan/names.ts";
import { type Code, code } from "./code.ts";

// Text of an input is data: it enters generated code through these functions and no others.

/** C0 and C1 controls, DEL, line and paragraph separators, marks that reorder text, the byte-order mark, lone surrogates. */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this finds
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * `text` inside of a comment, on one line: what ends a comment, what a reader cannot see and what TypeScript takes for a tag
 * (`@deprecated`, `{@link}`) is escaped.
 */
export function commentText(text: string): Code {
  return text
    .replace(/[\t\n\v\f\r ]+/g, " ")
    .trim()
    .replaceAll("*/", "*\\/")
    .replaceAll("@", "\\@")
    .replace(unseen, escaped) as Code;
}

/**
 * `text` as a string literal. A backslash is written by its number: the printer takes the quote behind two of them for one
 * of the text, and would then read what follows as code and as comments.
 */
export function quote(text: string): Code {
  const literal = JSON.stringify(text).replace(/\\(.)/gu, (pair, next: string) => (next === "\\" ? "\\u005c" : pair));
  return literal.replace(unseen, escaped) as Code;
}

/** `name` as the key of a property in a literal or a type. */
export function propertyKey(name: string): Code {
  if (name === "__proto__") return code`["__proto__"]`;
  const free = identifier(name);
  return name !== "" && name === free ? free : quote(name);
}
