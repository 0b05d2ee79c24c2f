import { resolve } from "node:path";
import { didYouMean } from "@rbgen/btf";
import { Command, CommanderError, InvalidArgumentError } from "commander";
import { printable, printableLines } from "../diagnostics/display-text.ts";
import { takeCompilerFlags } from "./compiler-flags.ts";
import { type ExitCode, exitCode, UsageError } from "./exit-code.ts";
import { tellFailure } from "./failure.ts";
import type { Host } from "./host/host.ts";
import { expandPaths } from "./input/input-globs.ts";
import {
  addGenerateOptions,
  addInputOptions,
  addSchemaOptions,
  addTypeOption,
  caseOption,
  readCase,
  readLeaves,
  readSpeech,
  readSvg,
  readTypes,
} from "./input/options.ts";
import { Invocation } from "./invocation.ts";
import { addRunOptions } from "./run/options.ts";

const exitCodes = `
Exit codes:
  0   fine
  1   an input is wrong; diagnostics say how
  2   the command line is wrong
  3   it differs: --check found a stale output, diff found other layouts
  70  a bug of rbgen
`;

const examples = `
Examples:
  rbgen types.h                                     write types.gen.ts beside it
  rbgen probe.bpf.o --map events=event              records of a compiled object
  rbgen /sys/kernel/btf/vmlinux --type task_struct  a type of the running kernel
`;

const configuredInputs = "headers, objects, BTF; - is standard input; without any, those of rbgen.config.ts";

/** What a parsed command line asks for. */
type Action = (invocation: Invocation) => Promise<ExitCode>;

/** Commands by their first word; each builds its parser and says what to do. */
const commands: Readonly<Record<string, (command: Command, set: (action: Action) => void) => void>> = {
  layout(command, set) {
    command
      .description("Show sizes, offsets, holes and padding of types, or print them as JSON")
      .argument("[inputs...]", configuredInputs);
    const input = addInputOptions(command);
    command.optionsGroup("Output:");
    addTypeOption(command);
    command
      .option("--json", "one JSON document, errors in it")
      .option("--leaves", "with --json: every scalar of each type, nested ones opened")
      .option("--svg", "a picture of structs and unions: bytes, cache lines, holes, bit-fields, arms of unions");
    command.action((inputs: string[]) =>
      set(async (invocation) => {
        const { layoutCommand } = await import("./commands/layout.ts");
        return layoutCommand(
          inputs,
          { ...input(), types: readTypes(command), leaves: readLeaves(command), svg: readSvg(command) },
          invocation,
        );
      }),
    );
  },
  list(command, set) {
    command
      .description("List maps, programs, global variables, types and constants of inputs, and where they came from")
      .argument("[inputs...]", configuredInputs);
    const input = addInputOptions(command);
    command.optionsGroup("Output:");
    addTypeOption(command);
    command.option("--json", "one JSON document, errors in it");
    command.action((inputs: string[]) =>
      set(async (invocation) => {
        const { listCommand } = await import("./commands/list.ts");
        return listCommand(inputs, { ...input(), types: readTypes(command) }, invocation);
      }),
    );
  },
  annotate(command, set) {
    command
      .description("Print the rbgen.config.ts that says what was found: records of maps, folders of includes")
      .argument("[inputs...]", "sources and objects of programs; without any, those of rbgen.config.ts");
    const input = addInputOptions(command);
    command.optionsGroup("Output:").option("--write", "write it, where there is none");
    command.action((inputs: string[]) =>
      set(async (invocation) => {
        const { annotateCommand } = await import("./commands/annotate.ts");
        const { write } = command.opts<{ write?: boolean }>();
        return annotateCommand(inputs, { ...input(), write: write === true }, invocation);
      }),
    );
  },
  diff(command, set) {
    command
      .description("Compare the layouts of types in two inputs; exit with 3 where they differ")
      .argument("<old>", "what code was generated from: a header, an object, BTF")
      .argument("<new>", "what produces records now");
    const input = addInputOptions(command);
    command.optionsGroup("Output:");
    addTypeOption(command);
    command.option("--json", "one JSON document, errors in it");
    command.action((before: string, after: string) =>
      set(async (invocation) => {
        const { diffCommand } = await import("./commands/diff.ts");
        return diffCommand(before, after, { ...input(), types: readTypes(command) }, invocation);
      }),
    );
  },
  schema(command, set) {
    command
      .description("Print a JSON Schema of what toJSON gives of an input's records")
      .argument("[input]", "a header, an object, BTF; - is standard input; unless named, that of rbgen.config.ts");
    const own = addSchemaOptions(command);
    const input = addInputOptions(command);
    command.action((name: string | undefined) =>
      set(async (invocation) => {
        const { schemaCommand } = await import("./commands/schema.ts");
        return schemaCommand(name === undefined ? [] : [name], { ...input(), ...own() }, invocation);
      }),
    );
  },
  run(command, set) {
    command
      .description("Run programs of a compiled object, and show records, trace, maps and variables (needs @rbgen/vm)")
      .argument("<object>", "what clang -target bpf -g made");
    const own = addRunOptions(command);
    const input = addInputOptions(command);
    command.action((object: string) =>
      set(async (invocation) => {
        const { runCommand: run } = await import("./commands/run.ts");
        return run(object, { ...input(), ...own() }, invocation);
      }),
    );
  },
  tail(command, set) {
    command
      .description("Print the records of a ring in the kernel as lines of JSON (needs @rbgen/native)")
      .argument("<ring>", "where it is pinned, or its number: /sys/fs/bpf/events, 17")
      .argument("[inputs...]", "a header, a source or an object that tells its records; unless named, the kernel does");
    const input = addInputOptions(command);
    command
      .optionsGroup("Output:")
      .option("-t, --type <name>", "the record that the ring carries")
      .addOption(caseOption())
      .option("-n, --count <n>", "end after so many records", positiveCount);
    command.action((ring: string, inputs: string[]) =>
      set(async (invocation) => {
        const { tailCommand } = await import("./commands/tail.ts");
        const { type, count, ...flags } = command.opts<{ type?: string; count?: number; case?: string }>();
        const own = { ...(type !== undefined && { type }), ...(count !== undefined && { count }), ...readCase(flags) };
        return tailCommand(ring, expandPaths(inputs, invocation), { ...input(), ...own }, invocation);
      }),
    );
  },
  explain(command, set) {
    command
      .description("Show the page of a diagnostic's code, or list all codes")
      .argument("[codes...]", "such as RB2002");
    command.action((codes: string[]) =>
      set(async (invocation) => {
        const { explainCommand } = await import("./commands/explain.ts");
        return explainCommand(codes, invocation);
      }),
    );
  },
  include(command, set) {
    command.description("Print the folder of rbgen.h, for a compiler's -I");
    command.action(() =>
      set(async ({ host }) => {
        host.stdout.write(`${host.includeFolder}\n`);
        return exitCode.ok;
      }),
    );
  },
  init(command, set) {
    command
      .description("Set up a project: configuration, scripts of package.json, .gitattributes, a step for CI")
      .argument("[inputs...]", "headers, sources, objects; unless named, the .bpf.c there are, or the .bpf.o")
      .option("--config <file>", "the configuration's file: rbgen.config.ts, or .json")
      .option("--workflow", "write a workflow for GitHub Actions, in place of printing its step")
      .option("--force", "replace what is there, unasked")
      .option("-q, --quiet", "print diagnostics alone, and what was asked for");
    command.action((inputs: string[]) =>
      set(async (invocation) => {
        const { initCommand } = await import("./commands/init.ts");
        const { config, workflow, force } = command.opts<{ config?: string; workflow?: boolean; force?: boolean }>();
        const options = { workflow: workflow === true, force: force === true };
        return initCommand(inputs, { ...options, ...(config !== undefined && { config }) }, invocation);
      }),
    );
  },
  completion(command, set) {
    command
      .description("Print the script by which a shell completes the words of this command")
      .argument("<shell>", "bash, zsh or fish");
    command.action((shell: string) =>
      set(async (invocation) => {
        const { completionCommand, shells } = await import("./commands/completion.ts");
        const { completedCommand } = await import("./completion/completed.ts");
        const { diagnosticCodes } = await import("../diagnostics/codes.ts");
        const words: Readonly<Record<string, readonly string[]>> = {
          explain: Object.keys(diagnosticCodes),
          include: [],
          doctor: [],
          completion: shells,
        };
        const all = Object.keys(commands).map((name) => completedCommand(name, parserOf(name), words[name]));
        const generate = new Command("rbgen");
        addGenerate(generate, invocation.host.version, () => undefined);
        const help = completedCommand("help", new Command("help").description("Show the options of a command"), [
          ...Object.keys(commands),
        ]);
        return completionCommand(shell, [completedCommand("", generate), ...all, help], invocation);
      }),
    );
  },
  doctor(command, set) {
    command
      .description("Say what this machine's kernel can do (needs @rbgen/native)")
      .option("--json", "the same as JSON");
    command.action(() =>
      set(async (invocation) => {
        const { doctorCommand } = await import("./commands/doctor.ts");
        return doctorCommand(command.opts<{ json?: boolean }>().json === true, invocation);
      }),
    );
  },
};

function positiveCount(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0)
    throw new InvalidArgumentError("It must be a whole number from 1 on.");
  return value;
}

/** `help` and `help COMMAND`, which ask for the same as `--help`. */
function askForHelp(argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv;
  return first === "help" ? [...rest, "--help"] : argv;
}

/** Refuses a first input that is no file and nearly the name of a command, before anything is written for the others. */
function refuseMisspelt(inputs: readonly string[], host: Host): void {
  const [first = ""] = inputs;
  if (!/^[a-z]{3,}$/.test(first) || host.files.exists(resolve(host.cwd, first))) return;
  const meant = didYouMean(first, Object.keys(commands));
  if (meant !== undefined) throw new UsageError(`there is no command or file "${first}": ${meant}`);
}

function addGenerate(command: Command, version: string, set: (action: Action) => void): void {
  command
    .description("Generate TypeScript decoders and encoders for BPF ring buffer records")
    .argument("[inputs...]", configuredInputs)
    .version(version, "--version", "print the version");
  const output = addGenerateOptions(command);
  command.option("--json", "results and diagnostics as one JSON document on standard output");
  const input = addInputOptions(command);
  const list = Object.keys(commands).map((name) => `  rbgen ${name.padEnd(10)} ${parserOf(name).description()}`);
  command.addHelpText(
    "after",
    `\nOther commands (rbgen <command> --help):\n${list.join("\n")}\n${examples}${exitCodes}`,
  );
  command.action((inputs: string[]) =>
    set(async (invocation) => {
      refuseMisspelt(inputs, invocation.host);
      const { generateCommand } = await import("./commands/generate.ts");
      return generateCommand(inputs, { ...input(), ...output() }, invocation);
    }),
  );
}

function parserOf(name: string): Command {
  const command = new Command(name);
  commands[name]!(command, () => undefined);
  return command;
}

/**
 * Runs `rbgen` with the arguments that follow the program's name; gives its exit code.
 * Nothing is thrown: what goes wrong is printed.
 */
export async function runCommand(argv: readonly string[], host: Host): Promise<ExitCode> {
  const given = askForHelp(argv);
  if (given !== argv && given.length > 1 && !/^-|^help$/.test(given[0]!) && !Object.hasOwn(commands, given[0]!)) {
    const meant = didYouMean(given[0]!, Object.keys(commands)) ?? "rbgen --help lists them";
    host.stderr.write(`error: ${printable(`there is no command "${given[0]}": ${meant}`)}\n`);
    return exitCode.usage;
  }
  const name = given[0] !== undefined && Object.hasOwn(commands, given[0]) ? given[0] : undefined;
  const command = new Command(name === undefined ? "rbgen" : `rbgen ${name}`)
    .exitOverride()
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      // It quotes the arguments, which may be names of files that another made.
      writeErr: (text) => host.stderr.write(printableLines(text)),
      getOutHelpWidth: () => Math.min(host.stdout.columns, 110),
      getErrHelpWidth: () => Math.min(host.stderr.columns, 110),
    });
  let action: Action | undefined;
  const set = (chosen: Action) => {
    action = chosen;
  };
  let invocation = new Invocation(host);
  try {
    if (name === undefined) addGenerate(command, host.version, set);
    else {
      commands[name]!(command, set);
      command.addHelpText("after", exitCodes);
    }
    const own = new Set(command.options.map(({ long }) => long ?? ""));
    const { args, ignored } = takeCompilerFlags(name === undefined ? given : given.slice(1), own);
    // As a shell gives it for a variable that is not set: no file, folder or name is called that.
    if (given.includes("")) throw new UsageError("an argument is empty");
    command.parse(args, { from: "user" });
    const { json, ...speech } = readSpeech(command);
    if (json && speech.diagnostics !== "text") {
      throw new UsageError("--json has diagnostics in its document: leave --diagnostics out");
    }
    invocation = new Invocation(host, speech);
    if (ignored.length > 0) invocation.tell(`left to the compiler: ${printable(ignored.join(" "))}\n`);
    return (await action?.(invocation)) ?? exitCode.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
    return tellFailure(error, name ?? "", argv.includes("--json"), invocation);
  }
}
