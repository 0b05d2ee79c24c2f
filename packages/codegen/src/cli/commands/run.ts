import { resolve } from "node:path";
import { BtfError } from "@rbgen/btf";
import type { Diagnostic, Report } from "../../diagnostics/diagnostic.ts";
import { printableJson } from "../../diagnostics/display-text.ts";
import { type ExitCode, exitCode, UsageError } from "../exit-code.ts";
import { ownSettings } from "../given-inputs.ts";
import { errorCode } from "../host/host.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { displayName, inputKind, readInputBytes, reasonOf } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { codecsOfObject, type ObjectCodecs, settingsOf } from "../run/codecs.ts";
import { contentsOf, lostOf, type ShownRecord, takeRecords, variableTypes } from "../run/contents.ts";
import { currentOf, readContext, readOption } from "../run/given.ts";
import type { RunOptions } from "../run/options.ts";
import { type RunReport, runJson, runText, type ShownRun } from "../run/report.ts";
import { setVariable } from "../run/set-variable.ts";
import {
  isRefusal,
  loadVirtualMachine,
  type RunObject,
  type RunProgram,
  type VirtualMachine,
} from "../run/virtual-machine.ts";

const nothing: RunReport = { runs: [], records: [], trace: [], lost: [], maps: [], variables: {}, undecoded: [] };

/** `rbgen run <object>`: programs of a compiled object in the virtual machine, and what they left. */
export async function runCommand(path: string, options: RunOptions, invocation: Invocation): Promise<ExitCode> {
  const current = currentOf(options.current);
  if (path === "-") throw new UsageError("an object is read twice: give a file");
  if (options.fire.length + options.programs.length === 0) {
    throw new UsageError("say what runs: --fire TARGET, or --program NAME");
  }
  const report = await reportOf(path, options, current, invocation);
  const { host } = invocation;
  if (options.json) {
    const document = { schema: 1, ...runJson(report ?? nothing), diagnostics: invocation.jsonDiagnostics() };
    host.stdout.write(`${printableJson(document, 2)}\n`);
    return invocation.errors > 0 ? exitCode.input : exitCode.ok;
  }
  if (report !== undefined) host.stdout.write(runText(report, invocation.outPaint));
  return invocation.printDiagnostics();
}

/** What ran; undefined, and diagnostics, where nothing could. */
async function reportOf(
  path: string,
  options: RunOptions,
  current: Readonly<Record<string, unknown>>,
  invocation: Invocation,
): Promise<RunReport | undefined> {
  const { host, report } = invocation;
  const bytes = await readInputBytes(path, host, report);
  if (bytes === undefined) return undefined;
  if (inputKind(bytes) !== "elf") {
    report({
      code: "RB5019",
      severity: "error",
      at: displayName(path),
      message: "it is no compiled object, and only those run",
      hint: `clang -O2 -g -target bpf -c ${inputKind(bytes) === "text" ? path : "probe.bpf.c"} -o probe.bpf.o`,
    });
    return undefined;
  }
  const machine = await loadVirtualMachine(host, report);
  const configuration = machine && (await loadConfiguration(options.config, host, report));
  if (machine === undefined || configuration === undefined) return undefined;
  const reader = new InputReader(invocation, inputSettings(options, configuration.input));
  const module = await reader.read(path);
  const settings = module && settingsOf(module, ownSettings(path, configuration, host), options, configuration, host);
  const untold: Diagnostic[] = [];
  const unlessUntold: Report = (diagnostic) => {
    if (diagnostic.code === "RB4001") untold.push(diagnostic);
    else report(diagnostic);
  };
  const codecs = settings && (await codecsOfObject(module, settings, machine.generated, host, unlessUntold));
  const context = options.context === undefined ? undefined : await readContext(options.context, host, report);
  const data = options.data === undefined ? undefined : await readOption(options.data, host, report);
  const btf = options.btf === undefined ? undefined : await readOption(options.btf, host, report);
  if (module === undefined || settings === undefined || codecs === undefined || invocation.errors > 0) return undefined;
  const { engine, cpus, seed, coverage } = options;
  try {
    const object = machine.VmObject.open(bytes, {
      cpus,
      seed,
      coverage: coverage !== undefined,
      ...(engine !== undefined && { engine }),
      ...(btf !== undefined && { btf }),
    });
    try {
      const types = variableTypes(module);
      for (const one of options.set) setVariable(object, machine, codecs, types, one);
      object.load();
      object.become(current);
      const ran = runAll(
        object,
        machine,
        codecs,
        { ...options, path, given: { context, ...(data && { data }) } },
        invocation,
      );
      // only what was sent wants a record
      if (ran.records.some(({ record, error }) => record === undefined && error === undefined)) untold.forEach(report);
      if (coverage !== undefined) writeCoverage(coverage, object, invocation);
      return { ...ran, lost: lostOf(object), ...contentsOf(object, module, codecs) };
    } finally {
      object.close();
    }
  } catch (error) {
    refused(path, machine, error, invocation);
    return undefined;
  }
}

interface Asked extends Pick<RunOptions, "fire" | "programs" | "times"> {
  readonly path: string;
  readonly given: { readonly context?: unknown; readonly data?: Uint8Array };
}

/** Runs what was asked for; a fault ends the run of its program alone. */
function runAll(
  object: RunObject,
  machine: VirtualMachine,
  codecs: ObjectCodecs,
  { fire, programs, times, path, given }: Asked,
  invocation: Invocation,
): Pick<RunReport, "runs" | "records" | "trace"> {
  const runs: ShownRun[] = [];
  const records: ShownRecord[] = [];
  const trace: string[] = [];
  const one = (program: RunProgram, target?: string): void => {
    const told = { program: program.name, ...(target !== undefined && { target }) };
    try {
      const { returnValue, instructions } = program.run(given);
      runs.push({ ...told, returnValue, instructions });
    } catch (error) {
      runs.push({ ...told, fault: refused(path, machine, error, invocation) });
    }
    records.push(...takeRecords(object, machine, codecs.records));
    trace.push(...object.trace());
  };
  for (let turn = 0; turn < times; turn += 1) {
    for (const target of fire) for (const program of object.programsAt(target)) one(program, target);
    for (const name of programs) one(object.program(name));
  }
  return { runs, records, trace };
}

/** Reports what the virtual machine said: its message. @throws what is a bug. */
function refused(path: string, machine: VirtualMachine, error: unknown, { report }: Invocation): string {
  if (error instanceof UsageError || !(isRefusal(machine, error) || error instanceof BtfError)) throw error;
  const [message = "", ...notes] = error.message.split("\n").map((line) => line.trim());
  report({ code: "RB5019", severity: "error", at: displayName(path), message, notes });
  return error.message;
}

function writeCoverage(path: string, object: RunObject, { host, report }: Invocation): void {
  const text = object.coverage().toLcov();
  try {
    host.files.write(resolve(host.cwd, path), text);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    report({ code: "RB5005", severity: "error", at: path, message: `cannot write ${path}: ${reasonOf(error)}` });
  }
}
