import { RingBufGroup, RingBufReader } from "@rbgen/runtime";
import { EmulatedKernel, type EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { chunkEvent, execEvent } from "../codecs/shapes.gen.ts";
import { effort } from "../effort.ts";
import { pollute } from "../native/pollute.ts";
import type { Series } from "./series.ts";

const rounds = effort(9);
const ringBytes = 1 << 22;
const noWakeup = 1;
const forceWakeup = 2;
const kernel = new EmulatedKernel();

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

/** Sends a sample of `bytes` until `count` are sent; gives how many had room. */
function send(map: EmulatedRingBuf, bytes: Uint8Array, count = Number.POSITIVE_INFINITY): number {
  let sent = 0;
  const program = kernel.loadProgram({
    type: "syscall",
    run(bpf) {
      while (sent < count && bpf.ringbufOutput(map, bytes, noWakeup) === 0) sent += 1;
      return 0;
    },
  });
  program.run();
  return sent;
}

function ring(name: string, maxEntries = ringBytes): EmulatedRingBuf {
  return kernel.createRingBuf({ name, maxEntries });
}

/** Nanoseconds of a record, the median of drains that each read all that `fill` sent. */
async function perRecord(fill: () => number, drain: (count: number) => unknown): Promise<number> {
  const figures: number[] = [];
  for (let round = -rounds; round < rounds; round += 1) {
    const count = fill();
    const start = performance.now();
    await drain(count);
    if (round >= 0) figures.push(((performance.now() - start) * 1e6) / count);
  }
  return median(figures);
}

const sink = new Float64Array(1);

/** A record costs what is read of it by a view, and what is copied of it as an object. */
export async function byRecordSize(): Promise<Series> {
  pollute();
  const sizes = [16, 64, 256, 1024, 4096, 16384, 65536];
  const [views, objects]: [number[], number[]] = [[], []];
  for (const size of sizes) {
    const map = ring(`size${size}`);
    const reader = new RingBufReader(map, chunkEvent);
    const bytes = chunkEvent.toBytes({ ts: 1n, pid: 2, len: size - 16, data: new Uint8Array(size - 16) });
    const fill = (): number => send(map, bytes);
    views.push(
      await perRecord(fill, () =>
        reader.consumeViews((view) => {
          sink[0]! += view.pid + view.len;
        }),
      ),
    );
    objects.push(
      await perRecord(fill, () =>
        reader.consume((record) => {
          sink[0]! += record.pid + record.data.length;
        }),
      ),
    );
    reader.close();
  }
  return {
    ...{ name: "record-size", title: "What a record costs by its size", unit: "ns", along: "bytes of a record" },
    ...{
      sizes,
      lines: [
        { label: "by a view", figures: views },
        { label: "as an object", figures: objects },
      ],
    },
  };
}

const record = execEvent.toBytes({ pid: 7, comm: "postgres" });

/** One group over as many rings, which hold the same number of records together. */
export async function byRings(): Promise<Series> {
  const sizes = [1, 8, 64];
  const total = 32_768;
  const figures: number[] = [];
  for (const size of sizes) {
    const maps = Array.from({ length: size }, (_, index) => ring(`ring${index}`, ringBytes / size));
    const group = new RingBufGroup<{ readonly pid: number }>();
    for (const map of maps) group.add(map, execEvent);
    figures.push(
      await perRecord(
        () => maps.reduce((sum, map) => sum + send(map, record, total / size), 0),
        async (count) => {
          let left = count;
          for await (const { record: read } of group) {
            sink[0]! += read.pid;
            left -= 1;
            if (left === 0) break;
          }
        },
      ),
    );
    group.close();
  }
  return {
    ...{ name: "rings", title: "What a record costs by the rings of a group", unit: "ns", along: "rings" },
    ...{ sizes, lines: [{ label: "for await", figures }] },
  };
}

/** The same records in batches of at most as many. */
export async function byBatch(): Promise<Series> {
  const sizes = [1, 4, 16, 64, 256, 1024, 4096];
  const figures: number[] = [];
  const map = ring("batches");
  const reader = new RingBufReader(map, execEvent);
  for (const max of sizes) {
    figures.push(
      await perRecord(
        () => send(map, record, 32_768),
        async (count) => {
          let left = count;
          for await (const batch of reader.batches({ max })) {
            for (const one of batch) sink[0]! += one.pid;
            left -= batch.length;
            if (left === 0) break;
          }
        },
      ),
    );
  }
  reader.close();
  return {
    ...{
      name: "batch",
      title: "What a record costs by the size of batches",
      unit: "ns",
      along: "records of a batch at most",
    },
    ...{ sizes, lines: [{ label: "batches()", figures }] },
  };
}

/** Records that come a few at a time: each time, iteration sleeps and is woken. */
export async function byWakeUp(): Promise<Series> {
  const sizes = [1, 4, 16, 64, 256, 1024];
  const figures: number[] = [];
  const map = ring("wakes");
  const reader = new RingBufReader(map, execEvent);
  const wakes = effort(200, 5);
  for (const size of sizes) {
    const iterator = reader[Symbol.asyncIterator]();
    const spent: number[] = [];
    for (let wake = 0; wake < wakes; wake += 1) {
      const first = iterator.next();
      // the reader sleeps by the time that timers run
      await new Promise((resolve) => setTimeout(resolve));
      send(map, record, size - 1);
      const start = performance.now();
      kernel.loadProgram({ type: "syscall", run: (bpf) => bpf.ringbufOutput(map, record, forceWakeup) }).run();
      for (let read = await first, left = size; ; read = await iterator.next()) {
        if (read.done === true) throw new Error("the ring has ended");
        sink[0]! += read.value.pid;
        left -= 1;
        if (left === 0) break;
      }
      spent.push(((performance.now() - start) * 1e6) / size);
    }
    await iterator.return?.();
    figures.push(median(spent));
  }
  reader.close();
  return {
    ...{
      name: "wake-up",
      title: "What a record costs by how many come at once",
      unit: "ns",
      along: "records of a wake-up",
    },
    ...{ sizes, lines: [{ label: "for await", figures }] },
  };
}
