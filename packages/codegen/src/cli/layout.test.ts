import { type ArrayType, bits, bytes, encodeBtf, type Int, type Struct, type Type } from "@rbgen/btf";
import { expect, test } from "vitest";
import { MemoryHost, type MemoryMachine } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

async function rbgen(args: string, machine: MemoryMachine = {}): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost(machine);
  const code = await runCommand(args.split(" "), host);
  return Object.assign(host, { code });
}

const header = `
enum state { STATE_NEW = 1, STATE_OLD = 2 };
typedef unsigned long long stamp;
struct key { unsigned char family; unsigned short port; };
struct event {
	stamp ts;
	const char *name;
	enum state state : 3;
	int delta : 12;
	struct key keys[4];
	int m[2][3];
	union { unsigned int pid; struct { unsigned char a, b; } parts; };
	char data[];
};
typedef struct { int x; } point;
struct holder { point p; };
`;
const files = { "/w/a.h": header };

test("the document follows its schema", async () => {
  const run = await rbgen("layout a.h --json --leaves -t event", { files });
  expect(run.code).toBe(0);
  const document = JSON.parse(run.out);
  expect(Object.keys(document)).toEqual(["schema", "target", "types", "maps", "diagnostics"]);
  expect(document.target).toEqual({ endian: "little", pointerSize: 8 });
  expect(document.types.map((type: { name: string }) => type.name)).toEqual(["state", "key", "event"]);
  const [state, , event] = document.types;
  expect(state).toEqual({
    name: "state",
    kind: "enum",
    size: 4,
    align: 4,
    signed: false,
    values: [
      { name: "STATE_NEW", value: "1" },
      { name: "STATE_OLD", value: "2" },
    ],
  });
  expect(event).toMatchObject({ name: "event", kind: "struct", size: 64, align: 8, packed: false });
  const plain = { bitfield: false };
  expect(event.members).toEqual([
    { name: "ts", type: "stamp", underlying: "unsigned long long", bitOffset: 0, bitSize: 64, ...plain },
    { name: "name", type: "const char *", underlying: "char *", bitOffset: 64, bitSize: 64, ...plain },
    { name: "state", type: "enum state", underlying: "enum state", bitOffset: 128, bitSize: 3, bitfield: true },
    { name: "delta", type: "int", underlying: "int", bitOffset: 131, bitSize: 12, bitfield: true },
    { name: "keys", type: "struct key[4]", underlying: "struct key[4]", bitOffset: 144, bitSize: 128, ...plain },
    { name: "m", type: "int[2][3]", underlying: "int[2][3]", bitOffset: 288, bitSize: 192, ...plain },
    {
      name: null,
      type: "union",
      bitOffset: 480,
      bitSize: 32,
      ...plain,
      members: [
        { name: "pid", type: "unsigned int", underlying: "unsigned int", bitOffset: 0, bitSize: 32, ...plain },
        {
          name: "parts",
          type: "struct",
          bitOffset: 0,
          bitSize: 16,
          ...plain,
          members: [
            { name: "a", type: "unsigned char", underlying: "unsigned char", bitOffset: 0, bitSize: 8, ...plain },
            { name: "b", type: "unsigned char", underlying: "unsigned char", bitOffset: 8, bitSize: 8, ...plain },
          ],
        },
      ],
    },
    { name: "data", type: "char[]", underlying: "char[]", bitOffset: 512, bitSize: 0, ...plain, flexible: true },
  ]);
  expect(
    event.leaves.map((leaf: { path: string; bitOffset: number; bitSize: number; type: string }) => [
      leaf.path,
      leaf.bitOffset,
      leaf.bitSize,
      leaf.type,
    ]),
  ).toEqual([
    ["ts", 0, 64, "stamp"],
    ["name", 64, 64, "const char *"],
    ["state", 128, 3, "enum state"],
    ["delta", 131, 12, "int"],
    ["keys[4].family", 144, 8, "unsigned char"],
    ["keys[4].port", 160, 16, "unsigned short"],
    ["m[2][3]", 288, 192, "int"],
    ["pid", 480, 32, "unsigned int"],
    ["parts.a", 480, 8, "unsigned char"],
    ["parts.b", 488, 8, "unsigned char"],
    ["data[]", 512, 0, "char"],
  ]);
});

test("without --type every struct, union and enum of the file itself is listed, in its order, typedefs only for what has no name", async () => {
  const run = await rbgen("layout a.h --json -I inc", {
    files: { "/w/a.h": `#include "b.h"\n${header}`, "/w/inc/b.h": "struct other { int x; };\n" },
  });
  const { types } = JSON.parse(run.out);
  expect(types.map(({ name, kind }: { name: string; kind: string }) => `${kind} ${name}`)).toEqual([
    "enum state",
    "struct key",
    "struct event",
    "struct point",
    "struct holder",
  ]);
});

test("--type takes what other files define and shows plain typedefs that are named", async () => {
  const run = await rbgen("layout a.h --json -t other -t stamp", {
    files: { "/w/a.h": `#include "b.h"\n${header}`, "/w/b.h": "struct other { int x; };\n" },
  });
  const { types } = JSON.parse(run.out);
  expect(types).toEqual([
    expect.objectContaining({ name: "other", size: 4 }),
    { name: "stamp", kind: "typedef", size: 8, align: 8, type: "unsigned long long", underlying: "unsigned long long" },
  ]);
});

test.each([
  ["-t e*", ["state", "key", "event"]],
  ["-t *t", ["state", "key", "event", "point"]],
  ["-t k?y", ["key"]],
  ["-t [a-k]*", ["state", "key", "event", "point", "holder"]],
  ["-t [!a-k]*", ["state", "point"]],
  ["-t x*", []],
])("globs choose types: %s", async (args, expected) => {
  const run = await rbgen(`layout a.h --json ${args}`, { files });
  const document = JSON.parse(run.out);
  expect(document.types.map((type: { name: string }) => type.name)).toEqual(expected);
  expect(document.diagnostics).toHaveLength(expected.length === 0 ? 1 : 0);
});

test("a type that is not there is an error with a suggestion", async () => {
  const run = await rbgen("layout a.h -t evnet", { files });
  expect(run.code).toBe(1);
  expect(run.err).toBe('a.h: error RB5004: there is no type "evnet"\n  hint: did you mean "event"?\n');
});

test("an input that cannot be read still gives a document", async () => {
  const run = await rbgen("layout missing.h --json");
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out)).toMatchObject({ target: null, types: [], diagnostics: [{ code: "RB5001" }] });
});

test("a struct that holds an error is left out, the others stand, and the status is 1", async () => {
  const run = await rbgen("layout a.h --json", {
    files: { "/w/a.h": "struct bad { nosuch x; };\nstruct good { int x; };" },
  });
  expect(run.code).toBe(1);
  const document = JSON.parse(run.out);
  expect(document.types.map((type: { name: string }) => type.name)).toEqual(["good"]);
  expect(document.diagnostics.length).toBeGreaterThan(0);
});

test("the picture shows offsets, sizes, holes, bit-fields, cache lines and padding", async () => {
  const text = `struct inner { char c; long l; };
struct big { char a; long b; int x : 3, y : 5; char pad[60]; struct { int u; char v; }; union { int n; char s; } either; char tail; };
`;
  const run = await rbgen("layout a.h -t big", { files: { "/w/a.h": text } });
  expect(run.out.replaceAll("\t", "        ")).toBe(`struct big {
        char a;                         /*     0        1 */

        /* XXX 7 bytes hole */

        long b;                         /*     8        8 */
        int x:3;                        /*    16: 0     4 */
        int y:5;                        /*    16: 3     4 */
        char pad[60];                   /*    17       60 */

        /* XXX 3 bytes hole */

        /* --- cacheline 1 boundary (64 bytes) was 16 bytes ago --- */
        struct {
                int u;                  /*    80        4 */
                char v;                 /*    84        1 */
        };                              /*    80        8 */
        union {
                int n;                  /*    88        4 */
                char s;                 /*    88        1 */
        } either;                       /*    88        4 */
        char tail;                      /*    92        1 */

        /* size: 96, align: 8, cachelines: 2, members: 8 */
        /* holes: 2, sum holes: 10 bytes */
        /* padding: 3 bytes */
        /* last cacheline: 32 bytes */
};
`);
});

const u32: Int = { kind: "int", name: "unsigned int", size: bytes(4), signed: false, char: false, bool: false };
const struct = (name: string, members: readonly [string, Type, number][], size: number): Struct => ({
  kind: "struct",
  name,
  size: bytes(size),
  members: members.map(([member, type, offset]) => ({ name: member, type, bitOffset: bits(offset) })),
});
const btf = (...types: Type[]) => encodeBtf(types, { endian: "little" });

test("types that share a name are all listed, with their ids", async () => {
  const image = btf(
    struct("twin", [["a", u32, 0]], 4),
    struct("twin", [["b", u32, 32]], 8),
    struct("one", [["c", u32, 0]], 4),
  );
  const run = await rbgen("layout a.btf --json", { files: { "/w/a.btf": image } });
  const { types } = JSON.parse(run.out);
  expect(
    types.map(({ name, id, size }: { name: string; id?: number; size: number }) => [name, id !== undefined, size]),
  ).toEqual([
    ["twin", true, 4],
    ["twin", true, 8],
    ["one", false, 4],
  ]);
});

test("a type of BTF whose layout cannot be told is named with its path, and the others stand", async () => {
  const lost: Type = { kind: "fwd", name: "gone", of: "struct" };
  const image = btf(struct("bad", [["x", lost, 0]], 8), struct("good", [["y", u32, 0]], 4));
  const run = await rbgen("layout a.btf --json", { files: { "/w/a.btf": image } });
  expect(run.code).toBe(1);
  const document = JSON.parse(run.out);
  expect(document.types.map((type: { name: string }) => type.name)).toEqual(["good"]);
  expect(document.diagnostics).toEqual([
    expect.objectContaining({ code: "RB3006", at: "a.btf: struct bad", message: expect.stringContaining("bad.x") }),
  ]);
});

test("a type that opens into millions of leaves is refused at once", async () => {
  let type: Struct = struct("l0", [["x", u32, 0]], 4);
  for (let level = 1; level < 19; level += 1) {
    type = struct(
      `l${level}`,
      [
        ["a", type, 0],
        ["b", type, 0],
      ],
      4,
    );
  }
  const run = await rbgen("layout a.btf --json --leaves -t l18", { files: { "/w/a.btf": btf(type) } });
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out).diagnostics[0]).toMatchObject({ code: "RB3006" });
});

test("--endian cannot change what an object is", async () => {
  const files = { "/w/a.btf": btf(struct("a", [["x", u32, 0]], 4)), "/w/a.h": "struct a { int x; };" };
  expect(await rbgen("layout a.btf --endian little", { files })).toMatchObject({ code: 0 });
  expect(await rbgen("layout a.btf --endian big", { files })).toMatchObject({
    code: 1,
    err: expect.stringContaining("a.btf: error RB5011: it is little-endian, and --endian big was given"),
  });
  const header = await rbgen("layout a.h --endian big --json", { files });
  expect(JSON.parse(header.out).target.endian).toBe("big");
});

test("a split file without its base is told so", async () => {
  const array: ArrayType = { kind: "array", element: u32, count: 2 };
  const base = btf(struct("base", [["a", u32, 0]], 4));
  const { parseBtf } = await import("@rbgen/btf");
  const split = encodeBtf([struct("mine", [["a", array, 0]], 8)], { endian: "little", base: parseBtf(base) });
  const alone = await rbgen("layout a.btf", { files: { "/w/a.btf": split } });
  expect(alone.code).toBe(1);
  expect(alone.err).toMatch(/^a\.btf: error RB3003: .*\n {2}hint: .*--base/);
  const both = await rbgen("layout a.btf --base b.btf --json", { files: { "/w/a.btf": split, "/w/b.btf": base } });
  expect(JSON.parse(both.out)).toMatchObject({ types: [{ name: "mine", size: 8 }], diagnostics: [] });
  const files = { "/sys/kernel/btf/mine": split, "/sys/kernel/btf/vmlinux": base };
  const inSysfs = await rbgen("layout /sys/kernel/btf/mine --json", { files });
  expect(JSON.parse(inSysfs.out)).toMatchObject({ types: [{ name: "mine", size: 8 }], diagnostics: [] });
});

test("a typedef of a vector has the vector's alignment", async () => {
  const run = await rbgen("layout a.h --json --type v4 --type low", {
    files: {
      "/w/a.h":
        "typedef int v4 __attribute__((vector_size(16)));\ntypedef int low __attribute__((vector_size(16), aligned(4)));\n",
    },
  });
  expect(JSON.parse(run.out).types).toMatchObject([
    { name: "v4", kind: "typedef", size: 16, align: 16 },
    { name: "low", kind: "typedef", size: 16, align: 4 },
  ]);
});

test("values of an enum that BTF cuts are left out, and told of", async () => {
  const cut: Type = {
    kind: "enum",
    name: "wide",
    size: bytes(8),
    signed: false,
    values: [{ name: "HIGH", value: 0n }],
  };
  const files = { "/w/x.btf": btf(cut) };
  const text = new MemoryHost({ files });
  expect(await runCommand(["layout", "x.btf"], text)).toBe(0);
  expect(text.out).toContain("enum wide {");
  expect(text.out).not.toContain("HIGH");
  expect(text.err).toContain("warning RB3007: enum wide has 8 bytes, and BTF holds 4 of each of its values");
  const json = new MemoryHost({ files });
  expect(await runCommand(["layout", "--json", "x.btf"], json)).toBe(0);
  expect(JSON.parse(json.out)).toMatchObject({
    types: [{ name: "wide", size: 8, values: [] }],
    diagnostics: [{ code: "RB3007" }],
  });
});

test("an input without a struct says so in place of nothing", async () => {
  const map = 'struct { int (*type)[1]; long *value; } seen __attribute__((section(".maps")));\n';
  const run = await rbgen("layout a.bpf.c b.h", { files: { "/w/a.bpf.c": map, "/w/b.h": "typedef int word;\n" } });
  expect([run.code, run.out]).toEqual([0, ""]);
  expect(run.err).toBe(
    "a.bpf.c defines no struct, union or enum: --type NAME shows one of an included file; rbgen list shows its maps and variables\n" +
      "b.h defines no struct, union or enum: --type NAME shows one of an included file\n",
  );
  expect((await rbgen("layout b.h --json", { files: { "/w/b.h": "typedef int word;\n" } })).err).toBe("");
});
