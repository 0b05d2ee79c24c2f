import type { RecordCodec } from "@rbgen/runtime";
import { codecsOf, loadGenerated } from "@rbgen/testkit/codegen/load-generated";
import { generatedText } from "./generated-file.ts";

/** Codecs that `rbgen` generates for structs of a header, by their C names. */
export async function generatedCodecs(
  text: string,
  types: readonly string[],
): Promise<ReadonlyMap<string, RecordCodec<unknown, unknown>>> {
  return codecsOf(await loadGenerated(await generatedText(text, types)));
}
