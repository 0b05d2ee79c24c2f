import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { describe, expect, test } from "vitest";
import { VmObject } from "../index.ts";

const source = `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
__u64 address, cookie;
SEC("kprobe/do_unlinkat") int at_entry(void *ctx)
{
	address = bpf_get_func_ip(ctx);
	cookie = bpf_get_attach_cookie(ctx);
	bpf_printk("%llx %llx", address, cookie);
	return 0;
}
SEC("fexit/do_unlinkat") int at_exit(void *ctx)
{
	bpf_printk("exit %llx %llx", bpf_get_func_ip(ctx), bpf_get_attach_cookie(ctx));
	return 0;
}
SEC("raw_tp/sched_switch") int switches(void *ctx) { return 0; }
SEC("tc") int packets(void *ctx) { return 0; }
`;

const functionAddress = 0xffffffff816f08a0n;

describeWith(["clang", "libbpf"], "what a program is told of where it is attached", () => {
  const bytes = compileBpf(source);

  describe.each(["wasm", "interpreter"] as const)("on the engine %s", (engine) => {
    test("is nothing unless told", async () => {
      using object = await VmObject.load(bytes, { engine });
      object.fire("do_unlinkat");
      object.program("at_entry").run();
      expect(object.trace()).toEqual(["0 0", "exit 0 0", "0 0"]);
    });

    test("is the function's address, which who fires it tells, and the cookie of each link", async () => {
      using object = await VmObject.load(bytes, { engine });
      const [entry, exit] = [object.program("at_entry"), object.program("at_exit")];
      using first = entry.attach({ cookie: 7n });
      entry.attach({ cookie: 2n ** 64n - 1n });
      exit.attach();
      expect(first.cookie).toBe(7n);
      object.fire("do_unlinkat", undefined, { functionAddress });
      expect(object.trace()).toEqual([
        "ffffffff816f08a0 7",
        "ffffffff816f08a0 ffffffffffffffff",
        "exit ffffffff816f08a0 0",
      ]);
      first.close();
      object.fire("do_unlinkat");
      expect(object.trace()).toEqual(["0 ffffffffffffffff", "exit 0 0"]);
      // a run by itself is for no link
      entry.run({ functionAddress: 5n });
      exit.run({ cookie: 3n });
      expect(object.trace()).toEqual(["5 0", "exit 0 3"]);
      expect(entry.step({ cookie: 9n, functionAddress: 8n }).output?.returnValue).toBe(0);
      expect(object.global("address").get()).toBe(8n);
      expect(object.global("cookie").get()).toBe(9n);
    });

    test("is recorded, and replayed the same on either engine", async () => {
      using object = await VmObject.load(bytes, { engine, record: true });
      object.program("at_entry").attach({ cookie: 2n ** 63n });
      object.fire("do_unlinkat", undefined, { functionAddress });
      object.program("at_exit").run({ cookie: 4n, functionAddress: 2n ** 64n - 1n });
      object.program("at_exit").run();
      const json = JSON.stringify(object.recording());
      const lines = object.trace();
      for (const other of ["wasm", "interpreter"] as const) {
        const replay = VmObject.replay(bytes, JSON.parse(json), { engine: other });
        expect(replay.finish()).toHaveLength(3);
        expect(replay.object.trace()).toEqual(lines);
        replay.object.close();
      }
      const changed = JSON.parse(json);
      changed.events[0].cookie = "-1";
      expect(() => VmObject.replay(bytes, changed)).toThrow(
        /recording\.events\[0\]\.cookie is no decimal number of 64/,
      );
    });
  });

  test("is refused where the program cannot ask for it, and where it is no number of 64 bits", async () => {
    using object = await VmObject.load(bytes);
    const [entry, switches] = [object.program("at_entry"), object.program("switches")];
    expect(() => switches.run({ functionAddress })).toThrow(
      /program "switches" .* takes no function address: program of this type \(raw_tracepoint\) cannot use helper bpf_get_func_ip#173/,
    );
    expect(() => object.fire("sched_switch", undefined, { functionAddress })).toThrow(/takes no function address/);
    expect(() => object.program("packets").run({ cookie: 1n })).toThrow(/takes no cookie/);
    switches.attach({ cookie: 1n });
    for (const wrong of [-1n, 2n ** 64n, 1, "1", null] as never[]) {
      expect(() => entry.attach({ cookie: wrong })).toThrow(/takes a cookie of 64 bits/);
      expect(() => entry.run({ functionAddress: wrong })).toThrow(/takes a function address of 64 bits/);
    }
    expect(entry.attach({ cookie: undefined }).cookie).toBe(0n);
  });

  test.each([
    ["tp_btf/sched_switch", "bpf_get_func_ip", /programs of SEC\("tp_btf"\) cannot use helper bpf_get_func_ip#173/],
    ["iter/task", "bpf_get_attach_cookie", /programs of SEC\("iter"\) cannot use helper bpf_get_attach_cookie#174/],
    ["lsm/file_open", "bpf_get_func_ip", /type \(lsm\) cannot use helper bpf_get_func_ip#173/],
  ])("is not for SEC(%s) by %s", async (section, helper, message) => {
    const other = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
SEC("${section}") int program(void *ctx) {
	return ${helper}(ctx);
}`);
    await expect(VmObject.load(other)).rejects.toThrow(message);
  });

  test("is a link for each program that says where, and closing one leaves the others", async () => {
    using object = await VmObject.load(bytes);
    const links = object.attach();
    expect(links).toHaveLength(["at_entry", "at_exit", "switches"].length);
    object.fire("do_unlinkat");
    expect(object.trace()).toEqual(["0 0", "exit 0 0"]);
    links[0]?.close();
    object.fire("do_unlinkat");
    expect(object.trace()).toEqual(["exit 0 0"]);
  });

  test("is an error where no program says it", async () => {
    using object = await VmObject.load(
      compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("syscall") int by_hand(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
`),
    );
    expect(() => object.attach()).toThrow(/EINVAL: the object has nothing to attach/);
    expect(object.program("by_hand").run().returnValue).toBe(0);
  });
});
