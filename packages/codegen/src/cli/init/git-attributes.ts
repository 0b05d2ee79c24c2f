import type { FileChange } from "./change.ts";

/** Generated files, as reviews fold them and languages are counted without them. */
const patterns = ["*.gen.ts", "*.gen.js", "*.gen.d.ts", "*.gen.*.map"];

/** `.gitattributes` with a line for each kind of generated file; undefined where each has one. */
export function gitAttributes(path: string, text: string): FileChange | undefined {
  const lines = text.split(/\r?\n/).map((line) => line.trim().split(/\s+/));
  const isSaid = (pattern: string): boolean =>
    lines.some(([first, ...rest]) => first === pattern && rest.some((word) => /^[-!]?linguist-generated\b/.test(word)));
  const missing = patterns.filter((pattern) => !isSaid(pattern));
  if (missing.length === 0) return undefined;
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  return { path, text: `${before}${missing.map((pattern) => `${pattern} linguist-generated=true\n`).join("")}` };
}
