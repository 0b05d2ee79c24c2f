import { join, resolve } from "node:path";
import { BtfError } from "@rbgen/btf";
import { generateSettings } from "./cli/generate-settings.ts";
import { areWhole, ownSettings } from "./cli/given-inputs.ts";
import { realHost } from "./cli/host/machine.ts";
import { ReadFiles, withFiles } from "./cli/host/read-files.ts";
import { loadConfiguration } from "./cli/input/configuration.ts";
import { InputReader } from "./cli/input/inputs.ts";
import type { GenerateOptions } from "./cli/input/options.ts";
import { inputSettings } from "./cli/input/settings.ts";
import { scriptNames } from "./cli/outputs.ts";
import { SharedAnnotations } from "./cli/shared-annotations.ts";
import type { Configuration, RbgenConfig } from "./config/model.ts";
import { validateConfig } from "./config/validate.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { DiagnosticLog } from "./diagnostics/log.ts";
import { plain } from "./diagnostics/render.ts";
import { type GeneratedFile, generateBy } from "./generate.ts";

export { describeUnknownKey, didYouMean, type KeysOf } from "@rbgen/btf";
export type { RbgenConfig } from "./config/model.ts";
export type { Script } from "./script/script.ts";
export type { Diagnostic, GeneratedFile };

/** How a file is read, and what is generated of it. */
export interface FileOptions {
  /** Folder that relative paths, and the search for a configuration, start from; that of the process unless told. */
  readonly cwd?: string;
  /**
   * The configuration, or the path of one; unless told, the nearest `rbgen.config.ts`, `.js` or `.json`, as for the command.
   * Its inputs are not used, but for the options that it has for this one.
   */
  readonly config?: string | RbgenConfig;
  /** Name of a JavaScript file, by which `file.script` is made: as `--format js -o` has it. */
  readonly script?: string;
}

/** What became of one file. */
export interface FileResult {
  /** Absent where a diagnostic is an error. */
  readonly file?: GeneratedFile;
  readonly diagnostics: readonly Diagnostic[];
  /** The diagnostics as the command prints them, without colours; empty where there are none. */
  readonly text: string;
  /** Absolute paths of every file that was read: the input, what it includes, the configuration and what that imports, BTF. */
  readonly read: readonly string[];
  /** Absolute paths where nothing is, and where a file would change the result: a header that would be found first, a configuration. */
  readonly missing: readonly string[];
}

const unsaid: GenerateOptions = {
  includePaths: [],
  quotePaths: [],
  systemPaths: [],
  forcedIncludes: [],
  macros: [],
  limits: {},
  types: [],
  maps: [],
  verbose: false,
  json: false,
  check: false,
  dryRun: false,
  watch: false,
  force: false,
};

/**
 * Generates from a header, a source or an object on this machine, as the command does, and writes nothing.
 * @param path of the input
 */
export async function generateFile(path: string, options: FileOptions = {}): Promise<FileResult> {
  const machine = realHost();
  const cwd = resolve(options.cwd ?? machine.cwd);
  const files = new ReadFiles(machine.files);
  const host = { ...withFiles(machine, files), cwd };
  const log = new DiagnosticLog();
  const read = files.collect();
  const file = await generated(path, options, host, files, log);
  return {
    ...(file !== undefined && log.errors === 0 && { file }),
    diagnostics: log.sorted(),
    text: log.render({ paint: plain, columns: 100 }),
    read: [...new Set([...read].map((each) => resolve(cwd, each)))],
    missing: files.missing().map((each) => resolve(cwd, each)),
  };
}

async function generated(
  path: string,
  options: FileOptions,
  host: ReturnType<typeof realHost>,
  files: ReadFiles,
  log: DiagnosticLog,
): Promise<GeneratedFile | undefined> {
  const { report } = log;
  const configuration = await configurationOf(options.config, host, report);
  if (configuration === undefined) return undefined;
  const asker = { host, report, tell: () => undefined };
  const reader = new InputReader(asker, inputSettings(unsaid, configuration.input), (used) => files.use(used));
  const module = await reader.read(path);
  if (module === undefined || log.errors > 0) return undefined;
  const settings = ownSettings(path, configuration, host);
  const isWhole = areWhole([path], configuration, host);
  const annotations = new SharedAnnotations(configuration.output.annotations ?? {}, { inputs: 1, isWhole });
  const script = options.script === undefined ? {} : { script: scriptNames({ output: options.script }, host) };
  try {
    const all = {
      ...generateSettings(settings, unsaid, configuration, { module, annotations }, host.version),
      ...script,
    };
    return await generateBy(() => host.loadTsMorph(), module, all, report);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    report({ code: "RB3006", severity: "error", at: path, message: error.message });
    return undefined;
  }
}

async function configurationOf(
  config: string | RbgenConfig | undefined,
  host: ReturnType<typeof realHost>,
  report: (diagnostic: Diagnostic) => void,
): Promise<Configuration | undefined> {
  if (config === undefined || typeof config === "string") return loadConfiguration(config, host, report);
  let wrong = false;
  const configuration = validateConfig(config, host.cwd, host.cwd, (at, message) => {
    wrong = true;
    report({ code: "RB5008", severity: "error", at: join("configuration", at), message });
  });
  return wrong ? undefined : configuration;
}
