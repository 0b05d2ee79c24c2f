import type { LayoutDescriptor, LayoutLeaf } from "@rbgen/btf";
import type { CompositePlan } from "../plan/model.ts";
import { block, type Code, code, commentText, join, propertyKey, quote } from "./code.ts";
import { type EmitContext, roleOf, useType } from "./context.ts";
import { filled } from "./lines.ts";

function leafText(leaf: LayoutLeaf): Code {
  const parts = [
    code`path: ${quote(leaf.path)}`,
    code`bitOffset: ${leaf.bitOffset}`,
    code`bitSize: ${leaf.bitSize}`,
    code`class: ${quote(leaf.class)}`,
  ];
  if (leaf.count !== undefined) parts.push(code`count: ${leaf.count}`);
  if (leaf.stride !== undefined) parts.push(code`stride: ${leaf.stride}`);
  if (leaf.endian !== undefined) parts.push(code`endian: ${quote(leaf.endian)}`);
  if (leaf.values !== undefined) {
    const values = Object.entries(leaf.values).map(([name, value]) => code`${propertyKey(name)}: ${quote(value)}`);
    parts.push(values.length === 0 ? code`values: {}` : code`values: { ${join(values, code`, `)} }`);
  }
  return code`    { ${join(parts, code`, `)} },`;
}

/** The layout of a composite that has a codec. */
export function layoutOfRecord(context: EmitContext, composite: CompositePlan): LayoutDescriptor {
  const { layout } = roleOf(context, composite);
  if (layout === undefined) throw new Error(`${composite.cText} is no record`);
  return layout;
}

/** The layout descriptor that a codec carries; `records` are those of the records that it is of, where they are several. */
export function layoutStatement(
  context: EmitContext,
  name: Code,
  layout: LayoutDescriptor,
  cText: string,
  records: readonly Code[] = [],
): Code {
  const leaves = layout.leaves.map(leafText);
  const lines = [
    ...filled([
      code`name: ${quote(layout.name)},`,
      code`size: ${layout.size},`,
      code`endian: ${quote(layout.endian)},`,
    ]),
    leaves.length === 0 ? code`  leaves: [],` : block([code`  leaves: [`, ...leaves, code`  ],`]),
    ...(records.length === 0 ? [] : [code`  records: [${join(records, code`, `)}],`]),
  ];
  return block([
    code`/** Layout of \`${commentText(cText)}\` that this file was generated for. */`,
    code`export const ${name}: ${useType(context, "LayoutDescriptor")} = {`,
    ...lines,
    code`};`,
  ]);
}
