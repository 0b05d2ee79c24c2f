import type { Configuration, ConfiguredMap, ConfiguredOutput } from "../config/model.ts";
import { usualParts } from "../emit/record-part.ts";
import type { GenerateOptions as Settings } from "../generate.ts";
import type { TypeModule } from "../module.ts";
import type { MapTag } from "../plan/map-tag.ts";
import type { GenerateOptions } from "./input/options.ts";
import type { SharedAnnotations } from "./shared-annotations.ts";

/** What one input is generated with: the command line wins over what the configuration says of it, and that over what it says of all. */
export function generateSettings(
  own: ConfiguredOutput,
  options: Pick<
    GenerateOptions,
    "types" | "all" | "maps" | "int64" | "case" | "only" | "columns" | "typedArrays" | "infer"
  >,
  { output: common }: Configuration,
  { module, annotations }: { readonly module: TypeModule; readonly annotations: SharedAnnotations },
  version: string,
): Settings & { readonly infer: boolean } {
  // made of entries, since an assignment to a map called `__proto__` would be none
  const configured = new Map<string, ConfiguredMap>([
    ...Object.entries({ ...common.maps, ...own.maps }),
    ...options.maps.map(({ map, record }): [string, ConfiguredMap] => [map, { records: record }]),
  ]);
  return {
    types: options.types.length > 0 ? options.types : (own.types ?? common.types ?? []),
    all: options.all ?? own.all ?? common.all ?? false,
    maps: Object.fromEntries([...configured].map(([map, { records }]) => [map, records])),
    tags: new Map(
      [...configured].flatMap(([map, { tag }]): [string, MapTag][] => (tag === undefined ? [] : [[map, tag]])),
    ),
    int64: options.int64 ?? own.int64 ?? common.int64 ?? "bigint",
    case: options.case ?? own.case ?? common.case ?? "camel",
    only: options.only ?? own.only ?? common.only ?? usualParts,
    columns: options.columns ?? own.columns ?? common.columns ?? false,
    typedArrays: options.typedArrays ?? own.typedArrays ?? common.typedArrays ?? false,
    annotations: { ...annotations.of(module), ...own.annotations },
    isForAnother: (key) => !Object.hasOwn(own.annotations ?? {}, key) && annotations.isForAnother(key, module),
    infer: options.infer ?? own.infer ?? common.infer ?? true,
    version,
  };
}
