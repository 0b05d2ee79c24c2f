import { DecodeError } from "@rbgen/runtime";
import { type Command, InvalidArgumentError, Option } from "commander";
import { ChunkError } from "../chunk/index.ts";
import type { ReadFrom } from "../read/beginning.ts";
import type { DriftPolicy } from "../read/drift.ts";
import { RelayError } from "../relay-error.ts";
import { CommandError } from "./exit-code.ts";
import { chooseCodec, type LoadedCodec, loadGeneratedFile } from "./load-codec.ts";
import type { Machine } from "./machine.ts";

/** What commands that read a ring are told alike. */
interface ReadingOptions {
  readonly codec: string;
  readonly type?: string;
  readonly ring?: string;
  readonly hosts?: readonly string[];
  readonly from?: ReadFrom;
  readonly onDrift: DriftPolicy;
}

/** What is to be read. */
export interface Reading {
  readonly codec: LoadedCodec;
  readonly ring: string;
  readonly hosts: "*" | readonly string[];
  readonly from: ReadFrom | undefined;
  readonly onDrift: DriftPolicy;
}

/** Adds the options that name what is read. */
export function addReadingOptions(command: Command, from: string): void {
  command
    .optionsGroup("Records:")
    .requiredOption("--codec <file>", "what rbgen generated for the records: events.gen.ts")
    .option("--type <name>", "which record of it, by its C name, where it has several")
    .option("--ring <name>", "which ring; the one that the file has, unless told")
    .option("--hosts <names...>", "only these hosts")
    .addOption(
      new Option("--from <where>", `new, start, a time (2026-03-01T12:00Z), or HOST:RECORD (${from})`).argParser(
        readFrom,
      ),
    )
    .addOption(
      new Option("--on-drift <policy>", "what to do with records of another layout than the codec's")
        .choices(["error", "skip", "decode-unaffected"])
        .default("error"),
    );
}

/** Where reading begins. */
function readFrom(text: string): ReadFrom {
  if (text === "new" || text === "start") return text;
  const [, host, record] = /^(.+):(\d{1,19})$/.exec(text) ?? [];
  // "2026-03-01T12:00" has that form, too
  if (host !== undefined && !/^\d{4}-\d{2}-\d{2}T\d{2}(:\d{2})?$/.test(host)) return { host, record: BigInt(record!) };
  const time = new Date(text);
  if (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(time.getTime())) return { time };
  throw new InvalidArgumentError("it is to be new, start, a time as 2026-03-01T12:00Z, or HOST:RECORD.");
}

/**
 * What a command line asks to read.
 * @throws CommandError, UsageError
 */
export async function readingOf(command: Command, machine: Machine): Promise<Reading> {
  const { codec: file, type, ring: name, hosts, from, onDrift } = command.opts<ReadingOptions>();
  const { codec, ring } = chooseCodec(await loadGeneratedFile(file, machine.cwd), { type, ring: name });
  return { codec, ring, hosts: hosts?.flatMap((text) => text.split(",")) ?? "*", from, onDrift };
}

/** Whether reading goes on behind `error`, which is told: a chunk or a sample that is none, or records that are gone. */
export function goesOn(error: unknown): error is Error {
  return (
    error instanceof ChunkError ||
    error instanceof DecodeError ||
    (error instanceof RelayError && error.code === "ERR_RELAY_MISSING")
  );
}

/** `error` with the next step, where the command line has one. */
export function withHint(error: unknown): unknown {
  if (!(error instanceof RelayError)) return error;
  if (error.code === "ERR_RELAY_DRIFT") {
    return new CommandError(
      error.message,
      "--on-drift skip passes over such records, --on-drift decode-unaffected takes those that decode alike",
    );
  }
  return error;
}
