import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Report } from "../../diagnostics/diagnostic.ts";
import type { Host } from "../host/host.ts";

/**
 * Inputs with patterns in the place of paths, as a shell that expands none hands them over (in quotes, in package.json on
 * Windows, in a configuration): each becomes the files that it means, in order. A file that is called like a pattern is that
 * file; a pattern that means nothing is reported (RB5001). What is named by itself no pattern means, so that it has its own
 * settings alone; what is there twice with one setting is there once.
 */
export function expandInputs<Input extends { readonly path: string }>(
  inputs: readonly Input[],
  { cwd, files }: Pick<Host, "cwd" | "files">,
  report: Report,
): readonly Input[] {
  const isPattern = ({ path }: Input): boolean => /[*?[{]/.test(path) && !files.exists(resolve(cwd, path));
  const named = new Set(inputs.filter((input) => !isPattern(input)).map(({ path }) => resolve(cwd, path)));
  const taken: Input[] = [];
  const isNew = (input: Input): boolean => {
    const whole = { ...input, path: input.path === "-" ? "-" : resolve(cwd, input.path) };
    if (taken.some((other) => isDeepStrictEqual(other, whole))) return false;
    taken.push(whole);
    return true;
  };
  return inputs.flatMap((input): readonly Input[] => {
    if (!isPattern(input)) return isNew(input) ? [input] : [];
    const { path } = input;
    // A generated file is no input, whatever a pattern says.
    const found = files.glob(path, cwd).filter((each) => !/\.gen\.(?:d\.)?[cm]?[jt]s(?:\.map)?$/.test(each));
    if (found.length > 0) {
      const others = found.filter((each) => !named.has(resolve(cwd, each)));
      return others
        .sort()
        .map((each) => ({ ...input, path: each }))
        .filter(isNew);
    }
    report({
      code: "RB5001",
      severity: "error",
      at: path,
      message: `no file matches ${path}`,
      hint: `it is looked for in ${cwd}`,
    });
    return [];
  });
}

/** The same of a command line. */
export function expandPaths(
  paths: readonly string[],
  { host, report }: { readonly host: Pick<Host, "cwd" | "files">; readonly report: Report },
): readonly string[] {
  const inputs = paths.map((path) => ({ path }));
  return expandInputs(inputs, host, report).map(({ path }) => path);
}
