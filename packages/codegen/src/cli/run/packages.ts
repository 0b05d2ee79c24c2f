import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { errorMessage, type Host } from "../host/host.ts";

/**
 * Loads optional packages from where the command runs, or from beside it; undefined, and a diagnostic, where that fails.
 * @param entries what is imported: "@rbgen/vm", "@rbgen/runtime/codegen/v1"
 * @param command who asks, and why it needs them
 */
export async function loadPackages(
  entries: readonly string[],
  command: { readonly at: string; readonly why: string },
  host: Host,
  report: Report,
): Promise<readonly Readonly<Record<string, unknown>>[] | undefined> {
  const here = dirname(fileURLToPath(import.meta.url));
  const loaded: Readonly<Record<string, unknown>>[] = [];
  const fail = (message: string, hint?: string): undefined => {
    report({ code: "RB5020", severity: "error", at: command.at, message, ...(hint !== undefined && { hint }) });
    return undefined;
  };
  for (const entry of entries) {
    const path = host.resolveFrom(entry, host.cwd) ?? host.resolveFrom(entry, here);
    if (path === undefined) {
      const names = [...new Set(entries.map((each) => each.split("/").slice(0, 2).join("/")))];
      const wanted = names.map((name) => `${name}@${host.version}`).join(" ");
      return fail(`${entry} is not installed: ${command.why}`, `npm install --save-dev ${wanted}`);
    }
    try {
      loaded.push((await host.importPath(path)) as Readonly<Record<string, unknown>>);
    } catch (error) {
      return fail(`${entry} cannot be loaded: ${errorMessage(error)}`);
    }
  }
  return loaded;
}
