import type { Endian } from "@rbgen/btf";
import type { FieldPlan, MemberPlan, NodePlan } from "./model.ts";

/** Bytes that a run of bit-fields shares, read with one load and written with one store where they are 4 at most. */
export interface Chunk {
  readonly offset: number;
  readonly length: number;
  /** Which end of it its first bit is at: the lowest bit, or the highest. */
  readonly endian: Endian;
  readonly fields: readonly FieldPlan[];
}

/** The order in which a bit-field lies in its bytes; undefined of one that is skipped. */
export function bitOrder({ shape }: Pick<MemberPlan, "shape">): Endian | undefined {
  return shape.kind === "int" || shape.kind === "enum" || shape.kind === "bool" ? shape.endian : undefined;
}

function orderOf(fields: readonly FieldPlan[]): Endian | undefined {
  return fields.map(bitOrder).find((order) => order !== undefined);
}

/** Loads of DataView that give a number. */
const maxLoad = 4;

/**
 * The bit-fields of one struct (or arm), which have one order where they share a byte, cut where no field crosses a byte boundary, and joined again up to 4 bytes.
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
    const alike =
      last !== undefined &&
      (orderOf(last.fields) ?? orderOf(atom.fields)) === (orderOf(atom.fields) ?? orderOf(last.fields));
    if (alike && last.end === atom.offset && atom.end - last.offset <= maxLoad) {
      last.end = atom.end;
      last.fields.push(...atom.fields);
    } else chunks.push(atom);
  }
  return chunks.map(({ offset, end, fields: own }) => ({
    ...{ offset, length: end - offset, fields: own },
    endian: orderOf(own) ?? "little",
  }));
}
