import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { PerfEventReader } from "@rbgen/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { objectPerfSide } from "../../../testkit/src/contract/object-perf-side.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { perfScripts } from "../../../testkit/src/native/perf-script.ts";
import { BpfObject } from "../index.ts";
import { cpuList } from "../kernel/cpu-list.ts";

const cpus = cpuList(readFileSync("/sys/devices/system/cpu/online", "utf8"));

const seed = Number(process.env["RBGEN_SEED"]);

function first(record: Uint8Array): number {
  return new DataView(record.buffer, record.byteOffset).getUint32(0, true);
}

describeWith(["kernel", "clang", "gcc", "libbpf"], `beside libbpf's perf_buffer (RBGEN_SEED=${seed})`, () => {
  const folder = mkdtempSync(join(tmpdir(), "rbgen-perf-"));
  const peer = join(folder, "perf-peer");
  const objectFile = join(folder, "perf.bpf.o");
  beforeAll(() => {
    const source = fileURLToPath(new URL("../../../testkit/src/native/perf-peer.c", import.meta.url));
    execFileSync("gcc", ["-O1", "-Wall", "-Werror", source, "-o", peer, "-lbpf"]);
    writeFileSync(objectFile, compileBeside("perf.bpf.c"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("the same samples of each CPU come, and the same losses are reported, whatever is sent and when it is read", async () => {
    let lost = 0;
    for (const script of perfScripts(cpus, 10, seed)) {
      const lines = script.map((step) =>
        step === "consume" ? step : `send ${step.cpu} ${step.number} ${step.count} ${step.length}`,
      );
      const printed = execFileSync(peer, ["replay", objectFile], {
        input: `${lines.join("\n")}\n`,
        encoding: "utf8",
      });
      const theirs = printed.trim().split("\n");
      const side = objectPerfSide(await BpfObject.load(objectFile), cpus);
      const reader = new PerfEventReader(side.map, anyBytes, { pagesPerCpu: 1 });
      const results: string[] = [];
      const samples = new Map(cpus.map((cpu) => [cpu, [] as string[]]));
      for (const step of script) {
        if (step !== "consume") results.push(`sent ${side.send(step)}`);
        else {
          // one CPU after another, in any order: what a record was read from is told by the statistics
          let before = reader.stats().cpus;
          reader.consume((record) => {
            const now = reader.stats().cpus;
            const { cpu } = now.find((one, i) => one.samples > (before[i]?.samples ?? 0)) ?? { cpu: -1 };
            before = now;
            samples.get(cpu)?.push(`${first(record)} ${record.length}`);
          });
        }
      }
      expect(results).toEqual(theirs.filter((line) => line.startsWith("sent")));
      for (const { cpu, reportedLost } of reader.stats().cpus) {
        const of = (kind: string): string[] =>
          theirs.filter((line) => line.startsWith(`${kind} ${cpu} `)).map((line) => line.split(" ").slice(2).join(" "));
        expect(samples.get(cpu)).toEqual(of("sample"));
        lost += reportedLost;
        expect(reportedLost).toBe(of("lost").reduce((sum, count) => sum + Number(count), 0));
      }
      reader.close();
      side.close();
    }
    expect(lost).toBeGreaterThan(0);
  });

  test("a producer without pause loses what the kernel counts, and nothing of the rest", async () => {
    const object = await BpfObject.load(objectFile);
    const cpu = cpus.at(-1) ?? 0;
    const reader = new PerfEventReader(object.perfEventArray("events"), anyBytes, { pagesPerCpu: 1 });
    const sent = 60_000;
    const child = spawn(peer, ["saturate", `${cpu}`, `${sent}`], {
      stdio: ["ignore", "pipe", "inherit", object.program("send").fd],
    });
    let printed = "";
    let code: number | null | undefined;
    child.stdout?.on("data", (text) => {
      printed += text;
    });
    child.on("close", (status) => {
      code = status;
    });
    const seen: number[] = [];
    // the reader is late from the start
    while (code === undefined && reader.stats().lost === 0) await turn();
    while (code === undefined) {
      reader.consume((record) => void seen.push(first(record)));
      await turn();
    }
    reader.consume((record) => void seen.push(first(record)));
    expect(code).toBe(0);
    const letIn = printed.trim().split("\n").map(Number);
    expect(letIn.length).toBeLessThan(sent);
    expect(seen).toEqual(letIn);
    expect(reader.stats()).toMatchObject({ delivered: letIn.length, lost: sent - letIn.length, errored: 0 });
    object.close();
  });
});
