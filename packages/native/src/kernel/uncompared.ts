import { describeUncompared } from "@rbgen/btf";
import type { LayoutDescriptor } from "@rbgen/runtime";

const warned = new Set<string>();

/** Tells, once for each map of a name, of the records that nothing was found to hold against. */
export function warnOfUncompared(what: string, layout: LayoutDescriptor, isTold: (record: string) => boolean): void {
  const untold = describeUncompared(layout, isTold);
  if (untold === undefined) return;
  warnUncompared(`${what}: ${untold}`);
}

/** Tells once that something is not compared with the types that are there. */
export function warnUncompared(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  process.emitWarning(message, { type: "RingBufWarning", code: "RINGBUF_UNCOMPARED" });
}
