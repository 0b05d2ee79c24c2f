import { describeUncompared } from "@rbgen/btf";
import type { LayoutDescriptor } from "@rbgen/runtime";

const warned = new Set<string>();

/** Tells, once for each map of a name, of the records that nothing was found to hold against. */
export function warnOfUncompared(what: string, layout: LayoutDescriptor, isTold: (record: string) => boolean): void {
  const untold = describeUncompared(layout, isTold);
  if (untold === undefined) return;
  const message = `${what}: ${untold}`;
  if (warned.has(message)) return;
  warned.add(message);
  process.emitWarning(message, { type: "RingBufWarning", code: "RINGBUF_UNCOMPARED" });
}
