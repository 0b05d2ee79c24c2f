import { resolve } from "node:path";
import type { Configuration, ConfiguredOutput } from "../config/model.ts";
import type { Report } from "../diagnostics/diagnostic.ts";
import { UsageError } from "./exit-code.ts";
import type { Host } from "./host/host.ts";
import { expandInputs } from "./input/input-globs.ts";

/**
 * What the command line names, else what the configuration does.
 * @throws UsageError where that is nothing, too.
 */
export function givenInputs(paths: readonly string[], { inputs, file }: Configuration): Configuration["inputs"] {
  const given = paths.length > 0 ? paths.map((path) => ({ path })) : inputs;
  if (given.length > 0) return given;
  throw new UsageError(
    `no input: name a header, an object or BTF${file === undefined ? "" : `, as ${file} names none`}`,
  );
}

/** What the configuration says of the input at `path` alone: the options of the entry that names it, or whose pattern means it. */
export function ownSettings(
  path: string,
  { inputs }: Configuration,
  { cwd, files }: Pick<Host, "cwd" | "files">,
): ConfiguredOutput {
  const input = resolve(cwd, path);
  const expanded = expandInputs(inputs, { cwd, files }, () => undefined);
  const {
    path: _path,
    output: _output,
    ...own
  } = expanded.find((each) => resolve(cwd, each.path) === input) ?? { path };
  return own;
}

/** Whether what the command line names is all that the configuration is for: that, or every input of it. */
export function areWhole(
  paths: readonly string[],
  { inputs }: Configuration,
  { cwd, files }: Pick<Host, "cwd" | "files">,
): boolean {
  if (paths.length === 0 || inputs.length === 0) return true;
  const expanded = (all: readonly { readonly path: string }[]) =>
    expandInputs(all, { cwd, files }, () => undefined).map(({ path }) => resolve(cwd, path));
  const named = new Set(expanded(paths.map((path) => ({ path }))));
  return expanded(inputs).every((path) => named.has(path));
}

/** The files of a command line, or of the configuration where that names none. @throws UsageError */
export function pathsOf(
  paths: readonly string[],
  configuration: Configuration,
  { host, report }: { readonly host: Pick<Host, "cwd" | "files">; readonly report: Report },
): readonly string[] {
  return expandInputs(givenInputs(paths, configuration), host, report).map(({ path }) => path);
}
