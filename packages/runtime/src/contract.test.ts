import { backendContract } from "@rbgen/testkit/contract/backend-contract";
import { emulatedKernelSide } from "@rbgen/testkit/contract/emulated-kernel-side";

backendContract("the emulated kernel, in shared memory", () => emulatedKernelSide(), ["overwrite"]);
backendContract("the emulated kernel, in plain memory", () => emulatedKernelSide({ shared: false }), ["overwrite"]);
backendContract("the emulated kernel 6.19", () => emulatedKernelSide({ kernelVersion: "6.19" }), ["no overwrite"]);
