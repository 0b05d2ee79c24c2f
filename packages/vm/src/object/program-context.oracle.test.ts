import { formatType } from "@rbgen/btf";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, expect, test } from "vitest";
import { VmObject } from "./vm-object.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
struct trace_event_raw_task_rename { __u32 pid; char newcomm[16]; };
struct args { __u32 pid; __u16 port; __u8 flag : 3; struct { __s64 delta; }; char comm[8]; };
__attribute__((noinline)) int wanted(int first, const char *second) { return second ? first : 1; }

SEC("syscall") int call(struct args *args)
{
	return args->pid + args->port + args->flag + args->delta + args->comm[1];
}
SEC("syscall") int anything(__u32 *args) { return *args; }
SEC("xdp") int packet(struct xdp_md *md) { return md->ingress_ifindex; }
SEC("tp/task/task_rename") int renamed(struct trace_event_raw_task_rename *record)
{
	return record->pid + record->newcomm[0];
}
SEC("fentry/wanted") int entered(__u64 *args) { return args[0] + wanted(0, 0); }
SEC("raw_tp/sys_enter") int raw(__u64 *args) { return args[1]; }
SEC("kprobe/no_such_function") int probed(void *registers) { return 0; }
`;

describeWith(["clang", "libbpf"], "contexts of programs", () => {
  let object: VmObject;
  beforeAll(async () => {
    object = await VmObject.load(new Uint8Array(compileBpf(source)));
    return () => object.close();
  });
  const run = (name: string, context: object | undefined): number =>
    object.program(name).run({ context: context as never }).returnValue;

  test.each([
    ["call", "bytes", ["pid", "port", "flag", "", "comm"], undefined],
    ["anything", "bytes", undefined, undefined],
    ["packet", "xdp", expect.arrayContaining(["ingress_ifindex"]), undefined],
    ["renamed", "tracepoint", ["pid", "newcomm"], undefined],
    ["entered", "arguments", undefined, ["int first", "const char *second"]],
    ["raw", "arguments", undefined, undefined],
    ["probed", "registers", undefined, undefined],
  ])("%s is given %s, of members and arguments that its types name", (name, kind, members, params) => {
    const { context } = object.program(name);
    expect(context?.kind).toBe(kind);
    expect(context?.type?.members.map((member) => member.name)).toEqual(members);
    expect(context?.params?.map((param) => formatType(param.type, param.name))).toEqual(params);
  });

  test("members of the struct that the function takes are its bytes", () => {
    const bytes = new Uint8Array(24);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 7, true);
    view.setUint16(4, 80, true);
    view.setUint8(6, 5);
    view.setBigInt64(8, -3n, true);
    bytes.set(new TextEncoder().encode("sh"), 16);
    const members = { pid: 7, port: 80, flag: 5, delta: -3n, comm: "sh" };
    expect(run("call", members)).toBe(run("call", bytes));
    expect(run("call", members)).toBe(7 + 80 + 5 - 3 + "h".charCodeAt(0));
    expect(run("call", {})).toBe(0);
    expect(run("packet", { ingress_ifindex: 9 })).toBe(9);
    expect(run("entered", { args: { first: 5 } })).toBe(6);
  });

  test("what is no context of a program is refused, and never taken for none", () => {
    expect(() => run("call", { pdi: 7 })).toThrow(
      /args\.pdi: no such member of struct args; it has "pid", "port", .*; did you mean "pid"\?/,
    );
    expect(() => run("call", { port: 70_000 })).toThrow(/16 bits/);
    expect(() => run("call", [1, 2])).toThrow(/members of struct args/);
    expect(() => run("anything", { pid: 7 })).toThrow(/a pointer to no struct, so give its context as bytes/);
  });
});
