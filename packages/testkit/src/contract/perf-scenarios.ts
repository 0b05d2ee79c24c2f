import { PerfEventReader } from "@rbgen/runtime";
import { anyBytes, columnedSample, selftestSample } from "./codecs.ts";
import { first, numbers, type PerfScenario, pair, withReader } from "./perf-scenario.ts";
import type { Sent } from "./perf-side.ts";
import { equal, fails } from "./scenario.ts";

const page = 4096;

/** What a `PerfEventReader` sees of what programs send. */
export const perfScenarios: readonly PerfScenario[] = [
  {
    title: "samples of each CPU come in their order, whole wherever the ring's end is, with perf's padding behind them",
    run: (side) =>
      withReader(side, anyBytes, {}, (reader) => {
        const taken = new Map(side.cpus.map((cpu) => [cpu, 0]));
        for (let round = 0; round < 100; round += 1) {
          for (const cpu of side.cpus) {
            const lengths = [4 + ((round * 37) % 900), 4, 5];
            for (const [i, length] of lengths.entries()) {
              equal(side.send({ cpu, number: (round * 3 + i) * 64 + cpu, length }), 0, "output");
            }
          }
          let count = 0;
          reader.consume((record) => {
            const cpu = first(record) % 64;
            const number = taken.get(cpu) ?? -1;
            equal(Math.floor(first(record) / 64), number, `number of CPU ${cpu}`);
            const length = [4 + ((round * 37) % 900), 4, 5][number % 3] ?? 0;
            equal(record.length, Math.ceil((12 + length) / 8) * 8 - 12, "padded length");
            taken.set(cpu, number + 1);
            count += 1;
          });
          equal(count, 3 * side.cpus.length, "records");
        }
        const { delivered, lost, errored } = reader.stats();
        equal([delivered, lost, errored], [300 * side.cpus.length, 0, 0], "statistics");
      }),
  },
  {
    title: "what was sent is what was handed out and what was lost, by the kernel's counter and by its records",
    run: (side) =>
      withReader(side, anyBytes, {}, (reader) => {
        const [one] = pair(side);
        // 112 bytes each: 36 fit, as one byte always stays free
        equal(side.send({ cpu: one, count: 50, length: 100 }), -28, "the last output");
        equal(numbers(reader).length, 36, "records");
        equal(reader.stats().lost, 14, "lost");
        equal(side.send({ cpu: one, length: 100 }), 0, "room again");
        equal(numbers(reader), [0], "the next record");
        const own = reader.stats().cpus.find(({ cpu }) => cpu === one);
        equal([own?.samples, own?.lost, own?.reportedLost, own?.size], [37, 14, 14, page], "of its CPU");
        equal(
          reader
            .stats()
            .cpus.filter(({ cpu }) => cpu !== one)
            .map(({ samples, lost }) => [samples, lost]),
          side.cpus.slice(1).map(() => [0, 0]),
          "of the others",
        );
      }),
  },
  {
    title: "without a reader programs are told so; of a slot that there is not E2BIG, that is not theirs EOPNOTSUPP",
    async run(side) {
      const [one, other] = pair(side);
      equal(side.send({ cpu: one, length: 8 }), side.unread, "nobody reads");
      await withReader(side, anyBytes, {}, (reader) => {
        equal(side.send({ cpu: one, flags: side.map.maxEntries }), -7, "beyond the slots");
        equal(side.send({ cpu: one, flags: other }), -95, "another CPU's slot");
        equal(side.send({ cpu: one, flags: one, number: 7, length: 8 }), 0, "by index");
        equal(side.send({ cpu: one, length: 0 }), 0, "of no bytes");
        equal(numbers(reader)[0], 7, "the one by index");
      });
      equal(side.send({ cpu: one, length: 8 }), side.unread, "nobody reads any more");
    },
  },
  {
    title: "max and false stop behind a record, and the next drain goes on there",
    run: (side) =>
      withReader(side, anyBytes, {}, (reader) => {
        const [one] = pair(side);
        side.send({ cpu: one, count: 6, length: 8 });
        equal(numbers(reader, 2), [0, 1], "max");
        equal(numbers(reader, 0), [], "none");
        equal(
          reader.consume((record) => (first(record) === 3 ? false : undefined)),
          2,
          "until false",
        );
        equal(numbers(reader), [4, 5], "the rest");
      }),
  },
  {
    title: "a handler's error leaves the position behind its record, and propagates",
    run: (side) =>
      withReader(side, anyBytes, {}, (reader) => {
        const [one] = pair(side);
        side.send({ cpu: one, count: 4, length: 8 });
        const stop = new Error("enough");
        let thrown: unknown;
        try {
          reader.consume((record) => {
            if (first(record) === 1) throw stop;
          });
        } catch (error) {
          thrown = error;
        }
        equal(thrown === stop, true, "the error");
        equal(numbers(reader), [2, 3], "the rest");
      }),
  },
  {
    title: "a batch ends before a sample that does not decode, whose error comes next: no record is lost",
    run: (side) =>
      withReader(side, selftestSample, {}, async (reader) => {
        const [one] = pair(side);
        side.send({ cpu: one, number: 1, count: 2, length: 32 });
        side.send({ cpu: one, number: 3, length: 4 });
        side.send({ cpu: one, number: 4, length: 32 });
        const batches = reader.batches();
        const { value } = await batches.next();
        equal(
          (value as readonly { pid: number }[]).map(({ pid }) => pid),
          [1, 2],
          "those before it",
        );
        await fails(() => batches.next(), "ERR_RINGBUF_DECODE", "it");
        const rest: number[] = [];
        reader.consume(({ pid }) => void rest.push(pid));
        equal(rest, [4], "those behind it");
        const { delivered, errored } = reader.stats();
        equal([delivered, errored], [3, 1], "statistics");
      }),
  },
  {
    title: "a record of fixed length is not too long because of the padding, and a longer one is",
    run: (side) =>
      withReader(side, selftestSample, { oversized: "error", onDecodeError: "skip" }, (reader) => {
        const [one] = pair(side);
        side.send({ cpu: one, number: 1, length: 32 });
        side.send({ cpu: one, number: 2, length: 40 });
        const seen: number[] = [];
        reader.consume(({ pid }) => void seen.push(pid));
        equal(seen, [1], "records");
        const { delivered, errored } = reader.stats();
        equal([delivered, errored], [1, 1], "statistics");
      }),
  },
  {
    title: "columns have the records that a drain has",
    run: (side) =>
      withReader(side, columnedSample, { pagesPerCpu: 4 }, async (reader) => {
        const [one, other] = pair(side);
        side.send({ cpu: one, count: 3, length: 32 });
        side.send({ cpu: other, number: 10, count: 2, length: 32 });
        const seen: number[] = [];
        equal(
          reader.consumeColumns(({ columns }) => void seen.push(...columns.pid)),
          5,
          "records",
        );
        equal(
          seen.sort((a, b) => a - b),
          [0, 1, 2, 10, 11],
          "a column",
        );
        side.send({ cpu: one, number: 20, count: 3, length: 32 });
        const lengths: number[] = [];
        for await (const batch of reader.columns({ max: 2 })) {
          lengths.push(batch.length);
          if (lengths.length === 2) break;
        }
        equal(lengths, [2, 1], "batches of two at most");
      }),
  },
  {
    title: "a view moves over the records, and is dead after the drain",
    run: (side) =>
      withReader(side, selftestSample, {}, (reader) => {
        const [one] = pair(side);
        // two pages in all: the ring's end is crossed
        let total = 0;
        let kept: { readonly pid: number } | undefined;
        for (let round = 0; round < 8; round += 1) {
          side.send({ cpu: one, number: total, count: 30, length: 32 });
          reader.consumeViews((view) => {
            kept = view;
            equal(view.pid, total, "member");
            total += 1;
          });
        }
        equal(total, 240, "records");
        let dead = false;
        try {
          equal(kept?.pid, undefined, "a dead view's member");
        } catch {
          dead = true;
        }
        equal(dead, true, "the kept view throws");
      }),
  },
  {
    title: "a CPU that was offline is read again, what it sent before too, and its counts go on",
    unplugs: true,
    async run(side) {
      const [one, other] = pair(side);
      /** Sends on a CPU that came back: as soon as its ring is there, which the kernel's reader looks for. */
      const sendAgain = async (sent: Sent): Promise<void> => {
        for (;;) {
          const result = side.send({ ...sent, cpu: other, length: 32 });
          if (result === 0) return;
          // the slot has the event from before, of a CPU that nobody is on
          equal(result, -95, "before there is another event");
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      };
      for (const options of [{}, { mergeBy: "value" }])
        await withReader(side, selftestSample, options, async (reader) => {
          const seen = (): number[] => {
            const pids: number[] = [];
            reader.consume(({ pid }) => void pids.push(pid));
            return pids;
          };
          const counted = (): unknown => reader.stats().cpus.map(({ cpu, samples, lost }) => ({ cpu, samples, lost }));
          try {
            side.send({ cpu: other, number: 0, key: 1n, count: 3, length: 32 });
            side.setOnline?.(other, false);
            equal(side.send({ cpu: one, number: 10, key: 2n, length: 32 }), 0, "the other CPU");
            side.setOnline?.(other, true);
            await sendAgain({ number: 5, key: 3n });
            const all = seen();
            equal(
              all.filter((pid) => pid < 10),
              [0, 1, 2, 5],
              "what the CPU sent",
            );
            equal(all.includes(10), true, "what the other CPU sent");
            equal(
              counted(),
              [
                { cpu: one, samples: 1, lost: 0 },
                { cpu: other, samples: 4, lost: 0 },
              ],
              "counts",
            );
            // with nothing left of the time before
            equal(seen(), [], "nothing");
            side.setOnline?.(other, false);
            equal(seen(), [], "nothing");
            side.setOnline?.(other, true);
            await sendAgain({ number: 6, key: 4n });
            equal(await reader.poll(() => {}, { timeoutMs: -1 }), 1, "polled");
            equal(
              counted(),
              [
                { cpu: one, samples: 1, lost: 0 },
                { cpu: other, samples: 5, lost: 0 },
              ],
              "counts",
            );
          } finally {
            side.setOnline?.(other, true);
          }
        });
    },
  },
  {
    title: "a second operation meanwhile is EBUSY, and a second reader",
    run: (side) =>
      withReader(side, anyBytes, {}, async (reader) => {
        side.send({ length: 8, cpu: pair(side)[0] });
        await fails(() => reader.consume(() => void reader.consume(() => {})), "EBUSY", "consume in consume");
        await fails(() => new PerfEventReader(side.map, anyBytes), "EBUSY", "a second reader");
      }),
  },
  {
    title: "a reader closed inside a handler ends the drain with our error, behind the record",
    async run(side) {
      const [one] = pair(side);
      const reader = new PerfEventReader(side.map, anyBytes);
      side.send({ cpu: one, count: 3, length: 8 });
      let seen = 0;
      const handler = (): void => {
        seen += 1;
        reader.close();
      };
      await fails(() => reader.consume(handler), "ERR_RINGBUF_CLOSED", "reader");
      await fails(() => reader.consume(handler), "ERR_RINGBUF_CLOSED", "again");
      equal(seen, 1, "records");
      equal([reader.stats().delivered, reader.available], [1, 48], "statistics survive");
    },
  },
];
