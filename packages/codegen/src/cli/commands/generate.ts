import { dirname, resolve } from "node:path";
import { BtfError } from "@rbgen/btf";
import type { Configuration } from "../../config/model.ts";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import { generateBy } from "../../generate.ts";
import { foundText, type InferredMap } from "../../plan/sent.ts";
import { placeOfCall } from "../../plan/told.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { generateSettings } from "../generate-settings.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import type { GenerateOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { checkOutput, type Job, jobsOf, mayOverwrite, writeOutput } from "../outputs.ts";
import { runtimeHint } from "../runtime-hint.ts";
import { SharedAnnotations } from "../shared-annotations.ts";
import { verboseInference, verboseOrigins } from "../verbose.ts";

/** What became of a job, for `--json`. */
interface Outcome {
  readonly input: string;
  readonly output: string;
  readonly records: readonly string[];
  readonly maps: readonly FoundMap[];
  readonly stale?: boolean;
}

/** Records that the program's code told, and where. */
interface FoundMap {
  readonly map: string;
  readonly records: readonly string[];
  readonly found: { readonly by: "type" | "size"; readonly verb: string; readonly at: string };
}

/** `rbgen <input…>`. */
export async function generateCommand(
  inputs: readonly string[],
  options: GenerateOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host } = invocation;
  const configuration = await loadConfiguration(options.config, host, invocation.report);
  if (configuration === undefined) return finish(invocation, options, []);
  const jobs = jobsOf(inputs, options, configuration, invocation);
  if (options.json && jobs.some((job) => job.output === "-") && !options.check) {
    throw new UsageError("--json and the generated text cannot both go to standard output: give -o FILE");
  }
  if (options.check && jobs.some((job) => job.output === "-")) {
    throw new UsageError("--check compares with a file: give -o FILE");
  }
  const reader = new InputReader(host, inputSettings(options, configuration.input), invocation.report);
  const outcomes: Outcome[] = [];
  const annotations = new SharedAnnotations(configuration.output.annotations ?? {}, jobs.length);
  let folder: string | undefined;
  for (const job of jobs) {
    const outcome = await runJob(job, options, configuration, annotations, reader, invocation);
    if (outcome === undefined) continue;
    outcomes.push(outcome);
    if (outcome.output !== "-") folder ??= dirname(resolve(host.cwd, outcome.output));
  }
  if (invocation.errors === 0) annotations.reportUnknown(invocation.report);
  const code = finish(invocation, options, outcomes);
  if (folder !== undefined && code === exitCode.ok && !options.json && !options.check) {
    const hint = runtimeHint(folder, host);
    if (hint !== undefined) host.stderr.write(`${invocation.paint.hint("hint")}: ${hint}\n`);
  }
  return code;
}

async function runJob(
  job: Job,
  options: GenerateOptions,
  configuration: Configuration,
  annotations: SharedAnnotations,
  reader: InputReader,
  invocation: Invocation,
): Promise<Outcome | undefined> {
  const { host } = invocation;
  const started = host.now();
  const before = invocation.errors;
  const module = await reader.read(job.input);
  if (module === undefined || invocation.errors > before) return undefined;
  const settings = generateSettings(job.settings, options, configuration, annotations.of(module), host.version);
  if (options.verbose) host.stderr.write(verboseOrigins(module, settings.types, invocation.paint));
  let file: Awaited<ReturnType<typeof generateBy>>;
  try {
    if (options.verbose && settings.infer) host.stderr.write(verboseInference(module, invocation.paint));
    file = await generateBy(() => host.loadTsMorph(), module, settings, invocation.report);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    invocation.report({ code: "RB3006", severity: "error", at: displayName(job.input), message: error.message });
  }
  if (file === undefined || invocation.errors > before) return undefined;
  const found = file.inferred.map(
    ({ map, records, call, bySize }): FoundMap => ({
      map,
      records,
      found: { by: bySize === undefined ? "type" : "size", verb: call.verb, at: placeOfCall(call) },
    }),
  );
  const outcome = { input: job.input, output: job.output, records: file.records, maps: found };
  if (!mayOverwrite(job, module.name, options.force, invocation)) return undefined;
  if (options.check) return { ...outcome, stale: checkOutput(job, file.text, options, invocation) };
  if (!writeOutput(job, file.text, invocation)) return undefined;
  if (!options.json) {
    host.stderr.write(inferredLines(file.inferred) + unknownLines(file.unknown));
    const count = `${file.records.length} record${file.records.length === 1 ? "" : "s"}`;
    const time = invocation.paint.faint(`${Math.max(1, Math.round(host.now() - started))} ms`);
    const output = job.output === "-" ? "standard output" : printable(job.output);
    host.stderr.write(`${printable(displayName(job.input))} → ${invocation.paint.strong(output)}  ${count}, ${time}\n`);
  }
  return outcome;
}

/** One line for each map whose records the program's code told: "events: struct event, reserved at probe.bpf.c:42". */
function inferredLines(inferred: readonly InferredMap[]): string {
  return inferred
    .map((one) => `${one.map}: ${foundText(one)}`)
    .map((line) => `${printable(line)}\n`)
    .join("");
}

function unknownLines(maps: readonly string[]): string {
  return maps
    .map((map) => `${map}: nothing is known of what it carries, no program sends on it; say it: --map ${map}=RECORD`)
    .map((line) => `${printable(line)}\n`)
    .join("");
}

function finish(invocation: Invocation, options: GenerateOptions, outcomes: readonly Outcome[]): ExitCode {
  if (options.json) {
    const files = outcomes.map(({ input, output, records, maps, stale }) => ({
      input: displayName(input),
      output,
      records,
      ...(maps.length === 0 ? {} : { maps }),
      ...(stale === undefined ? {} : { stale }),
    }));
    invocation.host.stdout.write(
      `${printableJson({ schema: 1, files, diagnostics: invocation.jsonDiagnostics() }, 2)}\n`,
    );
  } else invocation.printDiagnostics();
  if (invocation.errors > 0) return exitCode.input;
  return outcomes.some((outcome) => outcome.stale === true) ? exitCode.differs : exitCode.ok;
}
