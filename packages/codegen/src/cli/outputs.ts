import { basename, dirname, join, relative, resolve } from "node:path";
import type { Configuration, ConfiguredOutput } from "../config/model.ts";
import { printable, printableLines } from "../diagnostics/display-text.ts";
import type { Paint } from "../diagnostics/render.ts";
import { commentText, textOf } from "../emit/code.ts";
import type { GeneratedFile } from "../generate.ts";
import { declarationsOf, type ScriptNames } from "../script/script.ts";
import { UsageError } from "./exit-code.ts";
import { givenInputs } from "./given-inputs.ts";
import { errorCode, type FileSystem, type Host } from "./host/host.ts";
import { displayName, reasonOf } from "./input/input-bytes.ts";
import { expandInputs } from "./input/input-globs.ts";
import type { GenerateOptions } from "./input/options.ts";
import type { Invocation } from "./invocation.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** One input and where its output goes; `-` is standard output. */
export interface Job {
  readonly input: string;
  readonly output: string;
  /** The output was named as a file, not made of the input's name. */
  readonly named: boolean;
  /** What it was named to go into. */
  readonly folder?: string;
  readonly settings: ConfiguredOutput;
  readonly format: "ts" | "js";
}

/** `probe.bpf.o` → `probe.gen.ts`, beside the input; in the current folder where the kernel's file systems hold it. */
export function outputFor(input: string, cwd: string, format: "ts" | "js" = "ts"): string {
  if (input === "-") return "-";
  const stem = basename(input)
    .replace(/(?!^)\.[^.]*$/, "")
    .replace(/(?!^)\.bpf$/, "");
  const file = `${stem}.gen.${format}`;
  if (/^\/(?:sys|proc|dev)\//.test(resolve(cwd, input))) return file;
  const folder = dirname(input);
  return folder === "." && !input.startsWith("./") ? file : join(folder, file);
}

/** Whether an output is the folder that outputs go to: one that is there, or a path that ends in a slash. */
function isFolder(output: string, cwd: string, files: FileSystem): boolean {
  return /[/\\]$/.test(output) || files.isDirectory(resolve(cwd, output));
}

/**
 * What is to be done; what cannot be is reported (RB5005, RB5006).
 * @param read what patterns of inputs are asked of
 * @throws UsageError
 */
export function jobsOf(
  inputs: readonly string[],
  options: GenerateOptions,
  configuration: Configuration,
  invocation: Pick<Invocation, "host" | "report">,
  read: FileSystem = invocation.host.files,
): readonly Job[] {
  const { cwd, files } = invocation.host;
  const expanded = expandInputs(givenInputs(inputs, configuration), { cwd, files: read }, invocation.report);
  const jobs = expanded.map(({ path, output, ...settings }): Job => {
    const named = options.output ?? output;
    const format = options.format ?? settings.format ?? configuration.output.format ?? "ts";
    const own = outputFor(path, cwd, format);
    if (named === undefined) return { input: path, output: own, named: false, settings, format };
    if (named === "-" || !isFolder(named, cwd, files)) {
      return { input: path, output: named, named: true, settings, format };
    }
    if (path === "-") throw new UsageError(`standard input has no name to be written under in ${named}: give -o FILE`);
    return {
      input: path,
      output: join(named, basename(own)),
      named: false,
      folder: named,
      settings,
      format,
    };
  });
  if (options.output !== undefined && jobs.length > 1 && !isFolder(options.output, cwd, files)) {
    throw new UsageError(`-o names one output, and there are ${jobs.length} inputs: name a folder, as -o gen/`);
  }
  const ofInputs = new Map(jobs.map(({ input }) => [resolve(cwd, input), input]));
  const taken = new Map<string, string>();
  return jobs.filter(({ input, output }) => {
    const path = output === "-" ? "-" : resolve(cwd, output);
    const overwritten = output === "-" ? undefined : ofInputs.get(path);
    if (overwritten !== undefined) {
      invocation.report({
        code: "RB5005",
        severity: "error",
        at: displayName(input),
        message: `cannot write ${output}: it is the input ${overwritten}, which would be lost`,
        hint: "give another place with -o FILE",
      });
      return false;
    }
    const other = taken.get(path);
    if (other === undefined || output === "-") {
      taken.set(path, input);
      return true;
    }
    invocation.report({
      code: "RB5006",
      severity: "error",
      at: displayName(input),
      message: `its output ${output} is that of ${other} too`,
      hint: "generate them one by one, with -o",
    });
    return false;
  });
}

/** The files of a job: the TypeScript, or the JavaScript, what TypeScript is told of it, and the maps of both. */
export function outputFiles({ output }: Pick<Job, "output">, { text, script }: GeneratedFile): readonly OutputFile[] {
  if (script === undefined) return [{ path: output, text }];
  const declarations = declarationsOf(output);
  return [
    { path: output, text: script.code },
    { path: declarations, text: script.declarations },
    ...(script.maps === undefined
      ? []
      : [
          { path: `${output}.map`, text: script.maps.code },
          { path: `${declarations}.map`, text: script.maps.declarations },
        ]),
  ];
}

/** What the files of a job are called, where it makes JavaScript: the C of the maps is told as seen from there. */
export function scriptNames({ output }: Pick<Job, "output">, { cwd, files }: Pick<Host, "cwd" | "files">): ScriptNames {
  const folder = dirname(resolve(cwd, output));
  return {
    code: basename(output),
    declarations: basename(declarationsOf(output)),
    sourcePath(file) {
      const path = resolve(cwd, file);
      // What is built in lies nowhere.
      return files.exists(path) ? relative(folder, path).replaceAll("\\", "/") : undefined;
    },
  };
}

/**
 * Whether what is at an output may be replaced: nothing, an empty file, or what rbgen wrote; `x.h`, `x.bpf.c` and `x.bpf.o` all
 * make `x.gen.ts`, and one is not written over another's without being told.
 */
export function mayOverwrite(job: Job, path: string, name: string, force: boolean, invocation: Invocation): boolean {
  const { host } = invocation;
  if (path === "-" || force) return true;
  const present = host.files.readRegular(resolve(host.cwd, path));
  if (present === undefined || present.length === 0) return true;
  const head = new TextDecoder().decode(present.subarray(0, 4096));
  // A map says what it is of, and no more.
  if (path.endsWith(".map") && head.includes(`"file":${JSON.stringify(basename(path, ".map"))}`)) return true;
  const from = /^\/\/ Generated by rbgen \S+ from (.*)\. Do not edit\.$/m.exec(head)?.[1];
  // As the line has it: names may hold line ends, and what ends a comment.
  if (from === textOf(commentText(name)) || (from !== undefined && job.named)) return true;
  invocation.report({
    code: "RB5006",
    severity: "error",
    at: displayName(job.input),
    message: `its output ${path} is there already, ${from === undefined ? "and rbgen did not write it" : `generated from ${from}`}`,
    hint: `name another with -o FILE, or say that it may go: --force`,
  });
  return false;
}

/** One file of a job's output; `-` is standard output. */
export interface OutputFile {
  readonly path: string;
  readonly text: string;
}

/** What writing does, or would do, to what is at an output. */
export type Change = "new" | "changed" | "unchanged";

/** Whether writing `text` changes anything. */
export function changeOf({ path, text }: OutputFile, { cwd, files }: Pick<Host, "cwd" | "files">): Change {
  if (path === "-") return "new";
  const present = files.readRegular(resolve(cwd, path));
  if (present === undefined) return "new";
  return Buffer.compare(present, Buffer.from(text)) === 0 ? "unchanged" : "changed";
}

/** Writes a file, unless it is as it would be written; reports where that fails (RB5005). */
export function writeOutput(file: OutputFile, folder: string | undefined, at: string, invocation: Invocation): boolean {
  const { host } = invocation;
  if (file.path === "-") {
    invocation.progress.clear();
    host.stdout.write(file.text);
    return true;
  }
  try {
    // A tool that goes by the times of files has nothing to do where nothing changed.
    if (changeOf(file, host) === "unchanged") return true;
    // A folder that was named as one is made; one that may be misspelt is not.
    if (folder !== undefined) host.files.makeFolder(resolve(host.cwd, folder));
    host.files.write(resolve(host.cwd, file.path), file.text);
    return true;
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    invocation.report({
      code: "RB5005",
      severity: "error",
      at: displayName(at),
      message: `cannot write ${file.path}: ${errorCode(error) === "ENOENT" ? "its folder does not exist" : reasonOf(error)}`,
      hint: "give another place with -o FILE",
    });
    return false;
  }
}

/** Whether the output differs from what would be written; prints the difference, or that there is none. */
export function checkOutput({ path, text }: OutputFile, json: boolean, invocation: Invocation): boolean {
  const { host, outPaint } = invocation;
  const present = host.files.readRegular(resolve(host.cwd, path));
  const before = present === undefined ? "" : new TextDecoder().decode(present);
  const stale = present === undefined || before !== text;
  if (json) return stale;
  invocation.progress.clear();
  if (stale) {
    const diff = unifiedDiff(before, text, present === undefined ? "/dev/null" : path, path);
    host.stdout.write(paintDiff(printableLines(diff), outPaint));
  }
  if (!stale) invocation.tell(`${printable(path)} is fresh\n`);
  else {
    const state = present === undefined ? "missing" : "stale";
    invocation.tellOfFile(path, `${path} is ${state}: run rbgen without --check`);
  }
  return stale;
}

function paintDiff(diff: string, paint: Paint): string {
  const paintLine = (line: string): string => {
    if (/^(?:---|\+\+\+) /.test(line)) return paint.strong(line);
    if (line.startsWith("@@")) return paint.hint(line);
    if (line.startsWith("-")) return paint.removed(line);
    return line.startsWith("+") ? paint.added(line) : line;
  };
  return diff.split("\n").map(paintLine).join("\n");
}
