import { type Command, InvalidArgumentError, Option } from "commander";
import { type FrontEndLimits, limitNames } from "../../c/text/limits.ts";
import type { MacroOption } from "../../config/model.ts";
import { partsProblem, type RecordPart, recordParts } from "../../emit/record-part.ts";
import { parseDefine, parseLimit } from "./arguments.ts";
import { ListOption } from "./list-option.ts";

/** How an input is read: given to every command that reads one. Absent means: not said on the command line. */
export interface InputOptions {
  readonly endian?: "little" | "big";
  readonly base?: string;
  /** `--types FILE`. */
  readonly typesFrom?: string;
  readonly includePaths: readonly string[];
  readonly quotePaths: readonly string[];
  readonly systemPaths: readonly string[];
  readonly forcedIncludes: readonly string[];
  readonly macros: readonly MacroOption[];
  readonly sysroot?: string;
  readonly vmlinux?: string;
  readonly frontend?: "builtin" | "clang";
  readonly limits: Partial<FrontEndLimits>;
  readonly config?: string;
  readonly verbose: boolean;
  readonly json: boolean;
}

/** `--map MAP=RECORD`. */
export interface MapOption {
  readonly map: string;
  readonly record: string;
}

/** What `rbgen <input…>` takes beside {@link InputOptions}. */
export interface GenerateOptions extends InputOptions {
  readonly output?: string;
  readonly format?: "ts" | "js";
  readonly types: readonly string[];
  readonly all?: boolean;
  readonly maps: readonly MapOption[];
  readonly int64?: "bigint" | "number";
  readonly case?: "camel" | "preserve";
  readonly columns?: boolean;
  /** What a file has of each record. */
  readonly only?: readonly RecordPart[];
  readonly typedArrays?: boolean;
  /** False: what a program's code sends is not looked at. */
  readonly infer?: boolean;
  readonly check: boolean;
  /** Say what would be written, and write nothing. */
  readonly dryRun: boolean;
  /** Generate again whenever something changes, until the process is told to end. */
  readonly watch: boolean;
  /** Where Makefile rules are written that say what each output was made of. */
  readonly depfile?: string;
  /** Whether an output that rbgen did not write, or from another input, may go. */
  readonly force: boolean;
}

/** What `rbgen layout` takes beside {@link InputOptions}. */
export interface LayoutOptions extends InputOptions {
  readonly types: readonly string[];
  readonly leaves: boolean;
  readonly svg: boolean;
}

/** What `rbgen list` takes beside {@link InputOptions}. */
export interface ListOptions extends InputOptions {
  readonly types: readonly string[];
}

/** What `rbgen diff` takes beside {@link InputOptions}. */
export interface DiffOptions extends InputOptions {
  readonly types: readonly string[];
}

type Flags = {
  -readonly [Name in
    | "endian"
    | "base"
    | "types"
    | "sysroot"
    | "vmlinux"
    | "frontend"
    | "config"
    | "output"
    | "format"
    | "int64"
    | "diagnostics"
    | "depfile"
    | "case"]?: string;
} & {
  readonly [Name in "I" | "iquote" | "isystem" | "include" | "type"]?: readonly string[];
} & {
  readonly [Name in
    | "all"
    | "columns"
    | "typedArrays"
    | "infer"
    | "verbose"
    | "quiet"
    | "dryRun"
    | "watch"
    | "json"
    | "check"
    | "force"
    | "leaves"
    | "svg"]?: boolean;
} & {
  readonly map?: readonly MapOption[];
  readonly only?: readonly RecordPart[];
  readonly limit?: Partial<FrontEndLimits>;
};

const append = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

function appendMap(value: string, previous: readonly MapOption[] = []): readonly MapOption[] {
  const equals = value.indexOf("=");
  if (equals <= 0 || equals === value.length - 1) throw new InvalidArgumentError("Write MAP=RECORD.");
  return [...previous, { map: value.slice(0, equals), record: value.slice(equals + 1) }];
}

function partsOf(text: string): readonly RecordPart[] {
  const names = text.split(",").map((name) => name.trim());
  const problem = partsProblem(names);
  if (problem !== undefined) throw new InvalidArgumentError(`${problem}.`);
  return recordParts.filter((part) => names.includes(part));
}

function addLimit(text: string, previous: Partial<FrontEndLimits> = {}): Partial<FrontEndLimits> {
  try {
    const { name, value } = parseLimit(text);
    return { ...previous, [name]: value };
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new InvalidArgumentError(error.message);
  }
}

/** Adds the options of {@link InputOptions}; gives the function that reads them once the command line is parsed. */
export function addInputOptions(command: Command): () => InputOptions {
  const macros: MacroOption[] = [];
  command
    .optionsGroup("Input:")
    .addOption(new Option("--endian <order>", "byte order of a header's target").choices(["little", "big"]))
    .option("--base <file>", "BTF that a split BTF extends, as /sys/kernel/btf/vmlinux")
    .option("--types <header>", "a header with the records of an object whose compiler dropped them")
    .option("-I <dir>", "look for #include files here", append)
    .option("--iquote <dir>", 'look for #include "…" files here first (also -iquote)', append)
    .option("--isystem <dir>", "look for #include files here, after -I (also -isystem)", append)
    .option("--include <file>", "read this header before the input (also -include)", append)
    .option("-D <name[=text]>", "define a macro", (value: string) => void macros.push(parseDefine(value)))
    .option("-U <name>", "undefine a macro", (name: string) => void macros.push({ name, value: undefined }))
    .option("--sysroot <dir>", "root of the system's include directories")
    .option("--vmlinux <file>", "BTF or vmlinux that answers for the kernel's types")
    .addOption(new Option("--frontend <which>", "what reads headers").choices(["builtin", "clang"]))
    .option("--limit <name=number>", `how much a header may cost, by ${limitNames.join(", ")}`, addLimit)
    .option("--config <file>", "configuration instead of rbgen.config.ts here")
    .option("-v, --verbose", "say where each type came from")
    .option("-q, --quiet", "print diagnostics alone, and what was asked for")
    .addOption(
      new Option("--diagnostics <form>", "what diagnostics are printed as").choices(["text", "json", "github"]),
    );
  return () => {
    const flags = command.opts<Flags>();
    return {
      ...(flags.endian === undefined ? {} : { endian: flags.endian === "big" ? "big" : "little" }),
      ...(flags.base === undefined ? {} : { base: flags.base }),
      ...(flags.types === undefined ? {} : { typesFrom: flags.types }),
      includePaths: flags.I ?? [],
      quotePaths: flags.iquote ?? [],
      systemPaths: flags.isystem ?? [],
      forcedIncludes: flags.include ?? [],
      macros,
      ...(flags.sysroot === undefined ? {} : { sysroot: flags.sysroot }),
      ...(flags.vmlinux === undefined ? {} : { vmlinux: flags.vmlinux }),
      ...(flags.frontend === undefined ? {} : { frontend: flags.frontend === "clang" ? "clang" : "builtin" }),
      limits: flags.limit ?? {},
      ...(flags.config === undefined ? {} : { config: flags.config }),
      verbose: flags.verbose === true,
      json: flags.json === true,
    };
  };
}

/** Adds `--type`. */
export function addTypeOption(command: Command): void {
  command.option("-t, --type <name>", "a type, or a glob over type names; may be repeated", append);
}

/** The values of `--type`. */
export function readTypes(command: Command): readonly string[] {
  return command.opts<Flags>().type ?? [];
}

/** Adds the options by which records are chosen, and what is made of them. */
function addRecordOptions(command: Command): void {
  addTypeOption(command);
  command
    .option("--all", "every struct and union is a record")
    .option("--map <map=record>", "the record type that a ring map carries; may be repeated", appendMap)
    .option("--no-infer", "do not look at what a program's code sends on which map")
    .addOption(new Option("--int64 <as>", "64-bit integers").choices(["bigint", "number"]))
    .addOption(caseOption());
}

/** `--case`. */
export function caseOption(): Option {
  return new Option("--case <style>", "names of members and types").choices(["camel", "preserve"]);
}

/** The value of `--case`. */
export function readCase(flags: { readonly case?: string }): { readonly case?: "camel" | "preserve" } {
  return flags.case === undefined ? {} : { case: flags.case === "preserve" ? "preserve" : "camel" };
}

function recordFlags(command: Command): Omit<GenerateOptions, keyof InputOptions> {
  const flags = command.opts<Flags>();
  return {
    ...(flags.output === undefined ? {} : { output: flags.output }),
    ...(flags.format === undefined ? {} : { format: flags.format === "js" ? "js" : "ts" }),
    types: readTypes(command),
    ...(flags.all === undefined ? {} : { all: flags.all }),
    maps: flags.map ?? [],
    ...(flags.int64 === undefined ? {} : { int64: flags.int64 === "number" ? "number" : "bigint" }),
    ...readCase(flags),
    ...(flags.columns === undefined ? {} : { columns: flags.columns }),
    ...(flags.only === undefined ? {} : { only: flags.only }),
    ...(flags.typedArrays === undefined ? {} : { typedArrays: flags.typedArrays }),
    ...(flags.infer === false ? { infer: false } : {}),
    check: flags.check === true,
    dryRun: flags.dryRun === true,
    watch: flags.watch === true,
    ...(flags.depfile === undefined ? {} : { depfile: flags.depfile }),
    force: flags.force === true,
  };
}

/** Adds the options of {@link GenerateOptions} that are its own. */
export function addGenerateOptions(command: Command): () => Omit<GenerateOptions, keyof InputOptions> {
  command
    .optionsGroup("Output:")
    .option("-o, --output <path>", "write to this file, or into this folder (gen/); - is standard output");
  command.addOption(
    new Option("--format <form>", "a TypeScript file, or JavaScript with declarations and source maps").choices([
      "ts",
      "js",
    ]),
  );
  addRecordOptions(command);
  command
    .option("--typed-arrays", "arrays of numbers become typed arrays")
    .option("--columns", "decode into columns, too: a typed array for each member")
    .addOption(new ListOption("--only <parts>", "what files have of each record", recordParts).argParser(partsOf))
    .option("--check", "write nothing; show a diff and exit with 3 where the output is stale")
    .option("-w, --watch", "generate again when something changes that an output depends on")
    .option("--dry-run", "write nothing; say what would be written")
    .option("--depfile <file>", "write Makefile rules that say which files each output was made of")
    .option("--force", "write over a file that rbgen did not write, or that is another input's");
  return () => recordFlags(command);
}

/** Adds those of them that say what the records of an input are. */
export function addSchemaOptions(command: Command): () => Omit<GenerateOptions, keyof InputOptions> {
  command.optionsGroup("Output:");
  addRecordOptions(command);
  return () => recordFlags(command);
}

/** Whether `--leaves` was given. */
export function readLeaves(command: Command): boolean {
  return command.opts<Flags>().leaves === true;
}

/** Whether `--svg` was given. */
export function readSvg(command: Command): boolean {
  return command.opts<Flags>().svg === true;
}

/** How a run is to speak. */
interface SpeechFlags {
  readonly quiet: boolean;
  readonly diagnostics: "text" | "json" | "github";
  readonly json: boolean;
}

/** How the run is to speak: of every command, also of those that read no input. */
export function readSpeech(command: Command): SpeechFlags {
  const { quiet, diagnostics, json } = command.opts<Flags>();
  return {
    quiet: quiet === true,
    diagnostics: diagnostics === "json" || diagnostics === "github" ? diagnostics : "text",
    json: json === true,
  };
}
