import { didYouMean } from "@rbgen/btf";
import { literalPart } from "../glob.ts";
import { type Chosen, chosenFrom } from "../layout/select.ts";
import type { TypeModule } from "../module.ts";
import { bareName, namesMatching, typesNamed } from "../plan/look-up.ts";
import { displayName } from "./input/input-bytes.ts";
import type { Invocation } from "./invocation.ts";

/** The types that names and globs of `--type` ask for, each once; what names none is an RB5004. */
export function namedTypes(
  input: string,
  module: TypeModule,
  patterns: readonly string[],
  invocation: Invocation,
): readonly Chosen[] {
  const wanted = patterns.flatMap((pattern) => named(input, module, pattern, invocation));
  return wanted.filter(({ type }, index) => wanted.findIndex((other) => other.type === type) === index);
}

function named(input: string, module: TypeModule, text: string, invocation: Invocation): readonly Chosen[] {
  const matches = namesMatching(module, text);
  const found = (matches ?? [text]).flatMap((name) =>
    typesNamed(module, name).flatMap((type): Chosen[] => {
      const chosen = chosenFrom(type);
      if (chosen !== undefined) return [chosen];
      // A glob is for types with members; a plain typedef or an integer is shown when it is named.
      return matches === undefined && type.kind !== "fwd" ? [{ name: type.name, type }] : [];
    }),
  );
  if (found.length > 0) return found;
  const pattern = bareName(text);
  const hint = didYouMean(literalPart(pattern), module.names());
  const forward = matches === undefined && module.find(pattern).some((type) => type.kind === "fwd");
  invocation.report({
    code: "RB5004",
    severity: "error",
    at: displayName(input),
    message: forward
      ? `"${pattern}" is declared there and not defined`
      : `there is no type ${matches === undefined ? `"${text}"` : `that matches "${text}"`}`,
    ...(module.compiled === true && hint === undefined && matches === undefined
      ? {
          hint: `a compiler drops types that nothing uses: add to the source: struct ${pattern} *unused_${pattern} __attribute__((unused));`,
        }
      : hint === undefined
        ? {}
        : { hint }),
  });
  return [];
}
