import { backendContract } from "../../../testkit/src/contract/backend-contract.ts";
import { describeWith } from "../../../testkit/src/index.ts";
import { nativeKernelSide } from "../../../testkit/src/native/kernel-side.ts";

describeWith(["kernel", "clang", "gcc"], "the backend contract on the kernel", () => {
  backendContract("the kernel", nativeKernelSide);
});
