import { type Btf, describeDrift, describeUncompared, isLayoutDescriptor, knowsType, type LayoutUse } from "@rbgen/btf";
import type { LayoutDescriptor } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";
import { invalid } from "../invalid.ts";
import { type Named, nameOf } from "./named.ts";

/**
 * The name of what is asked for, once the layout of a codec that comes with it agrees with the object's types.
 * @throws RingBufError EINVAL where the two differ in what `use` takes, and for what is no layout.
 */
export function heldName(named: Named, btf: Btf, use: LayoutUse): string {
  const name = nameOf(named);
  const layout = layoutIn(named);
  const drift = layout && describeDrift(layout, btf, use);
  if (drift !== undefined) throw invalid(`"${name}": ${drift}`);
  return name;
}

/** Tells, once for each thing of a name, of records that neither the types nor the debug information of the object have. */
export function warnOfUncompared(kind: "map" | "program", named: Named, btf: Btf): void {
  const layout = layoutIn(named);
  const untold = layout && describeUncompared(layout, (record) => knowsType(record, btf));
  if (untold !== undefined) warnOnce(`${kind} "${nameOf(named)}": ${untold}`);
}

/**
 * The layout that a codec has, if it has the form of one.
 * @throws RingBufError EINVAL.
 */
export function checkedLayout(layout: unknown, from: unknown): LayoutDescriptor {
  if (isLayoutDescriptor(layout)) return layout;
  throw invalid(`${shown(from)} is no codec, or its layout is none that rbgen generates`);
}

function layoutIn(named: Named): LayoutDescriptor | undefined {
  if (typeof named === "string") return undefined;
  const { layout } = (named.codec ?? {}) as { readonly layout?: unknown };
  return layout === undefined ? undefined : checkedLayout(layout, layout);
}

const warned = new Set<string>();

/** Tells once that something is not compared with the types that are there. */
export function warnOnce(message: string): void {
  if (warned.has(message)) return;
  warned.add(message);
  const { process } = globalThis as {
    process?: { emitWarning?(message: string, options: { readonly type: string; readonly code: string }): void };
  };
  if (process?.emitWarning) process.emitWarning(message, { type: "RingBufWarning", code: "RINGBUF_UNCOMPARED" });
  // biome-ignore lint/suspicious/noConsole: where there is no process, the console is where warnings go
  else console.warn(message);
}
