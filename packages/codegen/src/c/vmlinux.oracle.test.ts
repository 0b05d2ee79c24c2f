import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type Btf, type NamedType, parseBtf } from "@rbgen/btf";
import { describeWith, findProgram } from "@rbgen/testkit";
import { compile } from "@rbgen/testkit/c/clang";
import { anchors, differences } from "@rbgen/testkit/c/same-type";
import { expect, test } from "vitest";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { type HeaderOptions, readHeader } from "./front-end.ts";

const path = "/sys/kernel/btf/vmlinux";
const plain: HeaderOptions = {
  endian: "little",
  includePaths: [],
  systemPaths: [],
  forcedIncludes: [],
  defines: [],
  undefines: [],
};

function read(text: string, options: HeaderOptions, diagnostics: Diagnostic[]): TypeModule {
  return readHeader({ name: "vmlinux.h", text }, "vmlinux.h", { read: () => undefined }, options, (diagnostic) =>
    diagnostics.push(diagnostic),
  );
}

/** Structs, unions and enums of the kernel by kind and name. */
function definitions(btf: Btf): Map<string, NamedType[]> {
  const found = new Map<string, NamedType[]>();
  for (const type of btf.types()) {
    if (type.kind !== "struct" && type.kind !== "union" && type.kind !== "enum" && type.kind !== "enum64") continue;
    if (type.name === "") continue;
    const key = `${kindOf(type)} ${type.name}`;
    found.set(key, [...(found.get(key) ?? []), type]);
  }
  return found;
}

function kindOf(type: NamedType): string {
  return type.kind === "enum64" ? "enum" : type.kind;
}

/** Puts back what bpftool 7.1 leaves out: that an enum is smaller than an int (newer ones print it), and `va_list`. */
function completed(text: string, btf: Btf): string {
  const modes: Readonly<Record<number, string>> = { 1: "byte", 2: "HI" };
  // An argument list is what the target makes of it: the kernel's was an array.
  let patched = text.replace(
    "typedef __builtin_va_list va_list;",
    "typedef struct __va_list_tag __builtin_va_list[1];\ntypedef __builtin_va_list va_list;",
  );
  for (const type of btf.findAll("enum")) {
    const mode = modes[type.size];
    if (mode === undefined || type.name === "") continue;
    patched = patched.replace(
      new RegExp(`(^enum ${type.name} \\{[^}]*\\});`, "m"),
      `$1 __attribute__((mode(${mode})));`,
    );
  }
  return patched;
}

describeWith(["vmlinux", "bpftool", "clang"], "the running kernel's types", () => {
  const text = execFileSync(findProgram("bpftool") ?? "", ["btf", "dump", "file", path, "format", "c"], {
    maxBuffer: 1 << 28,
  }).toString();

  test("vmlinux.h, as bpftool prints it, has clang's layouts", async () => {
    const diagnostics: Diagnostic[] = [];
    const types = [...read(text, plain, diagnostics).types()].filter(({ kind }) => kind !== "typedef");
    expect(diagnostics).toEqual([]);
    const compiled = await compile(`${text}\n${anchors(types)}`);
    expect(compiled.messages).toBe("");
    const clangs = definitions(parseBtf(compiled.object));
    const faults = types.flatMap((type) => {
      const theirs = clangs.get(`${kindOf(type)} ${type.name}`)?.[0];
      const faulty = theirs === undefined ? ["is not there"] : differences(type, theirs);
      return faulty.map((fault) => `${kindOf(type)} ${type.name}: ${fault}`);
    });
    expect(faults).toEqual([]);
    expect(types.length).toBeGreaterThan(5000);
  });

  test("vmlinux.h has the layouts of the BTF that it was made from", () => {
    const btf = parseBtf(readFileSync(path));
    const diagnostics: Diagnostic[] = [];
    const module = read(completed(text, btf), plain, diagnostics);
    expect(diagnostics).toEqual([]);
    const own = new Map<string, NamedType[]>();
    for (const type of module.types()) {
      // bpftool numbers types that share a name.
      const key = `${kindOf(type)} ${type.name.replace(/___\d+$/, "")}`;
      own.set(key, [...(own.get(key) ?? []), type]);
    }
    const faults: string[] = [];
    let compared = 0;
    for (const [key, types] of definitions(btf)) {
      const candidates = own.get(key) ?? [];
      for (const type of types) {
        compared++;
        const results = candidates.map((candidate) =>
          differences(candidate, type).filter((fault) => !/___\d/.test(fault)),
        );
        if (results.some((faulty) => faulty.length === 0)) continue;
        faults.push(`${key}: ${results.map((faulty) => faulty.join("; ")).join(" | ") || "is not there"}`);
      }
    }
    expect(faults).toEqual([]);
    expect(compared).toBeGreaterThan(5000);
  });

  test("types taken from the kernel by name are the kernel's", () => {
    const btf = parseBtf(readFileSync(path));
    const unique = [...definitions(btf)]
      .filter(([, types]) => types.length === 1)
      .map(([key, types]) => [key, types[0]!] as const);
    const diagnostics: Diagnostic[] = [];
    const options: HeaderOptions = { ...plain, kernel: { btf, name: "vmlinux", explicit: true } };
    const module = read('#include "vmlinux.h"\n', options, diagnostics);
    const faults: string[] = [];
    for (const [key, type] of unique) {
      const ours = module.find(type.name).find((found) => kindOf(found) === kindOf(type));
      const faulty = ours === undefined ? ["is not there"] : differences(ours, type, "no chains");
      if (faulty.length > 0) faults.push(`${key}: ${faulty.join("; ")}`);
    }
    expect(faults).toEqual([]);
    expect(unique.length).toBeGreaterThan(5000);
  });
});
