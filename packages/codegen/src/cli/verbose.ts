import { printable } from "../diagnostics/display-text.ts";
import type { Paint } from "../diagnostics/render.ts";
import { globMatcher, isGlob } from "../glob.ts";
import type { TypeModule } from "../module.ts";
import { foreignTypes, namedText } from "./origins.ts";

/** What `-v` says of a module: the types that it takes from elsewhere, and from where. */
export function verboseOrigins(module: TypeModule, types: readonly string[], paint: Paint): string {
  const names = types.flatMap((pattern) => {
    if (!isGlob(pattern)) return [pattern];
    const matches = globMatcher(pattern);
    return [...module.names()].filter(matches);
  });
  const roots = names.length > 0 ? names.flatMap((name) => module.find(name)) : module.types();
  let text = "";
  for (const [origin, used] of foreignTypes(module, roots)) {
    const list = used.map((type) => printable(namedText(type))).join(", ");
    text += `${paint.faint(`from ${printable(origin)}:`)} ${list}\n`;
  }
  return text;
}
