import type { RecordCodec } from "@rbgen/runtime";
import { codecsOf, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { type Diagnostic, generate, readHeader } from "rbgen";

/** Codecs that `rbgen` generates for structs of a header, by their C names. */
export async function generatedCodecs(
  text: string,
  types: readonly string[],
): Promise<ReadonlyMap<string, RecordCodec<unknown, unknown>>> {
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
  const options = { types, all: false, maps: {}, int64: "bigint", case: "camel", version: "0.0.0" } as const;
  const file = await generate(module, options, report);
  if (file === undefined) throw new Error(JSON.stringify(problems));
  return codecsOf(await loadGenerated(file.text));
}
