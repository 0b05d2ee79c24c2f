import { RingBufGroup, RingBufReader } from "@rbgen/runtime";
import { anyBytes, selftestSample } from "./codecs.ts";
import type { Commit } from "./kernel-side.ts";
import { bytes, equal, fails, raw, type Scenario } from "./scenario.ts";
import { withReader } from "./with-reader.ts";

const submit: Commit = { how: "submit", flags: 0 };
const discard: Commit = { how: "discard", flags: 0 };

function firstBytes(reader: RingBufReader<Uint8Array>, max?: number): number[] {
  const seen: number[] = [];
  reader.consume((record) => void seen.push(record[0] ?? -1), max === undefined ? {} : { max });
  return seen;
}

/** Sections 3.3 to 3.5 of docs/ring-semantics.md: what a consumer sees, and when it is woken. */
export const readerScenarios: readonly Scenario[] = [
  {
    title: "lengths are exact and contents survive the wrap at every offset",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        for (let i = 0; i < 600; i += 1) {
          const sent = Uint8Array.from({ length: (i * 37) % 509 }, (_, index) => (i + index) & 255);
          equal(kernel.output(map, sent, 0), 0, `output ${i}`);
          const got: Uint8Array[] = [];
          reader.consume((record) => void got.push(record));
          equal(got, [sent], `record ${i}`);
        }
      }),
  },
  {
    title: "a record that fills the ring is delivered, at every eighth offset",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        for (let i = 0; i < 520; i += 1) {
          equal(kernel.reserve(map, 4080, submit, { fill: i & 255 }), true, `record ${i}`);
          equal(firstBytes(reader), [i & 255], `record ${i}`);
          equal(kernel.output(map, bytes(0), 0), 0, "an empty record");
          equal(
            reader.consume((record) => equal(record.length, 0, "its length")),
            1,
            "the empty record",
          );
        }
      }),
  },
  {
    title: "discarded records are passed over and counted, and free their space",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        const records = [discard, submit, discard, discard].map((commit, i) => ({
          size: 16,
          commit,
          bytes: bytes(8, i),
        }));
        equal(kernel.batch(map, records, "forward"), [0, 0, 0, 0], "reservations");
        equal(firstBytes(reader), [1], "the submitted one");
        const { delivered, discarded, discardedBytes, deliveredBytes, remainingBytes, producedBytes } = reader.stats();
        equal([delivered, discarded], [1, 3], "counts");
        equal([deliveredBytes, discardedBytes, remainingBytes, producedBytes], [24, 72, 0, 96], "bytes");
        equal(kernel.query(map, 0), 0n, "nothing is left");
      }),
  },
  {
    title: "a busy record at the head holds back what was committed after it",
    needs: ["hold"],
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        const held = await kernel.hold?.(map, 16);
        for (let i = 1; i <= 3; i += 1) kernel.output(map, bytes(16, i), 0);
        equal(
          reader.consume(() => {}),
          0,
          "records before the commit",
        );
        equal(reader.available, 96, "all of it counts as available");
        equal(kernel.readiness?.(map) ?? 0x41, 0x41, "poll says ready");
        const polling = reader.poll(() => {}, { timeoutMs: -1 });
        await held?.commit(submit);
        equal(await polling, 4, "records after it");
      }),
  },
  {
    title: "in 4096 bytes a busy record of 8 at the head admits exactly 254 more",
    needs: ["hold"],
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        const held = await kernel.hold?.(map, 8);
        let more = 0;
        while (kernel.output(map, bytes(8), 1) === 0) more += 1;
        equal(more, 254, "records behind it");
        await held?.commit(submit);
        equal(
          reader.consume(() => {}),
          255,
          "all of them",
        );
      }),
  },
  {
    title: "commits in reverse order are delivered in the order of the reservations",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        const records = [0, 1, 2, 3].map((i) => ({ size: 24, commit: submit, bytes: bytes(8, i) }));
        equal(kernel.batch(map, records, "reverse"), [0, 0, 0, 0], "reservations");
        equal(firstBytes(reader), [0, 1, 2, 3], "order");
      }),
  },
  {
    title: "selftest ringbuf_n: 32 records, four at a time",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        for (let i = 0; i < 32; i += 1) kernel.output(map, bytes(32, i), 0);
        for (let lap = 0; lap < 8; lap += 1) {
          equal(
            firstBytes(reader, 4),
            [0, 1, 2, 3].map((i) => lap * 4 + i),
            `lap ${lap}`,
          );
        }
        equal(firstBytes(reader, 4), [], "no more");
      }),
  },
  {
    title: "max counts records handed out: trailing discards stay for the next call",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        const records = [discard, submit, discard, discard].map((commit) => ({ size: 8, commit }));
        kernel.batch(map, records, "forward");
        equal(
          reader.consume(() => {}, { max: 0 }),
          0,
          "max 0 takes none",
        );
        equal(kernel.query(map, 0), 64n, "nor moves");
        equal(
          reader.consume(() => {}, { max: 1 }),
          1,
          "max 1",
        );
        equal(kernel.query(map, 0), 32n, "two discards are left");
        equal(
          reader.consume(() => {}, { max: 1 }),
          0,
          "they are eaten",
        );
        equal(kernel.query(map, 0), 0n, "nothing is left");
      }),
  },
  {
    title: "a handler's error leaves the position after its record, and propagates",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        for (let i = 0; i < 4; i += 1) kernel.output(map, bytes(8, i), 0);
        const stop = new Error("enough");
        let thrown: unknown;
        try {
          reader.consume((record) => {
            if (record[0] === 1) throw stop;
          });
        } catch (error) {
          thrown = error;
        }
        equal(thrown === stop, true, "the error");
        equal(kernel.query(map, 2), 32n, "consumer position");
        equal(firstBytes(reader), [2, 3], "the rest");
      }),
  },
  {
    title: "while a handler runs, the position of its record is not published; after false it is",
    run: (kernel) =>
      withReader(kernel, ({ map, reader }) => {
        for (let i = 0; i < 3; i += 1) kernel.output(map, bytes(8, i), 0);
        const positions: bigint[] = [];
        reader.consume(() => {
          positions.push(kernel.query(map, 2));
          return positions.length < 2 ? undefined : false;
        });
        equal(positions, [0n, 16n], "positions seen by the kernel");
        equal(kernel.query(map, 2), 32n, "position after false");
      }),
  },
  {
    title: "what is produced while a drain runs is not lost to the next wait",
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        kernel.output(map, bytes(8, 0), 0);
        reader.consume(() => void kernel.output(map, bytes(8, 1), 0));
        const seen: number[] = [];
        equal(await reader.poll((record) => void seen.push(record[0]!), { timeoutMs: -1 }), 1, "records");
        equal(seen, [1], "the one produced meanwhile");
      }),
  },
  {
    title: "a second operation meanwhile is EBUSY, also from inside a handler",
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        kernel.output(map, bytes(8), 0);
        await fails(() => reader.consume(() => void reader.consume(() => {})), "EBUSY", "consume in consume");
        await fails(() => new RingBufReader(map, anyBytes), "EBUSY", "a second reader");
        kernel.output(map, bytes(8), 0);
        for await (const _ of reader) {
          await fails(() => reader.poll(() => {}, { timeoutMs: 0 }), "EBUSY", "poll in an iteration");
          await fails(() => reader[Symbol.asyncIterator]().next(), "EBUSY", "a second iterator");
          break;
        }
        equal(
          reader.consume(() => {}),
          0,
          "free again",
        );
      }),
  },
  {
    title: "break ends the iterator only: the next record is the first one not yielded",
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        for (let i = 0; i < 4; i += 1) kernel.output(map, bytes(8, i), 0);
        for await (const record of reader) if (record[0] === 1) break;
        equal(firstBytes(reader), [2, 3], "the rest");
      }),
  },
  {
    title: "poll returns 0 at its timeout, and rejects with the signal's reason",
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        const before = performance.now();
        equal(await reader.poll(() => {}, { timeoutMs: 50 }), 0, "timeout");
        equal(performance.now() - before >= 45, true, "not early");
        const reason = new Error("stop");
        const abort = new AbortController();
        setTimeout(() => abort.abort(reason), 10);
        const thrown = await reader.poll(() => {}, { signal: abort.signal }).catch((error: unknown) => error);
        equal(thrown === reason, true, "the reason");
        kernel.output(map, bytes(8), 0);
        equal(await reader.poll(() => {}, { timeoutMs: -1 }), 1, "usable afterwards");
      }),
  },
  {
    title: "a view moves over the records, and is dead after the drain",
    async run(kernel) {
      const map = kernel.createRingBuf({ name: "views", maxEntries: 4096 });
      const reader = new RingBufReader(map, selftestSample);
      for (let i = 0; i < 80; i += 1) {
        const sample = new Uint8Array(32);
        selftestSample.encode({ pid: 1, seq: i, value: 2n, comm: "x" }, new DataView(sample.buffer));
        kernel.output(map, sample, 0);
      }
      const seen: number[] = [];
      let kept: { readonly seq: number } | undefined;
      equal(
        reader.consumeViews((view) => {
          kept = view;
          seen.push(view.seq);
        }),
        80,
        "records",
      );
      equal(
        seen,
        Array.from({ length: 80 }, (_, i) => i),
        "members",
      );
      let dead = false;
      try {
        equal(kept?.seq, undefined, "a dead view's member");
      } catch {
        dead = true;
      }
      equal(dead, true, "the kept view throws");
      equal(kernel.query(map, 0), 0n, "all is published");
      reader.close();
    },
  },
  {
    title: "a reader or its map closed inside a handler ends the drain with our error, after the record's position",
    async run(kernel) {
      for (const what of ["reader", "map"] as const) {
        const map = kernel.createRingBuf({ name: "closing", maxEntries: 4096 });
        const reader = new RingBufReader(map, anyBytes);
        for (let i = 0; i < 3; i += 1) kernel.output(map, bytes(8, i), 0);
        let seen = 0;
        const handler = (): void => {
          seen += 1;
          if (what === "reader") reader.close();
          else map.close();
        };
        await fails(() => reader.consume(handler), "ERR_RINGBUF_CLOSED", what);
        equal(seen, 1, "records");
        await fails(() => reader.consume(handler), "ERR_RINGBUF_CLOSED", "again");
        if (what === "reader") {
          equal(kernel.query(map, 2), 16n, "consumer position");
          const again = new RingBufReader(map, anyBytes);
          equal(firstBytes(again), [1, 2], "the next reader has the rest");
          again.close();
        }
        equal(reader.stats().delivered, 1, "statistics survive");
      }
    },
  },
  {
    title: "closing the reader or the map ends an iteration that waits",
    async run(kernel) {
      for (const what of ["reader", "map"] as const) {
        const map = kernel.createRingBuf({ name: "closing", maxEntries: 4096 });
        const reader = new RingBufReader(map, anyBytes);
        setTimeout(() => (what === "reader" ? reader.close() : map.close()), 20);
        let seen = 0;
        for await (const _ of reader) seen += 1;
        equal(seen, 0, what);
        await fails(() => reader.poll(() => {}, { timeoutMs: 0 }), "ERR_RINGBUF_CLOSED", "afterwards");
      }
    },
  },
  ...[
    { title: "a consumer position beyond the producer's", consumer: 64n, records: 0, position: 64n },
    { title: "a consumer position that is not aligned", consumer: 4n, records: 2, position: 4n },
    {
      title: "a consumer position inside a record, whose bytes are a header that lies",
      consumer: 8n,
      records: 2,
      position: 8n,
    },
  ].map(
    ({ title, consumer, records, position }): Scenario => ({
      title: `corrupt: ${title}, is a typed error with the position, and the reader stops`,
      async run(kernel) {
        const map = kernel.createRingBuf({ name: "corrupt", maxEntries: 4096 });
        for (let i = 0; i < records; i += 1) kernel.output(map, bytes(56, 0x3f), 0);
        raw(map, (user) => {
          user.consumer = consumer;
        });
        const reader = new RingBufReader(map, anyBytes);
        for (const round of ["first", "second"]) {
          let error: unknown;
          try {
            reader.consume(() => {});
          } catch (thrown) {
            error = thrown;
          }
          const { code, position: where } = (error ?? {}) as { code?: string; position?: bigint };
          equal([code, where], ["ERR_RINGBUF_CORRUPT", position], `${round} time`);
        }
        reader.close();
      },
    }),
  ),
  {
    title: "selftest ringbuf_multi: two rings under one wait",
    async run(kernel) {
      const one = kernel.createRingBuf({ name: "one", maxEntries: 4096 });
      const two = kernel.createRingBuf({ name: "two", maxEntries: 8192 });
      const group = new RingBufGroup<Uint8Array>();
      group.add(one, anyBytes);
      group.add(two, anyBytes);
      setTimeout(() => {
        kernel.output(one, bytes(8, 1), 0);
        kernel.output(two, bytes(8, 2), 0);
      }, 10);
      const seen: [string, number][] = [];
      for await (const { map, record } of group) {
        seen.push([map === one ? "one" : "two", record[0]!]);
        if (seen.length === 2) break;
      }
      equal(
        seen.sort(),
        [
          ["one", 1],
          ["two", 2],
        ],
        "one from each",
      );
      group.close();
    },
  },
];
