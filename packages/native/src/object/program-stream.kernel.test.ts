import { readFileSync } from "node:fs";
import { constants } from "node:os";
import { parseBtf } from "@rbgen/btf";
import { isRingBufError } from "@rbgen/runtime";
import { expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { BpfObject } from "../index.ts";

/** The function has this name in Linux 6.17 and 6.18. */
const printer = "bpf_stream_vprintk_impl";

const source = (prints: boolean): string => `
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
extern int ${printer}(int stream, const char *format, const void *args, __u32 length, void *aux) __ksym;
SEC("syscall") int say(unsigned *context)
{
	static const char format[] = "says %d\\n";
	__u64 args[] = { context[0] };
	return ${prints ? `${printer}(context[1], format, args, sizeof(args), 0)` : "0"};
}`;

describeWith(["kernel", "clang", "libbpf"], "a stream of a program", () => {
  test("gives what the program printed since it was read, or is refused with the version that has it", async () => {
    const prints = parseBtf(readFileSync("/sys/kernel/btf/vmlinux")).findKind("func", printer).length > 0;
    using object = await BpfObject.load(compileBpf(source(prints)));
    const say = object.program("say");
    const run = (number: number, stream: number) =>
      say.run({ context: new Uint8Array(Uint32Array.of(number, stream).buffer) });
    if (!prints) {
      const told = (() => {
        try {
          return say.readStream();
        } catch (error) {
          return isRingBufError(error, "ENOTSUP") ? error.message : "another error";
        }
      })();
      expect(told).toMatch(/^$|Linux 6\.17/);
      return;
    }
    expect(say.readStream()).toBe("");
    const first = run(0, 1).returnValue;
    if (first === -constants.errno.ENOMEM) {
      // a kernel that gives no pages to programs, as some virtual machines' do: nothing was printed
      expect(say.readStream()).toBe("");
      return;
    }
    expect(first).toBe(0);
    for (let i = 1; i < 3000; i++) run(i, 1);
    run(7, 2);
    expect(say.readStream()).toBe(Array.from({ length: 3000 }, (_, i) => `says ${i}\n`).join(""));
    expect([say.readStream(), say.readStream("stderr"), say.readStream("stderr")]).toEqual(["", "says 7\n", ""]);
  });
});
