import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { compileBpf, inScratchFolder } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import {
  alignOf,
  type Btf,
  compareLayouts,
  formatDefinition,
  formatDefinitions,
  formatType,
  layoutOf,
  parseBtf,
  type Struct,
  type Union,
} from "../index.ts";

type Composite = Struct | Union;

/** Structs and unions whose tag no other type of the file has: C text gives others another name. */
function uniquelyTagged(btf: Btf): Composite[] {
  const tags = new Map<string, number>();
  const tagged = [...btf.types()].filter((type) => ["struct", "union", "enum", "enum64"].includes(type.kind));
  for (const type of tagged) if ("name" in type) tags.set(type.name, (tags.get(type.name) ?? 0) + 1);
  return tagged.filter(
    (type): type is Composite =>
      (type.kind === "struct" || type.kind === "union") && type.name !== "" && tags.get(type.name) === 1,
  );
}

/** Assertions of C about sizes, alignments and every offset that `offsetof` can tell. */
function assertions(composites: readonly Composite[]): string[] {
  const lines: string[] = [];
  for (const type of composites) {
    const c = `${type.kind} ${type.name}`;
    lines.push(`_Static_assert(sizeof(${c}) == ${type.size}, "${c}");`);
    lines.push(`_Static_assert(_Alignof(${c}) == ${alignOf(type)}, "align of ${c}");`);
    for (const member of type.members) {
      if (member.bitSize !== undefined || member.name === "") continue;
      const offset = member.bitOffset / 8;
      lines.push(`_Static_assert(__builtin_offsetof(${c}, ${member.name}) == ${offset}, "${c}.${member.name}");`);
    }
  }
  return lines;
}

function check(compiler: string, flags: readonly string[], text: string): void {
  inScratchFolder((folder) => {
    const file = join(folder, "definitions.c");
    writeFileSync(file, text);
    execFileSync(compiler, [...flags, "-w", "-fsyntax-only", file], { stdio: ["ignore", "ignore", "inherit"] });
  });
}

/** Compiles the text for BPF, reads its BTF back, and names every difference but the padding that was made explicit. */
function differencesAfterCompiling(text: string, composites: readonly Composite[]): string[] {
  const anchors = composites.map((type, i) => `${type.kind} ${type.name} anchor${i};`);
  const again = parseBtf(compileBpf(`${text}\n${anchors.join("\n")}`));
  const differences: string[] = [];
  for (const type of composites) {
    const found = again.find(type.name).filter((other) => other.kind === type.kind);
    if (found.length !== 1) differences.push(`${type.name}: ${found.length} found`);
    else {
      const other = found[0]!;
      if (alignOf(type) !== alignOf(other)) differences.push(`${type.name}: align`);
      const [before, after] = [layoutOf(type, type.name, again.endian), layoutOf(other, type.name, again.endian)];
      for (const { kind, path } of compareLayouts(before, after)) {
        const padding = kind === "added" && /(?:^|\.)__padding\d+$/.test(path);
        // Clang 14 flags no enum as signed, and writes what it holds as unsigned.
        if (!padding && kind !== "values") differences.push(`${type.name}: ${kind} ${path}`);
      }
    }
  }
  return differences;
}

describeWith(["clang", "gcc", "vmlinux"], "C text of the kernel's types", () => {
  const btf = parseBtf(readFileSync("/sys/kernel/btf/vmlinux"));
  const composites = uniquelyTagged(btf);
  const text = formatDefinitions(btf.types());

  test("covers more than 2 000 structs, packed ones and bit-fields among them", () => {
    expect(composites.length).toBeGreaterThan(2_000);
    expect(text).toContain("__attribute__((packed");
    expect(composites.some((type) => type.members.some((member) => member.bitSize !== undefined))).toBe(true);
  });

  test.each([
    ["clang", []],
    ["clang", ["-target", "bpf"]],
    ["gcc", ["-std=gnu11"]],
  ])("has the kernel's sizes, alignments and offsets under %s %j", (compiler, flags) => {
    check(compiler, flags, `${text}\n${assertions(composites).join("\n")}`);
  });

  test("is what the assertions are about: a wrong one fails", () => {
    const wrong = { ...composites[0]!, kind: composites[0]!.kind, name: composites[0]!.name, size: 12345, members: [] };
    const lines = [`_Static_assert(sizeof(${wrong.kind} ${wrong.name}) == ${wrong.size}, "");`];
    expect(() => check("clang", [], `${text}\n${lines.join("\n")}`)).toThrow();
  });

  test("compiled for BPF has every leaf where the kernel has it, bit-fields too", () => {
    expect(differencesAfterCompiling(text, composites)).toEqual([]);
  });
});

describeWith(["clang", "gcc"], "C text of clang's objects", () => {
  test.each(Object.keys(btfSources))("%s: has the object's layout", (name) => {
    const btf = parseBtf(compileBpf(btfSources[name]!));
    const text = formatDefinitions(btf.types());
    const composites = uniquelyTagged(btf);
    if (composites.length === 0) return;
    check("clang", [], `${text}\n${assertions(composites).join("\n")}`);
    check("clang", ["-target", "bpf"], `${text}\n${assertions(composites).join("\n")}`);
    expect(differencesAfterCompiling(text, composites)).toEqual([]);
  });

  test.each(Object.keys(btfSources))(
    "%s: each definition compiles after its own needs",
    (name) => {
      const btf = parseBtf(compileBpf(btfSources[name]!));
      for (const type of uniquelyTagged(btf)) {
        check("clang", [], `${formatDefinitions([type])}\n${assertions([type]).join("\n")}`);
        expect(formatDefinitions([type])).toContain(formatDefinition(type));
      }
    },
    300_000,
  );

  test("spells every type so that clang finds it compatible with the original", () => {
    const source = btfSources["pointers"]!;
    const btf = parseBtf(compileBpf(source));
    const list = btf.find("list")[0]!;
    const node = btf.find("node")[0]!;
    if (list.kind !== "struct" || node.kind !== "struct") throw new Error("list and node are structs");
    const lines = [list, node].flatMap((type) =>
      type.members
        .filter((member) => !formatType(member.type).includes("{...}") && formatType(member.type) !== "struct")
        .map(
          (member) =>
            `_Static_assert(__builtin_types_compatible_p(__typeof__(((struct ${type.name} *)0)->${member.name}), ${formatType(member.type)}), "${member.name}");`,
        ),
    );
    expect(lines.length).toBe(13);
    check("clang", [], `${source}\n${lines.join("\n")}`);
  });
});
