import { dirname, relative, resolve } from "node:path";
import { BtfError } from "@rbgen/btf";
import { printable, printableJson } from "../../diagnostics/display-text.ts";
import type { TypeModule } from "../../module.ts";
import type { MapTag } from "../../plan/map-tag.ts";
import { type InferredMap, inferRecords } from "../../plan/sent.ts";
import { placeOfCall } from "../../plan/told.ts";
import { type ExitCode, UsageError } from "../exit-code.ts";
import { pathsOf } from "../given-inputs.ts";
import { errorCode } from "../host/host.ts";
import { configurationFile, loadConfiguration } from "../input/configuration.ts";
import { displayName, reasonOf } from "../input/input-bytes.ts";
import { InputReader } from "../input/inputs.ts";
import type { InputOptions } from "../input/options.ts";
import { inputSettings } from "../input/settings.ts";
import type { Invocation } from "../invocation.ts";

/** What `rbgen annotate` takes beside {@link InputOptions}. */
export interface AnnotateOptions extends InputOptions {
  /** Write the configuration, and print nothing. */
  readonly write: boolean;
}

/** What was found of one input. */
interface Found {
  readonly path: string;
  readonly inferred: readonly InferredMap[];
  /** Maps that a configuration may name: not those that libbpf knows no more. */
  readonly maps: ReadonlySet<string>;
}

/** `rbgen annotate [input…]`: the configuration that says what was found by itself. */
export async function annotateCommand(
  given: readonly string[],
  options: AnnotateOptions,
  invocation: Invocation,
): Promise<ExitCode> {
  const { host, report } = invocation;
  if (given.includes("-")) throw new UsageError("a configuration cannot name standard input: give a file");
  const configuration = await loadConfiguration(options.config, host, report);
  if (configuration === undefined) return invocation.printDiagnostics();
  const inputs = pathsOf(given, configuration, invocation);
  const settings = inputSettings(options, configuration.input);
  const reader = new InputReader(invocation, settings);
  const target = resolve(host.cwd, options.config ?? configurationFile);
  const found: Found[] = [];
  for (const path of inputs) {
    const module = await reader.read(path);
    if (module === undefined) continue;
    const own = inferredOf(module, path, configuration.output.annotations ?? {}, invocation);
    const maps = new Set(module.maps.map(({ name }) => name));
    if (own !== undefined) found.push({ path, inferred: own, maps });
  }
  if (invocation.errors > 0) return invocation.printDiagnostics();
  const folders = [...new Set([...options.includePaths, ...reader.foundFolders.keys()])];
  const fromTarget = (path: string): string => {
    const shown = relative(dirname(target), resolve(host.cwd, path)) || ".";
    // By itself it is standard input.
    return shown === "-" ? "./-" : shown;
  };
  const text = configurationText(found, folders, fromTarget);
  if (!options.write) {
    host.stdout.write(text);
    return invocation.printDiagnostics();
  }
  writeConfiguration(target, text, invocation);
  return invocation.printDiagnostics();
}

function inferredOf(
  module: TypeModule,
  path: string,
  annotations: Readonly<Record<string, readonly string[]>>,
  { report }: Invocation,
): readonly InferredMap[] | undefined {
  try {
    return inferRecords(module, { types: [], all: false, maps: {}, annotations }, report).inferred;
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    report({ code: "RB3006", severity: "error", at: displayName(path), message: error.message });
    return undefined;
  }
}

function writeConfiguration(target: string, text: string, { host, report, tell }: Invocation): void {
  const shown = relative(host.cwd, target);
  if (host.files.exists(target) && host.files.read(target).byteLength > 0) {
    report({
      code: "RB5005",
      severity: "error",
      at: shown,
      message: `cannot write ${shown}: it is there already, and what it holds would be lost`,
      hint: "leave --write out, and take from what is printed the lines that it lacks",
    });
    return;
  }
  try {
    host.files.write(target, text);
    tell(`${printable(shown)} is written\n`);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    report({ code: "RB5005", severity: "error", at: shown, message: `cannot write ${shown}: ${reasonOf(error)}` });
  }
}

/**
 * A file for `rbgen.config.ts`. Each name in it is a JSON string, which is one of TypeScript, with escapes for what an editor
 * would not show.
 */
function configurationText(
  found: readonly Found[],
  folders: readonly string[],
  fromTarget: (path: string) => string,
): string {
  const lines = ['import { defineConfig } from "rbgen";', "", "export default defineConfig({", "  inputs: ["];
  for (const { path, inferred, maps } of found) {
    lines.push("    {", `      path: ${printableJson(fromTarget(path))},`);
    const typed = inferred.filter((one) => one.typed && maps.has(one.map));
    const others = inferred.filter((one) => !typed.includes(one));
    if (typed.length > 0) {
      lines.push("      maps: {");
      for (const found of typed) lines.push(...mapLines(found));
      lines.push("      },");
    }
    for (const { map, records, iterator, typed: told } of others) {
      if (iterator === true) {
        lines.push(
          `      // ${printable(`${map} writes ${records.join(", ")}: name it in \`types\` if it is not sent elsewhere`)}`,
        );
        continue;
      }
      if (told) {
        lines.push(`      // ${printable(`${map}, a map of the old kind, carries ${records.join(", ")}`)}`);
        continue;
      }
      lines.push(`      // ${printable(`${map} carries ${records.join(", ")}, and not these alone, or untold apart`)}`);
    }
    const annotations = new Map(inferred.flatMap((map) => [...map.annotations]));
    if (annotations.size > 0) {
      lines.push("      annotations: {");
      for (const [key, tags] of annotations) lines.push(`        ${keyOf(key)}: ${printableJson(tags)},`);
      lines.push("      },");
    }
    lines.push("    },");
  }
  lines.push("  ],");
  if (folders.length > 0) lines.push(`  includePaths: ${printableJson(folders.map(fromTarget))},`);
  return `${[...lines, "});"].join("\n")}\n`;
}

/** The records of a map, and where several are told apart, what is stored in which member of each. */
function mapLines({ map, records, call, tag }: InferredMap): readonly string[] {
  const comment = `// ${commentOf(call)}`;
  if (tag === undefined) return [`        ${keyOf(map)}: ${printableJson(records.join(","))}, ${comment}`];
  return [
    `        ${keyOf(map)}: { ${comment}`,
    ...tagLines(tag),
    "          records: {",
    ...[...tag.values].map(([record, values]) => `            ${keyOf(record)}: ${tagValues(values)},`),
    "          },",
    "        },",
  ];
}

function tagLines({ path, paths }: MapTag): readonly string[] {
  if (paths === undefined) return [`          tag: ${printableJson(path)},`];
  return [
    "          tag: {",
    ...[...paths].map(([record, own]) => `            ${keyOf(record)}: ${printableJson(own)},`),
    "          },",
  ];
}

function tagValues(values: readonly string[]): string {
  const texts = values.map((value) => (Number.isSafeInteger(Number(value)) ? value : printableJson(value)));
  return texts.length === 1 ? (texts[0] ?? "") : `[${texts.join(", ")}]`;
}

/** A property's name; `"__proto__":` would set the prototype instead. */
function keyOf(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : printableJson(name);
}

function commentOf(call: InferredMap["call"]): string {
  return printable(`${call.verb} at ${placeOfCall(call)}`);
}
