import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWith } from "@rbgen/testkit";
import { btfSources } from "@rbgen/testkit/btf/objects";
import { compileBpf } from "@rbgen/testkit/compile";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  BtfError,
  bits,
  bytes,
  encodeBtf,
  type FuncProto,
  type Int,
  parseBtf,
  type Struct,
  type Type,
  type Var,
} from "../index.ts";
import { checkKernelRules, sanitizeBtf } from "./index.ts";

/** Loads a BTF file into the kernel; prints errno, then the kernel's log. */
const loader = `
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
static char log[1 << 20];
int main(int argc, char **argv) {
  static unsigned char data[16 << 20];
  FILE *file = fopen(argv[1], "rb");
  if (!file) return 255;
  size_t size = fread(data, 1, sizeof data, file);
  union bpf_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.btf = (unsigned long)data;
  attr.btf_size = size;
  /* Without a log first: one that is too small for it is an error of its own. */
  int fd = syscall(__NR_bpf, BPF_BTF_LOAD, &attr, sizeof attr);
  if (fd >= 0) { puts("0"); return close(fd); }
  printf("%d\\n", errno);
  attr.btf_log_buf = (unsigned long)log;
  attr.btf_log_size = sizeof log;
  attr.btf_log_level = 1;
  syscall(__NR_bpf, BPF_BTF_LOAD, &attr, sizeof attr);
  fputs(log, stdout);
  return 0;
}`;

const folder = mkdtempSync(join(tmpdir(), "rbgen-"));
const program = join(folder, "load");

/** What BPF_BTF_LOAD says: its errno, 0 for accepted, and its log. */
function load(data: Uint8Array): { readonly errno: number; readonly log: string } {
  const file = join(folder, "types.btf");
  writeFileSync(file, data);
  const output = execFileSync(program, [file], { encoding: "utf8" });
  const line = output.indexOf("\n");
  return { errno: Number(output.slice(0, line)), log: output.slice(line + 1) };
}

const int: Int = { kind: "int", name: "int", size: bytes(4), signed: true, char: false, bool: false };
const member = (name: string, type: Type, offset: number, width?: number) => ({
  name,
  type,
  bitOffset: bits(offset),
  ...(width === undefined ? {} : { bitSize: bits(width) }),
});
const struct = (name: string, size: number, members: Struct["members"]): Struct => ({
  kind: "struct",
  name,
  size: bytes(size),
  members,
});
const proto: FuncProto = { kind: "func_proto", result: int, params: [{ name: "a", type: int }] };
const variable = (name: string, linkage: Var["linkage"] = "global"): Var => ({ kind: "var", name, type: int, linkage });
// Before their section, as compilers write them: the kernel does not compare the size of one that follows.
const v = variable("v");
const w = variable("w");
const section = (name: string, size: number, places: readonly (readonly [Var, number, number])[]): Type => ({
  kind: "datasec",
  name,
  size: bytes(size),
  variables: places.map(([of, offset, length]) => ({ variable: of, offset: bytes(offset), size: bytes(length) })),
});

describeWith(["kernel", "gcc", "clang"], "BPF_BTF_LOAD", () => {
  beforeAll(() => {
    writeFileSync(join(folder, "load.c"), loader);
    execFileSync("gcc", ["-O1", "-o", program, join(folder, "load.c")]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(Object.keys(btfSources).filter((name) => name !== "empty"))("accepts %s once it is sanitised", (name) => {
    const btf = parseBtf(compileBpf(btfSources[name]!));
    expect(load(encodeBtf(sanitizeBtf(btf), { endian: "little" }))).toEqual({ errno: 0, log: "" });
  });

  test.each(["sections", "scalars"])("refuses %s as clang left it, which is why it is sanitised", (name) => {
    const btf = parseBtf(compileBpf(btfSources[name]!));
    expect(load(encodeBtf(btf.types(), { endian: "little" })).errno).toBe(22);
    expect(() => checkKernelRules([...btf.types()])).toThrow(BtfError);
  });

  test("refuses variables of no bytes, as the check does", () => {
    const btf = parseBtf(compileBpf(btfSources["empty"]!));
    expect(() => sanitizeBtf(btf)).toThrow(/datasec \.bss: one: a variable has a size/);
    const nothing: Var = { ...v, type: struct("nothing", 0, []) };
    const types = [nothing, section(".bss", 4, [[nothing, 0, 0]])];
    expect(load(encodeBtf(types, { endian: "little" })).errno).toBe(22);
    expect(() => checkKernelRules(types)).toThrow(/a variable has a size/);
  });

  test("accepts every struct and union of the kernel's own BTF with all they need, sections left out", () => {
    const btf = parseBtf(readFileSync("/sys/kernel/btf/vmlinux"));
    const types = [...btf.findAll("struct"), ...btf.findAll("union"), ...btf.findAll("enum"), ...btf.findAll("enum64")];
    const data = encodeBtf(types, { endian: "little" });
    expect(data.length).toBeLessThan(16 << 20);
    expect(load(data)).toEqual({ errno: 0, log: "" });
  });

  test.each<[string, readonly Type[]]>([
    ["an extern function", [{ kind: "func", name: "f", proto, linkage: "extern" }]],
    ["an extern variable", [variable("v", "extern")]],
    [
      "a function with an unnamed parameter",
      [{ kind: "func", name: "f", proto: { ...proto, params: [{ name: "", type: int }] }, linkage: "static" }],
    ],
    ["a typedef without a name", [{ kind: "typedef", name: "", target: int }]],
    ["a name that is no identifier", [struct("a b", 4, [member("x", int, 0)])]],
    ["members out of order", [struct("s", 8, [member("b", int, 32), member("a", int, 0)])]],
    ["a member beyond the end", [struct("s", 4, [member("a", int, 32)])]],
    ["a bit-field wider than its type", [struct("s", 8, [member("a", int, 0, 33)])]],
    ["a bit-field of a pointer", [struct("s", 8, [member("a", { kind: "ptr", target: int }, 0, 3)])]],
    ["a section without a size", [v, section(".data", 0, [[v, 0, 4]])]],
    [
      "a section with variables that overlap",
      [
        section(".data", 8, [
          [v, 0, 4],
          [w, 2, 4],
        ]),
      ],
    ],
    ["a variable beyond its section", [v, section(".data", 4, [[v, 4, 4]])]],
    ["a variable larger than its place", [v, section(".data", 4, [[v, 0, 2]])]],
    ["a tag without a text", [{ kind: "type_tag", value: "", target: int }]],
    [
      "a tag on a member that is not there",
      [{ kind: "decl_tag", value: "t", target: struct("s", 4, [member("x", int, 0)]), component: 1 }],
    ],
    ["an array of void", [{ kind: "array", element: { kind: "void" }, count: 3 }]],
    [
      "a member of a type that is only declared",
      [struct("s", 4, [member("x", { kind: "fwd", name: "f", of: "struct" }, 0)])],
    ],
    ["a union's member at an offset", [{ ...struct("u", 8, [member("x", int, 32)]), kind: "union" }]],
    ["an integer of two encodings", [{ ...int, encoding: 3 }]],
    [
      "an enumerator without a name",
      [{ kind: "enum", name: "e", size: bytes(4), signed: false, values: [{ name: "", value: 1n }] }],
    ],
    [
      "an array of 2^32 bytes",
      [{ kind: "array", element: { kind: "array", element: int, count: 0x10000 }, count: 0x10000 }],
    ],
  ])("refuses %s, and so does the check, with a reason", (_, types) => {
    // EINVAL; ENOTSUPP for encodings.
    expect([22, 524]).toContain(load(encodeBtf(types, { endian: "little" })).errno);
    expect(() => checkKernelRules(types)).toThrow(expect.objectContaining({ code: "kernel-rule" }));
  });

  test("accepts what the check accepts: the same forms done right", () => {
    const types: Type[] = [
      { kind: "func", name: "f", proto, linkage: "static" },
      struct("s", 8, [member("a", int, 0, 3), member("b", int, 32)]),
      section(".data", 8, [
        [v, 0, 4],
        [w, 4, 4],
      ]),
      { kind: "array", element: int, count: 3 },
      { kind: "decl_tag", value: "t", target: struct("tagged", 4, [member("x", int, 0)]), component: 0 },
      { kind: "type_tag", value: "user", target: int },
      { kind: "enum64", name: "e", size: bytes(8), signed: true, values: [{ name: "N", value: -(2n ** 63n) }] },
      { kind: "float", name: "double", size: bytes(8) },
    ];
    checkKernelRules(types);
    expect(load(encodeBtf(types, { endian: "little" }))).toEqual({ errno: 0, log: "" });
  });

  test("sanitising gives sections the sizes and offsets of the object, and hidden functions static linkage", () => {
    const btf = parseBtf(compileBpf(btfSources["sections"]!));
    const types = sanitizeBtf(btf);
    for (const type of types) {
      if (type.kind !== "datasec" || type.name === ".ksyms" || type.name === ".kconfig") continue;
      expect([type.name, type.size]).toEqual([type.name, btf.elf?.section(type.name)?.size]);
      for (const { variable: of, offset } of type.variables) {
        const symbol = btf.elf?.symbols.find((entry) => entry.name === of.name);
        if (symbol !== undefined) expect([of.name, offset]).toEqual([of.name, Number(symbol.value)]);
      }
    }
    const linkages = types.flatMap((type) => (type.kind === "func" ? [[type.name, type.linkage]] : []));
    expect(Object.fromEntries(linkages)).toEqual({
      concealed: "static",
      ksym_function: "global",
      local: "static",
      program: "global",
    });
  });
});
