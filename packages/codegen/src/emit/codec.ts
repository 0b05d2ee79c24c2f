import { hashLayout, type LayoutDescriptor } from "@rbgen/btf";
import type { TypeNames } from "../plan/names.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { layoutStatement } from "./layout.ts";
import { loopsMember } from "./loops.ts";
import { commentText, quote } from "./text.ts";

/** What a codec object is made of, whatever kind of record it is for. */
export interface CodecParts {
  readonly names: TypeNames;
  readonly cName: string;
  readonly cText: string;
  readonly size: number;
  readonly minByteLength: number;
  readonly layout: LayoutDescriptor;
  readonly input: string;
  /** Bytes of every value, or the function that tells them of one. */
  readonly length: number | string;
}

/** The layout descriptor and the codec object that readers and writers take. */
export function codecStatements(context: EmitContext, parts: CodecParts): string[] {
  const { names, length } = parts;
  const type = `${useType(context, "RecordCodec")}<${names.type}, ${parts.input}, ${names.view}, ${names.writer}>`;
  return [
    layoutStatement(context, names.layout, parts.layout, parts.cText),
    [
      `/** Codec of \`${commentText(parts.cText)}\`. */`,
      `export const ${names.codec}: ${type} = {`,
      `  name: ${quote(parts.cName)},`,
      `  size: ${parts.size},`,
      `  minByteLength: ${parts.minByteLength},`,
      `  layout: ${names.layout},`,
      `  layoutHash: ${quote(hashLayout(parts.layout))},`,
      `  endian: ${quote(context.plan.endian)},`,
      `  decode: ${names.decode},`,
      `  encode: ${names.encode},`,
      `  byteLengthOf: ${typeof length === "number" ? `() => ${length}` : length},`,
      `  toJSON: ${use(context, "toJson")},`,
      `  createView: () => new ${names.viewClass}() as ${names.view},`,
      `  createWriter: () => new ${names.writerClass}() as ${names.writer},`,
      ...loopsMember(context, parts),
      "};",
    ].join("\n"),
  ];
}
