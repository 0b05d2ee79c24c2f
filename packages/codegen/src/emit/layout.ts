import type { LayoutDescriptor, LayoutLeaf } from "@rbgen/btf";
import type { CompositePlan } from "../plan/model.ts";
import { type EmitContext, useType } from "./context.ts";
import { commentText, propertyKey, quote } from "./text.ts";

function leafText(leaf: LayoutLeaf): string {
  const parts = [
    `path: ${quote(leaf.path)}`,
    `bitOffset: ${leaf.bitOffset}`,
    `bitSize: ${leaf.bitSize}`,
    `class: ${quote(leaf.class)}`,
  ];
  if (leaf.count !== undefined) parts.push(`count: ${leaf.count}`);
  if (leaf.stride !== undefined) parts.push(`stride: ${leaf.stride}`);
  if (leaf.endian !== undefined) parts.push(`endian: ${quote(leaf.endian)}`);
  if (leaf.values !== undefined) {
    const values = Object.entries(leaf.values).map(([name, value]) => `${propertyKey(name)}: ${quote(value)}`);
    parts.push(values.length === 0 ? "values: {}" : `values: { ${values.join(", ")} }`);
  }
  return `    { ${parts.join(", ")} },`;
}

/** The layout of a composite that has a codec. */
export function layoutOfRecord({ layout, cText }: CompositePlan): LayoutDescriptor {
  if (layout === undefined) throw new Error(`${cText} is no record`);
  return layout;
}

/** The layout descriptor that a codec carries. */
export function layoutStatement(context: EmitContext, name: string, layout: LayoutDescriptor, cText: string): string {
  const leaves = layout.leaves.map(leafText);
  const lines = [
    `  name: ${quote(layout.name)},`,
    `  size: ${layout.size},`,
    `  endian: ${quote(layout.endian)},`,
    leaves.length === 0 ? "  leaves: []," : ["  leaves: [", ...leaves, "  ],"].join("\n"),
  ];
  return [
    `/** Layout of \`${commentText(cText)}\` that this file was generated for. */`,
    `export const ${name}: ${useType(context, "LayoutDescriptor")} = {`,
    ...lines,
    "};",
  ].join("\n");
}
