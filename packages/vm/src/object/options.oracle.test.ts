import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import { beforeAll, expect, test } from "vitest";
import { runInstructions } from "../run-instructions.ts";
import { VmObject } from "./vm-object.ts";

describeWith(["clang"], "options of the virtual machine that there are not", () => {
  let bytes: Uint8Array;
  beforeAll(() => {
    bytes = compileBpf(`#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
SEC("raw_tp/sys_enter") int on_enter(void *context) { return bpf_get_current_pid_tgid(); }
char LICENSE[] SEC("license") = "GPL";`);
  });

  test.each<[string, string, string, (object: VmObject) => unknown]>([
    ["become", "pdi", "pid", (object) => object.become({ pdi: 3 } as never)],
    [
      "fire",
      "functionAdress",
      "functionAddress",
      (object) => object.fire("sys_enter", undefined, { functionAdress: 1n } as never),
    ],
    ["step", "stpes", "steps", (object) => object.program("on_enter").step({ stpes: 3 } as never)],
    ["attach", "cokie", "cookie", (object) => object.program("on_enter").attach({ cokie: 1n } as never)],
    ["open", "sead", "seed", () => VmObject.open(bytes, { sead: 3 } as never)],
    ["bare instructions", "engin", "engine", () => runInstructions(new Uint8Array(), { engin: "wasm" } as never)],
  ])("are refused with the nearest: %s", async (_, given, meant, call) => {
    using object = await VmObject.load(bytes);
    expect(() => call(object)).toThrow(new RegExp(`EINVAL: .*: there is no "${given}"; .*did you mean "${meant}"\\?$`));
  });

  test("are no matter where their values are undefined but they are known", async () => {
    using object = await VmObject.load(bytes, { kernel: undefined, seed: undefined } as never);
    object.become({ pid: 7, task: undefined } as never);
    object.become({ pid: undefined, comm: undefined } as never);
    expect(object.program("on_enter").run({ context: new Uint8Array(8), repeat: undefined }).returnValue).toBe(7);
  });
});
