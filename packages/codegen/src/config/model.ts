import type { FrontEndLimits } from "../c/text/limits.ts";
import type { RecordPart } from "../emit/record-part.ts";
import type { MapTag } from "../plan/map-tag.ts";

/** What `rbgen.config.ts` exports by default: pass it through {@link defineConfig} to have it checked as it is typed. Relative paths are relative to the file. */
export interface RbgenConfig extends OutputConfig {
  /** Where an editor finds the schema of `rbgen.config.json`; it says nothing here. */
  readonly $schema?: string | undefined;
  /** Used where the command line names no input. */
  readonly inputs?: readonly (string | InputConfig)[] | undefined;
  /** Byte order of the target of headers; an object's own is known. */
  readonly endian?: "little" | "big" | undefined;
  /** BTF that a split BTF extends. */
  readonly base?: string | undefined;
  /** A header with the records of objects whose compiler dropped them: see `--types`. */
  readonly typesFrom?: string | undefined;
  /** Folders for `#include "…"` only. */
  readonly quotePaths?: readonly string[] | undefined;
  readonly includePaths?: readonly string[] | undefined;
  readonly systemPaths?: readonly string[] | undefined;
  /** Headers that are read before each input. */
  readonly forcedIncludes?: readonly string[] | undefined;
  /** Macros by name; `true` is 1, `false` undefines. */
  readonly defines?: Readonly<Record<string, string | number | boolean>> | undefined;
  readonly sysroot?: string | undefined;
  /** BTF or vmlinux that answers for the kernel's types. */
  readonly vmlinux?: string | undefined;
  readonly frontend?: "builtin" | "clang" | undefined;
  /** How much a header may cost, by name: see `--limit`. */
  readonly limits?: Readonly<Record<string, number>> | undefined;
}

/** What is generated; options of the command line win. */
export interface OutputConfig {
  /** Type names and globs. */
  readonly types?: readonly string[] | undefined;
  readonly all?: boolean | undefined;
  /** Record type by ring map, several with commas between them, or what tells those apart. */
  readonly maps?: Readonly<Record<string, string | TaggedMapConfig>> | undefined;
  /** False, as `--no-infer`: a program's code is not asked what it sends on which map. */
  readonly infer?: boolean | undefined;
  /** As `--format`: a TypeScript file, or JavaScript with declarations and source maps. */
  readonly format?: "ts" | "js" | undefined;
  readonly int64?: "bigint" | "number" | undefined;
  readonly case?: "camel" | "preserve" | undefined;
  /** As `--columns`: codecs decode into columns, too. */
  readonly columns?: boolean | undefined;
  /** As `--only`: what files have of each record, all but columns if left out. */
  readonly only?: readonly RecordPart[] | undefined;
  /** As `--typed-arrays`: arrays of numbers become typed arrays, such as a BigUint64Array of a stack. */
  readonly typedArrays?: boolean | undefined;
  /** Annotations by "struct" or "struct.member", as they would stand in a decl tag; they win over the source's. */
  readonly annotations?: Readonly<Record<string, string | readonly string[]>> | undefined;
}

/** The records of one map, and how a sample tells which it is. */
export interface TaggedMapConfig {
  /** Path of the member that all of them have at one place: "hdr.kind"; where it is not the same in all, by record. */
  readonly tag: string | Readonly<Record<string, string>>;
  /** What it is in each record: an integer, text of one beyond 2^53, the name of a constant, or a list of these. */
  readonly records: Readonly<Record<string, number | string | readonly (number | string)[]>>;
}

/** An input with an output, or options, of its own. */
export interface InputConfig extends OutputConfig {
  readonly path: string;
  /** `-` is standard output. */
  readonly output?: string | undefined;
}

/** Gives `config` back: for the types' sake. */
export function defineConfig(config: RbgenConfig): RbgenConfig {
  return config;
}

/** The records of a map, as `--map` takes them, and what tells them apart where that is said. */
export interface ConfiguredMap {
  readonly records: string;
  readonly tag?: MapTag;
}

/** {@link OutputConfig} after the checks. */
export interface ConfiguredOutput {
  readonly types?: readonly string[];
  readonly all?: boolean;
  readonly maps?: Readonly<Record<string, ConfiguredMap>>;
  readonly infer?: boolean;
  readonly format?: "ts" | "js";
  readonly int64?: "bigint" | "number";
  readonly case?: "camel" | "preserve";
  readonly columns?: boolean;
  readonly only?: readonly RecordPart[];
  readonly typedArrays?: boolean;
  readonly annotations?: Readonly<Record<string, readonly string[]>>;
}

/** One `-D` or `-U`, in the order of the command line. */
export interface MacroOption {
  readonly name: string;
  /** Text of the macro ("1" for `-DNAME`); undefined for `-U`. */
  readonly value: string | undefined;
}

/** How inputs are read, as a configuration says it. */
export interface ConfiguredInput {
  readonly endian?: "little" | "big";
  readonly base?: string;
  readonly typesFrom?: string;
  readonly quotePaths?: readonly string[];
  readonly includePaths?: readonly string[];
  readonly systemPaths?: readonly string[];
  readonly forcedIncludes?: readonly string[];
  readonly macros?: readonly MacroOption[];
  readonly sysroot?: string;
  readonly vmlinux?: string;
  readonly frontend?: "builtin" | "clang";
  readonly limits?: Partial<FrontEndLimits>;
}

/** {@link RbgenConfig} after the checks, paths made to hold from the working folder. */
export interface Configuration {
  /** The file that it is of, as seen from the working folder. */
  readonly file?: string;
  readonly inputs: readonly (ConfiguredOutput & { readonly path: string; readonly output?: string })[];
  readonly input: ConfiguredInput;
  readonly output: ConfiguredOutput;
}
