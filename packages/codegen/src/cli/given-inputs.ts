import type { Configuration } from "../config/model.ts";
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

/** The files of a command line, or of the configuration where that names none. @throws UsageError */
export function pathsOf(
  paths: readonly string[],
  configuration: Configuration,
  { host, report }: { readonly host: Pick<Host, "cwd" | "files">; readonly report: Report },
): readonly string[] {
  return expandInputs(givenInputs(paths, configuration), host, report).map(({ path }) => path);
}
