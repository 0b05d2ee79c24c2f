import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileBpf } from "../compile.ts";
import { PrivateBpffs } from "../native/private-bpffs.ts";
import { blocksOf } from "./documents.ts";
import { type PublishedPackages, root, type UserFolder } from "./packages.ts";

const header = "struct event { unsigned int pid; char comm[16]; };\n";
/** The folder in which documents pin. */
const documented = "/sys/fs/bpf/";

/** A program that tells of system calls, of children of this process alone; and one that is run by hand. */
const program = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
struct task_struct { struct task_struct *real_parent; int tgid; } __attribute__((preserve_access_index));
${header}
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
const volatile unsigned long long min_latency_ns;
static int tell(void)
{
	struct event event = { .pid = bpf_get_current_pid_tgid() >> 32 };
	if (min_latency_ns == 0) return 0;
	bpf_get_current_comm(event.comm, sizeof(event.comm));
	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}
SEC("raw_tp/sys_enter") int enter(void *context)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	return BPF_CORE_READ(task, real_parent, tgid) == ${process.pid} ? tell() : 0;
}
SEC("syscall") int send(void *context) { return tell(); }
char LICENSE[] SEC("license") = "GPL";
`;

/** What pins the ring of the object that the document loads. */
const pinning = `import { BpfObject } from "@rbgen/native";
const object = await BpfObject.load("probe.bpf.o", { rodata: { min_latency_ns: 1n } });
object.ringBuf("events").pin(process.argv[2]);
for (let index = 0; index < 4; index += 1) object.program("send").run();
`;

/** The installed packages at the real kernel. */
export function testKernel(packages: () => PublishedPackages): void {
  let user: UserFolder;
  let bpffs: PrivateBpffs;
  const node = (...args: readonly string[]) => user.try(process.execPath, ...args);
  const tail = (...args: readonly string[]) => node("node_modules/rbgen/bin/rbgen.mjs", "tail", ...args);

  beforeAll(async () => {
    bpffs = new PrivateBpffs();
    user = packages().folder("kernel");
    user.write("package.json", '{ "type": "module" }');
    user.write("types.h", header);
    user.write("probe.bpf.o", compileBpf(program));
    user.write("pin.js", pinning);
    await user.run("npm", "install", "rbgen", "@rbgen/runtime");
  });
  afterAll(() => bpffs.close());

  test("the records of a pinned ring are printed, once what reads it is installed", async () => {
    const pinned = bpffs.path("tailed");
    const without = await tail(pinned, "types.h", "--type", "event", "-n", "1");
    expect(without).toMatchObject({ code: 1, out: "", err: expect.stringContaining("npm install") });
    await user.run("npm", "install", "@rbgen/native");
    await user.run(process.execPath, "pin.js", pinned);
    const line = /^{"pid":\d+,"comm":"node"}\n$/;
    expect(await tail(pinned, "types.h", "--type", "event", "-n", "1")).toMatchObject({
      code: 0,
      out: expect.stringMatching(line),
    });
    const rest = await tail(pinned, "probe.bpf.o", "-n", "2");
    expect(rest.out.trim().split("\n")).toHaveLength(2);
  });

  test("the samples of the README of native read what the kernel sends", async () => {
    await user.run("npm", "install", "@rbgen/native", "typescript", "@types/node");
    await user.run("npx", "rbgen", "types.h");
    const pinned = bpffs.path("events");
    for (const { name, text } of blocksOf(readFileSync(join(root, "packages/native/README.md"), "utf8"))) {
      if (name !== undefined) user.write(name, text.replaceAll(`${documented}events`, pinned));
    }
    const tsc = ["node_modules/typescript/bin/tsc", "native.ts", "reader.ts"];
    const flags = ["--module", "nodenext", "--target", "es2023", "--rewriteRelativeImportExtensions", "--ignoreConfig"];
    expect(await node(...tsc, ...flags, "--types", "node", "--outDir", "out")).toMatchObject({ code: 0, out: "" });
    expect(await user.firstLine(process.execPath, "out/native.js")).toMatch(/^\d+ \S+$/);
    await user.run(process.execPath, "pin.js", pinned);
    expect(await node("out/reader.js")).toEqual({ code: 0, out: "", err: "" });
  });
}
