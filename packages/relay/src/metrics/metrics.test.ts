import { readFileSync } from "node:fs";
import { RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { expect, test } from "vitest";
import { rawCodec } from "../command/raw-codec.ts";
import type { RelayReaderStats } from "../read/relay-reader.ts";
import { instruments } from "./instruments.ts";
import { observe } from "./observe.ts";
import { prometheusName, prometheusText } from "./prometheus-text.ts";

const layout = { name: "bytes", size: 0, endian: "little", leaves: [] } as const;

function reader(): { readonly reader: RingBufReader<Uint8Array>; readonly produce: (count: number) => void } {
  const kernel = new EmulatedKernel({ endian: "little" });
  const map = kernel.createRingBuf({ name: "events", maxEntries: 4096 });
  const program = kernel.loadProgram({
    type: "tracepoint",
    run: (bpf) => bpf.ringbufOutput(map, new Uint8Array(8), 0),
  });
  const produce = (count: number): void => {
    for (let index = 0; index < count; index += 1) program.run();
  };
  return {
    reader: new RingBufReader(map, {
      ...rawCodec(layout, "little"),
      layout: { ...layout, leaves: [{ path: "", bitOffset: 0, bitSize: 8, class: "bytes", count: 0 }] },
    }),
    produce,
  };
}

test("a reader without a relay has its metrics in the text format of Prometheus", () => {
  const { reader: events, produce } = reader();
  produce(300);
  const taken = events.consume(() => undefined, { max: 3 });
  const text = prometheusText({ 'ev"ents': events });
  expect(text).toContain("# TYPE rbgen_ringbuf_records_total counter\n");
  expect(text).toContain(`rbgen_ringbuf_records_total{ring="ev\\"ents"} ${taken}\n`);
  expect(text).toContain(`rbgen_ringbuf_dropped_total{ring="ev\\"ents",reason="kernel full"} ${300 - 255}\n`);
  expect(text).toContain(`rbgen_ringbuf_lag_bytes{ring="ev\\"ents"} ${252 * 16}\n`);
  expect(text).not.toContain("rbgen_relay");
  events.close();
});

test("a relay's reader has those of its hosts, numberings of a host together, those of the past too", () => {
  const host = {
    host: "a",
    boot: "",
    instance: 0n,
    next: 10n,
    before: 0n,
    skipped: 0n,
    errored: 0n,
    lostBytes: 0n,
    duplicates: 0,
  };
  const dropped = { kernel: 2n, spool: 1n, restart: 0n, size: 0n };
  const stats: RelayReaderStats = {
    hosts: [
      { ...host, delivered: 6n, missing: 1n, dropped },
      { ...host, boot: "other", delivered: 7n, missing: 0n, dropped },
    ],
    past: [{ ...host, numberings: 3, delivered: 100n, missing: 0n, dropped }],
    ...{ chunks: 2, refusedChunks: 0, lag: 5, waiting: 0 },
  };
  const text = prometheusText({ events: { stats: () => stats } });
  expect(text).toContain('rbgen_relay_reader_records_total{ring="events",host="a"} 113\n');
  expect(text).toContain('rbgen_relay_reader_dropped_total{ring="events",host="a",reason="kernel"} 6\n');
  expect(text).toContain('rbgen_relay_reader_missing_total{ring="events",host="a"} 1\n');
  expect(text).toContain('rbgen_relay_reader_lag{ring="events"} 5\n');
});

test("a meter's instruments are asked when it collects, and no more when observing ends", () => {
  const { reader: events, produce } = reader();
  const callbacks = new Map<
    string,
    ((result: { observe(value: number, attributes?: Record<string, string>): void }) => void)[]
  >();
  const create = (name: string) => {
    const list: Parameters<ReturnType<typeof create>["addCallback"]>[0][] = [];
    callbacks.set(name, list);
    return {
      addCallback: (
        callback: (result: { observe(value: number, attributes?: Record<string, string>): void }) => void,
      ) => void list.push(callback),
      removeCallback: (callback: unknown) => void list.splice(list.indexOf(callback as (typeof list)[number]), 1),
    };
  };
  const stop = observe({ createObservableCounter: create, createObservableGauge: create }, { events });
  produce(4);
  events.consume(() => undefined);
  const observed: unknown[] = [];
  for (const callback of callbacks.get("rbgen.ringbuf.records") ?? [])
    callback({ observe: (value, labels) => observed.push([value, labels]) });
  expect(observed).toEqual([[4, { ring: "events" }]]);
  stop();
  expect([...callbacks.values()].flat()).toEqual([]);
  events.close();
});

test("the Grafana dashboard asks for metrics that there are, and for every one", () => {
  const file = readFileSync(new URL("../../dashboards/rbgen.json", import.meta.url), "utf8");
  const { panels } = JSON.parse(file) as {
    readonly panels: readonly { readonly targets: readonly { readonly expr: string }[] }[];
  };
  const asked = new Set(panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => expr.match(/rbgen_\w+/g) ?? [])));
  expect([...asked].sort()).toEqual(instruments.map(prometheusName).sort());
});

test("docs/relay.md lists every metric with its unit", () => {
  const page = readFileSync(new URL("../../../../docs/relay.md", import.meta.url), "utf8");
  const listed = [...page.matchAll(/^\| `(rbgen\.[\w.]+)` \| (\w+) \| `([^`]+)` \|/gm)].map(([, name, kind, unit]) => [
    name,
    kind,
    unit,
  ]);
  expect(listed).toEqual(instruments.map(({ name, kind, unit }) => [name, kind, unit]));
});
