import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Engines other than Node that run native rings. */
export type Engine = "bun" | "deno";

/** Every engine with every way in which it may have rings; Bun cannot read pages that are mapped read-only, and copies. */
export const ringHosts = [
  { engine: "node", rings: "lent" },
  { engine: "node", rings: "copied" },
  { engine: "bun", rings: "copied" },
  { engine: "deno", rings: "lent" },
] as const;

const arm = process.arch === "arm64";
/** Where `scripts/engines.mjs` puts them. */
const places: Record<Engine, string> = {
  bun: `@oven/bun-linux-${arm ? "aarch64" : "x64"}/bin/bun`,
  deno: `@deno/linux-${arm ? "arm64" : "x64"}-glibc/deno`,
};

/** The program of `engine`, or undefined where it was not brought. */
export function engineProgram(engine: Engine): string | undefined {
  const program = fileURLToPath(new URL(`../../../.tools/engines/node_modules/${places[engine]}`, import.meta.url));
  return existsSync(program) ? program : undefined;
}
