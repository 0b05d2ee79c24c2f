import { BtfError } from "@rbgen/btf";
import {
  type Chosen,
  type Diagnostic,
  type GeneratedFile,
  type GenerateOptions,
  generate,
  ownTypes,
  type Picture,
  pictureOf,
  type Report,
  readBtfModule,
  readHeader,
  type SourceText,
  type TypeModule,
} from "rbgen";
import rbgenHeader from "../../../../packages/codegen/include/rbgen.h?raw";
import manifest from "../../../../packages/codegen/package.json" with { type: "json" };

/** As the command generates without flags. */
export const generateOptions: GenerateOptions = {
  types: [],
  all: false,
  maps: {},
  int64: "bigint",
  case: "camel",
  version: manifest.version,
};

/** What was read of one input. */
export interface ReadInput {
  readonly module: TypeModule;
  readonly pictures: readonly Picture[];
  readonly diagnostics: readonly Diagnostic[];
  /** Absent where an error kept it from being generated. */
  readonly generated: GeneratedFile | undefined;
}

/** What a header or a source is before anything is generated of it. */
export interface DrawnSource {
  readonly module: TypeModule;
  readonly pictures: readonly Picture[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a header or a source of programs, as the command reads a file of that name which lies alone in a folder; `parsed` is called before anything is drawn. */
export function drawSource(name: string, text: string, parsed?: () => void): DrawnSource {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const module = moduleOf({ name, text }, report);
  parsed?.();
  return { module, pictures: picturesOf(ownTypes(module), module, report), diagnostics };
}

/** Generates the code of what was read, unless that has an error. */
export function generateFor({ module, pictures, diagnostics }: DrawnSource): Promise<ReadInput> {
  return finish(module, pictures, [...diagnostics]);
}

/** Both. */
export function readSource(name: string, text: string): Promise<ReadInput> {
  return generateFor(drawSource(name, text));
}

function moduleOf(source: SourceText, report: Report): TypeModule {
  const files = new Map([["include/rbgen.h", rbgenHeader]]);
  return readHeader(
    source,
    source.name,
    { read: (path) => files.get(path) },
    {
      endian: "little",
      includePaths: [],
      systemPaths: ["include"],
      forcedIncludes: [],
      defines: [],
      undefines: [],
    },
    report,
  );
}

/** Reads a compiled object or BTF, with the header of records that its compiler dropped, if there is one; undefined where nothing of it can be read, which the diagnostics say. */
export async function readObject(
  name: string,
  bytes: Uint8Array,
  types: SourceText | undefined,
): Promise<ReadInput | { readonly module: undefined; readonly diagnostics: readonly Diagnostic[] }> {
  const diagnostics: Diagnostic[] = [];
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const header = types === undefined ? {} : { header: moduleOf(types, report) };
  const module = readBtfModule(bytes, { name, path: name, ...header }, report);
  if (module === undefined) return { module, diagnostics };
  return finish(module, picturesOf(ownTypes(module), module, report), diagnostics);
}

async function finish(module: TypeModule, pictures: readonly Picture[], diagnostics: Diagnostic[]): Promise<ReadInput> {
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const broken = diagnostics.some(({ severity }) => severity === "error");
  const generated = broken ? undefined : await generate(module, generateOptions, report);
  const drawn = new Set(pictures.map(({ name }) => name));
  // Records of an object may stand in its debug information alone.
  const found = (generated?.records ?? [])
    .filter((name) => !drawn.has(name))
    .flatMap((name) => module.find(name).slice(0, 1))
    .map((type) => ({ name: type.name, type }));
  return { module, pictures: [...picturesOf(found, module, report), ...pictures], diagnostics, generated };
}

function picturesOf(types: readonly Chosen[], module: TypeModule, report: Report): readonly Picture[] {
  return types.flatMap(({ name, type }) => {
    if (type.kind !== "struct" && type.kind !== "union") return [];
    try {
      return [pictureOf(name, type, module.endian)];
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      report({ code: "RB3006", severity: "error", at: `${module.name}: ${name}`, message: error.message });
      return [];
    }
  });
}
