import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";

describeWith(["kernel", "clang", "libbpf"], "a worker that loads objects", () => {
  test("leaves nothing, whenever it is terminated", async () => {
    const folder = mkdtempSync(join(tmpdir(), "rbgen-terminated-"));
    const file = join(folder, "object.bpf.o");
    writeFileSync(file, compileBeside("object.bpf.c"));
    const result = await runChild(`
      import { readdirSync, readlinkSync } from "node:fs";
      import { setTimeout as sleep } from "node:timers/promises";
      import { Worker } from "node:worker_threads";
      const open = () => readdirSync("/proc/self/fd").flatMap((fd) => {
        try { return /bpf|btf/.test(readlinkSync("/proc/self/fd/" + fd)) ? [readlinkSync("/proc/self/fd/" + fd)] : []; } catch { return []; }
      });
      for (let round = 0; round < 25; round++) {
        const worker = new Worker(\`(async () => {
          const { parentPort, workerData } = await import("node:worker_threads");
          const { BpfObject } = await import("@rbgen/native");
          parentPort.postMessage("ready");
          for (;;) (await BpfObject.load(workerData)).close();
        })()\`, { eval: true, workerData: ${JSON.stringify(file)} });
        worker.on("error", (error) => { throw error; });
        await new Promise((resolve) => worker.on("message", resolve));
        await sleep((round * 7) % 20);
        await worker.terminate();
      }
      for (let i = 0; i < 100 && open().length > 0; i++) await sleep(10);
      if (open().length > 0) throw new Error("left: " + open().join());`);
    rmSync(folder, { recursive: true });
    expect(result).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
  });
});
