import { expect, test } from "vitest";
import { MemoryHost } from "./host/memory-host.ts";
import { runCommand } from "./program.ts";

const source = `#include "base.h"
#define LIMIT 64
#define NAME "probe"
enum kind { KIND_A = 1 };
struct __attribute__((btf_decl_tag("rbgen:record=events"))) event { stamp ts; struct base base; enum kind kind; };
typedef struct { int x; } point;
struct { int (*type)[27]; int (*max_entries)[4096]; } events __attribute__((section(".maps")));
`;
const files = { "/w/probe.bpf.c": source, "/w/base.h": "typedef unsigned long long stamp;\nstruct base { int b; };\n" };

async function rbgen(args: string): Promise<MemoryHost & { code: number }> {
  const host = new MemoryHost({ files });
  const code = await runCommand(args.split(" "), host);
  return Object.assign(host, { code });
}

test("a listing names maps, types, what came from elsewhere, and constants", async () => {
  const run = await rbgen("list probe.bpf.c");
  expect(run.err).toBe("");
  expect(run.code).toBe(0);
  expect(run.out).toBe(`probe.bpf.c C header, little-endian, 64-bit pointers
maps
  events  ringbuf, max_entries 4096, record event
types
  enum kind     4 bytes
  struct event  16 bytes
  struct point  4 bytes
types from base.h
  typedef stamp
  struct base
constants
  LIMIT  64
  NAME   "probe"
`);
});

test("the same as JSON", async () => {
  const run = await rbgen("list probe.bpf.c missing.h --json");
  expect(run.code).toBe(1);
  expect(JSON.parse(run.out)).toEqual({
    schema: 1,
    inputs: [
      {
        input: "probe.bpf.c",
        kind: "header",
        endian: "little",
        pointerSize: 8,
        maps: [{ name: "events", type: "ringbuf", maxEntries: 4096, record: "event" }],
        programs: [],
        variables: [],
        types: [
          { name: "kind", kind: "enum", size: 4 },
          { name: "event", kind: "struct", size: 16 },
          { name: "point", kind: "struct", size: 4 },
        ],
        from: [{ origin: "base.h", types: ["typedef stamp", "struct base"] }],
        constants: [
          { name: "LIMIT", value: "64", kind: "integer" },
          { name: "NAME", value: "probe", kind: "string" },
        ],
      },
    ],
    diagnostics: [expect.objectContaining({ code: "RB5001" })],
  });
});

const tied = `
#define TAGGED(text) __attribute__((btf_decl_tag("rbgen:" text)))
enum kind { EXEC = 1, OPEN = 2 };
struct exec { enum kind kind TAGGED("tag"); } TAGGED("record=events") TAGGED("variant=EXEC");
struct open { enum kind kind TAGGED("tag"); } TAGGED("variant=OPEN");
typedef struct sample { int x; } TAGGED("record=samples") sample_t;
struct open *rbgen_record_events_7 TAGGED("record=events");
struct sample *rbgen_record_samples_8 TAGGED("record=samples");
struct sample *last;
struct { int (*type)[27]; int (*max_entries)[4096]; } events __attribute__((section(".maps")));
struct { int (*type)[27]; int (*max_entries)[4096]; } samples __attribute__((section(".maps")));
struct { int (*type)[27]; int (*max_entries)[4096]; } spare __attribute__((section(".maps")));
`;

test.each(["list", "layout"])("%s knows the records that a pointer of RB_RECORD ties to a map", async (command) => {
  const host = new MemoryHost({ files: { "/w/tied.bpf.c": tied } });
  expect(await runCommand([command, "tied.bpf.c", "--json"], host)).toBe(0);
  const document = JSON.parse(host.out);
  const { maps } = command === "list" ? document.inputs[0] : document;
  expect(maps.map((map: { name: string; record: string | null }) => [map.name, map.record])).toEqual([
    ["events", "open,exec"],
    ["samples", "sample"],
    ["spare", null],
  ]);
});

test("the pointers of RB_RECORD are no variables of a listing", async () => {
  const host = new MemoryHost({ files: { "/w/tied.bpf.c": tied } });
  await runCommand(["list", "tied.bpf.c", "--json"], host);
  const [{ variables }] = JSON.parse(host.out).inputs;
  expect(variables.map((variable: { name: string }) => variable.name)).toEqual(["last"]);
});

test("-v says where types came from", async () => {
  expect((await rbgen("layout probe.bpf.c -v")).err).toBe("from base.h: typedef stamp, struct base\n");
});

test("one byte is no plural", async () => {
  const host = new MemoryHost({ files: { "/w/a.h": "struct a { char c; };\nstruct b { short s; };\nchar flag;\n" } });
  expect(await runCommand(["list", "a.h"], host)).toBe(0);
  expect(host.out).toContain("struct a  1 byte\n");
  expect(host.out).toContain("struct b  2 bytes\n");
  expect(host.out).toMatch(/flag +char +1 byte\n/);
});

test.each(["list", "layout", "schema"])(
  "rbgen %s without an input takes those of the configuration",
  async (command) => {
    const config = '{ "inputs": ["bpf/*.h"] }';
    const more = { "/w/rbgen.config.json": config, "/w/bpf/one.h": "struct one { int x; };\n" };
    const host = new MemoryHost({ files: { ...files, ...more } });
    expect(await runCommand([command], host)).toBe(0);
    expect(host.out).toMatch(command === "schema" ? /"One"|"one"/ : /struct one/);
    const without = new MemoryHost({ files });
    expect(await runCommand([command], without)).toBe(2);
    expect(without.err).toContain("no input: name a header, an object or BTF");
  },
);

test("a map that is no ring is listed with the types of its keys and values", async () => {
  const map = (name: string, members: string) => `struct { ${members} } ${name} __attribute__((section(".maps")));\n`;
  const hash = "int (*type)[1]; int (*max_entries)[8]";
  const source = `struct flow { int a; }; struct totals { long b; };
${map("flows", `${hash}; struct flow *key; struct totals *value;`)}
${map("names", "int (*type)[2]; int (*max_entries)[4]; unsigned *key; char (*value)[16];")}
${map("sized", `${hash}; int (*key_size)[4]; int (*value_size)[8];`)}
${map("ring", "int (*type)[27]; int (*max_entries)[4096]; struct flow *value;")}
${map("outer", `int (*type)[13]; int *key; struct { ${hash}; int *key; long *value; } *values[];`)}`;
  const host = new MemoryHost({ files: { "/w/a.bpf.c": source } });
  expect(await runCommand(["list", "a.bpf.c"], host)).toBe(0);
  expect(host.out).toContain(`maps
  flows  hash, max_entries 8, from struct flow to struct totals
  names  array, max_entries 4, values char[16]
  sized  hash, max_entries 8
  ring   ringbuf, max_entries 4096, record flow
  outer  hash_of_maps, max_entries 0, keys int, of hash, max_entries 8, from int to long
`);
  const json = new MemoryHost({ files: { "/w/a.bpf.c": source } });
  await runCommand(["list", "a.bpf.c", "--json"], json);
  const [{ maps }] = JSON.parse(json.out).inputs;
  expect(maps.slice(0, 3)).toEqual([
    { name: "flows", type: "hash", maxEntries: 8, record: null, key: "struct flow", value: "struct totals" },
    { name: "names", type: "array", maxEntries: 4, record: null, value: "char[16]" },
    { name: "sized", type: "hash", maxEntries: 8, record: null },
  ]);
});
