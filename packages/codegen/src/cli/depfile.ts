import { resolve } from "node:path";
import { UsageError } from "./exit-code.ts";

/** A name as make reads it in a rule, escaped as gcc's `-MD` does. */
function made(name: string): string {
  // Backslashes are themselves, but for those before white space, which make takes in pairs.
  return name
    .replace(/(\\*)([ \t])/g, (_, slashes: string, space: string) => `${slashes}${slashes}\\${space}`)
    .replaceAll("$", "$$$$")
    .replaceAll("#", "\\#");
}

/** What one run made of one input. */
export interface Rule {
  readonly outputs: readonly string[];
  /** Files that were read, the input first; paths as they were asked for. */
  readonly inputs: readonly string[];
}

/** Each file once, below `cwd` as seen from there. */
function shown(paths: readonly string[], cwd: string): readonly string[] {
  const byFile = new Map<string, string>();
  for (const path of paths) {
    const file = resolve(cwd, path);
    if (!byFile.has(file)) byFile.set(file, path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path);
  }
  return [...byFile.values()].map((path) => path.replace(/^(?:\.\/)+(?=.)/, ""));
}

/** Makefile rules: each output depends on every file that was read for it. @throws UsageError */
export function depfileText(rules: readonly Rule[], cwd: string): string {
  return rules
    .map(({ outputs, inputs }) => {
      const [targets, sources] = [outputs, shown(inputs, cwd)];
      const odd = [...targets, ...sources].find((path) => /[\n\r]/.test(path));
      if (odd !== undefined) throw new UsageError(`no Makefile can name ${JSON.stringify(odd)}: leave --depfile out`);
      return `${targets.map(made).join(" ")}: ${sources.map(made).join(" \\\n ")}\n`;
    })
    .join("");
}
