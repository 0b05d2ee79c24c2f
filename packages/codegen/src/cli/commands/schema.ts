import { BtfError } from "@rbgen/btf";
import { printableJson } from "../../diagnostics/display-text.ts";
import { schemaOf } from "../../generate.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { generateSettings } from "../generate-settings.ts";
import { areWhole, givenInputs } from "../given-inputs.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName } from "../input/input-bytes.ts";
import { expandInputs } from "../input/input-globs.ts";
import { InputReader } from "../input/inputs.ts";
import type { GenerateOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { jobsOf } from "../outputs.ts";
import { SharedAnnotations } from "../shared-annotations.ts";

/** `rbgen schema [input]`: what `toJSON` of its codecs gives, as JSON Schema on standard output. */
export async function schemaCommand(
  inputs: readonly string[],
  options: GenerateOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host, report } = invocation;
  const configuration = await loadConfiguration(options.config, host, report);
  if (configuration === undefined) return invocation.printDiagnostics();
  const [first, ...others] = expandInputs(givenInputs(inputs, configuration), host, () => undefined);
  if (first !== undefined && others.length > 0) {
    const whose = inputs.length === 0 && configuration.file !== undefined ? configuration.file : "it";
    throw new UsageError(
      `one document is printed, and ${whose} names ${others.length + 1} inputs: name one of them, as rbgen schema ${first.path}`,
    );
  }
  const [job] = jobsOf(inputs, { ...options, output: "-" }, configuration, invocation);
  if (job === undefined) return invocation.printDiagnostics();
  const module = await new InputReader(invocation, inputSettings(options, configuration.input)).read(job.input);
  if (module === undefined || invocation.errors > 0) return invocation.printDiagnostics();
  const annotations = new SharedAnnotations(configuration.output.annotations ?? {}, {
    inputs: 1,
    isWhole: areWhole(inputs, configuration, host),
  });
  const settings = generateSettings(job.settings, options, configuration, { module, annotations }, host.version);
  try {
    const schema = schemaOf(module, settings, report);
    if (schema !== undefined && invocation.errors === 0) host.stdout.write(`${printableJson(schema, 2)}\n`);
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    report({ code: "RB3006", severity: "error", at: displayName(job.input), message: error.message });
  }
  if (invocation.errors === 0) annotations.reportUnknown(report);
  const code = invocation.printDiagnostics();
  return invocation.errors > 0 ? exitCode.input : code;
}
