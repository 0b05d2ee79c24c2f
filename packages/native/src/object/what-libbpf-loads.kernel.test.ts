import { expect, test } from "vitest";
import { compileBpf } from "../../../testkit/src/compile.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { BpfObject } from "../index.ts";

const head = `
#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
char LICENSE[] SEC("license") = "GPL";
`;

describeWith(["kernel", "clang", "libbpf"], "what libbpf loads", () => {
  test("an object with an enum that is only declared is opened, loaded and run", async () => {
    const bytes = compileBpf(`${head}
      enum later; struct ops { int (*callback)(enum later); int count; };
      struct ops ops;
      SEC("syscall") int program(void *ctx) { return ++ops.count; }`);
    using object = await BpfObject.load(bytes);
    expect(object.btf?.find("later")).toMatchObject([{ kind: "fwd", of: "enum" }]);
    expect(object.program("program").run({ context: new Uint8Array(8) }).returnValue).toBe(1);
  });
});
