import { UserRingBufWriter } from "@rbgen/runtime";
import { anyBytes } from "./codecs.ts";
import { bytes, equal, raw, type Scenario } from "./scenario.ts";
import { firstBytes, ring } from "./user-ring.ts";

const busy = -0x80000000;
const discarded = 0x40000000;

/** A header as a writer put it, the producer position, and what drains make of them. */
interface Lie {
  readonly title: string;
  readonly headers: readonly (readonly [position: number, word: number])[];
  readonly producer: bigint;
  readonly returned: number;
  readonly consumer: bigint;
}

const lies: readonly Lie[] = [
  { title: "a misaligned producer position", headers: [[0, 39]], producer: 47n, returned: -22, consumer: 0n },
  { title: "misaligned behind a good record", headers: [[0, 8]], producer: 17n, returned: -22, consumer: 0n },
  { title: "a record longer than what is published", headers: [[0, 32]], producer: 32n, returned: -22, consumer: 0n },
  { title: "the same, busy", headers: [[0, 32 | busy]], producer: 32n, returned: -22, consumer: 0n },
  { title: "the same, discarded", headers: [[0, 32 | discarded]], producer: 32n, returned: -22, consumer: 0n },
  { title: "a record longer than the ring", headers: [[0, 4096]], producer: 4104n, returned: -7, consumer: 0n },
  {
    title: "a good record, then a bad one: the count is lost",
    headers: [
      [0, 8],
      [16, 64],
    ],
    producer: 32n,
    returned: -22,
    consumer: 16n,
  },
  {
    title: "busy and discarded at once is discarded",
    headers: [[0, 8 | busy | discarded]],
    producer: 16n,
    returned: 0,
    consumer: 16n,
  },
  { title: "busy", headers: [[0, 8 | busy]], producer: 16n, returned: 0, consumer: 0n },
  {
    title: "submitted, busy, submitted",
    headers: [
      [0, 8],
      [16, 8 | busy],
      [32, 8],
    ],
    producer: 48n,
    returned: 1,
    consumer: 16n,
  },
  {
    title: "discarded, submitted, discarded",
    headers: [
      [0, 8 | discarded],
      [16, 8],
      [32, 8 | discarded],
    ],
    producer: 48n,
    returned: 1,
    consumer: 48n,
  },
];

/** Section 4 of docs/ring-semantics.md: what a drain makes of what it finds, whoever wrote it. */
export const drainScenarios: readonly Scenario[] = [
  ...lies.map(
    (lie): Scenario => ({
      title: `a writer that lies: ${lie.title}`,
      run(kernel) {
        const map = ring(kernel);
        raw(map, (user) => {
          for (const [position, word] of lie.headers) user.setHeader(position, word);
          user.producer = lie.producer;
        });
        equal(kernel.drain(map).returned, lie.returned, "returned");
        raw(map, (user) => equal(user.consumer, lie.consumer, "consumer position"));
        if (lie.returned < 0) equal(kernel.drain(map).returned, lie.returned, "and again");
      },
    }),
  ),
  {
    title: "a producer position behind the consumer's is an empty ring",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.write(bytes(8));
      equal(kernel.drain(map).returned, 1, "drained");
      writer.close();
      raw(map, (user) => {
        user.producer = 8n;
      });
      equal(kernel.drain(map).returned, 0, "behind");
      equal(kernel.readiness?.(map) ?? 0, 0, "poll says full");
    },
  },
  {
    title: "a dynptr holds 24 bits: 0xffffff bytes are drained, one more is E2BIG",
    run(kernel) {
      const map = ring(kernel, 0x4000000);
      raw(map, (user) => {
        user.setHeader(0, 0xffffff);
        user.setHeader(0x1000008, 0x1000000);
        user.producer = 0x1000008n;
      });
      equal(kernel.drain(map).returned, 1, "0xffffff");
      raw(map, (user) => {
        user.producer = 0x1000008n + 0x1000008n;
      });
      equal(kernel.drain(map).returned, -7, "0x1000000");
    },
  },
  {
    title: "flags: unknown ones are EINVAL",
    run(kernel) {
      const map = ring(kernel);
      equal(kernel.drain(map, { flags: 4 }).returned, -22, "flag 4");
      equal(kernel.drain(map, { flags: 3 }).returned, 0, "both");
    },
  },
  {
    title: "a callback that returns 1 stops the drain after its sample",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      for (let i = 0; i < 4; i += 1) writer.write(bytes(8, i));
      equal(kernel.drain(map, { stopAt: 2 }).returned, 2, "returned");
      equal(firstBytes(kernel, map), [2, 3], "the rest");
      writer.close();
    },
  },
  {
    title: "a drain inside a drain is EBUSY",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.write(bytes(8));
      const { returned, nested } = kernel.drain(map, { nested: true });
      equal([returned, nested], [1, -16], "returned");
      writer.close();
    },
  },
  {
    title: "one drain looks at 131072 headers, discarded ones too",
    run(kernel) {
      const map = ring(kernel, 0x200000);
      const writer = new UserRingBufWriter(map, anyBytes);
      for (let i = 0; i < 131080; i += 1) {
        const sample = writer.reserve(0);
        if (i % 2 === 0) sample.discard();
        else sample.submit();
      }
      equal(kernel.drain(map).returned, 65536, "first drain");
      equal(writer.positions.consumer, 131072n * 8n, "headers passed");
      equal(kernel.drain(map).returned, 4, "the rest");
      writer.close();
    },
  },
  {
    title: "a callback's writes go to the user's ring",
    run(kernel) {
      const map = ring(kernel);
      const writer = new UserRingBufWriter(map, anyBytes);
      writer.write(bytes(8, 1));
      equal(kernel.drain(map, { overwrite: 0xab }).returned, 1, "drained");
      writer.close();
      raw(map, (user) => equal(user.payload(8, 2), Uint8Array.of(0xab, 1), "payload"));
    },
  },
];
