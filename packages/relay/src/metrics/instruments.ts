import type { ReaderStats } from "@rbgen/runtime";
import { dropReasons } from "../chunk/index.ts";
import type { RelayStats } from "../host/relay-options.ts";
import type { RelayReaderStats } from "../read/relay-reader.ts";

/** What can be observed: a `RingBufReader` (or a group's), a `RingRelay`, a `RelayReader`. */
export interface Observed {
  /** What is measured, as it is now. */
  stats(): ReaderStats | RelayStats | RelayReaderStats;
}

/** A value with its labels. A process is no label: it would make a series of every restart. */
export interface Sample {
  readonly value: number;
  readonly labels: Readonly<Record<string, string>>;
}

/** A metric by its OpenTelemetry name. */
export interface Instrument {
  readonly name: string;
  readonly kind: "counter" | "gauge";
  /** UCUM: "By", "{record}". */
  readonly unit: string;
  readonly help: string;
  /** The values of what is observed under `name`; none where it has no such figure. */
  read(name: string, stats: ReturnType<Observed["stats"]>): Sample[];
}

type Values = readonly (readonly [value: number | bigint, labels?: Readonly<Record<string, string>>])[];

function samples(labels: Readonly<Record<string, string>>, values: Values): Sample[] {
  return values.map(([value, more]) => ({ value: Number(value), labels: { ...labels, ...more } }));
}

function ofReader(metric: Omit<Instrument, "read">, values: (stats: ReaderStats) => Values): Instrument {
  return { ...metric, read: (ring, stats) => ("producedBytes" in stats ? samples({ ring }, values(stats)) : []) };
}

function ofRelay(metric: Omit<Instrument, "read">, values: (stats: RelayStats) => Values): Instrument {
  return { ...metric, read: (relay, stats) => ("spooledBytes" in stats ? samples({ relay }, values(stats)) : []) };
}

function ofRelayReader(metric: Omit<Instrument, "read">, values: (stats: RelayReaderStats) => Values): Instrument {
  return { ...metric, read: (ring, stats) => ("refusedChunks" in stats ? samples({ ring }, values(stats)) : []) };
}

/** One value a host: those of its numberings (one for each boot and map) together. */
function perHost(
  stats: RelayReaderStats,
  value: (host: Omit<RelayReaderStats["past"][number], "numberings">) => bigint,
): Values {
  const sums = new Map<string, bigint>();
  for (const entry of [...stats.hosts, ...stats.past])
    sums.set(entry.host, (sums.get(entry.host) ?? 0n) + value(entry));
  return Array.from(sums, ([host, sum]) => [sum, { host }] as const);
}

/** Every metric, as docs/relay.md lists them. */
export const instruments: readonly Instrument[] = [
  ofReader(
    { name: "rbgen.ringbuf.records", kind: "counter", unit: "{record}", help: "Records handed out." },
    (stats) => [[stats.delivered]],
  ),
  ofReader(
    { name: "rbgen.ringbuf.bytes", kind: "counter", unit: "By", help: "Ring bytes of records handed out." },
    (stats) => [[stats.deliveredBytes]],
  ),
  ofReader(
    {
      name: "rbgen.ringbuf.dropped",
      kind: "counter",
      unit: "{record}",
      help: "Records that were not handed out, by reason; the kernel's own where it counts them.",
    },
    (stats) => [
      [stats.errored, { reason: "decode" }],
      [stats.discarded, { reason: "discarded" }],
      ...Object.entries(stats.kernel?.dropped ?? {}).map(
        ([reason, count]) => [count, { reason: `kernel ${reason}` }] as const,
      ),
    ],
  ),
  ofReader({ name: "rbgen.ringbuf.lag", kind: "gauge", unit: "By", help: "Ring bytes not yet read." }, (stats) => [
    [stats.remainingBytes],
  ]),
  ofReader({ name: "rbgen.ringbuf.size", kind: "gauge", unit: "By", help: "Bytes of the ring." }, (stats) => [
    [stats.size],
  ]),
  ofRelay(
    {
      name: "rbgen.relay.records",
      kind: "counter",
      unit: "{record}",
      help: "Records that the stream has acknowledged.",
    },
    (stats) => [[stats.acknowledgedRecords]],
  ),
  ofRelay(
    { name: "rbgen.relay.bytes", kind: "counter", unit: "By", help: "Bytes of acknowledged chunks." },
    (stats) => [[stats.acknowledgedBytes]],
  ),
  ofRelay(
    {
      name: "rbgen.relay.dropped",
      kind: "counter",
      unit: "{record}",
      help: "Records that no chunk has, by ring and reason.",
    },
    (stats) => [
      ...Object.entries(stats.rings).map(
        ([ring, { droppedByKernel }]) => [droppedByKernel, { ring, reason: "kernel" }] as const,
      ),
      [stats.droppedBySpool, { ring: "", reason: "spool" }],
    ],
  ),
  ofRelay(
    { name: "rbgen.relay.lag", kind: "gauge", unit: "By", help: "Ring bytes that are in no chunk yet." },
    (stats) => Object.entries(stats.rings).map(([ring, { lagBytes }]) => [lagBytes, { ring }] as const),
  ),
  ofRelay(
    { name: "rbgen.relay.retries", kind: "counter", unit: "{retry}", help: "Times that sending began again." },
    (stats) => [[stats.retries]],
  ),
  ofRelay(
    {
      name: "rbgen.relay.spool.usage",
      kind: "gauge",
      unit: "By",
      help: "Bytes of chunks that wait for their acknowledgement.",
    },
    (stats) => [[stats.spooledBytes]],
  ),
  ofRelay(
    { name: "rbgen.relay.spool.limit", kind: "gauge", unit: "By", help: "Most bytes that the spool may take." },
    (stats) => [[stats.spoolLimitBytes]],
  ),
  ofRelayReader(
    { name: "rbgen.relay.reader.records", kind: "counter", unit: "{record}", help: "Records handed out, by host." },
    (stats) => perHost(stats, (host) => host.delivered),
  ),
  ofRelayReader(
    {
      name: "rbgen.relay.reader.dropped",
      kind: "counter",
      unit: "{record}",
      help: "Records that hosts dropped, by host and reason.",
    },
    (stats) =>
      dropReasons.flatMap((reason) =>
        perHost(stats, (host) => host.dropped[reason]).map(
          ([value, labels]) => [value, { ...labels, reason }] as const,
        ),
      ),
  ),
  ofRelayReader(
    {
      name: "rbgen.relay.reader.missing",
      kind: "counter",
      unit: "{record}",
      help: "Records that the stream lost or removed before they were read, by host.",
    },
    (stats) => perHost(stats, (host) => host.missing),
  ),
  ofRelayReader(
    {
      name: "rbgen.relay.reader.lag",
      kind: "gauge",
      unit: "{message}",
      help: "Messages in the stream behind the last one read.",
    },
    (stats) => [[stats.lag]],
  ),
];
