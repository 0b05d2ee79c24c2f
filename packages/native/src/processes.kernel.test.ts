import { execFileSync, spawn } from "node:child_process";
import { RingBufReader } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { anyBytes } from "../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../testkit/src/index.ts";
import { compileWithVmlinux } from "../../testkit/src/native/vmlinux.ts";
import { BpfObject } from "./index.ts";

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

  test("attach() attaches every program, and closing the object detaches them all", async () => {
    const object = await BpfObject.load(compileWithVmlinux("processes.bpf.c"), { rodata: { root: process.pid } });
    object.attach();
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
});
