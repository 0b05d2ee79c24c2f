import { hashLayout, type LayoutDescriptor } from "@rbgen/btf";
import type { TypeNames } from "../plan/names.ts";
import { block, type Code, code, commentText, quote } from "./code.ts";
import type { RecordColumns } from "./columns/record-columns.ts";
import { type EmitContext, use, useType } from "./context.ts";
import type { Made } from "./decode.ts";
import { layoutStatement } from "./layout.ts";
import { leftOut } from "./left-out.ts";
import { filled } from "./lines.ts";
import { loopsMember } from "./loops.ts";

/** What a codec object is made of, whatever kind of record it is for. */
export interface CodecParts {
  readonly names: TypeNames;
  readonly cName: string;
  readonly cText: string;
  readonly size: number;
  readonly minByteLength: number;
  readonly layout: LayoutDescriptor;
  /** Names of the layouts of its records, where they are several. */
  readonly layouts?: readonly Code[];
  readonly input: Code;
  /** What a record is in JSON, where the file has that. */
  readonly json: Code | undefined;
  /** Bytes of every value, or the function that tells them of one. */
  readonly length: number | Code;
  /** Whether its view has parts that stay with a record when the view goes on to the next one. */
  readonly moves: boolean;
  /** How the loop over its samples makes one, where it does so itself. */
  readonly made: Made | undefined;
  /** Where the file has columns. */
  readonly columns: RecordColumns | undefined;
}

/** The layout descriptor and the codec object that readers and writers take. */
export function codecStatements(context: EmitContext, parts: CodecParts): Code[] {
  const { names, length, columns } = parts;
  const batch = columns === undefined ? code`` : code`, ${columns.type}`;
  const hasViews = context.parts.has("views");
  const encodes = context.parts.has("encode");
  // What a file is without takes and gives nothing: TypeScript refuses it where it is used.
  const input = encodes ? parts.input : code`never`;
  const [view, writer] = [hasViews ? names.view : code`never`, encodes ? names.writer : code`never`];
  const codec = code`${useType(context, "GeneratedCodec")}<${names.type}, ${input}, ${view}, ${writer}${batch}>`;
  const type = parts.json === undefined ? codec : code`${codec} & ${useType(context, "JsonCodec")}<${names.type}>`;
  return [
    ...(columns?.statements ?? []),
    layoutStatement(context, names.layout, parts.layout, parts.cText, parts.layouts),
    block([
      code`/** Codec of \`${commentText(parts.cText)}\`. */`,
      code`export const ${names.codec}: ${type} = {`,
      ...filled([
        code`name: ${quote(parts.cName)},`,
        code`size: ${parts.size},`,
        code`minByteLength: ${parts.minByteLength},`,
        code`endian: ${quote(context.plan.endian)},`,
        code`layout: ${names.layout},`,
        code`layoutHash: ${quote(hashLayout(parts.layout))},`,
        code`decode: ${names.decode},`,
        ...(encodes
          ? [
              code`encode: ${names.encode},`,
              code`byteLengthOf: ${typeof length === "number" ? code`() => ${length}` : length},`,
              code`toBytes: (value) => ${use(context, "encoded")}(value, ${typeof length === "number" ? length : code`${length}(value)`}, ${names.encode}),`,
              code`createWriter: () => new ${names.writerClass}() as ${names.writer},`,
            ]
          : ["encode", "byteLengthOf", "toBytes", "createWriter"].map((name) => leftOut(context, name, "encode"))),
        ...(hasViews
          ? [code`createView: () => new ${names.viewClass}() as ${names.view},`]
          : [leftOut(context, "createView", "views")]),
        ...(parts.json === undefined
          ? [leftOut(context, "toJSON", "json")]
          : [
              code`toJSON: ${use(context, "toJson")},`,
              code`fromJSON: (json) => ${use(context, "fromJson")}(${parts.json}, json),`,
            ]),
      ]),
      ...loopsMember(context, parts),
      ...(columns?.members ?? []),
      code`};`,
    ]),
  ];
}
