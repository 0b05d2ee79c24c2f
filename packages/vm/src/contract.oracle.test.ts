import { readFileSync } from "node:fs";
import { EmulatedKernel } from "@rbgen/runtime/emulated";
import { compileBpf } from "@rbgen/testkit/compile";
import { backendContract } from "@rbgen/testkit/contract/backend-contract";
import { elementContract } from "@rbgen/testkit/contract/element-contract";
import { layoutContract } from "@rbgen/testkit/contract/layout-contract";
import { objectContract } from "@rbgen/testkit/contract/object-contract";
import { objectPerfSide } from "@rbgen/testkit/contract/object-perf-side";
import { perfContract } from "@rbgen/testkit/contract/perf-contract";
import { describeWith } from "@rbgen/testkit/tools";
import { vmKernelSide } from "@rbgen/testkit/vm/vm-kernel-side";
import { describe } from "vitest";
import { VmObject } from "./index.ts";

describeWith(["clang", "libbpf"], "the contracts, by compiled programs", () => {
  const compiled = (name: string): Uint8Array =>
    compileBpf(readFileSync(new URL(`../../testkit/src/native/${name}`, import.meta.url), "utf8"));
  const rings = compiled("contract.bpf.c");
  const object = compiled("object.bpf.c");
  const perf = compiled("perf.bpf.c");
  const layouts = compiled("layouts.bpf.c");
  const typedMaps = compiled("typed-maps.bpf.c");
  layoutContract(
    "of layouts",
    () => layouts,
    (bytes) => VmObject.open(bytes),
  );
  describe.each(["wasm", "interpreter"] as const)("on the engine %s", (engine) => {
    backendContract("of backends", () => vmKernelSide(rings, engine, "6.18"), ["overwrite"]);
    perfContract("of perf event arrays", async () => {
      const object = await VmObject.load(perf, { engine, cpus: 2 });
      const map = object.perfEventArray("events");
      return objectPerfSide(object, [0, 1], { unread: 0, setOnline: (cpu, online) => map.setOnline(cpu, online) });
    });
    elementContract(
      "of typed elements",
      () => typedMaps,
      (bytes) => VmObject.load(bytes, { engine, cpus: 2 }),
    );
    objectContract(
      "of objects",
      () => object,
      () => ({
        open: (source, options?: object) => VmObject.open(source, { ...options, engine, cpus: 2 }),
        load: (source, options?: object) => VmObject.load(source, { ...options, engine, cpus: 2 }),
        createRing: (options) => new EmulatedKernel().createRingBuf(options),
      }),
    );
  });
});
