import manifest from "../package.json" with { type: "json" };
import { type HeaderOptions, readHeader } from "./c/front-end.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { type GeneratedFile, type GenerateOptions, generate } from "./generate.ts";

/** How a text is read, and what is generated of it; what is left out is as the command has it. */
export interface SourceOptions extends Partial<GenerateOptions>, Partial<Omit<HeaderOptions, "endian" | "kernel">> {
  /** What the text is called in diagnostics and in the first line of the output; `types.h` unless told. */
  readonly name?: string;
  /** Texts of the files that it may include, by path, as seen from its own folder. Everyday headers (`linux/types.h`, `stdint.h`) are built in. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What became of a text. */
export interface GeneratedSource {
  /** Absent where a diagnostic is an error. */
  readonly file?: GeneratedFile;
  /** What was found to be wrong, in the order in which it was found. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Generates from the text of a C header, or of a program. Reads nothing but what it is given, so that it works in a browser, too.
 * @param text C
 */
export async function generateSource(text: string, options: SourceOptions = {}): Promise<GeneratedSource> {
  const { name = "types.h", files = {}, ...rest } = options;
  const diagnostics: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const header = { includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] };
  const paths = new Map(Object.entries(files));
  const host = { read: (path: string) => paths.get(path.replace(/^(?:\.\/)+/, "")), isPlainFolder: () => false };
  const module = readHeader(
    { name, text },
    name,
    host,
    { ...header, ...rest, endian: rest.endian ?? "little" },
    report,
  );
  const form = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: manifest.version } as const;
  const broken = diagnostics.some(({ severity }) => severity === "error");
  const file = broken ? undefined : await generate(module, { ...form, ...rest }, report);
  return { ...(file !== undefined && { file }), diagnostics };
}
