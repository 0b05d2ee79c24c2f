import { compileFunction } from "node:vm";
import type { Configuration, ConfiguredOutput } from "../../config/model.ts";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { usualParts } from "../../emit/record-part.ts";
import { type GenerateOptions, type PlannedFile, planOf, printed } from "../../generate.ts";
import { carrierOf, type TypeModule } from "../../module.ts";
import type { FilePlan, Shape } from "../../plan/model.ts";
import { loadedSections } from "../../plan/sections.ts";
import { generateSettings } from "../generate-settings.ts";
import type { Host } from "../host/host.ts";
import type { GenerateOptions as Options } from "../input/options.ts";
import { SharedAnnotations } from "../shared-annotations.ts";
import type { Codec } from "./virtual-machine.ts";

interface Descriptor {
  readonly name: string;
  /** Of a variable. */
  readonly section?: string;
  readonly codec?: Codec;
  readonly keyCodec?: Codec;
  readonly valueCodec?: Codec;
}

/** The codecs of an object, as the descriptors of its generated code have them. */
export interface ObjectCodecs {
  /** Of rings and perf event arrays, by map. */
  readonly records: ReadonlyMap<string, Codec>;
  /** Of hashes, by map. */
  readonly keys: ReadonlyMap<string, Codec>;
  /** Of hashes and arrays, by map. */
  readonly values: ReadonlyMap<string, Codec>;
  /** By section and name, as {@link variableKey} joins them. */
  readonly variables: ReadonlyMap<string, VariableCodec>;
}

/** The codec of a variable, and what it is made by. */
export interface VariableCodec {
  readonly codec: Codec;
  readonly shape: Shape;
  readonly plan: FilePlan;
}

/** Generated code, run. */
interface Generated {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly planned: PlannedFile;
}

/** What a variable goes by: static ones of two sections may have one name. */
export function variableKey({ section = "", name }: { readonly section?: string; readonly name: string }): string {
  return `${section} ${name}`;
}

/** The codec of a variable of an object: the one of its section, or the only one of its name, as clang 14 has variables in another section in BTF than in the object. */
export function codecOfVariable(
  { variables }: ObjectCodecs,
  variable: { readonly section: string; readonly name: string },
): VariableCodec | undefined {
  const known = variables.get(variableKey(variable));
  if (known !== undefined) return known;
  const [only, ...others] = [...variables].filter(([key]) => key.endsWith(` ${variable.name}`));
  return others.length === 0 ? only?.[1] : undefined;
}

/**
 * How the code of a run is generated: as the command line and the configuration have it, with all that a run asks of a codec.
 * @param own what the configuration says of this input alone
 */
export function settingsOf(
  module: TypeModule,
  own: ConfiguredOutput,
  options: Pick<Options, "maps" | "case">,
  configuration: Configuration,
  host: Host,
): GenerateOptions {
  const shared = new SharedAnnotations(configuration.output.annotations ?? {}, { inputs: 1, isWhole: false });
  const common = { module, annotations: shared };
  const settings = generateSettings(own, { ...options, types: [] }, configuration, common, host.version);
  // What is annotated for the files that are generated need not be among what is sent here.
  return {
    ...settings,
    types: [],
    all: false,
    only: usualParts,
    columns: false,
    recordless: true,
    isForAnother: () => true,
  };
}

/**
 * The codecs of an object: those of its generated code, run. What has none is in none of them: a map where nothing says what it
 * carries, a pointer. Undefined, and diagnostics, where nothing can be generated.
 */
export async function codecsOfObject(
  module: TypeModule,
  settings: GenerateOptions,
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<ObjectCodecs | undefined> {
  // A map that is said to carry records, and does not, is told of when they are generated.
  const said = Object.keys(settings.maps).length > 0;
  if (!said && module.maps.length + loadedSections(module).length === 0) {
    return { records: new Map(), keys: new Map(), values: new Map(), variables: new Map() };
  }
  const made = await generatedOf(module, settings, generated, host, report);
  if (made === undefined) return undefined;
  const { exports, planned } = made;
  const maps = descriptorsIn(exports["maps"]);
  const variables = new Map<string, VariableCodec>();
  for (const [key, codec] of codecsBy(descriptorsIn(exports["variables"]), (one) => one.codec, variableKey)) {
    const shape = planned.variables.get(key);
    if (shape !== undefined) variables.set(key, { codec, shape, plan: planned.plan });
  }
  return {
    records: codecsBy(maps, ({ codec }) => codec, nameOf),
    keys: codecsBy(maps, ({ keyCodec }) => keyCodec, nameOf),
    values: codecsBy(maps, ({ valueCodec }) => valueCodec, nameOf),
    variables,
  };
}

/** The codec of the records of a ring; undefined where nothing says what it carries, and, with diagnostics, where nothing can be generated. */
export async function codecOfRing(
  module: TypeModule,
  ring: string,
  settings: GenerateOptions,
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<Codec | undefined> {
  if (!module.maps.some((map) => carrierOf(map) !== undefined)) return undefined;
  return (await codecsOfObject(module, settings, generated, host, report))?.records.get(ring);
}

function descriptorsIn(exported: unknown): readonly Descriptor[] {
  return Object.values((exported ?? {}) as Readonly<Record<string, Descriptor>>);
}

function nameOf({ name }: Descriptor): string {
  return name;
}

function codecsBy(
  descriptors: readonly Descriptor[],
  codecOf: (descriptor: Descriptor) => Codec | undefined,
  keyOf: (descriptor: Descriptor) => string,
): ReadonlyMap<string, Codec> {
  const codecs = new Map<string, Codec>();
  for (const descriptor of descriptors) {
    const codec = codecOf(descriptor);
    if (codec !== undefined) codecs.set(keyOf(descriptor), codec);
  }
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
  const made = await generatedOf(module, { ...settings, types: [type], maps: {} }, generated, host, report);
  const bare = type.replace(/^(?:struct|union) /, "");
  return Object.values(made?.exports ?? {}).find((value): value is Codec & { readonly name: string } => {
    return typeof value === "object" && value !== null && "decode" in value && "name" in value && value.name === bare;
  });
}

/** Generates code and runs it; undefined, and diagnostics, where nothing can be generated. */
async function generatedOf(
  module: TypeModule,
  settings: GenerateOptions,
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<Generated | undefined> {
  const planned = planOf(module, settings, report);
  if (planned === undefined) return undefined;
  const compiler = await host.loadTsMorph();
  const { ts } = compiler;
  const { outputText } = ts.transpileModule(printed(planned, compiler).text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Record<string, unknown> = {};
  // all that generated code imports is its runtime
  compileFunction(outputText, ["exports", "require"])(exports, () => generated);
  return { exports, planned };
}
