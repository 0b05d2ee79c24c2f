import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { asBpftool } from "@rbgen/testkit/btf/as-bpftool";
import { type BpftoolType, bpftoolDump } from "@rbgen/testkit/btf/bpftool";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { type Btf, encodeBtf, parseBtf } from "./index.ts";

const vmlinux = "/sys/kernel/btf/vmlinux";

/** Fails with the first type that differs, not with two lists of a hundred thousand. */
function expectSame(ours: Iterable<BpftoolType>, theirs: readonly BpftoolType[]): void {
  let i = 0;
  for (const type of ours) {
    const other = theirs[i++];
    if (JSON.stringify(sorted(type)) !== JSON.stringify(sorted(other))) expect(type).toEqual(other);
  }
  expect(i).toBe(theirs.length);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}

function* printed(btf: Btf): Iterable<BpftoolType> {
  for (const type of btf.types()) yield asBpftool(type);
}

const endians = ["little", "big"] as const;

describeWith(["bpftool", "clang", "gcc"], "BTF of clang's objects", () => {
  const cases = Object.keys(btfSources).flatMap((name) => endians.map((endian) => ({ name, endian })));

  test.each(cases)("$name, $endian-endian, reads as bpftool reads it", ({ name, endian }) => {
    const object = compileBpf(btfSources[name]!, endian);
    inScratchFolder((folder) => {
      const path = join(folder, "object.o");
      writeFileSync(path, object);
      const btf = parseBtf(object);
      expect(btf.endian).toBe(endian);
      expect(btf.pointerSize).toBe(8);
      expectSame(printed(btf), bpftoolDump(path));
    });
  });

  test.each(cases)("$name, $endian-endian, written again reads the same", ({ name, endian }) => {
    const object = compileBpf(btfSources[name]!, endian);
    inScratchFolder((folder) => {
      const path = join(folder, "object.o");
      const again = join(folder, "again.btf");
      writeFileSync(path, object);
      for (const target of endians) {
        const written = encodeBtf(parseBtf(object).types(), { endian: target });
        writeFileSync(again, written);
        expectSame(bpftoolDump(again), bpftoolDump(path));
        expect(encodeBtf(parseBtf(written).types(), { endian: target })).toEqual(written);
      }
    });
  });
});

describeWith(["bpftool", "vmlinux"], "the kernel's BTF", () => {
  test("reads as bpftool reads it, every type", () => {
    const theirs = bpftoolDump(vmlinux);
    expect(theirs.length).toBeGreaterThan(10_000);
    const btf = parseBtf(readFileSync(vmlinux));
    expect(btf.typeCount).toBe(theirs.length + 1);
    expectSame(printed(btf), theirs);
  });

  test("written again, in either byte order, reads the same", () => {
    const theirs = bpftoolDump(vmlinux);
    const btf = parseBtf(readFileSync(vmlinux));
    inScratchFolder((folder) => {
      const path = join(folder, "again.btf");
      for (const endian of endians) {
        writeFileSync(path, encodeBtf(btf.types(), { endian }));
        expectSame(bpftoolDump(path), theirs);
      }
    });
  });
});

describeWith(["bpftool", "clang", "gcc", "vmlinux"], "split BTF", () => {
  test("over the kernel's reads as bpftool reads it", () => {
    const base = parseBtf(readFileSync(vmlinux));
    const task = base.find("task_struct")[0]!;
    const own = {
      kind: "struct",
      name: "rbgen_module_state",
      size: 16,
      members: [
        { name: "task", type: { kind: "ptr", target: task }, bitOffset: 0 },
        { name: "pid", type: base.find("pid_t")[0]!, bitOffset: 64 },
      ],
    } as never;
    inScratchFolder((folder) => {
      const path = join(folder, "module.btf");
      const written = encodeBtf([own], { endian: base.endian, base });
      writeFileSync(path, written);
      const split = parseBtf(written, { base });
      expectSame(printed(split), bpftoolDump(path, vmlinux));
      expect(split.find("task_struct")).toEqual([task]);
      const state = split.find("rbgen_module_state")[0]!;
      expect(state.kind === "struct" && state.members[1]!.type).toBe(base.find("pid_t")[0]);
    });
  });
});
