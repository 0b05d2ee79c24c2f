import { spawnSync } from "node:child_process";
import { BpfObject } from "@rbgen/native";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { loadAddon } from "../../../native/src/addon/load-addon.ts";
import { Attributes, cString } from "../../../native/src/kernel/attributes.ts";
import { nextProgramId, programFdById, programInfo } from "../../../native/src/kernel/program-commands.ts";
import { VmObject } from "../index.ts";

const cookies = [0n, 7n, 2n ** 64n - 2n];

/** Counts its runs by cookie, where this process runs. */
const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
__u32 wanted, other;
${cookies.map((_, index) => `__u32 link${index};`).join("\n")}
SEC("raw_tp/sched_switch") int asks_cookie(void *ctx)
{
	if (bpf_get_current_pid_tgid() >> 32 != wanted)
		return 0;
	switch (bpf_get_attach_cookie(ctx)) {
	${cookies.map((cookie, index) => `case ${cookie}ULL: link${index}++; break;`).join("\n\t")}
	default: other++;
	}
	return 0;
}`;

/** Whether there was a run by each link, and how many by none. */
function seen(object: BpfObject | VmObject): readonly unknown[] {
  const runs = cookies.map((_, index) => Number(object.global(`link${index}`).get()) > 0);
  return [...runs, object.global("other").get()];
}

/** Descriptor of the program of this name that was loaded last. */
function programFd(name: string): number {
  let found = -1;
  for (let id = nextProgramId(0); id > 0; id = nextProgramId(id)) {
    const fd = programFdById(id);
    if (fd < 0) continue;
    const info = programInfo(fd);
    if (typeof info === "object" && info.name === name) {
      if (found >= 0) loadAddon().close(found);
      found = fd;
    } else loadAddon().close(fd);
  }
  if (found < 0) throw new Error(`no program "${name}" is loaded`);
  return found;
}

/** `BPF_RAW_TRACEPOINT_OPEN` with a cookie → the link's descriptor. */
function open(program: number, event: string, cookie: bigint): number {
  const { bytes, holders, offsets, targets } = new Attributes(24)
    .pointer(0, cString(event))
    .u32(8, program)
    .u64(16, cookie);
  const link = loadAddon().bpf(17, bytes, holders, offsets, targets, new Uint8Array(0));
  if (link < 0) throw new Error(`BPF_RAW_TRACEPOINT_OPEN: ${link}`);
  return link;
}

describeWith(["kernel", "clang", "libbpf"], "the cookie of a link", () => {
  test("is what its runs see, one run for each link, as in the kernel", async () => {
    const bytes = compileBpf(source);
    using kernel = await BpfObject.load(bytes);
    kernel.global("wanted").set(process.pid);
    const fd = programFd("asks_cookie");
    const links: number[] = [];
    try {
      for (const cookie of cookies) links.push(open(fd, "sched_switch", cookie));
      // waiting for it, this process is switched away from
      spawnSync("true");
    } finally {
      for (const one of [...links, fd]) loadAddon().close(one);
    }
    expect(seen(kernel)).toEqual([true, true, true, 0]);
    for (const engine of ["wasm", "interpreter"] as const) {
      using vm = await VmObject.load(bytes, { engine });
      vm.become({ tgid: process.pid });
      vm.global("wanted").set(process.pid);
      for (const cookie of cookies) vm.program("asks_cookie").attach({ cookie });
      expect(vm.fire("sched_switch")).toHaveLength(cookies.length);
      expect(seen(vm)).toEqual(seen(kernel));
    }
  });
});
