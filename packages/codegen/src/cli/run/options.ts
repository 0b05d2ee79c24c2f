import { type Command, InvalidArgumentError, Option } from "commander";
import { caseOption, type InputOptions, type MapOption, readCase } from "../input/options.ts";

/** `NAME=VALUE`. */
export interface NamedValue {
  readonly name: string;
  readonly value: string;
}

/** What `rbgen run` takes beside {@link InputOptions}. */
export interface RunOptions extends InputOptions {
  /** Tracepoints, functions and hooks whose programs run, in order. */
  readonly fire: readonly string[];
  /** Programs that run by their names, after those. */
  readonly programs: readonly string[];
  /** File with the context: JSON, or its bytes. */
  readonly context?: string;
  /** File with a packet. */
  readonly data?: string;
  readonly times: number;
  /** Who programs run for. */
  readonly current: readonly NamedValue[];
  /** Global variables before the object is loaded. */
  readonly set: readonly NamedValue[];
  /** BTF of the kernel that the object is fitted to. */
  readonly btf?: string;
  readonly maps: readonly MapOption[];
  readonly case?: "camel" | "preserve";
  readonly engine?: "wasm" | "interpreter";
  readonly cpus: number;
  readonly seed: number;
  /** File that the covered lines are written to. */
  readonly coverage?: string;
}

type Flags = {
  readonly [Name in "context" | "data" | "btf" | "engine" | "coverage" | "case"]?: string;
} & {
  readonly [Name in "fire" | "program"]?: readonly string[];
} & {
  readonly [Name in "current" | "set"]?: readonly NamedValue[];
} & { readonly [Name in "times" | "cpus" | "seed"]: number } & { readonly map?: readonly MapOption[] };

const append = (value: string, previous: readonly string[] = []): readonly string[] => [...previous, value];

function named(text: string): NamedValue {
  const equals = text.indexOf("=");
  if (equals <= 0) throw new InvalidArgumentError("Write NAME=VALUE.");
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

const appendNamed = (text: string, previous: readonly NamedValue[] = []): readonly NamedValue[] => [
  ...previous,
  named(text),
];

const appendList = (text: string, previous: readonly NamedValue[] = []): readonly NamedValue[] => [
  ...previous,
  ...text.split(",").map(named),
];

function appendMap(text: string, previous: readonly MapOption[] = []): readonly MapOption[] {
  const { name, value } = named(text);
  if (value === "") throw new InvalidArgumentError("Write MAP=RECORD.");
  return [...previous, { map: name, record: value }];
}

function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is a number from 1 on.");
  return Number(text);
}

/** Adds the options of `rbgen run`; gives the function that reads them once the command line is parsed. */
export function addRunOptions(command: Command): () => Omit<RunOptions, keyof InputOptions> {
  command
    .optionsGroup("Run:")
    .option("--fire <target>", 'run what is attached there: "sched/sched_process_exec"; may be repeated', append)
    .option("--program <name>", "run this program; may be repeated", append)
    .option("--context <file>", "the context: members or arguments as JSON, or any other file's bytes")
    .option("--data <file>", "the packet, for programs that take one")
    .option("--times <n>", "how often", count, 1)
    .option("--current <name=value,...>", "who it runs for: pid, tgid, uid, gid, comm, cgroupId", appendList)
    .option(
      "--set <name=value>",
      "a global variable, or a part of it, as limits.max=7, before the object is loaded; may be repeated",
      appendNamed,
    )
    .option("--btf <file>", "types of the kernel that the object is fitted to; its own unless told")
    .addOption(new Option("--engine <name>", "what runs it").choices(["wasm", "interpreter"]))
    .option("--cpus <n>", "processors that there are", count, 1)
    .option("--seed <n>", "of random numbers", count, 1)
    .optionsGroup("Output:")
    .option("--map <map=record>", "the record type that a ring map carries; may be repeated", appendMap)
    .addOption(caseOption())
    .option("--coverage <file>", "write the lines of C that ran, as LCOV")
    .option("--json", "one JSON document, errors in it");
  return () => {
    const flags = command.opts<Flags>();
    const { context, data, btf, engine, coverage } = flags;
    return {
      fire: flags.fire ?? [],
      programs: flags.program ?? [],
      ...(context !== undefined && { context }),
      ...(data !== undefined && { data }),
      times: flags.times,
      current: flags.current ?? [],
      set: flags.set ?? [],
      ...(btf !== undefined && { btf }),
      maps: flags.map ?? [],
      ...readCase(flags),
      ...(engine !== undefined && { engine: engine === "wasm" ? "wasm" : "interpreter" }),
      cpus: flags.cpus,
      seed: flags.seed,
      ...(coverage !== undefined && { coverage }),
    };
  };
}
