import type { CompositePlan } from "../plan/model.ts";
import { type EmitContext, quote, use, useType } from "./context.ts";
import { commentText } from "./types.ts";

/** The codec object that readers and writers take. */
export function codecStatement(context: EmitContext, composite: CompositePlan, layoutHash: string): string {
  const { names } = composite;
  const input = `${useType(context, "Input")}<${names.type}>`;
  const lines = [
    `name: ${quote(composite.cName)},`,
    `size: ${composite.size},`,
    `minByteLength: ${composite.minByteLength},`,
    `layout: ${names.layout},`,
    `layoutHash: ${quote(layoutHash)},`,
    `endian: ${quote(context.plan.endian)},`,
    `decode: ${names.decode},`,
    `encode: ${names.encode},`,
    `byteLengthOf: ${composite.tail === undefined ? `() => ${composite.size}` : names.length},`,
    `toJSON: ${use(context, "toJson")},`,
    `createView: () => new ${names.viewClass}(),`,
    `createWriter: () => new ${names.writerClass}(),`,
  ];
  const type = `${useType(context, "RecordCodec")}<${names.type}, ${input}, ${names.view}, ${names.writer}>`;
  return [
    `/** Codec of \`${commentText(composite.cText)}\`. */`,
    `export const ${names.codec}: ${type} = {`,
    ...lines.map((line) => `  ${line}`),
    "};",
  ].join("\n");
}
