import { readFileSync } from "node:fs";
import { compileBpf } from "@rbgen/testkit/compile";
import { backendContract } from "@rbgen/testkit/contract/backend-contract";
import { describeWith } from "@rbgen/testkit/tools";
import { vmKernelSide } from "@rbgen/testkit/vm/vm-kernel-side";

describeWith(["clang"], "the contract of backends, by compiled programs", () => {
  const source = new URL("../../testkit/src/native/contract.bpf.c", import.meta.url);
  const bytes = compileBpf(readFileSync(source, "utf8"));
  for (const engine of ["wasm", "interpreter"] as const) {
    backendContract(`compiled programs by ${engine}`, () => vmKernelSide(bytes, engine, "6.18"), ["overwrite"]);
  }
});
