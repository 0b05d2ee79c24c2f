import { basename } from "node:path";
import { BtfError, describeDrift, describeUncompared, knowsType, type LayoutDescriptor, parseBtf } from "@rbgen/btf";
import { readBtfModule } from "../../btf/btf-module.ts";
import type { Configuration } from "../../config/model.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { printableJson } from "../../diagnostics/display-text.ts";
import type { TypeModule } from "../../module.ts";
import { likeliestOf, likelyRecords } from "../../plan/candidates.ts";
import { type ExitCode, exitCode } from "../exit-code.ts";
import { ownSettings } from "../given-inputs.ts";
import { loadConfiguration } from "../input/configuration.ts";
import { expandInputs } from "../input/input-globs.ts";
import { InputReader } from "../input/inputs.ts";
import { type InputOptions, readCase } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";
import { codecOfRing, codecOfType, settingsOf } from "../run/codecs.ts";
import { loadPackages } from "../run/packages.ts";
import type { Codec } from "../run/virtual-machine.ts";

/** What `rbgen tail` takes beside {@link InputOptions}. */
export interface TailOptions extends InputOptions {
  /** The record that the ring carries, where nothing else tells. */
  readonly type?: string;
  /** Records after which it ends; unless told, it does not. */
  readonly count?: number;
  readonly case?: "camel" | "preserve";
}

interface Ring {
  readonly info: { readonly name: string };
  close(): void;
}

/** What is used of the packages that read rings. */
interface Packages {
  openRingBuf(reference: { readonly pinned: string } | { readonly id: number }): Ring;
  kernelTypes(map: Ring): readonly { readonly source: string; readonly bytes: Uint8Array }[];
  readonly RingBufReader: new (
    map: Ring,
    codec: Codec,
    options: { readonly onDecodeError: (error: Error) => void },
  ) => AsyncIterable<unknown> & { close(): void };
  isRingBufError(error: unknown): error is Error;
}

const packages = ["@rbgen/native", "@rbgen/runtime", "@rbgen/runtime/codegen/v1"];

/**
 * `rbgen tail <ring> [input…]`: the records of a ring of this machine's kernel, a line of JSON each. Their layout is that of
 * the inputs, else of the configuration's, else of the programs that use the ring, which the kernel has.
 */
export async function tailCommand(
  place: string,
  inputs: readonly string[],
  options: TailOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host, report } = invocation;
  const command = { at: "rbgen tail", why: "rbgen itself reads no rings" };
  const loaded = await loadPackages(packages, command, host, report);
  if (loaded === undefined) return invocation.printDiagnostics();
  const [native, runtime, generated = {}] = loaded;
  const { openRingBuf, kernelTypes, RingBufReader, isRingBufError } = { ...native, ...runtime } as unknown as Packages;
  let ring: Ring | undefined;
  try {
    ring = openRingBuf(/^\d+$/.test(place) ? { id: Number(place) } : { pinned: place });
    const configuration = await loadConfiguration(options.config, host, report);
    if (configuration === undefined) return invocation.printDiagnostics();
    const types = kernelTypes(ring);
    const [input = expandInputs(configuration.inputs, host, report)[0]?.path] = inputs;
    const module =
      (await readInput(input, options, configuration, invocation)) ?? typesInKernel(types, options, invocation);
    if (module === undefined) return invocation.printDiagnostics();
    const own = input === undefined ? {} : ownSettings(input, configuration, host);
    const settings = settingsOf(module, own, { maps: [], ...readCase(options) }, configuration, host);
    const codec =
      options.type === undefined
        ? await codecOfRing(module, ring.info.name, settings, generated, host, unlessUntold(report))
        : await codecOfType(module, options.type, settings, generated, host, report);
    if (codec === undefined) {
      if (invocation.errors === 0) tellUnknown(place, ring.info.name, inputs, module, invocation);
      return invocation.printDiagnostics();
    }
    if (!compareLayout(place, codec.layout, types, invocation)) return invocation.printDiagnostics();
    const onDecodeError = (error: Error): void => host.stderr.write(`left out: ${error.message}\n`);
    const reader = new RingBufReader(ring, codec, { onDecodeError });
    let left = options.count ?? Number.POSITIVE_INFINITY;
    for await (const record of reader) {
      host.stdout.write(`${printableJson(codec.toJSON(record))}\n`);
      left -= 1;
      if (left <= 0) break;
    }
    reader.close();
    return exitCode.ok;
  } catch (error) {
    if (!isRingBufError(error)) throw error;
    report({ code: "RB5021", severity: "error", at: place, message: error.message });
    return invocation.printDiagnostics();
  } finally {
    ring?.close();
  }
}

/** What the input holds; undefined where there is none, or it is wrong. */
async function readInput(
  path: string | undefined,
  options: TailOptions,
  configuration: Configuration,
  invocation: Invocation,
): Promise<TypeModule | undefined> {
  if (path === undefined) return undefined;
  return new InputReader(invocation, inputSettings(options, configuration.input)).read(path);
}

/** The types of the first program in the kernel that uses the ring and knows the record. */
function typesInKernel(
  found: readonly { readonly source: string; readonly bytes: Uint8Array }[],
  { type }: TailOptions,
  { report, errors }: Invocation,
): TypeModule | undefined {
  if (errors > 0) return undefined;
  const modules = found.flatMap(({ source, bytes }) => {
    const options = { name: basename(source), path: source, provenance: () => [] };
    return readBtfModule(bytes, options, report) ?? [];
  });
  const bare = type?.replace(/^(?:struct|union) /, "");
  const known = modules.find((module) => bare !== undefined && module.find(bare).length > 0);
  if (known === undefined && bare !== undefined) {
    report({
      code: "RB5021",
      severity: "error",
      at: "rbgen tail",
      message: `no program in the kernel that uses this ring tells of "${bare}"`,
      hint: "compilers drop types that nothing refers to, and looking at programs takes CAP_SYS_ADMIN: name a header or an object behind the ring",
    });
  }
  return known ?? modules[0];
}

/**
 * Holds the layout against every program in the kernel that uses the ring; false where one differs. Records that none tells of
 * are read as the input has them, which is said before the first of them.
 */
function compareLayout(
  place: string,
  layout: LayoutDescriptor,
  types: readonly { readonly source: string; readonly bytes: Uint8Array }[],
  invocation: Invocation,
): boolean {
  const told = types.flatMap(({ source, bytes }) => {
    try {
      return { source, btf: parseBtf(bytes, { name: source }) };
    } catch (error) {
      // what this version does not read tells nothing
      if (error instanceof BtfError) return [];
      throw error;
    }
  });
  for (const { source, btf } of told) {
    const drift = describeDrift(layout, btf, "decode");
    if (drift === undefined) continue;
    invocation.report({ code: "RB5021", severity: "error", at: place, message: `in the kernel's ${source}, ${drift}` });
    return false;
  }
  const message = describeUncompared(layout, (record) => told.some(({ btf }) => knowsType(record, btf)));
  if (message !== undefined) {
    invocation.report({ code: "RB5023", severity: "warning", at: place, message });
    invocation.printDiagnostics();
  }
  return true;
}

/** Without what generation says of an input that names no records: which record one ring carries is told in the words of this command. */
function unlessUntold(report: Report): Report {
  return (diagnostic) => {
    if (diagnostic.code !== "RB4001") report(diagnostic);
  };
}

function tellUnknown(
  place: string,
  name: string,
  inputs: readonly string[],
  module: TypeModule,
  { report }: Invocation,
): void {
  const structs = likelyRecords(module);
  const likely = likeliestOf(structs, name);
  const more = structs.length > 10 ? `, and ${structs.length - 10} more` : "";
  const known = ["rbgen tail", place, ...inputs, "--type", likely].join(" ");
  report({
    code: "RB5021",
    severity: "error",
    at: place,
    message: `nothing tells which records ${name} carries`,
    ...(likely !== undefined && { notes: [`structs there: ${structs.slice(0, 10).join(", ")}${more}`] }),
    hint:
      likely !== undefined
        ? `say it: ${known}`
        : `name the header or source that has the record behind the ring: rbgen tail ${place} events.h --type event`,
  });
}
