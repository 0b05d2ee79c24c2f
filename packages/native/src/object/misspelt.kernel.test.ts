import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { expect, test } from "vitest";
import { BpfObject } from "./object.ts";

const load = (section: string): Promise<BpfObject> =>
  BpfObject.load(
    compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("${section}") int program(void *context) { return 0; }
char LICENSE[] SEC("license") = "GPL";`),
  );

describeWith(["kernel", "clang", "libbpf"], "what a program is attached by, misspelt", () => {
  test("a section of which libbpf makes no program is told with the nearest that it does", async () => {
    await expect(load("kprob/do_unlinkat")).rejects.toThrow(
      /SEC\("kprob\/do_unlinkat"\) of program "program" says no type of program; did you mean "kprobe"/,
    );
    await expect(load("wholly_of_its_own")).rejects.toThrow(
      /SEC\("wholly_of_its_own"\) .* says no type of program\nlibbpf/,
    );
  });

  test("a raw tracepoint is told with the nearest that the kernel has, without tracefs", async () => {
    using object = await load("raw_tp/sched_process_exec");
    expect(() => object.program("program").attachRawTracepoint({ name: "sched_proces_exec" })).toThrow(
      /the kernel has no raw tracepoint "sched_proces_exec"; did you mean "sched_process_exec"/,
    );
  });
});
