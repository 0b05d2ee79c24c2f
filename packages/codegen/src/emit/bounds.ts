import type { CompositePlan } from "../plan/model.ts";
import { type Code, code, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import type { Span } from "./span.ts";

/** Where the array of a fixed number begins that ends a composite, bytes from its start: a program may send a part of it. */
function lastArray({ nodes, extent }: CompositePlan): number | undefined {
  const last = nodes.at(-1);
  if (last?.kind !== "field" || extent.ending.kind !== "fixed" || last.variable !== undefined) return undefined;
  const start = last.bitOffset / 8;
  if (last.shape.kind === "composite") {
    const inner = lastArray(last.shape.composite);
    return inner === undefined ? undefined : start + inner;
  }
  return ["array", "bytes", "string", "strings"].includes(last.shape.kind) ? start : undefined;
}

/** The check that a sample has the record which is all of it. */
export function boundsCheck(context: EmitContext, composite: CompositePlan, where: Span): Code {
  const { cName, extent } = composite;
  const short = lastArray(composite);
  const cut = short === undefined ? code`` : code`, ${short}`;
  return code`${use(context, "checkBounds")}(${quote(cName)}, ${where.view}, ${where.base}, ${where.length}, ${extent.minByteLength}${cut});`;
}
