import { RingBufReader } from "@rbgen/runtime";
import type { RingBufMap } from "@rbgen/runtime/backend";
import { anyBytes } from "./codecs.ts";
import type { Commit, KernelSide } from "./kernel-side.ts";
import { bytes, equal, fails, raw, type Scenario } from "./scenario.ts";

const submit: Commit = { how: "submit", flags: 0 };
const discard: Commit = { how: "discard", flags: 0 };
const [availData, ringSize, consumerPosition, producerPosition, overwritePosition] = [0, 1, 2, 3, 4] as const;

function ring(kernel: KernelSide, maxEntries = 4096): RingBufMap {
  return kernel.createRingBuf({ name: "contract", maxEntries });
}

/** Sections 1 and 3 of docs/ring-semantics.md: creation, reservation, helpers' returns. */
export const producerScenarios: readonly Scenario[] = [
  ...[12288, 6144, 4097, 2048, 1, 0, 0xffffffff, 0xfffff000, 0xc0000000].map(
    (maxEntries): Scenario => ({
      title: `a ring of ${maxEntries} bytes is EINVAL, of both types`,
      async run(kernel) {
        await fails(() => ring(kernel, maxEntries), "EINVAL", "ring buffer");
        await fails(() => kernel.createUserRingBuf({ name: "u", maxEntries }), "EINVAL", "user ring");
      },
    }),
  ),
  {
    title: "a map name has at most 15 of letters, digits, underscores and dots, or is EINVAL",
    async run(kernel) {
      for (const name of ["", "a.b_C9", "x".repeat(15)]) {
        equal(kernel.createRingBuf({ name, maxEntries: 4096 }).name, name, "ring buffer");
        equal(kernel.createUserRingBuf({ name, maxEntries: 4096 }).name, name, "user ring");
      }
      for (const name of ["x".repeat(16), "a b", "a/b", "a-b", "\u00e9", "a\n"]) {
        await fails(() => kernel.createRingBuf({ name, maxEntries: 4096 }), "EINVAL", JSON.stringify(name));
        await fails(() => kernel.createUserRingBuf({ name, maxEntries: 4096 }), "EINVAL", JSON.stringify(name));
      }
    },
  },
  {
    title: "no map flag but the NUMA one is taken",
    async run(kernel) {
      for (let bit = 0; bit < 24; bit += 1) {
        if (bit === 2 || (bit === 19 && kernel.overwrite)) continue;
        const flags = 2 ** bit;
        await fails(() => kernel.createRingBuf({ name: "f", maxEntries: 4096, flags }), "EINVAL", `bit ${bit}`);
        await fails(() => kernel.createUserRingBuf({ name: "f", maxEntries: 4096, flags }), "EINVAL", `bit ${bit}`);
      }
    },
  },
  {
    title: "a new ring is empty at position 0",
    run(kernel) {
      const map = ring(kernel, 65536);
      equal(
        [0, 1, 2, 3, 4, 5, 99].map((what) => kernel.query(map, what)),
        [0n, 65536n, 0n, 0n, 0n, 0n, 0n],
        "query",
      );
    },
  },
  ...(
    [
      [0, 8],
      [1, 16],
      [8, 16],
      [9, 24],
      [16, 24],
    ] as const
  ).map(
    ([size, footprint]): Scenario => ({
      title: `a record of ${size} bytes takes ${footprint}`,
      run(kernel) {
        const map = ring(kernel);
        equal(kernel.reserve(map, size, submit), true, "reserve");
        equal(kernel.query(map, producerPosition), BigInt(footprint), "producer position");
        equal(kernel.query(map, availData), BigInt(footprint), "available");
      },
    }),
  ),
  {
    title: "the largest record of an empty ring has N - 16 bytes",
    run(kernel) {
      for (const size of [4081, 4088, 4096]) {
        const map = ring(kernel);
        equal(kernel.reserve(map, size, submit), false, `${size} bytes`);
        equal(kernel.output(map, bytes(size), 0), -11, `output of ${size} bytes is EAGAIN`);
        equal(kernel.query(map, producerPosition), 0n, "nothing moved");
      }
      const map = ring(kernel);
      equal(kernel.reserve(map, 4080, submit), true, "4080 bytes");
      equal(kernel.query(map, producerPosition), 4088n, "producer position");
    },
  },
  {
    title: "a size beyond 30 bits is refused, whatever the ring",
    run(kernel) {
      equal(kernel.reserve(ring(kernel), 0x40000000, submit), false, "reserve");
    },
  },
  {
    title: "255 records of 8 bytes and one of none fill a page, and consumed bytes make room to the byte",
    run(kernel) {
      const map = ring(kernel);
      for (let i = 0; i < 255; i += 1) equal(kernel.output(map, bytes(8), 1), 0, `record ${i}`);
      equal(kernel.output(map, bytes(8), 1), -11, "the 256th");
      equal(kernel.output(map, bytes(0), 1), 0, "an empty one");
      equal(kernel.query(map, producerPosition), 4088n, "producer position");
      equal(kernel.output(map, bytes(0), 1), -11, "another empty one");
      raw(map, (user) => {
        user.consumer = 8n;
      });
      equal(kernel.output(map, bytes(1), 1), -11, "16 bytes in 8");
      equal(kernel.output(map, bytes(0), 1), 0, "8 bytes in 8");
    },
  },
  {
    title: "a consumer position ahead of the producer's makes a small reservation fail",
    run(kernel) {
      const map = ring(kernel);
      raw(map, (user) => {
        user.consumer = 64n;
      });
      equal(kernel.reserve(map, 8, submit), false, "reserve");
      equal(kernel.output(map, bytes(8), 0), -11, "output");
      equal(kernel.query(map, availData), 2n ** 64n - 64n, "available wraps");
    },
  },
  {
    title: "flags: reserve takes none, output two, query none of its own",
    run(kernel) {
      const map = ring(kernel);
      for (const reserveFlags of [1, 2, 4]) equal(kernel.reserve(map, 8, submit, { reserveFlags }), false, "reserve");
      equal(kernel.output(map, bytes(8), 4), -22, "output with flag 4");
      equal(kernel.output(map, bytes(5000), 4), -22, "flags are looked at before room");
      equal(kernel.output(map, bytes(8), 3), 0, "output with both");
      equal(kernel.reserve(map, 8, { how: "submit", flags: 4 }), true, "submit ignores flag 4");
      equal(kernel.query(map, producerPosition), 32n, "producer position");
    },
  },
  {
    title: "headers hold the length, the discard bit and the page of the record",
    run(kernel) {
      const map = ring(kernel, 65536);
      kernel.reserve(map, 9, submit);
      kernel.reserve(map, 16, discard);
      for (let i = 0; i < 4; i += 1) kernel.output(map, bytes(1016, i + 1), 1);
      raw(map, (user) => {
        equal(user.header(0), 9, "submitted");
        equal(user.header(24), 16 | 0x40000000, "discarded");
        equal(user.header(48 + 3072), 1016, "in the last record");
        equal(user.header(4), 3, "page of the first record");
      });
    },
  },
  {
    title: "selftest ringbuf, data: reserve and submit, then reserve, output and discard",
    async run(kernel) {
      const map = ring(kernel);
      const reader = new RingBufReader(map, anyBytes);
      for (let lap = 1; lap <= 2; lap += 1) {
        equal(kernel.reserve(map, 32, submit, { fill: lap }), true, "the even one");
        // reserved before the output, discarded after it: in one run with a dynptr, then by output
        equal(kernel.batch(map, [{ size: 32, commit: discard }], "forward"), [0], "the odd one");
        equal(kernel.output(map, bytes(32, 100 + lap), 0), 0, "its copy");
        equal(kernel.query(map, availData), 120n, "available");
        equal(kernel.query(map, ringSize), 4096n, "size");
        equal(kernel.query(map, consumerPosition), BigInt((lap - 1) * 120), "consumer position");
        equal(kernel.query(map, producerPosition), BigInt(lap * 120), "producer position");
        equal(reader.available, 120, "available to the reader");
        const seen: number[] = [];
        equal(await reader.poll((record) => void seen.push(record[0]!), { timeoutMs: -1 }), 2, "records");
        equal(seen, [lap, 100 + lap], "contents");
        equal(await reader.poll(() => {}, { timeoutMs: 0 }), 0, "nothing more");
      }
      reader.close();
    },
  },
  {
    title: "selftest ringbuf_write: a consumer that lies cannot have an uncommitted record overwritten",
    run(kernel) {
      const map = ring(kernel, 0x40000);
      raw(map, (user) => {
        user.consumer = 0x30000n;
      });
      const twice = [
        { size: 0x30000, commit: discard },
        { size: 0x30000, commit: discard },
      ];
      equal(kernel.batch(map, twice, "forward"), [0, -22], "first round");
      equal(kernel.batch(map, twice, "forward"), [0, -22], "second round");
    },
  },
  {
    title: "dynptr reservations: EINVAL without room, E2BIG above 24 bits, and a null dynptr commits to nothing",
    run(kernel) {
      const map = ring(kernel);
      equal(kernel.batch(map, [{ size: 4096, commit: submit }], "forward"), [-22], "no room");
      equal(kernel.batch(map, [{ size: 0xffffff, commit: submit }], "forward"), [-22], "24 bits, no room");
      equal(kernel.batch(map, [{ size: 0x1000000, commit: { how: "submit", flags: 2 } }], "forward"), [-7], "25 bits");
      equal(kernel.query(map, producerPosition), 0n, "nothing moved");
      const both = [
        { size: 4000, commit: submit, bytes: bytes(8, 1) },
        { size: 4000, commit: submit },
      ];
      equal(kernel.batch(map, both, "forward"), [0, -22], "one fits");
    },
  },
  {
    title: "overwrite mode is unknown before 6.19",
    needs: ["no overwrite"],
    async run(kernel) {
      const flags = 2 ** 19;
      await fails(() => kernel.createRingBuf({ name: "o", maxEntries: 4096, flags }), "EINVAL", "flag");
      const map = ring(kernel);
      kernel.output(map, bytes(8), 0);
      equal(kernel.query(map, overwritePosition), 0n, "query");
    },
  },
  {
    title: "selftest ringbuf_overwrite_mode: the oldest records give way",
    needs: ["overwrite", "hold"],
    async run(kernel) {
      const map = kernel.createRingBuf({ name: "o", maxEntries: 4096, flags: 2 ** 19 });
      const len1 = 2048;
      const len2 = 1024;
      const len3 = 4096 - len1 - len2 - 24;
      const len4 = len3 - 8;
      const first = await kernel.hold?.(map, len1);
      const second = await kernel.hold?.(map, len2);
      equal(kernel.reserve(map, len3, submit), false, "the third would fill the ring");
      const fourth = await kernel.hold?.(map, len4);
      await first?.commit(submit);
      await second?.commit(submit);
      await fourth?.commit(submit);
      equal(kernel.reserve(map, len3, submit), true, "the fifth");
      equal(kernel.query(map, availData), BigInt(len2 + len4 + len3 + 24), "available");
      equal(kernel.query(map, ringSize), 4096n, "size");
      equal(kernel.query(map, consumerPosition), 0n, "consumer position");
      equal(kernel.query(map, producerPosition), BigInt(len1 + len2 + len4 + len3 + 32), "producer position");
      equal(kernel.query(map, overwritePosition), BigInt(len1 + 8), "overwrite position");
      const reader = new RingBufReader(map, anyBytes);
      const lengths: number[] = [];
      equal(
        reader.consume((record) => void lengths.push(record.length)),
        3,
        "records left",
      );
      equal(lengths, [len2, len4, len3], "from the oldest intact one on");
      equal(reader.stats().overwrittenBytes, len1 + 8, "lost bytes are counted");
      reader.close();
    },
  },
];
