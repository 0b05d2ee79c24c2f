import type { Picture, SourceText } from "rbgen";
import type { Decoded } from "../codec/decoded.ts";
import type { RecordInfo } from "../codec/decoder.ts";
import type { Comparison } from "../source/comparison.ts";
import type { MemberLink } from "../source/links.ts";
import type { ShownDiagnostics } from "./shown-diagnostic.ts";

/** A text to be read, and the older version that it is compared with. */
export interface SourceRequest extends SourceText {
  readonly before: string | undefined;
}

/** A compiled object to be read; `types`: a header of records that its compiler dropped. */
export interface ObjectRequest {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly types: SourceText | undefined;
}

/** What a page asks of the worker that reads for it. Requests are answered in their order. */
export type Request =
  | { readonly kind: "source"; readonly id: number; readonly source: SourceRequest }
  | { readonly kind: "object"; readonly id: number; readonly object: ObjectRequest }
  | {
      readonly kind: "decode";
      readonly id: number;
      readonly record: string;
      readonly samples: readonly Uint8Array[];
      readonly indent: number;
    };

/** What is being done for a source, in this order. */
export type Stage = "reading" | "layouts" | "code" | "comparison" | "decoders";

/** A picture, and how large it is when it is drawn, in pixels. */
export interface SizedPicture {
  readonly picture: Picture;
  readonly width: number;
  readonly height: number;
}

/** What a source came to. */
export interface SourceReading {
  readonly name: string;
  readonly diagnostics: ShownDiagnostics;
  /** The generated file; absent where an error kept it from being generated. */
  readonly generated: { readonly text: string; readonly records: readonly string[] } | undefined;
  readonly comparison: Comparison | undefined;
}

/** Code that was generated of structs by their names, "struct key", as JavaScript. */
export interface ElementScript {
  readonly types: readonly string[];
  readonly script: string;
}

/** What an object came to. */
export interface ObjectReading {
  readonly diagnostics: ShownDiagnostics;
  readonly pictures: readonly SizedPicture[];
  readonly links: readonly MemberLink[];
  /** Of its records; absent where an error kept it from being generated. */
  readonly script: string | undefined;
  /** Of the structs that keys and values of its maps are. */
  readonly elements: readonly ElementScript[];
}

/** Pictures and links come in portions, so that no message keeps a page busy for long. */
export type Reply = { readonly id: number } & (
  | { readonly kind: "stage"; readonly stage: Stage }
  | { readonly kind: "pictures"; readonly pictures: readonly SizedPicture[] }
  | { readonly kind: "layouts"; readonly diagnostics: ShownDiagnostics }
  | { readonly kind: "links"; readonly links: readonly MemberLink[] }
  | { readonly kind: "source"; readonly reading: SourceReading }
  | { readonly kind: "records"; readonly records: readonly RecordInfo[] }
  /** Undefined: nothing of it can be read, which the diagnostics say. */
  | { readonly kind: "object"; readonly reading: ObjectReading | undefined; readonly diagnostics: ShownDiagnostics }
  | { readonly kind: "decoded"; readonly decoded: readonly Decoded[] | undefined }
  /** An error that is ours. */
  | { readonly kind: "failed"; readonly message: string }
);
