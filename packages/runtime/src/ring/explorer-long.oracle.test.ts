import { fileURLToPath } from "node:url";
import { exploreKernelRing, type KernelRingOptions, reserveAndSubmit } from "@rbgen/testkit/explorer/kernel-ring";
import { exploreUserRing, type UserRingOptions } from "@rbgen/testkit/explorer/user-ring";
import { expect, test } from "vitest";

// the same exploration as explorer.oracle.test.ts, of cases that take seconds each
const source = fileURLToPath(new URL("..", import.meta.url));

const twice = [...reserveAndSubmit(8, 0), ...reserveAndSubmit(8, 1)];
const kernelRings: Record<string, KernelRingOptions> = {
  "two producers of two records each": { size: 64, start: 24n, consumer: "iteration", producers: [twice, twice] },
  "two producers of two records each, in room for one": {
    size: 32,
    start: 24n,
    consumer: "pollSync",
    producers: [twice, twice],
  },
  "two producers of three records, and pollSync": {
    size: 64,
    start: 24n,
    consumer: "pollSync",
    producers: [twice, reserveAndSubmit(8, 0)],
  },
  "two producers of three records, and an iterator": {
    size: 64,
    start: 24n,
    consumer: "iteration",
    producers: [twice, reserveAndSubmit(8, 0)],
  },
  "two producers and a reader of an emulated ring": {
    size: 32,
    start: 24n,
    emulated: true,
    consumer: "pollSync",
    producers: [reserveAndSubmit(8, 0), reserveAndSubmit(8, 0)],
  },
  "outputs behind a busy record and beside another producer": {
    size: 64,
    start: 2n ** 32n - 16n,
    consumer: "pollSync",
    producers: [[{ reserve: 8 }, { output: 8 }, { submit: 0 }, { query: "positions" }], [{ output: 8 }]],
  },
  "stores of two producers that are seen late": {
    size: 64,
    start: 40n,
    late: true,
    consumer: "pollSync",
    producers: [reserveAndSubmit(8, 0), reserveAndSubmit(8, 0)],
  },
  "overwrite mode, with stores that are seen late": {
    size: 64,
    start: 24n,
    overwrite: true,
    late: true,
    consumer: "iteration",
    producers: [[24, 8, 16, 8].flatMap((byteLength, index) => reserveAndSubmit(byteLength, index))],
  },
  "three producers": {
    size: 64,
    start: 40n,
    consumer: "iteration",
    producers: [reserveAndSubmit(8, 0), reserveAndSubmit(8, 0), reserveAndSubmit(1, 0)],
  },
  "overwrite mode for longer": {
    size: 64,
    start: 24n,
    overwrite: true,
    consumer: "iteration",
    producers: [[24, 8, 16, 8, 1].flatMap((byteLength, index) => reserveAndSubmit(byteLength, index))],
  },
  "a ring buffer of the emulated kernel, where records do not fit": {
    size: 32,
    start: 2n ** 32n - 8n,
    emulated: true,
    consumer: "pollSync",
    producers: [twice, reserveAndSubmit(8, 0)],
  },
};

const userRings: Record<string, UserRingOptions> = {
  "two programs drain an emulated user ring": {
    size: 32,
    start: 24n,
    emulated: true,
    samples: [{ byteLength: 16 }, { byteLength: 8, discard: true }, { byteLength: 8 }],
    drains: [1, 2],
  },
  "two programs drain twice each": {
    size: 32,
    start: 2n ** 32n - 8n,
    samples: [{ byteLength: 8 }, { byteLength: 16 }, { byteLength: 8, discard: true }, { byteLength: 8 }],
    drains: [2, 2],
  },
};

const cases = [
  ...Object.entries(kernelRings).map(([title, options]) => [title, () => exploreKernelRing(source, options)] as const),
  ...Object.entries(userRings).map(([title, options]) => [title, () => exploreUserRing(source, options)] as const),
];

test.for(cases)("keeps order, loses nothing, wakes who sleeps: %s", async ([, run], context) => {
  const { states, transitions, ends, violation } = run();
  await context.annotate(`${states} states, ${transitions} transitions, ${ends} ends`);
  expect(violation).toBeUndefined();
  expect(ends).toBeGreaterThan(0);
});
