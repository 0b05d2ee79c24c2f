import { printable } from "../diagnostics/display-text.ts";

/** An element of a picture: to be written as text, or made by whatever draws a page. */
export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (Element | string)[];
}

/** An element; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  children: readonly (Element | string)[] = [],
): Element {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return { name, attributes: Object.fromEntries(given), children };
}

/** Characters that no XML document may hold, escaped or not, beside those that {@link printable} shows as escapes. */
const noCharacters = /[\ufffe\uffff]/g;

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escaped(text: string): string {
  return printable(text)
    .replace(noCharacters, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character]!);
}

/** An element as XML; text of an input stays text wherever it stands. */
export function elementText({ name, attributes, children }: Element): string {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  if (children.length === 0) return `<${name}${head.join("")}/>`;
  const body = children.map((child) => (typeof child === "string" ? escaped(child) : elementText(child)));
  return `<${name}${head.join("")}>${body.join("")}</${name}>`;
}
