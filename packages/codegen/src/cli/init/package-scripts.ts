import type { FileChange } from "./change.ts";

/** The scripts that generate, and that say in CI whether somebody did. */
const scripts: readonly (readonly [name: string, command: string])[] = [
  ["generate", "rbgen"],
  ["generate:check", "rbgen --check"],
];

/** package.json with our scripts, in its own indentation; undefined where it has them. @throws SyntaxError */
export function packageScripts(path: string, text: string): FileChange | undefined {
  const manifest = JSON.parse(text.replace(/^\ufeff/, "")) as { scripts?: Record<string, unknown> };
  const present = manifest.scripts ?? {};
  const missing = scripts.filter(([name, command]) => present[name] !== command);
  if (missing.length === 0) return undefined;
  const taken = missing.filter(([name]) => present[name] !== undefined).map(([name]) => `its script "${name}"`);
  const indent = /^[ \t]+(?=")/m.exec(text)?.[0] ?? "  ";
  const changed = { ...manifest, scripts: { ...present, ...Object.fromEntries(missing) } };
  return {
    path,
    text: `${JSON.stringify(changed, null, indent)}${text.endsWith("\n") || text === "" ? "\n" : ""}`,
    ...(taken.length > 0 && { loses: taken.join(" and ") }),
  };
}
