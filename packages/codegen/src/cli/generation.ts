import { dirname, resolve } from "node:path";
import { BtfError } from "@rbgen/btf";
import type { Configuration } from "../config/model.ts";
import { counted } from "../diagnostics/counted.ts";
import { printable, printableJson } from "../diagnostics/display-text.ts";
import { type GeneratedFile, generateBy } from "../generate.ts";
import { foundText, type InferredMap } from "../plan/sent.ts";
import { placeOfCall } from "../plan/told.ts";
import { depfileText, type Rule } from "./depfile.ts";
import { type ExitCode, exitCode, UsageError } from "./exit-code.ts";
import { generateSettings } from "./generate-settings.ts";
import { areWhole } from "./given-inputs.ts";
import type { Host } from "./host/host.ts";
import { ReadFiles, withFiles } from "./host/read-files.ts";
import { loadConfiguration } from "./input/configuration.ts";
import { displayName } from "./input/input-bytes.ts";
import { InputReader } from "./input/inputs.ts";
import type { GenerateOptions } from "./input/options.ts";
import { inputSettings } from "./input/settings.ts";
import type { Invocation } from "./invocation.ts";
import {
  type Change,
  changeOf,
  checkOutput,
  type Job,
  jobsOf,
  mayOverwrite,
  outputFiles,
  scriptNames,
  writeOutput,
} from "./outputs.ts";
import { runtimeHint } from "./runtime-hint.ts";
import { SharedAnnotations } from "./shared-annotations.ts";
import { verboseInference, verboseOrigins } from "./verbose.ts";

/** What became of a job, for `--json`. */
interface Outcome {
  readonly input: string;
  readonly output: string;
  /** All files, where they are several. */
  readonly outputs: readonly string[];
  readonly records: readonly string[];
  readonly maps: readonly FoundMap[];
  readonly change: Change;
  readonly stale?: boolean;
}

/** Records that the program's code told, and where. */
interface FoundMap {
  readonly map: string;
  readonly records: readonly string[];
  readonly found: { readonly by: "type" | "size"; readonly verb: string; readonly at: string };
}

/** One run over all inputs, and what it read. */
export class Generation {
  /** Every file that the outputs depend on, and every place that was looked at for one. */
  readonly read: ReadFiles;
  readonly #inputs: readonly string[];
  readonly #options: GenerateOptions;
  readonly #invocation: Invocation;
  /** The machine, with memory of what was read. */
  readonly #host: Host;
  readonly #rules: Rule[] = [];
  #job: Job | undefined;

  constructor(inputs: readonly string[], options: GenerateOptions, invocation: Invocation) {
    this.#inputs = inputs;
    this.#options = options;
    this.#invocation = invocation;
    this.read = new ReadFiles(invocation.host.files, (path) => this.#tellProgress(`reading ${path}`));
    this.#host = withFiles(invocation.host, this.read);
  }

  /** Generates; errors are reported and printed. @throws UsageError */
  async run(): Promise<ExitCode> {
    const options = this.#options;
    const invocation = this.#invocation;
    const ofConfiguration = this.read.collect();
    const configuration = await loadConfiguration(options.config, this.#host, invocation.report);
    if (configuration === undefined) return this.#finish([]);
    const jobs = jobsOf(this.#inputs, options, configuration, invocation, this.read);
    refuse(jobs, options);
    const { report, tell } = invocation;
    const reader = new InputReader(
      { host: this.#host, report, tell },
      inputSettings(options, configuration.input),
      (path) => this.read.use(path),
    );
    const outcomes: Outcome[] = [];
    const annotations = new SharedAnnotations(configuration.output.annotations ?? {}, {
      inputs: jobs.length,
      isWhole: areWhole(this.#inputs, configuration, this.#host),
    });
    let folder: string | undefined;
    for (const job of jobs) {
      this.#job = job;
      const outcome = await this.#runJob(job, configuration, annotations, reader, ofConfiguration);
      if (outcome === undefined) continue;
      outcomes.push(outcome);
      if (outcome.output !== "-") folder ??= dirname(resolve(this.#host.cwd, outcome.output));
    }
    if (invocation.errors === 0) annotations.reportUnknown(invocation.report);
    if (invocation.errors === 0) this.#writeDepfile();
    const code = this.#finish(outcomes);
    if (folder !== undefined && code === exitCode.ok && !options.json && !options.check && !options.dryRun) {
      const hint = runtimeHint(folder, invocation.host);
      if (hint !== undefined) invocation.tell(`${invocation.paint.hint("hint")}: ${hint}\n`);
    }
    return code;
  }

  #tellProgress(what: string): void {
    const job = this.#job;
    this.#invocation.progress.at(() => (job === undefined ? what : `${displayName(job.input)}: ${what}`));
  }

  async #runJob(
    job: Job,
    configuration: Configuration,
    annotations: SharedAnnotations,
    reader: InputReader,
    ofConfiguration: ReadonlySet<string>,
  ): Promise<Outcome | undefined> {
    const options = this.#options;
    const invocation = this.#invocation;
    const { host } = invocation;
    const started = host.now();
    const before = invocation.errors;
    const files = this.read.collect();
    this.#tellProgress("reading");
    const module = await reader.read(job.input);
    if (module === undefined || invocation.errors > before) return undefined;
    const settings = {
      ...generateSettings(job.settings, options, configuration, { module, annotations }, host.version),
      ...(job.format === "js" && { script: scriptNames(job, host) }),
    };
    this.#tellProgress("choosing records");
    if (options.verbose) invocation.tell(verboseOrigins(module, settings.types, invocation.paint));
    let file: GeneratedFile | undefined;
    try {
      if (options.verbose && settings.infer) invocation.tell(verboseInference(module, invocation.paint));
      const printer = () => {
        this.#tellProgress("printing");
        return host.loadTsMorph();
      };
      file = await generateBy(printer, module, settings, invocation.report);
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      invocation.report({ code: "RB3006", severity: "error", at: displayName(job.input), message: error.message });
    }
    if (file === undefined || invocation.errors > before) return undefined;
    const outputs = outputFiles(job, file);
    for (const { path } of outputs) {
      if (!mayOverwrite(job, path, module.name, options.force, invocation)) return undefined;
    }
    const outcome = {
      input: job.input,
      output: job.output,
      outputs: outputs.map(({ path }) => path),
      records: file.records,
      maps: file.inferred.map(foundMap),
      change: changeOfAll(outputs.map((output) => changeOf(output, host))),
    };
    if (options.check) {
      const stale = outputs.map((output) => checkOutput(output, options.json, invocation));
      return { ...outcome, stale: stale.includes(true) };
    }
    if (!options.dryRun) {
      for (const output of outputs) if (!writeOutput(output, job.folder, job.input, invocation)) return undefined;
    }
    this.#rules.push({ outputs: outcome.outputs, inputs: [job.input, ...ofConfiguration, ...files] });
    if (!options.json) {
      invocation.tell(inferredLines(file.inferred) + unknownLines(file.unknown));
      this.#tellOutcome(outcome, host.now() - started);
    }
    return outcome;
  }

  #tellOutcome({ input, output, records, change }: Outcome, time: number): void {
    const { paint, tell } = this.#invocation;
    const count = counted(records.length, "record");
    const would = { new: "would be made", changed: "would be changed", unchanged: "unchanged" }[change];
    const took = paint.faint(`${Math.max(1, Math.round(time))} ms`);
    const done = this.#options.dryRun ? would : change === "unchanged" ? `unchanged, ${took}` : took;
    const place = output === "-" ? "standard output" : printable(output);
    tell(`${printable(displayName(input))} → ${paint.strong(place)}  ${count}, ${done}\n`);
  }

  #writeDepfile(): void {
    const { depfile } = this.#options;
    if (depfile === undefined) return;
    const text = depfileText(this.#rules, this.#host.cwd);
    writeOutput({ path: depfile, text }, undefined, depfile, this.#invocation);
  }

  #finish(outcomes: readonly Outcome[]): ExitCode {
    const invocation = this.#invocation;
    const { json, dryRun } = this.#options;
    invocation.progress.clear();
    if (json) {
      const files = outcomes.map(({ input, output, outputs, records, maps, change, stale }) => ({
        input: displayName(input),
        output,
        ...(outputs.length > 1 && { outputs }),
        records,
        ...(maps.length === 0 ? {} : { maps }),
        ...(stale === undefined ? { change } : { stale }),
      }));
      const document = { schema: 1, ...(dryRun && { dryRun }), files, diagnostics: invocation.jsonDiagnostics() };
      invocation.host.stdout.write(`${printableJson(document, 2)}\n`);
    } else invocation.printDiagnostics();
    if (invocation.errors > 0) return exitCode.input;
    return outcomes.some((outcome) => outcome.stale === true) ? exitCode.differs : exitCode.ok;
  }
}

/** What does not go together. @throws UsageError */
function refuse(jobs: readonly Job[], { json, check, dryRun, depfile, watch }: GenerateOptions): void {
  const toStandardOutput = jobs.some((job) => job.output === "-");
  if (watch && (toStandardOutput || jobs.some((job) => job.input === "-"))) {
    throw new UsageError("--watch is for files: give them, and -o FILE");
  }
  const [other] = [json && "--json", check && "--check", dryRun && "--dry-run"].filter((name) => name !== false);
  if (watch && other !== undefined) throw new UsageError(`--watch writes, and goes on: leave ${other} out`);
  if (json && toStandardOutput && !check) {
    throw new UsageError("--json and the generated text cannot both go to standard output: give -o FILE");
  }
  for (const { format, output } of jobs) {
    if (format !== "js" || /[^/\\]\.m?js$/.test(output)) continue;
    throw new UsageError(`--format js writes several files, named by the first: give -o FILE.js, not ${output}`);
  }
  if (check && toStandardOutput) throw new UsageError("--check compares with a file: give -o FILE");
  if (dryRun && toStandardOutput) throw new UsageError("--dry-run says what becomes of files: give -o FILE");
  if (check && dryRun) throw new UsageError("--check writes nothing by itself: leave --dry-run out");
  if (depfile === undefined) return;
  if (check || dryRun)
    throw new UsageError(`--depfile is written, and ${check ? "--check" : "--dry-run"} writes nothing`);
  if (toStandardOutput) throw new UsageError("--depfile says what a file was made of: give -o FILE");
}

function changeOfAll(changes: readonly Change[]): Change {
  const [first = "unchanged"] = changes;
  return changes.every((change) => change === first) ? first : "changed";
}

function foundMap({ map, records, call, bySize }: InferredMap): FoundMap {
  return {
    map,
    records,
    found: { by: bySize === undefined ? "type" : "size", verb: call.verb, at: placeOfCall(call) },
  };
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
