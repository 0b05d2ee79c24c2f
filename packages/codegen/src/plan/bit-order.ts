import { AnnotationError } from "./annotations.ts";
import { bitOrder } from "./chunks.ts";
import type { MemberPlan, OpenedNode } from "./model.ts";

/** Refuses bit-fields that share a byte and lie in it from different ends: their bits would be the same. @throws AnnotationError */
export function checkBitOrders(cText: string, nodes: readonly OpenedNode[]): void {
  const fields = nodes.filter(
    (node): node is MemberPlan => node.kind === "field" && node.bitSize !== undefined && bitOrder(node) !== undefined,
  );
  fields.sort((a, b) => a.bitOffset - b.bitOffset);
  for (const [index, field] of fields.entries()) {
    const next = fields[index + 1];
    if (next === undefined || bitOrder(next) === bitOrder(field)) continue;
    const end = field.bitOffset + (field.bitSize ?? 0);
    if (Math.ceil(end / 8) <= Math.floor(next.bitOffset / 8)) continue;
    throw new AnnotationError(
      `endian of ${cText}.${field.cName} and ${next.cName} differ, and they share a byte`,
      `say it of all bit-fields there: @rbgen endian=${bitOrder(field)} or ${bitOrder(next)}`,
    );
  }
  for (const node of nodes) if (node.kind === "union") for (const arm of node.arms) checkBitOrders(cText, arm);
}
