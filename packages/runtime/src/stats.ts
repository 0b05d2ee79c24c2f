import { real } from "./checked-number.ts";
import { object } from "./checked-object.ts";
import type { KernelCounters } from "./ring-claim.ts";

/**
 * What became of a ring since its reader opened it. Bytes are those of the ring, headers and padding included, so that
 * `deliveredBytes + discardedBytes + erroredBytes + overwrittenBytes + remainingBytes = producedBytes`.
 */
export interface ReaderStats {
  /** Records handed out. */
  readonly delivered: number;
  /** Records that the kernel side discarded. */
  readonly discarded: number;
  /** Samples that did not decode. */
  readonly errored: number;
  /** Samples longer than their record; they were handed out, or counted as errored by `oversized: "error"`. */
  readonly oversized: number;
  /** Records still in the ring, busy and discarded ones too; undefined above 65 536, which take long to count. */
  readonly remaining: number | undefined;
  /** Bytes of records that were handed out, headers included. */
  readonly deliveredBytes: number;
  /** Bytes of records that the producer gave up. */
  readonly discardedBytes: number;
  /** Bytes of records that did not decode. */
  readonly erroredBytes: number;
  /** Lost to overwrite mode before they were read. */
  readonly overwrittenBytes: number;
  /** Bytes that wait in the ring. */
  readonly remainingBytes: number;
  /** Producer position less the position where the reader began. */
  readonly producedBytes: number;
  /** Most bytes found waiting. */
  readonly highWaterBytes: number;
  /** Bytes of the ring. */
  readonly size: number;
  /** What the kernel side counted since the map was made, where it counts. */
  readonly kernel: KernelCounters | undefined;
}

const help: Readonly<Record<string, readonly [name: string, kind: "counter" | "gauge", text: string]>> = {
  delivered: ["records_delivered", "counter", "Records handed out."],
  discarded: ["records_discarded", "counter", "Records that the kernel side discarded."],
  errored: ["records_errored", "counter", "Samples that did not decode."],
  oversized: ["records_oversized", "counter", "Samples longer than their record."],
  remaining: ["records_remaining", "gauge", "Records in the ring."],
  deliveredBytes: ["delivered_bytes", "counter", "Ring bytes of delivered records."],
  discardedBytes: ["discarded_bytes", "counter", "Ring bytes of discarded records."],
  erroredBytes: ["errored_bytes", "counter", "Ring bytes of samples that did not decode."],
  overwrittenBytes: ["overwritten_bytes", "counter", "Ring bytes overwritten before they were read."],
  remainingBytes: ["remaining_bytes", "gauge", "Ring bytes not yet read."],
  producedBytes: ["produced_bytes", "counter", "Ring bytes reserved since the reader began."],
  highWaterBytes: ["high_water_bytes", "gauge", "Most ring bytes found waiting."],
  size: ["size_bytes", "gauge", "Bytes of the ring."],
};

/**
 * Statistics of readers, by map name, in the OpenMetrics text format (content type `application/openmetrics-text`).
 * @throws RingBufError EINVAL for what are no statistics.
 */
export function toOpenMetrics(stats: Readonly<Record<string, ReaderStats>>): string {
  const lines: string[] = [];
  const family = (name: string, kind: string, text: string): string => {
    lines.push(`# TYPE rbgen_${name} ${kind}`, `# HELP rbgen_${name} ${text}`);
    return `rbgen_${name}${kind === "counter" ? "_total" : ""}`;
  };
  const maps = Object.entries(object(stats, "stats"));
  for (const [map, one] of maps) object(one, `stats of ${map}`);
  for (const [key, [name, kind, text]] of Object.entries(help)) {
    const sample = family(name, kind, text);
    for (const [map, stats] of maps) {
      const value = stats[key as keyof ReaderStats];
      if (value !== undefined || key !== "remaining") lines.push(`${sample}{map=${quote(map)}} ${amount(value, key)}`);
    }
  }
  const drops = maps.flatMap(([map, { kernel }]) =>
    Object.entries(kernel?.dropped ?? {}).map(([reason, count]) => ({ map, reason, count })),
  );
  if (drops.length > 0) {
    const sample = family("records_dropped", "counter", "Reservations that failed, by reason.");
    for (const { map, reason, count } of drops) {
      lines.push(`${sample}{map=${quote(map)},reason=${quote(reason)}} ${amount(count, reason)}`);
    }
  }
  return `${lines.join("\n")}\n# EOF\n`;
}

function amount(value: unknown, name: string): number {
  return real(value as number, name, 0, Number.MAX_VALUE);
}

function quote(label: string): string {
  return `"${label.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
