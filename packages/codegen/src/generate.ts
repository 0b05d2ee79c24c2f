import { didYouMean, type Endian, type Location } from "@rbgen/btf";
import type { Diagnostic, Report } from "./diagnostics/diagnostic.ts";
import { type RecordPart, usualParts } from "./emit/record-part.ts";
import { type FileParts, sourceFile, type TsMorph } from "./emit/source-file.ts";
import { withArticle } from "./layout/drift.ts";
import { carrierOf, type MapDefinition, shownName, type TypeModule } from "./module.ts";
import { AnnotationError, Annotations } from "./plan/annotations.ts";
import { identityOf } from "./plan/identity.ts";
import { lookUp } from "./plan/look-up.ts";
import { elementsOf } from "./plan/map-elements.ts";
import type { MapTag } from "./plan/map-tag.ts";
import type { FilePlan, Shape } from "./plan/model.ts";
import { identifier, type Name } from "./plan/names.ts";
import { planRecords } from "./plan/records.ts";
import { locationOf, ShapeError } from "./plan/resolve.ts";
import { planSdk } from "./plan/sdk.ts";
import { loadedSections } from "./plan/sections.ts";
import { type Selection, selectTypes } from "./plan/select.ts";
import { foundText, type InferredMap, inferRecords } from "./plan/sent.ts";
import { fileOfCall } from "./plan/told.ts";

import { type JsonSchema, schemaOfPlan } from "./schema/json-schema.ts";
import { type Script, type ScriptNames, scriptOf } from "./script/script.ts";

export { selectTypes };

/** What the user chose; pure data, so that the same input gives the same bytes anywhere. */
export interface GenerateOptions {
  /** `--type NAME|GLOB`, in order. */
  readonly types: readonly string[];
  /** `--all`: every struct and union that the input defines. */
  readonly all: boolean;
  /** `--map MAP=RECORD`. */
  readonly maps: Readonly<Record<string, string>>;
  /** What tells the records of a map of {@link maps} apart. */
  readonly tags?: ReadonlyMap<string, MapTag>;
  readonly int64: "bigint" | "number";
  readonly case: "camel" | "preserve";
  /** Byte order of the records, where it is not the input's. */
  readonly endian?: Endian;
  /** Tags by "struct" or "struct.member"; they win over the source's. */
  readonly annotations?: Readonly<Record<string, readonly string[]>>;
  /** Whether one that meets nothing here is for something else, and no mistake; none is if left out. */
  readonly isForAnother?: (key: string) => boolean;
  /** False: only annotations and these options say which records a map carries, and not the program's code. */
  readonly infer?: boolean;
  /** The descriptors are wanted by themselves: that nothing says which types are records is a warning, too. */
  readonly recordless?: boolean;
  /** `--columns`: codecs decode into columns, too. */
  readonly columns?: boolean;
  /** `--only`: what the file has of each record, beside its types; all but columns if left out. */
  readonly only?: readonly RecordPart[];
  /** `--typed-arrays`: arrays of numbers are typed arrays. */
  readonly typedArrays?: boolean;
  /** JavaScript, declarations and source maps too, by these names. */
  readonly script?: ScriptNames;
  /** Of the generator, for the preamble. */
  readonly version: string;
}

/** What was generated. */
export interface GeneratedFile {
  /** TypeScript. */
  readonly text: string;
  /** The same as JavaScript, where {@link GenerateOptions.script} asks for it. */
  readonly script?: Script;
  /** C names of the records that got a codec. */
  readonly records: readonly string[];
  /** Records of maps that the program's code told. */
  readonly inferred: readonly InferredMap[];
  /** Maps that carry records of which nothing says anything: no code sends on them. */
  readonly unknown: readonly string[];
}

const dataSections = "maps programs variables";

/** Generates one file from one module; undefined when an error was reported. */
export function generate(
  module: TypeModule,
  options: GenerateOptions,
  report: Report,
): Promise<GeneratedFile | undefined> {
  return generateBy(() => import("ts-morph"), module, options, report);
}

/** The same; `printer` is asked for ts-morph, which costs more to load than all the rest, when there is something to print. */
export async function generateBy(
  printer: () => Promise<TsMorph>,
  module: TypeModule,
  options: GenerateOptions,
  report: Report,
): Promise<GeneratedFile | undefined> {
  const planned = planOf(module, options, report);
  return planned && printed(planned, await printer(), options.script);
}

/** The file that was planned. */
export function printed(
  { plan, parts, records, inferred, unknown }: PlannedFile,
  printer: TsMorph,
  names?: ScriptNames,
): GeneratedFile {
  const text = sourceFile(plan, parts, printer);
  const script = names && scriptOf(text, plan, names, printer);
  return { text, records, inferred, unknown, ...(script !== undefined && { script }) };
}

/** What `toJSON` of the codecs of a module gives, as JSON Schema; undefined when an error was reported. */
export function schemaOf(module: TypeModule, options: GenerateOptions, report: Report): JsonSchema | undefined {
  const planned = planOf(module, options, report);
  return planned && schemaOfPlan(planned.plan);
}

/** What a file is made of, before it is printed. */
export interface PlannedFile {
  readonly plan: FilePlan;
  readonly parts: FileParts;
  readonly records: readonly string[];
  readonly inferred: readonly InferredMap[];
  readonly unknown: readonly string[];
  /** How each global variable that has a codec is represented, by `section name`. */
  readonly variables: ReadonlyMap<string, Shape>;
}

/** What the file of a module is made of; undefined when an error was reported. */
export function planOf(module: TypeModule, options: GenerateOptions, report: Report): PlannedFile | undefined {
  let failed = false;
  const planned = planFile(module, options, (diagnostic) => {
    if (diagnostic.severity === "error") failed = true;
    report(diagnostic);
  });
  return failed ? undefined : planned;
}

/** Where the source has it; else the input and the C name. */
function placeOf(module: TypeModule, location: Location | undefined, name: string): Pick<Diagnostic, "span" | "at"> {
  const span = location && module.spanOf?.(location);
  if (span !== undefined) return { span };
  return { at: name === "" ? shownName(module) : `${shownName(module)}: ${name}` };
}

/** Tells faults of declarations: one that records, variables and maps share is told once. */
function failWith(module: TypeModule, note: Report): (error: ShapeError, place: string) => void {
  const told = new Set<string>();
  return (error, place) => {
    const code = error instanceof AnnotationError ? "RB4004" : "RB4002";
    const { message, hint } = error;
    const where = placeOf(module, error.location, error.about ?? place);
    const key = JSON.stringify([code, message, where.at, where.span?.source.name, where.span?.start]);
    if (told.has(key)) return;
    told.add(key);
    note({ code, severity: "error", message, ...where, ...(hint === undefined ? {} : { hint }) });
  };
}

function planFile(module: TypeModule, options: GenerateOptions, note: Report): PlannedFile | undefined {
  const fail = failWith(module, note);
  let selected: Selection;
  let inferred: readonly InferredMap[] = [];
  let annotations: Annotations;
  let tags: ReadonlyMap<string, MapTag>;
  try {
    const found = options.infer === false ? { options, inferred } : inferRecords(module, options, note);
    inferred = found.inferred;
    annotations = new Annotations(found.options.annotations);
    tags = found.options.tags ?? new Map();
    selected = selectTypes(module, found.options, note);
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    fail(error, "");
    return undefined;
  }
  checkMaps(module, options, note);
  const sections = loadedSections(module);
  const planned = planRecords(module, selected, dataSections.split(" "), {
    endian: options.endian ?? module.endian,
    int64: options.int64,
    typedArrays: options.typedArrays === true,
    case: options.case,
    annotations,
    maps: selected.maps,
    sections,
    tags,
    fail,
    settled: new Set(Object.keys(options.maps)),
    untyped: (map, part, { message, hint, location }) =>
      note({
        code: "RB4012",
        severity: "warning",
        message: `${part}s of map "${map}" are bytes in its descriptor: ${message}`,
        ...placeOf(module, location, map),
        ...(hint === undefined ? {} : { hint }),
      }),
    warn: (code, message, hint, type) =>
      note({ code, severity: "warning", message, hint, ...placeOf(module, locationOf(type), type.name) }),
  });
  for (const { key, meant } of annotations.unused()) {
    if (options.isForAnother?.(key) === true) continue;
    note({
      code: "RB4006",
      severity: "warning",
      message: `the configuration annotates ${key}, which is no type or member that is generated`,
      at: shownName(module),
      hint: meant ?? 'keys are "struct" or "struct.member", by C name',
    });
  }
  const sdk = planSdk(
    module,
    sections,
    options.case,
    (map) => planned.codecOfMap.get(map),
    planned.codecOfElements,
    (section, name) => planned.codecOfVariable.get(`${section} ${name}`),
    new Map(inferred.map((one) => [one.map, foundText(one, `in ${fileOfCall(one.call)}`)])),
    iteratorCodecs(module, inferred, planned.codecOfType),
  );
  const constants = module.constants.map((constant) => ({
    constant,
    name: planned.scope.take(identifier(constant.name)),
  }));
  const preamble = [`Generated by rbgen ${options.version} from ${module.name}. Do not edit.`, ...module.provenance];
  const recordParts = new Set([
    ...(options.only ?? usualParts),
    ...(options.columns === true ? ["columns" as const] : []),
  ]);
  const parts = { scope: planned.scope, constants, sdk, preamble, recordParts };
  const unknown = options.infer === false ? [] : unknownMaps(module, planned.codecOfMap);
  const { plan, records, shapeOfVariable: variables } = planned;
  return { plan, parts, records, inferred, unknown, variables };
}

/** The const of the codec of each iterator that writes records of one type. */
function iteratorCodecs(
  module: TypeModule,
  inferred: readonly InferredMap[],
  codecOfType: ReadonlyMap<unknown, Name>,
): ReadonlyMap<string, Name> {
  return new Map(
    inferred.flatMap(({ map, iterator, typed, records: [record = ""] }) => {
      if (iterator !== true || !typed) return [];
      const codec = lookUp(module, record)
        .map((type) => codecOfType.get(identityOf(type)))
        .find((name) => name !== undefined);
      return codec === undefined ? [] : [[map, codec]];
    }),
  );
}

/** Rings that have no codec, and of which the program's code tells nothing, nor that it tells nothing. */
function unknownMaps(module: TypeModule, codecOfMap: ReadonlyMap<string, unknown>): readonly string[] {
  if (module.programs.length === 0) return [];
  const sent = new Set(module.sent?.().map(({ map }) => map));
  // of a map whose slots hold it, it is told
  for (const { name, slots = [] } of module.maps) if (sent.has(name)) for (const slot of slots) sent.add(slot);
  return module.maps
    .filter((map) => carrierOf(map) !== undefined && !codecOfMap.has(map.name) && !sent.has(map.name))
    .map(({ name }) => name);
}

/** A map that `--map` names must be there and carry records, where the input holds maps at all. */
function checkMaps(module: TypeModule, options: GenerateOptions, note: Report): void {
  if (module.maps.length === 0) return;
  const names = module.maps.map((map) => map.name);
  const carriers = module.maps.filter((map) => carrierOf(map) !== undefined).map(({ name }) => name);
  for (const name of Object.keys(options.maps)) {
    const map = module.maps.find((one) => one.name === name);
    if (map !== undefined && carrierOf(map) !== undefined) continue;
    const meant = map === undefined ? didYouMean(name, names) : undefined;
    const there = map === undefined ? `maps there: ${names.join(", ")}` : hintAt(map, carriers);
    note({
      code: "RB5009",
      severity: "error",
      message:
        map === undefined
          ? `there is no map "${name}"`
          : `"${name}" is ${withArticle(map.type)} and carries no records`,
      at: shownName(module),
      hint: meant ?? there,
    });
  }
}

/** What to do about a map that carries nothing: name one that does, or leave keys and values to the definition. */
function hintAt(map: MapDefinition, carriers: readonly string[]): string {
  if (carriers.length > 0) return `maps that carry records: ${carriers.join(", ")}`;
  return elementsOf(map) === undefined
    ? "rings and perf event arrays carry records, and no map here is one"
    : "what its keys and values are, its definition tells: __type(key, …), __type(value, …)";
}
