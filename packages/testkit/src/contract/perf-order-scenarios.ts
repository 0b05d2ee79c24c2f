import { PerfEventReader } from "@rbgen/runtime";
import { selftestSample } from "./codecs.ts";
import { type PerfScenario, pair, withReader } from "./perf-scenario.ts";
import { equal, fails } from "./scenario.ts";

function merged(reader: PerfEventReader<{ readonly value: bigint }>): bigint[] {
  const seen: bigint[] = [];
  reader.consume(({ value }) => void seen.push(value));
  return seen;
}

/** In which order the records of several CPUs come. */
export const perfOrderScenarios: readonly PerfScenario[] = [
  {
    title: "records of all CPUs come in the order of a member, and what comes late is counted",
    run: (side) =>
      withReader(side, selftestSample, { mergeBy: "value" }, (reader) => {
        const [one, other] = pair(side);
        for (const key of [1n, 4n, 7n]) side.send({ cpu: one, key, length: 32 });
        for (const key of [2n, 3n, 9n]) side.send({ cpu: other, key, length: 32 });
        equal(merged(reader), [1n, 2n, 3n, 4n, 7n, 9n], "order");
        side.send({ cpu: one, key: 8n, length: 32 });
        side.send({ cpu: other, key: 10n, length: 32 });
        equal(merged(reader), [8n, 10n], "order");
        equal(reader.stats().late, 1, "late");
      }),
  },
  {
    title: "a window holds records back until each CPU has one or the window is over",
    run: (side) =>
      withReader(side, selftestSample, { mergeBy: "value", mergeWindowMs: 30 }, async (reader) => {
        const [one, other] = pair(side);
        side.send({ cpu: one, key: 5n, length: 32 });
        equal(merged(reader), [], "nothing of the other CPUs");
        for (const cpu of side.cpus.slice(1)) side.send({ cpu, key: 4n, length: 32 });
        equal(
          merged(reader),
          side.cpus.slice(1).map(() => 4n),
          "each CPU had one",
        );
        const seen: bigint[] = [];
        equal(await reader.poll(({ value }) => void seen.push(value), { timeoutMs: -1 }), 1, "the window is over");
        side.send({ cpu: other, key: 6n, length: 32 });
        for await (const { value } of reader) {
          seen.push(value);
          break;
        }
        equal(seen, [5n, 6n], "order");
        equal(reader.stats().late, 0, "late");
      }),
  },
  {
    title: "a member that is none, or no integer, is refused before the map is claimed",
    async run(side) {
      for (const mergeBy of ["values", "comm"]) {
        await fails(() => new PerfEventReader(side.map, selftestSample, { mergeBy }), "EINVAL", mergeBy);
      }
      await fails(
        () => new PerfEventReader(side.map, selftestSample, { mergeWindowMs: 5 }),
        "EINVAL",
        "a window alone",
      );
      new PerfEventReader(side.map, selftestSample).close();
    },
  },
];
