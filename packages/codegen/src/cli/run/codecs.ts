import { compileFunction } from "node:vm";
import type { Report } from "../../diagnostics/diagnostic.ts";
import { generateBy } from "../../generate.ts";
import { carrierOf, type TypeModule } from "../../module.ts";
import type { Host } from "../host/host.ts";
import type { MapOption } from "../input/options.ts";
import type { Codec } from "./virtual-machine.ts";

interface Descriptor {
  readonly name: string;
  readonly codec?: Codec;
}

/**
 * Codecs of the rings and perf event arrays of an object by their map: the generated code, run. A map is not in it where nothing
 * says what it carries. Undefined, and diagnostics, where nothing can be generated.
 */
export async function codecsOfMaps(
  module: TypeModule,
  maps: readonly MapOption[],
  generated: Readonly<Record<string, unknown>>,
  host: Host,
  report: Report,
): Promise<ReadonlyMap<string, Codec> | undefined> {
  if (!module.maps.some((map) => carrierOf(map) !== undefined)) return new Map();
  const file = await generateBy(
    () => host.loadTsMorph(),
    module,
    {
      types: [],
      all: false,
      maps: Object.fromEntries(maps.map(({ map, record }) => [map, record] as const)),
      int64: "bigint",
      case: "preserve",
      version: host.version,
    },
    report,
  );
  if (file === undefined) return undefined;
  const { ts } = await host.loadTsMorph();
  const { outputText } = ts.transpileModule(file.text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: { maps?: Readonly<Record<string, Descriptor>> } = {};
  // all that generated code imports is its runtime
  compileFunction(outputText, ["exports", "require"])(exports, () => generated);
  const codecs = new Map<string, Codec>();
  for (const { name, codec } of Object.values(exports.maps ?? {})) if (codec !== undefined) codecs.set(name, codec);
  return codecs;
}
