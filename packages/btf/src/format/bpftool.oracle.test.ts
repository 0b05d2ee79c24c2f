import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { asBpftool } from "@rbgen/testkit/btf/as-bpftool";
import { type BpftoolType, bpftoolDump } from "@rbgen/testkit/btf/bpftool";
import { mutations } from "@rbgen/testkit/btf/hostile";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { sampleTypes } from "@rbgen/testkit/btf/sample";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Btf, encodeBtf, parseBtf } from "../index.ts";

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

/** Old bit-fields: bpftool shows the member's own offset, and leaves width and offset of the integer to the integer. */
function withoutOldWidths(type: BpftoolType): BpftoolType {
  if (type.name !== "old") return type;
  return {
    ...type,
    members: [
      { name: "a", type_id: (type["members"] as { type_id: number }[])[0]!.type_id, bits_offset: 0 },
      { name: "b", type_id: (type["members"] as { type_id: number }[])[1]!.type_id, bits_offset: 32 },
    ],
  };
}

/**
 * What bpftool tells otherwise: it shows a name of kinds that have none, shows no name in two ways, leaves the width of
 * an old bit-field (an integer at an odd place) to its reader, and goes by the flag alone where an enum smaller than its
 * values holds one that fits it as a negative number only.
 */
function comparable(types: readonly BpftoolType[]): BpftoolType[] {
  const text = JSON.stringify(types)
    .replaceAll('"name":""', '"name":"(anon)"')
    .replace(/,"bitfield_size":\d+/g, "");
  const named = JSON.parse(text) as BpftoolType[];
  const nameless = ["PTR", "ARRAY", "CONST", "VOLATILE", "RESTRICT", "FUNC_PROTO"];
  return named.map((type) => {
    if (nameless.includes(type.kind)) return { ...type, name: "(anon)" };
    if (!["ENUM", "ENUM64"].includes(type.kind) || Number(type["size"]) >= (type.kind === "ENUM" ? 4 : 8)) return type;
    const values = (type["values"] as { name: string; val: string }[]).map(({ name, val }) => {
      const whole = BigInt(val);
      return { name, val: String(BigInt.asUintN(type.kind === "ENUM" ? 32 : 64, whole)) };
    });
    return { ...type, encoding: "by its values", values };
  });
}

/** An enum that is only declared is written with 4 bytes: the kernel refuses the 0 of clang. */
function declaredAgain(type: BpftoolType): BpftoolType {
  return type.kind === "ENUM" && type["size"] === 0 ? { ...type, size: 4 } : type;
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
        expectSame(bpftoolDump(again), bpftoolDump(path).map(declaredAgain));
        expect(encodeBtf(parseBtf(written).types(), { endian: target })).toEqual(written);
      }
    });
  });
});

describeWith(["bpftool"], "BTF that no compiler here writes", () => {
  test.each(endians)(
    "every kind, old bit-fields and enum64 among them, reads as bpftool reads it, %s-endian",
    (endian) => {
      inScratchFolder((folder) => {
        const path = join(folder, "sample.btf");
        const written = encodeBtf(sampleTypes, { endian });
        writeFileSync(path, written);
        const theirs = bpftoolDump(path);
        expect(new Set(theirs.map((type) => type.kind)).size).toBe(19);
        expectSame([...printed(parseBtf(written))].map(withoutOldWidths), theirs);
      });
    },
  );

  test("changed bytes that both take read the same", () => {
    const samples = endians.map((endian) =>
      encodeBtf(
        sampleTypes.filter((type) => !("name" in type) || type.name !== "old"),
        { endian },
      ),
    );
    let both = 0;
    inScratchFolder((folder) => {
      const path = join(folder, "changed.btf");
      fc.assert(
        fc.property(mutations, fc.nat(1), (mutate, which) => {
          const bytes = mutate(samples[which]!);
          let ours: BpftoolType[];
          let theirs: readonly BpftoolType[];
          try {
            writeFileSync(path, bytes);
            ours = [...printed(parseBtf(bytes))];
            theirs = bpftoolDump(path);
          } catch {
            return;
          }
          // A member of such an integer starts elsewhere than bpftool shows: what it is has a test of its own.
          const partial = theirs.some(
            (type) =>
              type.kind === "INT" && (type["bits_offset"] !== 0 || type["nr_bits"] !== Number(type["size"]) * 8),
          );
          // bpftool puts names into its JSON as they are: one with a backslash is read as an escape.
          if (partial || JSON.stringify(ours).includes("\\")) return;
          both += 1;
          expectSame(comparable(ours), comparable(theirs));
        }),
        { numRuns: 1_000 },
      );
    });
    expect(both).toBeGreaterThan(100);
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
