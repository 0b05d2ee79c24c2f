import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { exploreKernelRing, reserveAndSubmit } from "@rbgen/testkit/explorer/kernel-ring";
import type { SourceEdit } from "@rbgen/testkit/explorer/load-sources";
import type { Explored } from "@rbgen/testkit/explorer/ring";
import { exploreUserRing } from "@rbgen/testkit/explorer/user-ring";
import { describe, expect, test } from "vitest";

const source = fileURLToPath(new URL("..", import.meta.url));

type Scenario = (edits?: readonly SourceEdit[]) => Explored;

/** A scenario by its options. Sizes and positions are chosen so that records cross the end and reservations fail. */
const kernelRing =
  (options: Omit<Parameters<typeof exploreKernelRing>[1], "edits">): Scenario =>
  (edits = []) =>
    exploreKernelRing(source, { ...options, edits });
const userRing =
  (options: Omit<Parameters<typeof exploreUserRing>[1], "edits">): Scenario =>
  (edits = []) =>
    exploreUserRing(source, { ...options, edits });

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const oneEach = [reserveAndSubmit(8, 0), reserveAndSubmit(8, 0)];
const samples = [{ byteLength: 8 }, { byteLength: 16 }, { byteLength: 8, discard: true }, { byteLength: 8 }];

const scenarios = {
  "two producers and an iterator": kernelRing({ size: 64, start: 24n, consumer: "iteration", producers: oneEach }),
  "a ring of one record": kernelRing({
    size: 32,
    start: 24n,
    consumer: "iteration",
    producers: [reserveAndSubmit(16, 0), [...reserveAndSubmit(9, 0), ...reserveAndSubmit(1, 1)]],
  }),
  "positions that pass 2^32": kernelRing({
    size: 64,
    start: 2n ** 32n - 16n,
    consumer: "iteration",
    producers: [reserveAndSubmit(8, 0), [...reserveAndSubmit(8, 0)]],
  }),
  "a producer that finds the lock taken": kernelRing({
    size: 64,
    spins: 1,
    consumer: "iteration",
    producers: [reserveAndSubmit(8, 0), reserveAndSubmit(8, 0)],
  }),
  "a ring buffer of the emulated kernel": kernelRing({
    size: 32,
    start: 24n,
    emulated: true,
    consumer: "pollSync",
    producers: [[...reserveAndSubmit(8, 0), { output: 8 }]],
  }),
  "records that are output": kernelRing({
    size: 64,
    start: 40n,
    consumer: "pollSync",
    producers: [[{ output: 8 }, { output: 12 }], [{ output: 8 }]],
  }),
  "records that are output through an emulated ring": kernelRing({
    size: 32,
    start: 24n,
    emulated: true,
    consumer: "pollSync",
    producers: [[{ output: 8 }, { output: 8 }]],
  }),
  "an output behind a busy record": kernelRing({
    size: 64,
    start: 2n ** 32n - 16n,
    consumer: "pollSync",
    producers: [[{ reserve: 8 }, { output: 8 }, { submit: 0 }], [{ query: "positions" }]],
  }),
  "stores that are seen late": kernelRing({
    size: 64,
    start: 48n,
    late: true,
    consumer: "pollSync",
    producers: [[...reserveAndSubmit(8, 0), { output: 9 }]],
  }),
  "stores of two producers that are seen late": kernelRing({
    size: 32,
    start: 16n,
    late: true,
    consumer: "iteration",
    producers: [[{ output: 8 }], reserveAndSubmit(8, 0)],
  }),
  "a writer's stores that are seen late": userRing({
    size: 32,
    start: 24n,
    late: true,
    samples: [{ byteLength: 8 }, { byteLength: 16 }, { byteLength: 8, discard: true }],
    drains: [2],
  }),
  "a busy head": kernelRing({
    size: 64,
    start: 48n,
    consumer: "pollSync",
    producers: [[{ reserve: 8 }, { reserve: 8 }, { submit: 1 }, { submit: 0 }], reserveAndSubmit(8, 0)],
  }),
  "discards under an iterator": kernelRing({
    size: 64,
    start: 48n,
    consumer: "iteration",
    producers: [[{ reserve: 8 }, { reserve: 8 }, { discard: 0 }, { submit: 1 }]],
  }),
  "statistics while producers go on": kernelRing({
    size: 64,
    start: 48n,
    consumer: "pollSync",
    statistics: true,
    producers: [[...reserveAndSubmit(8, 0), ...reserveAndSubmit(8, 1)]],
  }),
  "discards before and between records": kernelRing({
    size: 64,
    start: 48n,
    consumer: "pollSync",
    producers: [[{ reserve: 8 }, { reserve: 8 }, { discard: 1 }, { discard: 0 }], reserveAndSubmit(8, 0)],
  }),
  "lengths of every remainder": kernelRing({
    size: 64,
    start: 24n,
    consumer: "iteration",
    producers: [numbers(6).flatMap((index) => reserveAndSubmit(3 * index + 1, index))],
  }),
  "runs of samples": kernelRing({
    size: 64,
    start: 24n,
    consumer: "runs",
    producers: [
      [...reserveAndSubmit(8, 0), { reserve: 8 }, { discard: 1 }, ...reserveAndSubmit(12, 2)],
      reserveAndSubmit(8, 0),
    ],
  }),
  "runs of samples behind a busy record": kernelRing({
    size: 64,
    start: 48n,
    late: true,
    consumer: "runs",
    producers: [[{ reserve: 8 }, { reserve: 8 }, { submit: 1 }, { submit: 0 }]],
  }),
  "overwrite mode": kernelRing({
    size: 64,
    start: 24n,
    overwrite: true,
    consumer: "iteration",
    producers: [[24, 8, 16, 8].flatMap((byteLength, index) => reserveAndSubmit(byteLength, index))],
  }),
  "a writer that waits for room": userRing({ size: 32, start: 24n, samples, drains: [3] }),
  "a user ring of the emulated kernel": userRing({
    size: 32,
    start: 24n,
    emulated: true,
    samples: samples.slice(1),
    drains: [3],
  }),
  "two drains at once": userRing({ size: 32, start: 24n, samples: samples.slice(1), drains: [1, 2] }),
  "a writer whose samples fill the ring": userRing({
    size: 32,
    start: 8n,
    samples: [{ byteLength: 24 }, { byteLength: 24, discard: true }, { byteLength: 9 }],
    drains: [2],
  }),
} satisfies Record<string, Scenario>;

describe("every interleaving of the protocol's steps", () => {
  const reached = new Set<string>();
  const known = new Set<string>();

  test.for(Object.entries(scenarios))("keeps order, loses nothing, wakes who sleeps: %s", async ([, run], context) => {
    const { states, transitions, ends, violation, ...seen } = run();
    await context.annotate(`${states} states, ${transitions} transitions, ${ends} ends`);
    expect(violation).toBeUndefined();
    expect(ends).toBeGreaterThan(0);
    for (const site of seen.sites) reached.add(site);
    for (const site of seen.known) known.add(site);
  });

  test("comes by every use of Atomics in ring/", () => {
    const files = new Set(readdirSync(`${source}/ring`));
    const sites = [...known].filter((site) => files.has(site.split(":")[0]!));
    expect(sites.length).toBeGreaterThan(15);
    expect(sites.filter((site) => !reached.has(site))).toEqual([]);
  });
});

interface Mutation {
  readonly what: string;
  readonly scenario: keyof typeof scenarios;
  readonly file: string;
  /** Text in the file, and what to put there. */
  readonly changes: readonly (readonly [replace: string, by: string])[];
  readonly error: RegExp;
}

const mutations: readonly Mutation[] = [
  {
    what: "the wake-up test before the exchange of the header",
    scenario: "two producers and an iterator",
    file: "kernel-producer.ts",
    changes: [
      [
        "    Atomics.exchange(this.#words, at >>> 2, discard",
        "    const wakes = this.#wakes(at, flags);\n    Atomics.exchange(this.#words, at >>> 2, discard",
      ],
      ["    return this.#wakes(at, flags);", "    return wakes;"],
    ],
    error: /the consumer sleeps at/,
  },
  {
    what: "the producer position stored before the header",
    scenario: "two producers and an iterator",
    file: "kernel-producer.ts",
    changes: [
      [
        "    this.#putHeader(at, byteLength | busyBit);\n    this.#publish(step, false);",
        "    this.#publish(step, false);\n    this.#putHeader(at, byteLength | busyBit);",
      ],
    ],
    error: /a torn record arrived/,
  },
  {
    what: "a lock that does not lock",
    scenario: "two producers and an iterator",
    file: "ring-lock.ts",
    changes: [
      [
        "Atomics.compareExchange(this.#words, this.#index, 0, 1) === 0",
        "Atomics.exchange(this.#words, this.#index, 1) >= 0",
      ],
    ],
    error: /is lost|without the lock/,
  },
  {
    what: "positions read without the lock",
    scenario: "two producers and an iterator",
    file: "kernel-producer.ts",
    changes: [
      [
        "    this.#producer.publish(step);\n    this.#lock.release();",
        "    this.#producer.publish(step);\n    this.#lock.release();\n    this.#producer.read();",
      ],
    ],
    error: /without the lock/,
  },
  {
    what: "a header that is committed by a plain store",
    scenario: "stores that are seen late",
    file: "kernel-producer.ts",
    changes: [
      [
        "    Atomics.exchange(this.#words, at >>> 2, discard ? byteLength | discardBit : byteLength);",
        "    this.#words[at >>> 2] = discard ? byteLength | discardBit : byteLength;",
      ],
    ],
    error: /a torn record arrived|sleeps/,
  },
  {
    what: "a producer position that is published by a plain store",
    scenario: "stores that are seen late",
    file: "locked-position.ts",
    changes: [["    if (!this.#add(step)) Atomics.store(this.#words, lowWord, this.low);", "    this.move(step);"]],
    error: /a torn record arrived|sleeps|without the lock/,
  },
  {
    what: "a writer's header that is committed by a plain store",
    scenario: "a writer's stores that are seen late",
    file: "producer.ts",
    changes: [["Atomics.store(this.#words, at >>> 2, header);", "this.#words[at >>> 2] = header;"]],
    error: /torn|sleeps|drained/,
  },
  {
    what: "an output that is there before its bytes",
    scenario: "records that are output",
    file: "kernel-producer.ts",
    changes: [
      ["    this.#data.set(bytes, at + headerBytes);\n", ""],
      [
        "    this.#publish(step, true);",
        "    this.#publish(step, true);\n    this.#data.set(bytes, at + headerBytes);",
      ],
    ],
    error: /a torn record arrived/,
  },
  {
    what: "an output whose wake-up test comes before its position",
    scenario: "records that are output",
    file: "kernel-producer.ts",
    changes: [
      ["    this.#publish(step, true);", "    const wakes = this.#wakes(at, flags);\n    this.#publish(step, true);"],
      ["return this.#wakes(at, flags) ? mustWake : 0;", "return wakes ? mustWake : 0;"],
    ],
    error: /the consumer sleeps at/,
  },
  {
    what: "an output that lets the lock go before its position is there",
    scenario: "records that are output",
    file: "kernel-producer.ts",
    changes: [
      [
        "    this.#producer.publish(step);\n    this.#lock.release();",
        "    this.#lock.release();\n    this.#producer.publish(step);",
      ],
    ],
    error: /torn|is lost|more than/,
  },
  {
    what: "positions that are not looked at in order",
    scenario: "an output behind a busy record",
    file: "kernel-producer.ts",
    changes: [
      [
        "    const consumer = this.#consumer.load();",
        "    const producer = this.#producer.load();\n    const consumer = this.#consumer.load();",
      ],
      ["return { producer: this.#producer.load(), consumer, overwrite };", "return { producer, consumer, overwrite };"],
    ],
    error: /is behind/,
  },
  {
    what: "a reservation that takes more than there is",
    scenario: "a ring of one record",
    file: "kernel-producer.ts",
    changes: [["used <= this.#mask;", "used <= this.#mask + 32;"]],
    error: /more than 32 bytes ahead/,
  },
  {
    what: "a position whose halves are read at different times",
    scenario: "positions that pass 2^32",
    file: "position-words.ts",
    changes: [["if (again === high) {", "if (again !== undefined) {"]],
    error: /found no room/,
  },
  {
    what: "a busy record taken for a sample",
    scenario: "a busy head",
    file: "consumer.ts",
    changes: [["      if (header < 0) return false;\n", ""]],
    error: /a torn record arrived/,
  },
  {
    what: "a run that goes over a busy record",
    scenario: "runs of samples behind a busy record",
    file: "consumer.ts",
    changes: [
      [
        "      if (header < 0 || header > most) break;\n      const rest = left - footprint(header);",
        "      const rest = left - footprint(header & lengthMask);",
      ],
    ],
    error: /a torn record arrived|arrived/,
  },
  {
    what: "a position published before the record is read",
    scenario: "a ring of one record",
    file: "record-reader.ts",
    changes: [["    while (source.advance()) {", "    while (source.advance()) {\n      this.#samples.commit();"]],
    error: /a torn record arrived/,
  },
  {
    what: "an iterator that sleeps without a last look",
    scenario: "discards under an iterator",
    file: "record-source.ts",
    changes: [["if (!moved && !grown) return false;", "if (!grown) return false;"]],
    error: /the consumer sleeps at/,
  },
  {
    what: "a poll that sleeps after it passed discarded records",
    scenario: "discards before and between records",
    file: "record-reader.ts",
    changes: [["if (!moved) return -1;", "return -1;"]],
    error: /the consumer sleeps at/,
  },
  {
    what: "an overwrite position looked at before the sample is copied",
    scenario: "overwrite mode",
    file: "consumer.ts",
    changes: [
      ["        const readable = header", "        const begin = this.#begin();\n        const readable = header"],
      [
        "        const begin = this.#begin();\n        if (begin > this.position) {",
        "        if (begin > this.position) {",
      ],
    ],
    error: /torn|reaches beyond/,
  },
  {
    what: "an overwrite position that does not go far enough",
    scenario: "overwrite mode",
    file: "kernel-producer.ts",
    changes: [["while (kept > this.#mask) {", "while (kept > this.#mask + 32) {"]],
    error: /torn|reaches beyond/,
  },
  {
    what: "a drain that frees a sample before its callback",
    scenario: "a writer whose samples fill the ring",
    file: "kernel-consumer.ts",
    changes: [
      [
        "          stop = this.#show(",
        "          this.#consumer.add(footprint(byteLength));\n          stop = this.#show(",
      ],
      ["may write there again\n          this.#consumer.add(footprint(byteLength));", "may write there again"],
    ],
    error: /from another place|a torn record/,
  },
  {
    what: "a waker that looks for sleepers before it counts its wake-up",
    scenario: "a user ring of the emulated kernel",
    file: "emulated-map.ts",
    changes: [
      [
        "      Atomics.add(words, word.wake, 1);",
        "      const sleepers = Atomics.load(words, word.sleepers);\n      Atomics.add(words, word.wake, 1);",
      ],
      ["if (Atomics.load(words, word.sleepers) > 0)", "if (sleepers > 0)"],
    ],
    error: /the writer sleeps/,
  },
  {
    what: "a sleeper that is counted after it waits",
    scenario: "a ring buffer of the emulated kernel",
    file: "emulated-claim.ts",
    changes: [
      [
        "    Atomics.add(words, word.sleepers, 1);\n    const outcome = Atomics.wait(words, word.wake, this.#seen, timeoutMs);",
        "    const outcome = Atomics.wait(words, word.wake, this.#seen, timeoutMs);\n    Atomics.add(words, word.sleepers, 1);",
      ],
    ],
    error: /the consumer sleeps/,
  },
  {
    what: "two drains that do not exclude each other",
    scenario: "two drains at once",
    file: "kernel-consumer.ts",
    changes: [
      [
        "(turn & 1) !== 0 || Atomics.compareExchange(this.#busy, this.#busyIndex, turn, turn + 1) !== turn",
        "this.#busyIndex < 0",
      ],
    ],
    error: /a drain returned -22|drained twice/,
  },
  {
    what: "a drain of discarded samples that wakes nobody",
    scenario: "a writer whose samples fill the ring",
    file: "kernel-consumer.ts",
    changes: [["&& samples > 0);", "&& samples > discards);"]],
    error: /the writer sleeps/,
  },
  {
    what: "a writer that takes the room it last saw for all there is",
    scenario: "a writer that waits for room",
    file: "producer.ts",
    changes: [
      [
        "(step > this.#free && !this.#refresh(step))",
        "(step > this.#free && (this.#free > 0 || !this.#refresh(step)))",
      ],
    ],
    error: /the writer sleeps/,
  },
  {
    what: "a user ring's position stored before the header",
    scenario: "a writer that waits for room",
    file: "producer.ts",
    changes: [
      [
        "    this.#words[at >>> 2] = byteLength | busyBit;",
        "    this.#producer.add(step);\n    this.#words[at >>> 2] = byteLength | busyBit;",
      ],
      ["    if (!held) this.publish();", "    this.#held = 0;"],
    ],
    error: /a drain returned -22/,
  },
];

test.each(mutations)("finds $what", ({ scenario, file, changes, error }) => {
  const { violation } = scenarios[scenario](changes.map(([replace, by]) => ({ file, replace, by })));
  expect(String(violation?.error)).toMatch(error);
  expect(violation?.path.length).toBeGreaterThan(5);
});
