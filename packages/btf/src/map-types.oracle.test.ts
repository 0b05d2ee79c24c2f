import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { describeWith } from "../../testkit/src/index.ts";
import { mapTypeName, mapTypeNumber, parseBtf } from "./index.ts";

describeWith(["vmlinux"], "map types", () => {
  test("have the kernel's names and numbers", () => {
    const [kernel] = parseBtf(readFileSync("/sys/kernel/btf/vmlinux")).findKind("enum", "bpf_map_type");
    const named = (kernel?.values ?? []).filter(({ name }) => /^BPF_MAP_TYPE_(?!.*_DEPRECATED$)/.test(name));
    expect(named.length).toBeGreaterThan(30);
    for (const { name, value } of named) {
      const ours = name.replace("BPF_MAP_TYPE_", "").toLowerCase();
      expect(mapTypeName(Number(value))).toBe(ours);
      expect(mapTypeNumber(ours as "ringbuf")).toBe(Number(value));
    }
    // newer than the kernels that this is tried on: BPF_MAP_TYPE_RHASH
    expect([mapTypeName(35), mapTypeNumber("rhash"), mapTypeName(4000)]).toEqual(["rhash", 35, "4000"]);
  });
});
