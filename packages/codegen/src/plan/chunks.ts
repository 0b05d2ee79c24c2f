import type { FieldPlan, NodePlan } from "./model.ts";

/** Bytes that a run of bit-fields shares, read with one load and written with one store where they are 4 at most. */
export interface Chunk {
  readonly offset: number;
  readonly length: number;
  readonly fields: readonly FieldPlan[];
}

/** Loads of DataView that give a number. */
const maxLoad = 4;

/**
 * The bit-fields of one struct (or arm), cut where no field crosses a byte boundary, and joined again up to 4 bytes.
 * Bytes that hold a bit-field hold nothing else, so a chunk never covers another member.
 */
export function chunksOf(nodes: readonly NodePlan[]): readonly Chunk[] {
  const fields = nodes
    .filter((node): node is FieldPlan => node.kind === "field" && node.bitSize !== undefined)
    .sort((a, b) => a.bitOffset - b.bitOffset);
  const atoms: { offset: number; end: number; fields: FieldPlan[] }[] = [];
  for (const field of fields) {
    const offset = Math.floor(field.bitOffset / 8);
    const end = Math.ceil((field.bitOffset + (field.bitSize ?? 0)) / 8);
    const last = atoms.at(-1);
    if (last !== undefined && offset < last.end) {
      last.end = Math.max(last.end, end);
      last.fields.push(field);
    } else atoms.push({ offset, end, fields: [field] });
  }
  const chunks: { offset: number; end: number; fields: FieldPlan[] }[] = [];
  for (const atom of atoms) {
    const last = chunks.at(-1);
    if (last !== undefined && last.end === atom.offset && atom.end - last.offset <= maxLoad) {
      last.end = atom.end;
      last.fields.push(...atom.fields);
    } else chunks.push(atom);
  }
  return chunks.map((chunk) => ({ offset: chunk.offset, length: chunk.end - chunk.offset, fields: chunk.fields }));
}
