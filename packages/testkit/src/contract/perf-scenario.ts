import { PerfEventReader, type PerfEventReaderOptions, type RecordCodec } from "@rbgen/runtime";
import type { PerfSide } from "./perf-side.ts";

/** One thing that every backend of perf event arrays must do alike. It throws where one does not. */
export interface PerfScenario {
  readonly title: string;
  /** Whether it takes a CPU offline. */
  readonly unplugs?: boolean;
  run(side: PerfSide): void | Promise<void>;
}

/** The number of a record. */
export function first(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(0, true);
}

/** Runs `action` with a reader of the side's map, which wakes by nothing but wake-ups, and closes it. */
export async function withReader<Out, View, Columns>(
  side: PerfSide,
  codec: RecordCodec<Out, never, View, unknown, Columns>,
  options: PerfEventReaderOptions,
  action: (reader: PerfEventReader<Out, View, Columns>) => void | Promise<void>,
): Promise<void> {
  const reader = new PerfEventReader(side.map, codec, {
    pagesPerCpu: 1,
    safetyPollMs: Number.POSITIVE_INFINITY,
    ...options,
  });
  try {
    await action(reader);
  } finally {
    reader.close();
  }
}

/** The numbers of the records that a drain hands out. */
export function numbers(reader: PerfEventReader<Uint8Array>, max?: number): number[] {
  const seen: number[] = [];
  reader.consume((record) => void seen.push(first(record)), max === undefined ? {} : { max });
  return seen;
}

/** Two of the side's CPUs. */
export function pair({ cpus }: PerfSide): readonly [number, number] {
  const [one, other] = cpus;
  if (one === undefined || other === undefined) throw new Error("two CPUs are needed");
  return [one, other];
}
