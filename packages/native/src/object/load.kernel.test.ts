import { setImmediate as turn } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { RingBufReader } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { addonFile } from "../addon/load-addon.ts";
import { BpfObject, type BpfProgram } from "../index.ts";

/** A thread that does nothing but fill the ring, `bursts` times `records`, through the program's descriptor. */
function producer(program: BpfProgram, bursts: number, records: number): Promise<void> {
  const source = `
    const { workerData } = require("node:worker_threads");
    const addon = require(workerData.addon);
    const context = new Uint8Array(BigUint64Array.of(BigInt(workerData.records)).buffer);
    for (let i = 0; i < workerData.bursts; i++) {
      const attributes = new Uint8Array(80);
      const view = new DataView(attributes.buffer);
      view.setUint32(0, workerData.fd, true);
      view.setUint32(40, 8, true);
      if (addon.bpf(10, attributes, [attributes], [48], [context], new Uint8Array(0)) < 0) throw new Error("the producer does not run");
    }`;
  const worker = new Worker(source, {
    eval: true,
    workerData: { addon: addonFile(process.arch), fd: program.fd, bursts, records },
  });
  return new Promise((resolve, reject) => {
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

describeWith(["kernel", "clang", "libbpf"], "a saturating producer", () => {
  test.each([
    ["adaptive", 0, 300],
    // long enough for a reader that nobody wakes to look several times, each time at a ring that is full
    ["no wake-ups", 1, 3000],
    ["a wake-up each", 2, 300],
  ])(
    "with %s: everything sent is delivered in order or counted as dropped, and timers go on",
    async (_title, flags, bursts) => {
      using object = await BpfObject.load(compileBeside("saturate.bpf.c"));
      object.global("flags").set(flags);
      const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
      const records = 2000;
      let running = true;
      const done = producer(object.program("burst"), bursts, records).then(() => {
        running = false;
      });
      let turns = 0;
      let most = 0;
      let sinceTurn = 0;
      const heart = (async () => {
        while (running) {
          await turn();
          turns++;
          most = Math.max(most, sinceTurn);
          sinceTurn = 0;
        }
      })();
      let delivered = 0n;
      let last = -1n;
      const before = process.memoryUsage().external;
      const consumed = (async () => {
        for await (const record of reader) {
          const sequence = new DataView(record.buffer, record.byteOffset).getBigUint64(0, true);
          if (sequence <= last) throw new Error(`record ${sequence} after ${last}`);
          last = sequence;
          delivered++;
          sinceTurn++;
        }
      })();
      await done;
      await heart;
      const dropped = object.array("drops").sum(0);
      while (delivered + dropped < BigInt(bursts * records)) await turn();
      expect(delivered + dropped).toBe(BigInt(bursts * records));
      expect(delivered).toBeGreaterThan(0n);
      const stats = reader.stats();
      expect(BigInt(stats.deliveredBytes)).toBe(delivered * 56n);
      // Bounded work per turn: far fewer records between two turns than were delivered in all.
      expect(turns).toBeGreaterThan(10);
      expect(most).toBeLessThan(Number(delivered));
      expect(process.memoryUsage().external - before).toBeLessThan(16 << 20);
      reader.close();
      await consumed;
    },
  );
});
