import { readFileSync } from "node:fs";
import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { beforeAll, expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct task_struct { int pid; int tgid; char comm[16]; } __attribute__((preserve_access_index));
struct seq_file;
struct bpf_iter_meta { struct seq_file *seq; __u64 session_id; __u64 seq_num; } __attribute__((preserve_access_index));
struct bpf_iter__task { struct bpf_iter_meta *meta; struct task_struct *task; } __attribute__((preserve_access_index));
struct record { int pid; __u64 number; };
const volatile int times = 1;
SEC("iter/task") int records(struct bpf_iter__task *ctx)
{
	struct record record = { .number = ctx->meta->seq_num };

	if (!ctx->task)
		return 0;
	record.pid = ctx->task->pid;
	for (int i = 0; i < times && i < 4096; i++)
		if (bpf_seq_write(ctx->meta->seq, &record, sizeof(record)))
			return i;
	return -1;
}
SEC("iter/task") int lines(struct bpf_iter__task *ctx)
{
	static const char format[] = "%d %5d %s\\n";
	__u64 args[3] = {};

	if (!ctx->task)
		return 0;
	args[0] = ctx->task->pid;
	args[1] = ctx->task->tgid;
	args[2] = (__u64)ctx->task->comm;
	if (bpf_seq_printf(ctx->meta->seq, format, sizeof(format), args, sizeof(args)))
		return 1;
	return bpf_seq_printf(ctx->meta->seq, format, sizeof(format), args, 8);
}
SEC("iter/task") int elsewhere(struct bpf_iter__task *ctx)
{
	return bpf_seq_write((void *)ctx->task, &ctx, 8);
}`;

describeWith(["clang", "vmlinux"], "an iterator in the virtual machine", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(source);
  });

  async function set(times = 1) {
    const btf = readFileSync("/sys/kernel/btf/vmlinux");
    const object = await VmObject.load(bytes, { btf, rodata: { times } });
    const meta = object.world.alloc("bpf_iter_meta", { seq: object.world.alloc("seq_file"), seq_num: 5n });
    const task = object.world.task({ pid: 7, tgid: 6, comm: "sh" });
    const run = (name: string) => object.program(name).run({ context: [meta.pointer, task.pointer] });
    return { object, meta, run };
  }

  test("writes records, a walk's step in each run", async () => {
    const { object, meta, run } = await set(2);
    const { written } = run("records");
    const record = [7, 0, 5, 0];
    expect([...new Int32Array(written!.bytes.buffer)]).toEqual([...record, ...record]);
    expect(written!.overflowed).toBe(false);
    expect(run("records").written!.bytes).toEqual(written!.bytes);
    // what ends a walk: no task
    expect(object.program("records").run({ context: [meta.pointer, 0n] })).not.toHaveProperty("written");
    object.close();
  });

  test("leaves the bytes of its object as they were, which are a Buffer where a file was read", async () => {
    const before = new Uint8Array(bytes);
    const { object } = await set();
    object.close();
    expect(Buffer.isBuffer(bytes)).toBe(true);
    expect(new Uint8Array(bytes)).toEqual(before);
  });

  test("writes lines, and refuses a format with too few arguments", async () => {
    const { object, run } = await set();
    const { written, returnValue } = run("lines");
    expect(new TextDecoder().decode(written!.bytes)).toBe("7     6 sh\n");
    expect(returnValue).toBe(-22);
    object.close();
  });

  test("is told when the 8 pages of a read are full, of which nothing is left then", async () => {
    const { object, run } = await set(4000);
    const { written, returnValue } = run("records");
    // one byte of the buffer stays free
    expect(returnValue).toBe(Math.ceil(32768 / 16) - 1);
    expect(written).toEqual({ bytes: new Uint8Array(0), overflowed: true });
    object.close();
  });

  test("that writes to what is no file faults", async () => {
    const { object, run } = await set();
    expect(() => run("elsewhere")).toThrow(/R1 is no struct seq_file/);
    object.close();
  });
});
