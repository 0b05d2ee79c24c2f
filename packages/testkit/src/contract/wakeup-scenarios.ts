import { RingBufReader } from "@rbgen/runtime";
import { claimMap } from "@rbgen/runtime/backend";
import { anyBytes } from "./codecs.ts";
import { bytes, equal, fails, type Scenario } from "./scenario.ts";
import { withReader } from "./with-reader.ts";

const noWakeup = 1;
const forceWakeup = 2;
/** Longer than any wake-up takes, short enough to wait for one that must not come. */
const quietMs = 60;

/** Section 3.4 of docs/ring-semantics.md: which commit wakes a sleeping reader, and which does not. */
export const wakeupScenarios: readonly Scenario[] = [
  {
    title: "selftest ringbuf, wake-ups: silent and adaptive records leave a sleeper asleep, a forced one wakes it",
    run: (kernel) =>
      withReader(kernel, async ({ map, reader }) => {
        let count = 0;
        let settled = false;
        const polling = reader
          .poll(() => {
            count += 1;
          })
          .finally(() => {
            settled = true;
          });
        await sleep(quietMs);
        kernel.output(map, bytes(32), noWakeup);
        kernel.output(map, bytes(32), noWakeup);
        await sleep(quietMs);
        equal(settled, false, "after silent records");
        kernel.output(map, bytes(32), 0);
        kernel.output(map, bytes(32), 0);
        await sleep(quietMs);
        equal(settled, false, "after adaptive records, while behind");
        kernel.output(map, bytes(32), 0);
        kernel.output(map, bytes(32), forceWakeup);
        equal((await polling) > 0, true, "records after the forced one");
        reader.consume(() => {
          count += 1;
        });
        equal(count, 6, "all of them");
      }),
  },
  ...[
    { title: "a record on a caught-up ring wakes", commits: [0], order: "forward", wakes: true },
    { title: "a discard on a caught-up ring wakes, though nothing comes of it", discards: [0], wakes: true },
    { title: "A and B, B first: A wakes", commits: [0, 0], order: "reverse", wakes: true },
    { title: "B adaptive, then A silent: nobody is woken", commits: [1, 0], order: "reverse", wakes: false },
    { title: "B forced, then A silent: woken", commits: [1, 2], order: "reverse", wakes: true },
    { title: "silent and forced at once: woken", commits: [3], order: "forward", wakes: true },
    { title: "silent: nobody is woken", commits: [1], order: "forward", wakes: false },
  ].map(
    ({ title, commits = [], discards = [], order, wakes }): Scenario => ({
      title,
      run: (kernel) =>
        withReader(kernel, async ({ map, reader }) => {
          let settled = false;
          const abort = new AbortController();
          // without an end: nothing but a wake-up, or this test where there must be none, ends it
          const polling = reader
            .poll(() => {}, { signal: abort.signal })
            .finally(() => {
              settled = true;
            });
          await sleep(quietMs);
          const records = [
            ...commits.map((flags) => ({ size: 8, commit: { how: "submit", flags } as const })),
            ...discards.map((flags) => ({ size: 8, commit: { how: "discard", flags } as const })),
          ];
          kernel.batch(map, records, order === "reverse" ? "reverse" : "forward");
          if (!wakes) {
            await sleep(quietMs);
            equal(settled, false, "settled");
            const reason = new Error("quiet");
            abort.abort(reason);
            equal((await polling.catch((error: unknown) => error)) === reason, true, "the reason");
            reader.consume(() => {});
          } else await polling;
          equal(kernel.query(map, 0), 0n, "all is consumed in the end");
        }),
    }),
  ),
  {
    title: "a claim is waited for once at a time: a second wait is EBUSY, and the first is woken",
    async run(kernel) {
      const map = kernel.createRingBuf({ name: "waited", maxEntries: 4096 });
      const claim = map[claimMap]();
      const first = claim.wait({ timeoutMs: Number.POSITIVE_INFINITY });
      await fails(() => claim.wait({ timeoutMs: 1000 }), "EBUSY", "a second wait");
      await fails(() => claim.wait({ timeoutMs: Number.POSITIVE_INFINITY }), "EBUSY", "a third");
      kernel.output(map, bytes(8), 0);
      equal(await first, "woken", "the first");
      equal(await claim.wait({ timeoutMs: 0 }), "timeout", "the next");
      claim.release();
    },
  },
  {
    title:
      "a wake-up while nobody waits is told to the next wait, though a wait has ended and the thread went on since",
    async run(kernel) {
      const map = kernel.createRingBuf({ name: "unwaited", maxEntries: 4096 });
      const claim = map[claimMap]();
      equal(await claim.wait({ timeoutMs: 1 }), "timeout", "before");
      kernel.output(map, bytes(8), 0);
      await sleep(quietMs);
      equal(await claim.wait({ timeoutMs: 0 }), "woken", "the next");
      equal(await claim.wait({ timeoutMs: 0 }), "timeout", "the one after it");
      claim.release();
    },
  },
  {
    title: "poll takes silent data that is there at the call; iteration finds it by its safety poll",
    async run(kernel) {
      const map = kernel.createRingBuf({ name: "silent", maxEntries: 4096 });
      const reader = new RingBufReader(map, anyBytes, { safetyPollMs: 20 });
      kernel.output(map, bytes(8, 7), noWakeup);
      equal(await reader.poll(() => {}, { timeoutMs: 0 }), 1, "poll");
      const records = reader[Symbol.asyncIterator]();
      const next = records.next();
      await sleep(quietMs);
      kernel.output(map, bytes(8, 8), noWakeup);
      equal((await next).value?.[0], 8, "iteration");
      await records.return?.();
      reader.close();
    },
  },
];

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
