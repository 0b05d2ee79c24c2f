import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RingBufReader } from "@rbgen/runtime";
import { describe, expect, test } from "vitest";
import { anyBytes } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { runChild } from "../../../testkit/src/native/child.ts";
import { compileWithVmlinux } from "../../../testkit/src/native/vmlinux.ts";
import { BpfObject } from "../index.ts";

interface ProcessEvent {
  readonly kind: "exec" | "exit";
  readonly pid: number;
  readonly code: number;
  readonly comm: string;
}

function decode(bytes: Uint8Array): ProcessEvent {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const text = new TextDecoder().decode(bytes.subarray(12, 28));
  return {
    kind: view.getUint32(0, true) === 1 ? "exec" : "exit",
    pid: view.getInt32(4, true),
    code: view.getInt32(8, true) >> 8,
    comm: text.slice(0, text.indexOf("\0")),
  };
}

describeWith(["kernel", "clang", "bpftool", "vmlinux", "libbpf"], "a program on tracepoints, built with CO-RE", () => {
  test("tells of every child that this process starts, in order, and of nobody else", async () => {
    const object = await BpfObject.load(compileWithVmlinux("processes.bpf.c"), { rodata: { root: process.pid } });
    const links = ["on_exec", "on_exit"].map((name) => object.program(name).attach());
    const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
    const expected: ProcessEvent[] = [];
    for (let i = 0; i < 40; i++) {
      const code = i % 5;
      const child = spawn(i % 2 === 0 ? "/bin/sh" : "/bin/bash", ["-c", `exit ${code}`], { stdio: "ignore" });
      await new Promise((resolve) => child.on("exit", resolve));
      const comm = i % 2 === 0 ? "sh" : "bash";
      const pid = child.pid ?? 0;
      expected.push({ kind: "exec", pid, code: 0, comm }, { kind: "exit", pid, code, comm });
    }
    execFileSync("/bin/true");
    const seen: ProcessEvent[] = [];
    const deadline = AbortSignal.timeout(10_000);
    for await (const record of reader) {
      seen.push(decode(record));
      if (seen.length === expected.length + 2 || deadline.aborted) break;
    }
    for (const link of links) link.close();
    expect(seen.slice(0, -2)).toEqual(expected);
    expect(seen.slice(-2).map(({ kind, comm }) => `${kind} ${comm}`)).toEqual(["exec true", "exit true"]);
    expect(object.global("drops").get()).toBe(0n);

    execFileSync("/bin/true");
    expect(reader.consume(() => undefined)).toBe(0);
    expect(reader.stats().delivered).toBe(82);
    object.close();
  });

  test("attach() attaches every program whose section says where, and closing the object detaches them all", async () => {
    const object = await BpfObject.load(compileWithVmlinux("processes.bpf.c"), { rodata: { root: process.pid } });
    expect(() => object.program("dropped").attach()).toThrow(/SEC\("syscall"\) does not say where it is attached/);
    expect(object.attach().map(({ open }) => open)).toEqual([true, true]);
    const again = object.program("on_exit").attach();
    execFileSync("/bin/true");
    const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
    expect(reader.consume(() => undefined)).toBe(3);
    again.close();
    again.close();
    execFileSync("/bin/true");
    expect(reader.consume(() => undefined)).toBe(2);
    const link = object.program("on_exec").attach();
    object.close();
    expect(link.open).toBe(false);
  });

  test("attach() leaves alone what was not loaded, and says when nothing was", async () => {
    using object = BpfObject.open(compileWithVmlinux("processes.bpf.c"), { rodata: { root: process.pid } });
    expect(() => object.attach()).toThrow(/EINVAL: object "object" is not loaded/);
    expect(() => object.program("on_exec").attach()).toThrow(/EINVAL: program "on_exec" is not loaded/);
    object.program("on_exec").autoload(false);
    object.load();
    object.attach();
    execFileSync("/bin/true");
    const reader = new RingBufReader(object.ringBuf("events"), anyBytes);
    const kinds: string[] = [];
    reader.consume((record) => void kinds.push(decode(record).kind));
    expect(kinds).toEqual(["exit"]);
    object.program("on_exit").detach();
    execFileSync("/bin/true");
    expect(reader.consume(() => undefined)).toBe(0);
  });

  test("attach() throws where there is nothing to attach", () => {
    using object = BpfObject.open(compileWithVmlinux("processes.bpf.c"));
    for (const name of ["on_exec", "on_exit"]) object.program(name).autoload(false);
    object.load();
    expect(() => object.attach()).toThrow(
      /EINVAL: object "object" has nothing to attach: of SEC\(.*none that was loaded/,
    );
  });
});

describe.each(["node", "bun", "deno"] as const)("in %s", (engine) => {
  const needs = ["kernel", "clang", "bpftool", "vmlinux", "libbpf"] as const;
  describeWith(engine === "node" ? needs : [...needs, engine], "an object that a worker left open", () => {
    test("is closed with its thread, and its programs detached, however that ends", async () => {
      const folder = mkdtempSync(join(tmpdir(), "rbgen-worker-"));
      writeFileSync(join(folder, "object.bpf.o"), compileWithVmlinux("processes.bpf.c"));
      const script = `
        import { readdirSync, readlinkSync } from "node:fs";
        import { setTimeout as sleep } from "node:timers/promises";
        import { Worker } from "node:worker_threads";
        const open = () => readdirSync("/proc/self/fd").filter((fd) => {
          try { return /bpf|btf/.test(readlinkSync("/proc/self/fd/" + fd)); } catch { return false; }
        }).length;
        for (const end of ["process.exit(0);", "setInterval(() => {}, 1e6);", ""]) {
          const worker = new Worker(\`(async () => {
            const { parentPort, workerData } = await import("node:worker_threads");
            const { BpfObject } = await import("@rbgen/native");
            globalThis.kept = await BpfObject.load(workerData, { rodata: { root: -1 } });
            kept.attach();
            kept.link = kept.program("on_exec").attach();
            kept.link.close();
            parentPort.postMessage("ready");
            \${end}
          })()\`, { eval: true, workerData: ${JSON.stringify(join(folder, "object.bpf.o"))} });
          const ended = new Promise((resolve) => worker.on("exit", resolve));
          const most = await new Promise((resolve, reject) => {
            worker.on("message", () => resolve(open()));
            worker.on("error", reject);
          });
          if (end.startsWith("set")) {
            if (most < 7) throw new Error("only " + most + " descriptors: nothing was open");
            await worker.terminate();
          } else await ended;
          for (let i = 0; i < 100 && open() > 0; i++) await sleep(10);
          if (open() > 0) throw new Error(open() + " descriptors are left after " + end);
        }`;
      const result = await runChild(script, { engine });
      rmSync(folder, { recursive: true });
      expect(result).toEqual({ code: 0, signal: null, stdout: "", stderr: "" });
    });
  });
});
