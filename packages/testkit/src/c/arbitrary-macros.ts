import fc from "fast-check";
import type { Picker } from "./arbitrary-program.ts";

/**
 * Random macro definitions and uses: object-like and function-like, `#`, `##`, variadics with and without a name, GNU's
 * comma, `__VA_OPT__`, rescanning, calls across lines and conditionals. All names of the nth program start with `p<n>_`.
 */
export function arbitraryMacros(count: number): fc.Arbitrary<readonly string[]> {
  return fc.gen().map((generate) => {
    const below = (limit: number): number => generate(fc.nat, { max: limit - 1 });
    const pick: Picker = {
      below,
      chance: (percent) => below(100) < percent,
      one: (items) => items[below(items.length)]!,
    };
    return Array.from({ length: count }, (_, i) => macros(`p${i}_`, pick));
  });
}

interface Defined {
  readonly name: string;
  /** Number of parameters; −1 for an object-like macro. */
  readonly params: number;
  readonly variadic: boolean;
}

function macros(prefix: string, pick: Picker): string {
  const names = Array.from({ length: 2 + pick.below(4) }, (_, i) => `${prefix}${String.fromCharCode(65 + i)}`);
  const defined: Defined[] = names.map((name) => {
    const params = pick.chance(35) ? -1 : pick.below(4);
    return { name, params, variadic: params > 0 && pick.chance(40) };
  });
  const lines: string[] = [];
  for (const macro of defined) {
    const params = Array.from({ length: Math.max(macro.params, 0) }, (_, i) => `x${i}`);
    const named = pick.chance(50);
    const last = named ? "rest" : "__VA_ARGS__";
    const list = params.map((name, i) =>
      macro.variadic && i === params.length - 1 ? (named ? "rest..." : "...") : name,
    );
    const usable = macro.variadic ? [...params.slice(0, -1), last] : params;
    lines.push(
      `#define ${macro.name}${macro.params < 0 ? "" : `(${list.join(pick.one([",", ", "]))})`} ${body(defined, usable, macro, named, pick)}`,
    );
  }
  for (let i = 1 + pick.below(4); i > 0; i--) lines.push(`${prefix}use${i} ${use(defined, pick, 2)} ;`);
  if (pick.chance(20)) lines.push(`#undef ${names[0]}`, `${names[0]} ${use(defined, pick, 1)}`);
  if (pick.chance(20)) lines.push(`#if defined ${names[1]} && !defined(${prefix}none)`, "yes", "#else", "no", "#endif");
  return `${lines.join("\n")}\n`;
}

function body(
  defined: readonly Defined[],
  params: readonly string[],
  macro: Defined,
  named: boolean,
  pick: Picker,
): string {
  const parts: string[] = [];
  for (let i = pick.below(6); i > 0; i--) {
    const kind = pick.below(12);
    const param = params.length > 0 ? pick.one(params) : "z";
    // What clang makes of `rest##rest` with nothing given is its own: other compilers keep a comma before it.
    const fixed = macro.variadic ? params.slice(0, -1) : params;
    const pasted = fixed.length > 0 ? pick.one(fixed) : "z";
    if (kind < 3) parts.push(param);
    else if (kind === 3 && params.length > 0) parts.push(`#${pick.one(["", " "])}${param}`);
    else if (kind === 4)
      parts.push(`${pick.one(["v", pasted])}${pick.one(["##", " ## "])}${pick.one([pasted, "w", "1"])}`);
    else if (kind === 5 && macro.variadic) parts.push(`f(a, ##${named ? "rest" : "__VA_ARGS__"})`);
    else if (kind === 6 && macro.variadic && !named)
      parts.push(`__VA_OPT__(${pick.one([", ", "a b", param, `(${param})`])})`);
    else if (kind < 9)
      parts.push(call(pick.one(defined), (depth) => (depth > 0 ? param : "q"), pick, 1).replaceAll("\n", " "));
    else
      parts.push(
        pick.one(["+", "12", "y", "(", ")", ",", '"s"', "'c'", "->", "1.5e+3", "a b", "\\\n"]).replace(/^[()]$/, "+"),
      );
  }
  return parts.join(pick.one([" ", "  "]));
}

function call(macro: Defined, leaf: (depth: number) => string, pick: Picker, depth: number): string {
  if (macro.params < 0) return macro.name;
  if (pick.chance(10)) return macro.name;
  const given = macro.variadic ? macro.params - 1 + pick.below(4) : macro.params;
  // A variadic macro takes at least a comma for what it names.
  const args = Array.from({ length: Math.max(given, macro.variadic ? macro.params - 1 : macro.params) }, () =>
    pick.chance(15) ? "" : leaf(depth),
  );
  return `${macro.name}${pick.one(["(", "(", " (", "(\n"])}${args.join(pick.one([",", ", "]))})`;
}

function use(defined: readonly Defined[], pick: Picker, depth: number): string {
  const parts: string[] = [];
  for (let i = 1 + pick.below(3); i > 0; i--) {
    if (depth > 0 && pick.chance(70))
      parts.push(call(pick.one(defined), () => use(defined, pick, depth - 1), pick, depth));
    else parts.push(pick.one(["k", "7", "(a, b)", '"x\\"y"', "'\\n'", "+", "l m", "/* c */"]));
  }
  return parts.join(" ");
}
