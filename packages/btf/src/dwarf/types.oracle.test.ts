import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { parseBtf } from "../format/decode.ts";
import { compareLayouts } from "../layout/compare-layouts.ts";
import { layoutOf } from "../layout/layout-descriptor.ts";
import { readDebugInfo } from "./debug-info.ts";
import { DebugFile } from "./file.ts";
import { DebugTypes } from "./types.ts";

const source = `
typedef unsigned int u32; typedef unsigned long long u64;
enum kind { A = -1, B = 7 }; typedef enum { WIDE = 1ULL << 40 } wide;
union value { u64 n; char text[8]; struct { short x, y; } at; };
struct packed { char c; u64 n; } __attribute__((packed));
struct all { enum kind kind; wide w; _Bool flag; signed char s; const volatile u32 bits : 3, more : 9; union value values[2][3];
  struct { int a; union { int b; float f; }; }; struct all *next; int (*call)(struct all *); struct packed packed; struct later *later; u32 tail[]; };
struct all all; const struct all *keep_all;
__attribute__((section("syscall"))) int prog(void *ctx) { return all.flag; }`;

describeWith(["clang", "clang-19"], "types of debug information", () => {
  test.each([
    ["clang", "little"],
    ["clang-19", "little"],
    ["clang", "big"],
    ["clang-19", "big"],
  ] as const)("have the layout that BTF says: %s, %s", (compiler, endian) => {
    const btf = parseBtf(compileBpf(source, endian, [], compiler));
    const types = new DebugTypes(new DebugFile(btf.elf!), () => undefined);
    for (const name of ["all", "packed", "value", "kind"]) {
      const [own, ...others] = types.find(name);
      const [other] = btf.find(name);
      expect(others).toEqual([]);
      expect(compareLayouts(layoutOf(own!, name, endian), layoutOf(other!, name, endian))).toEqual([]);
      expect(compareLayouts(layoutOf(other!, name, endian), layoutOf(own!, name, endian))).toEqual([]);
    }
  });

  test.each(["clang", "clang-19"] as const)("have the tags that BTF has on them: %s", (compiler) => {
    const tag = (text: string): string => `__attribute__((btf_decl_tag("${text}")))`;
    const btf = parseBtf(
      compileBpf(
        `typedef unsigned int word ${tag("typedef")};
        struct event { word n; union { int a ${tag("rbgen:variant=1")}; int b; } u ${tag("one")} ${tag("two")}; char text[] ${tag("rbgen:length=n")}; } ${tag("struct")};
        struct event *keep_event;`,
        "little",
        [],
        compiler,
      ),
    );
    const types = new DebugTypes(new DebugFile(btf.elf!), () => undefined);
    const [own, other] = [types.find("event")[0]!, btf.find("event")[0]!];
    const told = (type: typeof own): unknown => {
      if (type.kind !== "struct") return undefined;
      const union = type.members[1]!.type;
      const arms = union.kind === "union" ? union.members.map(({ tags }) => tags ?? []) : [];
      return [type.tags ?? [], type.members.map(({ tags }) => [...(tags ?? [])].sort()), arms];
    };
    expect(told(own)).toEqual(told(other));
    expect(told(own)).toEqual([["struct"], [[], ["one", "two"], ["rbgen:length=n"]], [["rbgen:variant=1"], []]]);
    expect(types.find("word")[0]).toMatchObject({ tags: ["typedef"] });
  });

  test("are found by name where the object's BTF has none, and are not where two functions have one each", () => {
    const btf = parseBtf(
      compileBpf(`struct own { int a; }; extern int send(void *);
      int f(int n) { struct own o = { n }; struct twin { long l; } t = { n }; return send(&o) + send(&t); }
      int g(int n) { struct twin { char c; } t = { n }; return send(&t); }`),
    );
    const types = readDebugInfo(btf.elf!, btf)?.types;
    expect(btf.find("own")).toEqual([]);
    expect(types?.find("own").map(({ kind }) => kind)).toEqual(["struct"]);
    expect(types?.find("twin")).toHaveLength(2);
    expect([...(types?.names() ?? [])]).toContain("own");
  });
});
