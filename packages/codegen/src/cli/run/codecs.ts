import { compileFunction } from "node:vm";
import type { Configuration } from "../../config/model.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { usualParts } from "../../emit/record-part.ts";
import { type GenerateOptions, generateBy } from "../../generate.ts";
import { carrierOf, type TypeModule } from "../../module.ts";
import { generateSettings } from "../generate-settings.ts";
import type { Host } from "../host/host.ts";
import type { GenerateOptions as Options } from "../input/options.ts";
import { SharedAnnotations } from "../shared-annotations.ts";
import type { Codec } from "./virtual-machine.ts";

interface Descriptor {
  readonly name: string;
  readonly codec?: Codec;
}

/** How the code of a run is generated: as the command line and the configuration have it, with all that a run asks of a codec. */
export function settingsOf(
  module: TypeModule,
  options: Pick<Options, "maps" | "case">,
  configuration: Configuration,
  host: Host,
): GenerateOptions {
  const shared = new SharedAnnotations(configuration.output.annotations ?? {}, { inputs: 1, isWhole: false });
  const common = { module, annotations: shared };
  const settings = generateSettings({}, { ...options, types: [] }, configuration, common, host.version);
  // What is annotated for the files that are generated need not be among what is sent here.
  return { ...settings, types: [], all: false, only: usualParts, columns: false, isForAnother: () => true };
}

/**
 * Codecs of the rings and perf event arrays of an object by their map: the generated code, run. A map is not in it where nothing
 * says what it carries. Undefined, and diagnostics, where nothing can be generated.
 */
export async function codecsOfMaps(
  module: TypeModule,
  settings: GenerateOptions,
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<ReadonlyMap<string, Codec> | undefined> {
  // A map that is said to carry records, and does not, is told of when they are generated.
  const said = Object.keys(settings.maps).length > 0;
  if (!said && !module.maps.some((map) => carrierOf(map) !== undefined)) return new Map();
  const exports = await exportsOf(module, settings, generated, host, report);
  if (exports === undefined) return undefined;
  const descriptors = (exports["maps"] ?? {}) as Readonly<Record<string, Descriptor>>;
  const codecs = new Map<string, Codec>();
  for (const { name, codec } of Object.values(descriptors)) if (codec !== undefined) codecs.set(name, codec);
  return codecs;
}

/** The codec of the type of that name. Undefined, and diagnostics, where there is none. */
export async function codecOfType(
  module: TypeModule,
  type: string,
  settings: GenerateOptions,
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<Codec | undefined> {
  const exports = await exportsOf(module, { ...settings, types: [type], maps: {} }, generated, host, report);
  const bare = type.replace(/^(?:struct|union) /, "");
  return Object.values(exports ?? {}).find((value): value is Codec & { readonly name: string } => {
    return typeof value === "object" && value !== null && "decode" in value && "name" in value && value.name === bare;
  });
}

/** What the generated code exports. */
async function exportsOf(
  module: TypeModule,
  settings: GenerateOptions,
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const file = await generateBy(() => host.loadTsMorph(), module, settings, report);
  if (file === undefined) return undefined;
  const { ts } = await host.loadTsMorph();
  const { outputText } = ts.transpileModule(file.text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Record<string, unknown> = {};
  // all that generated code imports is its runtime
  compileFunction(outputText, ["exports", "require"])(exports, () => generated);
  return exports;
}
