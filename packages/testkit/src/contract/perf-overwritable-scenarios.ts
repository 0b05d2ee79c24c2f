import { anyBytes } from "./codecs.ts";
import { numbers, type PerfScenario, pair, withReader } from "./perf-scenario.ts";
import { equal } from "./scenario.ts";

/** What is read of rings that the kernel writes over. */
export const perfOverwritableScenarios: readonly PerfScenario[] = [
  {
    title: "an overwritable ring keeps the newest records, and each drain has those since the last one, oldest first",
    run: (side) =>
      withReader(side, anyBytes, { overwritable: true }, (reader) => {
        const [one, other] = pair(side);
        side.send({ cpu: one, count: 3, length: 20 });
        equal(numbers(reader), [0, 1, 2], "all of few");
        equal(numbers(reader), [], "no more");
        // 32 bytes each: 128 fit exactly
        side.send({ cpu: one, count: 128, length: 20 });
        equal(
          numbers(reader),
          Array.from({ length: 128 }, (_, i) => i),
          "a full ring",
        );
        side.send({ cpu: one, count: 300, length: 100 });
        side.send({ cpu: other, number: 1000, length: 20 });
        // 112 bytes each: 36 whole ones
        const newest = [...Array.from({ length: 36 }, (_, i) => 264 + i), 1000];
        equal(
          numbers(reader, 10)
            .concat(numbers(reader))
            .sort((a, b) => a - b),
          newest,
          "the newest",
        );
        const own = reader.stats().cpus.find(({ cpu }) => cpu === one);
        equal([own?.lost, own?.overwrittenBytes], [0, 264 * 112], "written over");
        side.send({ cpu: one, number: 5, length: 3000 });
        side.send({ cpu: one, number: 6, length: 3000 });
        equal(numbers(reader), [6], "the one that is whole");
      }),
  },
  {
    title: "an overwritable ring wakes its reader, too",
    run: (side) =>
      withReader(side, anyBytes, { overwritable: true }, async (reader) => {
        const [one] = pair(side);
        const polled = reader.poll(() => {}, { timeoutMs: -1 });
        setTimeout(() => side.send({ cpu: one, length: 8 }), 5);
        equal(await polled, 1, "records");
      }),
  },
];
