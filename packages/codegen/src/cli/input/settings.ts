import type { FrontEndLimits } from "../../c/text/limits.ts";
import type { ConfiguredInput, MacroOption } from "../../config/model.ts";
import type { InputOptions } from "./options.ts";

/** How inputs are read: command line and configuration together, paths as they were given or made absolute by the latter. */
export interface InputSettings {
  /** Of a header's target. */
  readonly endian: "little" | "big";
  /** What the command line asks for: an object that has another one contradicts it. */
  readonly wantedEndian: "little" | "big" | undefined;
  readonly base: string | undefined;
  /** The base is the command line's: a configuration may be for other inputs too. */
  readonly wantedBase: boolean;
  /** A header with types that objects lack. */
  readonly typesFrom: string | undefined;
  readonly quotePaths: readonly string[];
  readonly includePaths: readonly string[];
  readonly systemPaths: readonly string[];
  readonly forcedIncludes: readonly string[];
  /** `NAME` or `NAME=TEXT`. */
  readonly defines: readonly string[];
  readonly undefines: readonly string[];
  readonly sysroot: string | undefined;
  readonly vmlinux: string | undefined;
  readonly frontend: "builtin" | "clang";
  /** Of the built-in front-end, where they are not its own. */
  readonly limits: Partial<FrontEndLimits>;
}

/** The command line wins over the configuration; lists hold the command line's entries first, macros last. */
export function inputSettings(options: InputOptions, configured: ConfiguredInput): InputSettings {
  const macros = new Map<string, MacroOption>();
  for (const macro of [...(configured.macros ?? []), ...options.macros]) {
    // Of several options for one name the last one counts, as for a compiler; the order of the rest is kept.
    macros.delete(macro.name);
    macros.set(macro.name, macro);
  }
  const all = [...macros.values()];
  return {
    endian: options.endian ?? configured.endian ?? "little",
    wantedEndian: options.endian,
    base: options.base ?? configured.base,
    wantedBase: options.base !== undefined,
    typesFrom: options.typesFrom ?? configured.typesFrom,
    quotePaths: [...options.quotePaths, ...(configured.quotePaths ?? [])],
    includePaths: [...options.includePaths, ...(configured.includePaths ?? [])],
    systemPaths: [...options.systemPaths, ...(configured.systemPaths ?? [])],
    forcedIncludes: [...(configured.forcedIncludes ?? []), ...options.forcedIncludes],
    defines: all.flatMap(({ name, value }) => (value === undefined ? [] : [`${name}=${value}`])),
    undefines: all.flatMap(({ name, value }) => (value === undefined ? [name] : [])),
    sysroot: options.sysroot ?? configured.sysroot,
    vmlinux: options.vmlinux ?? configured.vmlinux,
    frontend: options.frontend ?? configured.frontend ?? "builtin",
    limits: { ...configured.limits, ...options.limits },
  };
}
