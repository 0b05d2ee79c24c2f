import type { LayoutDescriptor } from "@rbgen/runtime";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { compileBpf, withoutDebugInfo } from "../../../testkit/src/compile.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { BpfObject, checkLayout, layoutDrift, openRingBuf } from "../index.ts";

/** Programs that know their records by size alone: clang leaves both structs out of the object's BTF. */
const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
struct exec { __u32 kind, pid; __u64 cgroup; };
struct exit { __u32 kind, code; };
SEC("syscall") int send(void *ctx)
{
	struct exec *exec = bpf_ringbuf_reserve(&events, sizeof(*exec), 0);
	if (!exec)
		return 0;
	exec->kind = 1;
	exec->pid = 7;
	exec->cgroup = 9;
	bpf_ringbuf_submit(exec, 0);
	struct exit *exit = bpf_ringbuf_reserve(&events, sizeof(*exit), 0);
	if (!exit)
		return 0;
	exit->kind = 2;
	exit->code = 1;
	bpf_ringbuf_submit(exit, 0);
	return 0;
}
char LICENSE[] SEC("license") = "GPL";
`;

const word = (path: string, byte: number, bitSize = 32) =>
  ({ path, bitOffset: byte * 8, bitSize, class: "unsigned" }) as const;
const exec: LayoutDescriptor = {
  name: "exec",
  size: 16,
  endian: "little",
  leaves: [word("kind", 0), word("pid", 4), word("cgroup", 8, 64)],
};
/** As an older source had it: the same length, and another meaning. */
const olderExit: LayoutDescriptor = {
  name: "exit",
  size: 8,
  endian: "little",
  leaves: [word("code", 0), word("kind", 4)],
};
const exit: LayoutDescriptor = { ...olderExit, leaves: [word("kind", 0), word("code", 4)] };

function ringOf(...records: readonly LayoutDescriptor[]): LayoutDescriptor {
  const leaves = records.flatMap(({ name, leaves }) =>
    leaves.map((leaf) => ({ ...leaf, path: `${name}.${leaf.path}` })),
  );
  return { name: "events", size: 16, endian: "little", leaves, records };
}

const events = (layout: LayoutDescriptor) => ({ name: "events", codec: { layout } });

/** Warnings of this process from here on, until the test ends. */
function warnings(): () => Promise<readonly string[]> {
  const heard: string[] = [];
  const listen = (warning: Error & { code?: string }): void => {
    if (warning.code === "RINGBUF_UNCOMPARED") heard.push(warning.message);
  };
  process.on("warning", listen);
  onTestFinished(() => void process.off("warning", listen));
  // Node tells of a warning in the next tick.
  return () => new Promise((resolve) => setImmediate(() => resolve(heard)));
}

describeWith(["kernel", "clang", "libbpf"], "records that the object's BTF does not have", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(source);
  });

  test("are held against its debug information, each record of a ring of several", async () => {
    const heard = warnings();
    using object = await BpfObject.load(bytes);
    expect(object.btf?.find("exit")).toEqual([]);
    expect(object.ringBuf(events(ringOf(exec, exit))).info.name).toBe("events");
    expect(() => object.ringBuf(events(olderExit))).toThrow(/EINVAL.*exit differs.*`code` moved from byte 0 to 4/);
    expect(() => object.ringBuf(events(ringOf(exec, olderExit)))).toThrow(/exit differs/);
    expect(layoutDrift(ringOf(exec, olderExit), object.btf!).map(({ message }) => message)).toEqual([
      "exit: `code` moved from byte 0 to 4",
      "exit: `kind` moved from byte 4 to 0",
    ]);
    expect(await heard()).toEqual([]);
  });

  test("are told of once by a warning where there is no debug information either", async () => {
    const heard = warnings();
    using object = await BpfObject.load(withoutDebugInfo(bytes));
    object.ringBuf(events(ringOf(exec, olderExit)));
    object.ringBuf(events(ringOf(exec, olderExit)));
    expect(checkLayout(object.ringBuf("events"), { layout: olderExit })).toEqual([]);
    openRingBuf({ id: object.ringBuf("events").id, codec: { layout: exit } }).close();
    expect(await heard()).toEqual([
      expect.stringMatching(/^object "object", map "events": nothing tells the layout of "exec", "exit", .*RB_RECORD/),
      expect.stringMatching(/^map "events": nothing tells the layout of "exit"/),
    ]);
  });

  test("are no matter to who asks for the ring by its name, nor where a ring carries plain numbers", async () => {
    const heard = warnings();
    using object = await BpfObject.load(withoutDebugInfo(bytes), {});
    object.ringBuf("events");
    object.ringBuf(events({ name: "__u64", size: 8, endian: "little", leaves: [word("", 0, 64)] }));
    expect(await heard()).toEqual([]);
  });
});
