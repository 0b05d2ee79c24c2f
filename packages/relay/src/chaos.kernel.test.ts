import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KernelSide } from "@rbgen/testkit/contract/kernel-side";
import { nativeKernelSide } from "@rbgen/testkit/native/kernel-side";
import { NatsCluster } from "@rbgen/testkit/nats/nats-cluster";
import { describeWith } from "@rbgen/testkit/tools";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleScripts, type Scripts } from "./testing/chaos/process.ts";
import { Schedule, spoolLimit } from "./testing/chaos/schedule.ts";

/** Schedules by seed: as many as RBGEN_SCHEDULES says, from RBGEN_SEED on. */
const count = Number(process.env["RBGEN_SCHEDULES"] ?? 3);
const first = Number(process.env["RBGEN_SEED"]);

describeWith(
  ["kernel", "clang", "nats"],
  "a ring of the kernel through a cluster of three, under random faults",
  () => {
    let cluster: NatsCluster;
    let kernel: KernelSide;
    let scripts: Scripts;
    let folder: string;
    /** Of the last schedule, which goes on to clean up where the test's limit ended it. */
    let ended: Promise<unknown> = Promise.resolve();
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "rbgen-chaos-"));
      scripts = await bundleScripts(folder);
      cluster = await NatsCluster.start();
      kernel = await nativeKernelSide();
    });
    afterAll(async () => {
      await ended.catch(() => undefined);
      await kernel?.close();
      await cluster?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    test.for(Array.from({ length: count }, (_, index) => first + index))(
      "loses nothing, repeats nothing, reorders nothing: seed %i",
      async (seed, { signal }) => {
        const schedule = new Schedule(seed, cluster, kernel, scripts, folder);
        const run = schedule.run(4, signal);
        ended = run;
        const { faults, produced, refused, lines, relay, failures } = await run;
        const about = `seed ${seed}: ${faults.join(", ")}`;
        expect(failures, about).toEqual([]);
        const numbers = lines.flatMap((line) => line.numbers).map(Number);
        const seqs = lines.flatMap((line) => line.seqs).map(Number);
        // every record that the kernel took, once, in order
        expect(seqs, about).toEqual(Array.from({ length: produced }, (_, seq) => seq));
        expect(
          numbers.every((number, index) => index === 0 || number > numbers[index - 1]!),
          about,
        ).toBe(true);
        expect(lines.at(-1)?.account, about).toMatchObject({
          ...{ next: `${produced + refused}`, delivered: `${produced}`, missing: "0" },
          dropped: { kernel: `${refused}`, spool: "0", restart: "0", size: "0" },
        });
        expect(relay.spoolHighWaterBytes, about).toBeLessThanOrEqual(spoolLimit);
        expect(relay.spooledRecords, about).toBe(0);
      },
    );
  },
);
