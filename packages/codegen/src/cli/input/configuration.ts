import { dirname, join, relative, resolve } from "node:path";
import type { Configuration } from "../../config/model.ts";
import { validateConfig } from "../../config/validate.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { errorCode, errorMessage, type Host } from "../host/host.ts";
import { readImports } from "./config-imports.ts";
import { projectFolders } from "./project-folders.ts";

/** Where a configuration is looked for, in this order. */
export const configurationFiles: readonly string[] = [
  "rbgen.config.ts",
  "rbgen.config.mts",
  "rbgen.config.js",
  "rbgen.config.mjs",
  "rbgen.config.json",
];

/** Where a configuration is written. */
export const configurationFile = "rbgen.config.ts";

/**
 * The configuration: the file named by `--config`, or the one in the working folder or the nearest above it, up to the root of
 * the repository, or an empty one. Undefined where it is wrong, which is reported (RB5007, RB5008).
 */
export async function loadConfiguration(
  named: string | undefined,
  host: Host,
  report: Report,
): Promise<Configuration | undefined> {
  const file = named ?? nearest(host, report);
  if (file === undefined) return { inputs: [], input: {}, output: {} };
  const path = resolve(host.cwd, file);
  let wrong = false;
  const isJson = path.endsWith(".json");
  try {
    if (!host.files.exists(path)) throw new Error("there is no such file");
    const value = await exportOf(path, isJson, host);
    // Its getters are code of the file, too.
    const configuration = validateConfig(value, dirname(path), host.cwd, (at, message) => {
      wrong = true;
      report({
        code: "RB5008",
        severity: "error",
        at: at === "" ? file : `${file}: ${at}`,
        message: at === "" && !isJson ? `its default export: ${message}` : message,
        ...(!isJson && {
          hint: 'import { defineConfig } from "rbgen" and export default defineConfig({ … }) to have an editor check it',
        }),
      });
    });
    return wrong ? undefined : { ...configuration, file };
  } catch (error) {
    const [first, ...rest] = errorMessage(error).trimEnd().split("\n");
    report({
      code: "RB5007",
      severity: "error",
      at: file,
      message: `the configuration cannot be loaded: ${first}`,
      ...(rest.length === 0 ? {} : { notes: [rest.join("\n")] }),
      ...(errorCode(error) === "ERR_MODULE_NOT_FOUND" ? { hint: "install what it imports" } : {}),
    });
    return undefined;
  }
}

/** The configuration of the working folder, or of the nearest folder above it, as seen from there; warns of one that another goes before (RB5022). */
function nearest({ cwd, files }: Host, report: Report): string | undefined {
  for (const folder of projectFolders(cwd, files)) {
    const [name, ...others] = configurationFiles
      .filter((each) => files.exists(join(folder, each)))
      .map((each) => relative(cwd, join(folder, each)));
    for (const other of others) {
      report({
        code: "RB5022",
        severity: "warning",
        at: other,
        message: `it is not read: ${name} goes before it`,
        hint: "remove one of them, or name this one: --config FILE",
      });
    }
    if (name !== undefined) return name;
  }
  return undefined;
}

/** What the file exports; of an empty one, which a shell makes in `rbgen annotate probe.bpf.c > rbgen.config.ts`, no settings. */
async function exportOf(path: string, isJson: boolean, host: Host): Promise<unknown> {
  const empty = host.files.read(path).byteLength === 0;
  if (isJson) return empty ? {} : readJson(path, host);
  readImports(path, host.files);
  const value = await host.loadConfig(path);
  return value === undefined && empty ? {} : value;
}

function readJson(path: string, host: Host): unknown {
  const text = new TextDecoder().decode(host.files.read(path));
  return JSON.parse(text.replace(/^\ufeff/, ""));
}
