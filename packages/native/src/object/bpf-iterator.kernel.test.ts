import { execFileSync, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isRingBufError } from "@rbgen/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { anyBytes, selftestSample } from "../../../testkit/src/contract/codecs.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { compileBeside } from "../../../testkit/src/native/kernel-side.ts";
import { BpfObject } from "../index.ts";
import { linkInfo } from "./iterator-target.ts";

function codeOf(use: () => unknown): string | undefined {
  try {
    use();
  } catch (error) {
    if (isRingBufError(error)) return error.code;
    throw error;
  }
  return undefined;
}

describeWith(["kernel", "clang", "gcc", "libbpf"], "an iterator of the kernel", () => {
  let object: BpfObject;
  beforeAll(async () => {
    object = await BpfObject.load(compileBeside("iterators.bpf.c"));
  });
  afterAll(() => object.close());

  test("gives the threads of one process, or one thread, as /proc has them", async () => {
    const child = spawn("sleep", ["60"]);
    const { pid = 0 } = child;
    const all = object.program("tasks").iterate(selftestSample, { task: { pid: process.pid } });
    const threads = readdirSync("/proc/self/task").map(Number);
    expect([...all].map((task) => task.pid)).toEqual(expect.arrayContaining(threads.slice(0, 1)));
    expect(new Set([...all].map(({ value }) => value))).toEqual(new Set([BigInt(process.pid)]));
    const one = object.program("tasks").iterate(selftestSample, { task: { tid: pid } });
    expect([...one]).toEqual([{ pid, seq: 7, value: BigInt(pid), comm: "" }]);
    const lines = object.program("lines").iterateLines({ task: { tid: pid } });
    expect([...lines]).toEqual([`${pid} ${pid}`]);
    for (const iterator of [all, one, lines]) iterator.close();
    child.kill();
  });

  test("goes over everything that its section says where no target is told", () => {
    using lines = object.program("lines").iterateLines();
    const pids = new Set([...lines].map((line) => Number(line.split(" ")[1])));
    expect([...pids]).toEqual(expect.arrayContaining([2, process.pid]));
  });

  test("gives all of many reads, in every way to go over them, each walk anew", async () => {
    using symbols = object.program("symbols").iterate(selftestSample);
    const inOrder = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
    const all = [...symbols].map(({ pid }) => pid);
    // 1 024 go into a read
    expect(all.length).toBeGreaterThan(10_000);
    // kernel/kallsyms.c calls the program once more when it stops, with what the last call had
    expect(all).toEqual([...inOrder(all.length - 1), all.length - 2]);
    const again: number[] = [];
    for await (const { pid } of symbols) if (again.push(pid) === 5000) break;
    expect(again).toEqual(inOrder(5000));
    const first: number[] = [];
    expect(symbols.consume(({ pid }) => (first.push(pid) === 3 ? false : undefined))).toBe(3);
    expect(first).toEqual([0, 1, 2]);
  });

  test("starts at the control group that it is told, by its descriptor or its id", () => {
    const root = mkdtempSync(join(tmpdir(), "rbgen-cgroup-"));
    execFileSync("mount", ["-t", "cgroup2", "none", root]);
    const folder = openSync(root, "r");
    const id = statSync(root, { bigint: true }).ino;
    const groups = object.program("groups");
    for (const cgroup of [
      { fd: folder, order: "self" },
      { id, order: "self" },
    ] as const) {
      using iterator = groups.iterate(selftestSample, { cgroup });
      expect([...iterator].map(({ value }) => value)).toEqual([id]);
    }
    using down = groups.iterate(selftestSample, { cgroup: { fd: folder, order: "descendants pre" } });
    expect([...down][0]?.value).toBe(id);
    closeSync(folder);
    execFileSync("umount", [root]);
    rmSync(root, { recursive: true });
  });

  test("output that ends within a record is an error behind the records before it", () => {
    const word = { ...selftestSample, name: "word", size: 8, minByteLength: 8, decode: () => 1 };
    using broken = object.program("broken").iterate(word as never, { task: { tid: process.pid } });
    let count = 0;
    expect(codeOf(() => broken.consume(() => void count++))).toBe("ERR_RINGBUF_DECODE");
    expect(count).toBe(1);
  });

  test("tells the kernel what C would", () => {
    const lines = [
      "union bpf_iter_link_info map = { .map.map_fd = 0x1234567 };",
      "union bpf_iter_link_info group = { .cgroup = { 3, 0x1234567, 0x123456789abcdefULL } };",
      "union bpf_iter_link_info task = { .task = { 0x1234567, 0x89abcdef } };",
    ];
    const print = ["map", "group", "task"].map((name) => `fwrite(&${name}, 1, sizeof(${name}), stdout);`);
    const source = `#include <linux/bpf.h>\n#include <stdio.h>\nint main(void) { ${[...lines, ...print].join(" ")} return 0; }`;
    const folder = mkdtempSync(join(tmpdir(), "rbgen-iterator-"));
    const program = join(folder, "print");
    execFileSync("gcc", ["-x", "c", "-", "-o", program], { input: source });
    const bytes = execFileSync(program);
    const ours = [
      linkInfo({ map: { fd: 0x1234567 } }),
      linkInfo({ cgroup: { order: "descendants post", fd: 0x1234567, id: 0x123456789abcdefn } }),
      linkInfo({ task: { tid: 0x1234567, pid: 0x89abcdef } }),
    ];
    ours.forEach((info, i) => {
      const whole = new Uint8Array(16);
      whole.set(info ?? []);
      expect([...whole]).toEqual([...bytes.subarray(16 * i, 16 * i + 16)]);
    });
    rmSync(folder, { recursive: true });
  });

  test("ends with its object, which gives its link back", async () => {
    const held = readdirSync("/proc/self/fd").length;
    const own = await BpfObject.load(compileBeside("iterators.bpf.c"));
    const tasks = own.program("tasks").iterate(selftestSample);
    own.close();
    expect(readdirSync("/proc/self/fd").length).toBe(held);
    expect(codeOf(() => [...tasks])).toBe("ERR_RINGBUF_CLOSED");
    tasks.close();
  });

  test("refuses what it cannot go over, and leaves nothing open", () => {
    const held = readdirSync("/proc/self/fd").length;
    const tasks = object.program("tasks");
    expect(codeOf(() => tasks.iterate(anyBytes))).toBe("EINVAL");
    expect(codeOf(() => tasks.iterate(selftestSample, { map: { fd: -1 } }))).toBe("EINVAL");
    expect(codeOf(() => tasks.iterate(selftestSample, { task: { pid: 1 }, map: { fd: 0 } }))).toBe("EINVAL");
    expect(codeOf(() => object.program("symbols").iterate(selftestSample, { map: { fd: 0 } }))).toBe("EINVAL");
    expect(codeOf(() => tasks.iterate(selftestSample, { cgroup: { order: "up" as never } }))).toBe("EINVAL");
    const closed = tasks.iterate(selftestSample);
    closed.close();
    closed.close();
    expect(codeOf(() => [...closed])).toBe("ERR_RINGBUF_CLOSED");
    using open = tasks.iterate(selftestSample);
    expect(codeOf(() => open.consume(() => open.close()))).toBe("ERR_RINGBUF_CLOSED");
    expect(readdirSync("/proc/self/fd").length).toBe(held);
  });
});
