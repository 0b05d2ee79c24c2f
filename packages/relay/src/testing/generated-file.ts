import { writeFileSync } from "node:fs";
import { type Diagnostic, generate, readHeader } from "rbgen";

/** What `rbgen` generates for structs of a header, with ring maps that hold them, by map. */
export async function generatedText(
  text: string,
  types: readonly string[],
  maps: Readonly<Record<string, string>> = {},
): Promise<string> {
  const problems: Diagnostic[] = [];
  const report = (diagnostic: Diagnostic): number => problems.push(diagnostic);
  const search = {
    endian: "little",
    includePaths: [],
    systemPaths: [],
    forcedIncludes: [],
    defines: [],
    undefines: [],
  } as const;
  const module = readHeader({ name: "types.h", text }, "types.h", { read: () => undefined }, search, report);
  const options = { types, all: false, maps, int64: "bigint", case: "camel", version: "0.0.0" } as const;
  const file = await generate(module, options, report);
  if (file === undefined) throw new Error(JSON.stringify(problems));
  return file.text;
}

/** The same as a file, for who loads it. */
export async function writeGenerated(path: string, ...of: Parameters<typeof generatedText>): Promise<void> {
  writeFileSync(path, await generatedText(...of));
}
