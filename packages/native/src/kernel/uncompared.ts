import type { LayoutDescriptor } from "@rbgen/runtime";
import { shown } from "./arguments.ts";
import { recordsOf } from "./layout-drift.ts";

const warned = new Set<string>();

/**
 * Tells, once for each map of a name, of the records that nothing was found to hold against: then a record of another layout
 * and the same length is read as the generated file says it is.
 */
export function warnOfUncompared(what: string, layout: LayoutDescriptor, isTold: (record: string) => boolean): void {
  const untold = recordsOf(layout).filter((record) => hasMembers(record) && !isTold(record.name));
  if (untold.length === 0) return;
  const names = untold.map(({ name }) => shown(name)).join(", ");
  const message =
    `${what}: nothing tells the layout of ${names}, so that it is not compared with the one generated for. ` +
    "RB_RECORD(map, record) of rbgen.h keeps a type in the object; debug information, which -g writes and a strip removes, has it, too";
  if (warned.has(message)) return;
  warned.add(message);
  process.emitWarning(message, { type: "RingBufWarning", code: "RINGBUF_UNCOMPARED" });
}

/** A scalar alone has none, and no type of the object that could differ. */
function hasMembers({ leaves }: LayoutDescriptor): boolean {
  return leaves.some(({ path }) => path !== "");
}
