import type { LayoutDescriptor } from "@rbgen/btf";
import type { RecordCodec } from "@rbgen/runtime";

/** What tells the layout of records: a generated codec, or a layout alone, since a relay decodes nothing. */
export type Described =
  | { readonly codec: Pick<RecordCodec<unknown, never>, "layout">; readonly layout?: undefined }
  | { readonly layout: LayoutDescriptor; readonly codec?: undefined };

/** The layout that `described` tells. */
export function layoutOf(described: Described): LayoutDescriptor {
  return described.codec === undefined ? described.layout : described.codec.layout;
}
