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

/** Reads a header or a source of programs, as the command reads a file of that name which lies alone in a folder. */
export function readSource(name: string, text: string): Promise<ReadInput> {
  const diagnostics: Diagnostic[] = [];
  const module = moduleOf({ name, text }, (diagnostic) => diagnostics.push(diagnostic));
  return finish(module, diagnostics);
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
  return module === undefined ? { module, diagnostics } : finish(module, diagnostics);
}

async function finish(module: TypeModule, diagnostics: Diagnostic[]): Promise<ReadInput> {
  const report: Report = (diagnostic) => diagnostics.push(diagnostic);
  const pictures = picturesOf(ownTypes(module), module, report);
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
