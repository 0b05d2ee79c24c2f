import { preludeConstants, preludeTypes } from "../c/parse/prelude.ts";

/** A name that clang does not know: of a type, or in an expression. */
const unknown = /error: (?:unknown type name|use of undeclared identifier) '(\w+)'/g;

/**
 * Definitions, in C, of the everyday names that clang complains of: the built-in front-end knows them without a header.
 * Only of those, since a header may define the others in its own way.
 */
export function everydayDefinitions(complaints: string): ReadonlyMap<string, string> {
  const definitions = new Map<string, string>();
  for (const [, name = ""] of complaints.matchAll(unknown)) {
    const type = preludeTypes.get(name);
    const constant = preludeConstants.get(name);
    if (type?.kind === "int") definitions.set(name, `typedef ${type.name} ${name};`);
    else if (constant !== undefined) {
      const cast = constant.type.kind === "ptr" ? "(void *)" : "";
      definitions.set(name, `#define ${name} (${cast}${constant.value})`);
    }
  }
  return definitions;
}
