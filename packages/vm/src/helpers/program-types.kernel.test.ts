import { BpfObject } from "@rbgen/native";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { kernelHasHelper } from "@rbgen/testkit/vm/helper-probe";
import { expect, test } from "vitest";
import { VmObject } from "../index.ts";
import { helpers } from "./helper-table.ts";
import { programTypes } from "./program-types.ts";

/** Needs a function's BTF id to be loaded at all, or hardware that this kernel may not know. */
const untested = ["tracing", "lsm", "struct_ops", "lirc_mode2"];

describeWith(["kernel"], "programs of a type", () => {
  test.each(programTypes.filter((type) => !untested.includes(type)))(
    "%s may call what the kernel lets them",
    (type) => {
      const wrong = helpers.filter(({ id, name, types }) => {
        const here = types === undefined || types.includes(type);
        return here !== kernelHasHelper(type, id, name);
      });
      expect(wrong.map(({ name }) => name)).toEqual([]);
    },
  );
});

/** Where an object is not loaded, whether its helper is why; undefined for one that is loaded. */
function refusal(load: () => void): "helper" | Error | undefined {
  try {
    load();
    return undefined;
  } catch (error) {
    if (/cannot use helper|supported only for|not supported for program type/.test(String(error))) return "helper";
    return error as Error;
  }
}

describeWith(["kernel", "clang", "libbpf"], "programs of a section", () => {
  const sections = [
    ...["kprobe/do_unlinkat", "kretprobe/do_unlinkat", "kprobe.multi/do_unlinkat", "uprobe", "ksyscall/unlink"],
    ...["tp/sched/sched_switch", "raw_tp/sched_switch", "tp_btf/sched_switch", "iter/task", "iter.s/task"],
    ...["perf_event", "syscall", "xdp", "tc"],
  ];
  const asked = ["bpf_get_func_ip", "bpf_get_attach_cookie"];
  test.each(sections.flatMap((section) => asked.map((helper) => [section, helper] as const)))(
    "%s may call %s where the kernel lets them",
    (section, helper) => {
      const bytes = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
SEC("${section}") int program(void *ctx) { return ${helper}(ctx) == 77 ? 0 : 0; }`);
      const [ours, theirs] = [VmObject, BpfObject].map((side) =>
        refusal(() => {
          using object = side.open(bytes);
          object.load();
        }),
      );
      expect(ours).toBe(theirs);
    },
  );
});
