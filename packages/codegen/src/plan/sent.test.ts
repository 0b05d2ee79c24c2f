import fc from "fast-check";
import { expect, test } from "vitest";
import { readHeader } from "../c/front-end.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { run as evaluate } from "../emit/testing/load.ts";
import { type GenerateOptions, generate } from "../generate.ts";

const head = `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
static void *(*bpf_ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *) 131; static void (*bpf_ringbuf_submit)(void *data, __u64 flags) = (void *) 132;
static long (*bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *) 130;
struct { __uint(type, 27); __uint(max_entries, 4096); } events SEC(".maps");
enum kind { OPEN = 1, EXIT };
struct hdr { __u32 kind; };
struct open { struct hdr hdr; char path[16]; };
struct exit { struct hdr hdr; int code; };
struct scratch { int a; };
`;
const opens = `SEC("tp/a") int a(void *ctx) { struct open *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); e->hdr.kind = OPEN; bpf_ringbuf_submit(e, 0); return 0; }`;
const exits = `SEC("tp/b") int b(void *ctx) { struct exit e = { .hdr.kind = EXIT }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`;

async function run(text: string, options: Partial<GenerateOptions> = {}) {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text: head + text },
    "probe.bpf.c",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const all = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "1", ...options } as const;
  const file = await generate(module, all, (diagnostic) => diagnostics.push(diagnostic));
  return { file, codes: diagnostics.map(({ code }) => code), diagnostics };
}

test("the record of a map is what the code sends, and no other struct of the file", async () => {
  const { file, codes } = await run(opens);
  expect([file?.records, codes]).toEqual([["open"], []]);
  expect(file?.inferred.map(({ map, records }) => [map, records])).toEqual([["events", ["struct open"]]]);
});

test("several records with constants at one place are a tagged stream", async () => {
  const { file, codes } = await run(opens + exits);
  expect([file?.records, codes]).toEqual([["open", "exit"], []]);
  const { events } = evaluate(file!.text) as Record<string, { decode(view: DataView): unknown }>;
  const sample = new DataView(Uint8Array.of(2, 0, 0, 0, 7, 0, 0, 0).buffer);
  expect(events!.decode(sample)).toMatchObject({ kind: "exit", code: 7 });
});

test("a struct that a function defines for itself is a record, where it is sent", async () => {
  const { file, codes } = await run(
    `SEC("tp/a") int a(void *ctx) { struct note { __u32 at; char text[4]; } n = { .at = 3 };
       bpf_ringbuf_output(&events, &n, sizeof(n), 0); return 0; }`,
  );
  expect([file?.records, codes]).toEqual([["note"], []]);
  const { maps } = evaluate(file!.text) as { maps: { events: { codec: { decode(view: DataView): unknown } } } };
  const sample = new DataView(Uint8Array.of(9, 0, 0, 0, 0x68, 0x69, 0, 0).buffer);
  expect(maps.events.codec.decode(sample)).toEqual({ at: 9, text: "hi" });
});

test("several records that nothing tells apart get a codec each, and a warning names the places", async () => {
  const { file, diagnostics } = await run(opens + exits.replace("EXIT", "OPEN"));
  expect(file?.records).toEqual(["open", "exit"]);
  expect(diagnostics).toMatchObject([{ code: "RB4008", severity: "warning" }]);
  expect(diagnostics[0]?.notes).toEqual([
    "struct open is reserved at probe.bpf.c:12",
    "struct exit is sent at probe.bpf.c:12",
    "hdr.kind: struct open has 1; struct exit has 1",
  ]);
});

test("a warning says of which record a member is not known, and why", async () => {
  const { diagnostics } = await run(
    opens + exits.replace("bpf_ringbuf_output", "e.hdr.kind = *(__u32 *)ctx; bpf_ringbuf_output"),
  );
  expect(diagnostics[0]?.notes).toContainEqual(
    "hdr.kind: struct open has 1; struct exit: not known, what is stored there is not known to be a constant (probe.bpf.c:12)",
  );
});

test("memory of zeros tells a record apart from one with another constant", async () => {
  const { file, codes } = await run(opens + exits.replace(".hdr.kind = EXIT", ""));
  expect([file?.records, codes]).toEqual([["open", "exit"], []]);
});

test("a tag in the byte order of a network has the number that is read there", async () => {
  const { file, codes } = await run(`
    struct p4 { __be16 proto; __u16 l; }; struct p6 { __be16 proto; __u16 l; __u32 more; };
    SEC("tp/a") int a(void *ctx) { struct p4 e = { .proto = __builtin_bswap16(0x0800) }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct p6 e = { .proto = __builtin_bswap16(0x86dd) }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`);
  expect(codes).toEqual([]);
  expect(file?.inferred[0]?.tag?.values).toEqual(
    new Map([
      ["struct p4", ["2048"]],
      ["struct p6", ["34525"]],
    ]),
  );
  const { events } = evaluate(file!.text) as Record<string, { decode(view: DataView): unknown }>;
  expect(events!.decode(new DataView(Uint8Array.of(8, 0, 7, 0).buffer))).toMatchObject({
    kind: "p4",
    proto: 2048,
    l: 7,
  });
});

test("a member in the byte order of a network is no length of what is stored in it as it is", async () => {
  const text = (type: string): string => `struct text { ${type} len; char d[64]; };
    SEC("tp/a") int a(void *ctx) { struct text e = {}; e.len = *(__u16 *)ctx; bpf_ringbuf_output(&events, &e, 2 + e.len, 0); return 0; }`;
  const lengths = async (type: string): Promise<unknown> => [
    ...(await run(text(type))).file!.inferred[0]!.annotations.values(),
  ];
  expect([await lengths("__u16"), await lengths("__be16")]).toEqual([[["length=len"]], [["truncated"]]]);
});

test.each<[string, string, Partial<GenerateOptions>, readonly string[]]>([
  ["--map", opens, { maps: { events: "exit" } }, ["exit"]],
  ["--type", opens, { types: ["scratch"] }, ["scratch"]],
  ["--type with the record itself", opens, { types: ["open"] }, ["open"]],
  ["--no-infer", opens, { infer: false }, ["open", "exit", "scratch"]],
  ["RB_RECORD", `${opens} struct exit *keep __attribute__((btf_decl_tag("rbgen:record=events")));`, {}, ["exit"]],
])("%s wins", async (_, text, options, records) => {
  const { file } = await run(text, options);
  expect([...(file?.records ?? [])].sort()).toEqual([...records].sort());
});

test("of a sample that may be too short for its struct it is said how many bytes it has at least", async () => {
  const { diagnostics } = await run(`struct text { __u32 len; char d[]; };
    SEC("tp/a") int a(void *ctx) { struct text *e = ctx; bpf_ringbuf_output(&events, e, sizeof(*e) + e->len - 1, 0); return 0; }`);
  expect(diagnostics).toMatchObject([
    { code: "RB4009", message: "nothing says what events carries: at least 3 bytes are sent here without a type" },
  ]);
  expect(diagnostics[0]?.notes).toEqual([
    "struct text begins there, and is longer than what is known to be sent of it",
  ]);
});

test("a map of bytes without a type is a warning with the place", async () => {
  const { diagnostics } = await run(
    `SEC("tp/a") int a(void *ctx) { char b[8]; bpf_ringbuf_output(&events, b, sizeof(b), 0); return 0; }`,
  );
  expect(diagnostics).toMatchObject([{ code: "RB4009", severity: "warning" }]);
  expect(diagnostics[0]?.span).toBeDefined();
});

test("a map that also carries what nothing tells is not typed by what is known", async () => {
  const { file, diagnostics } = await run(
    `${opens} SEC("tp/c") int c(void *ctx) { char b[8]; bpf_ringbuf_output(&events, b, sizeof(b), 0); return 0; }`,
  );
  expect(file?.records).toEqual(["open"]);
  expect(file?.text).not.toContain("codec: open");
  expect(diagnostics).toMatchObject([{ code: "RB4009", severity: "warning" }]);
});

const tails = `struct text { __u32 length; char bytes[64]; }; struct plain { __u32 a; __u32 b; };`;
const sends = (type: string, size: string): string =>
  `${tails} SEC("tp/a") int a(void *ctx) { struct ${type} e; __u32 n = *(__u32 *)ctx; bpf_ringbuf_output(&events, &e, ${size}, 0); return 0; }`;

test.each([
  ["more than the struct, by a constant", "plain", "64", /behind struct plain 56 bytes more are sent/],
  ["more than the struct, by what a run adds", "plain", "sizeof(e) + n", /behind struct plain bytes more are sent/],
  ["more than a struct that ends in an array", "text", "sizeof(e) + 1", /behind struct text 1 byte more is sent/],
  ["a number of bytes that nothing tells, without an array", "plain", "n", /how many bytes of struct plain are sent/],
  [
    "a number of bytes that nothing tells, with an array",
    "text",
    "n & 63",
    /lacks members before the array that ends it/,
  ],
])("a record that is sent as %s is read, and a warning says what is not", async (_, type, size, message) => {
  const { file, diagnostics } = await run(sends(type, size));
  expect(diagnostics).toMatchObject([
    { code: "RB4010", severity: "warning", message: expect.stringMatching(message), span: expect.anything() },
  ]);
  expect(file?.text).toContain(`codec: ${type} }`);
});

test.each([
  ["a struct without an array, by a constant", "plain", "4", []],
  ["a struct without an array, by what a run adds", "plain", "4 + n", []],
  ["a struct less than what stands before its array", "text", "2 + n", []],
  ["one length of two that are chosen between", "plain", "n ? sizeof(e) : 4", ["plain"]],
  ["one length of two that a variable may hold", "plain", "({ __u64 s = sizeof(e); if (n) s = 4; s; })", ["plain"]],
])("a sample that may be shorter than %s has no known type", async (_, type, size, records) => {
  const { file, diagnostics } = await run(sends(type, size));
  expect(diagnostics).toMatchObject([
    { code: "RB4009", notes: [`struct ${type} begins there, and is longer than what is known to be sent of it`] },
  ]);
  expect(file?.inferred.flatMap((one) => one.records) ?? []).toEqual(records.map((name) => `struct ${name}`));
  expect(file?.text ?? "").not.toContain(`codec: ${type} }`);
});

const ring = (name: string, more = ""): string =>
  `struct { __uint(type, 27); __uint(max_entries, 4096); ${more} } ${name} SEC(".maps");`;

test("the type of a map's value is its record where the code tells none, and else what is sent counts", async () => {
  const valued = ring("valued", "__type(value, struct hdr);");
  const sent = (what: string, size: string): string =>
    `${valued} SEC("tp/v") int v(void *ctx) { ${what} bpf_ringbuf_output(&valued, &e, ${size}, 0); return 0; }`;
  const codecOf = (text = ""): string | undefined => /"valued".*codec: (\w+) /.exec(text)?.[1];
  const quiet = await run(`${valued} ${opens}`);
  expect([quiet.codes, codecOf(quiet.file?.text)]).toEqual([[], "hdr"]);
  const same = await run(sent("struct hdr e = {};", "sizeof(e)"));
  expect([same.codes, codecOf(same.file?.text)]).toEqual([[], "hdr"]);
  const other = await run(sent("struct exit e = {};", "sizeof(e)"));
  expect(codecOf(other.file?.text)).toBe("exit");
  expect(other.diagnostics).toMatchObject([
    {
      code: "RB4011",
      severity: "warning",
      message: "valued is declared with struct hdr as its value, and the code sends struct exit: what is sent counts",
      span: expect.anything(),
      notes: [expect.stringMatching(/^struct exit is sent at probe.bpf.c:\d+$/)],
    },
  ]);
  const said = await run(sent("struct exit e = {};", "sizeof(e)"), { maps: { valued: "hdr" } });
  expect([said.codes, codecOf(said.file?.text)]).toEqual([[], "hdr"]);
});

test("where two members tell records apart, none of them is the tag, and a warning names both", async () => {
  const both = `struct a { __u32 kind; __u16 version; }; struct b { __u32 kind; __u16 version; };
    SEC("tp/a") int a(void *ctx) { struct a e = { .kind = 1, .version = 3 }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct b e = { .kind = 2, .version = 4 }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`;
  const { file, diagnostics } = await run(both);
  expect(file?.records).toEqual(["a", "b"]);
  expect(file?.text).not.toMatch(/"events".*codec: (?!undefined)/);
  expect(diagnostics).toMatchObject([
    { code: "RB4008", message: expect.stringContaining("kind and version each tell them apart") },
  ]);
  // The records' own lengths are no such member.
  const sized = await run(
    both
      .replace(".version = 3", ".version = 8")
      .replace(
        "__u16 version; }; struct b { __u32 kind; __u16 version;",
        "__u16 version; }; struct b { __u32 kind; __u16 version; __u32 more;",
      )
      .replace(".version = 4", ".version = sizeof(e)"),
  );
  expect([sized.codes, sized.file?.inferred[0]?.tag?.path]).toEqual([[], "kind"]);
});

test("what tells the records of one map apart says nothing of another map of theirs", async () => {
  const { file, codes } = await run(
    `${ring("alone")} ${opens} ${exits}
     SEC("tp/c") int c(void *ctx) { struct open e = {}; bpf_ringbuf_output(&alone, &e, sizeof(e), 0); return 0; }`,
  );
  expect(codes).toEqual([]);
  expect(file?.text).toMatch(/"alone".*codec: open /);
  expect(file?.text).toMatch(/"events".*codec: events /);
});

const both = `${ring("more")} ${opens} ${exits}
  SEC("tp/c") int c(void *ctx) { struct open e = {.hdr.kind = 7}; bpf_ringbuf_output(&more, &e, sizeof(e), 0);
    struct exit x = {.hdr.kind = 8}; bpf_ringbuf_output(&more, &x, sizeof(x), 0); return 0; }`;

test("a struct is told by the constants of each map that carries it", async () => {
  const { file, codes } = await run(both);
  expect(codes).toEqual([]);
  expect(file?.inferred.map(({ map, tag }) => [map, tag?.path, ...(tag?.values.values() ?? [])])).toEqual([
    ["events", "hdr.kind", ["1"], ["2"]],
    ["more", "hdr.kind", ["7"], ["8"]],
  ]);
  expect(file?.text).toMatch(/"events".*codec: events /);
  expect(file?.text).toMatch(/"more".*codec: more /);
});

test("a record that one map has whole and another in part has the form that reads both", async () => {
  const { file, codes } = await run(
    `${tails} ${ring("parts")} SEC("tp/a") int a(void *ctx) { struct text e; bpf_ringbuf_output(&events, &e, sizeof(e), 0);
       bpf_ringbuf_output(&parts, &e, 4 + e.length, 0); return 0; }`,
  );
  expect(codes).toEqual([]);
  for (const { annotations } of file?.inferred ?? []) expect([...annotations]).toEqual([["text.bytes", ["truncated"]]]);
});

test("a struct of a function that hides one of the file has a codec of its own, and --map takes it by its function", async () => {
  const text = `${opens} ${ring("hidden")} SEC("tp/h") int h(void *ctx) { struct open { __u64 inner; } e = { 1 };
    bpf_ringbuf_output(&hidden, &e, sizeof(e), 0); return 0; }`;
  const { file, codes } = await run(text);
  expect(codes).toEqual([]);
  expect(file?.inferred.map(({ map, records }) => [map, ...records])).toEqual([
    ["events", "struct open"],
    ["hidden", "struct h::open"],
  ]);
  expect(file?.text).toMatch(/"hidden".*codec: hOpen /);
  expect(file?.text).toMatch(/export interface HOpen \{[^}]*inner: bigint/);
  const said = await run(text, { maps: { events: "struct h::open" } });
  expect([said.codes, said.file?.text.match(/"events".*codec: hOpen /)?.length]).toEqual([[], 1]);
});

test("a map on which nothing is sent is told of", async () => {
  const { file } = await run(`${ring("never")} ${opens}`);
  expect(file?.unknown).toEqual(["never"]);
});

test.each([
  ["the whole of it", "text", "sizeof(e)", undefined],
  ["a constant part", "text", "20", ["truncated"]],
  ["a computed part", "text", "sizeof(e) - (64 - n)", ["truncated"]],
  ["as much as a member says", "text", "4 + e.length", ["length=length"]],
  [
    "as much as a member says behind an offset",
    "text",
    "__builtin_offsetof(struct text, bytes) + e.length",
    ["length=length"],
  ],
  ["a number of bytes that is not known above what is", "text", "4 + (n & 63)", ["truncated"]],
  ["a part that a variable grows to", "text", "({ __u64 s = 4; s += n; s; })", ["truncated"]],
])("a record that is sent as %s has that form", async (_, type, size, annotation) => {
  const { file, codes } = await run(sends(type, size));
  expect(codes).toEqual([]);
  expect(file?.inferred[0]?.annotations).toEqual(
    new Map(annotation === undefined ? [] : [[`${type}.bytes`, annotation]]),
  );
  expect(file?.text).toContain(`codec: ${type} }`);
});

test("a part that ends before the last array is not the struct", async () => {
  const { file, diagnostics } = await run(sends("plain", "4"));
  expect(diagnostics.map(({ code, notes }) => [code, notes])).toEqual([
    ["RB4009", ["struct plain begins there, and is longer than what is known to be sent of it"]],
    ...diagnostics.slice(1).map(({ code, notes }) => [code, notes]),
  ]);
  expect(file?.text ?? "").not.toContain("codec: plain");
});

test("an annotation of the member wins over what is computed", async () => {
  const { file } = await run(
    sends("text", "4 + e.length").replace(
      "char bytes[64]",
      'char bytes[64] __attribute__((btf_decl_tag("rbgen:truncated")))',
    ),
  );
  expect(file?.inferred[0]?.annotations).toEqual(new Map());
});

/** Names of C that a property of every object has, too; `prototype` and `then` are those of functions and promises. */
const inherited = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "isPrototypeOf",
  "__defineGetter__",
  "prototype",
  "then",
];
const positions = ["map", "other", "fn", "variable", "A", "B", "open", "text", "kind", "hdr", "tag", "bytes", "length"];

/** A program with two maps, one of two records that a constant tells apart, one of a struct that is sent in part. */
function programWith(name: (position: string) => string): string {
  const n = Object.fromEntries(positions.map((position) => [position, name(position)]));
  return `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
static long (*bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *) 130;
struct { __uint(type, 27); __uint(max_entries, 4096); } ${n["map"]} SEC(".maps");
struct { __uint(type, 27); __uint(max_entries, 4096); } ${n["other"]} SEC(".maps");
enum ${n["kind"]} { ${n["A"]} = 1, ${n["B"]} };
struct h { enum ${n["kind"]} ${n["tag"]}; };
struct ${n["open"]} { struct h ${n["hdr"]}; int x; };
struct exit { struct h ${n["hdr"]}; long y; };
struct ${n["text"]} { __u32 ${n["length"]}; char ${n["bytes"]}[64]; };
const volatile int ${n["variable"]} SEC(".rodata.${n["variable"]}");
SEC("tp/${n["fn"]}") int ${n["fn"]}(void *ctx) {
  struct ${n["open"]} a = { .${n["hdr"]}.${n["tag"]} = ${n["A"]} };
  bpf_ringbuf_output(&${n["map"]}, &a, sizeof(a), 0);
  struct exit b = { .${n["hdr"]}.${n["tag"]} = ${n["B"]} };
  bpf_ringbuf_output(&${n["map"]}, &b, sizeof(b), 0);
  struct ${n["text"]} c = {};
  bpf_ringbuf_output(&${n["other"]}, &c, 4 + c.${n["length"]}, 0);
  return 0;
}`;
}

/** What is inferred of it, as text. */
async function inferredText(name: (position: string) => string): Promise<string> {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text: programWith(name) },
    "probe.bpf.c",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const options = { types: [], all: false, maps: {}, int64: "bigint", case: "camel", version: "1" } as const;
  const file = await generate(module, options, (diagnostic) => diagnostics.push(diagnostic));
  const inferred = file?.inferred.map(({ map, records, typed, annotations, tag }) => [
    map,
    records,
    typed,
    [...annotations],
    tag === undefined ? [] : [tag.path, [...tag.values]],
  ]);
  const { maps, programs, constants } = module;
  const sections = module.sections.map((section) => [
    section.name,
    section.variables.map(({ variable }) => variable.name),
  ]);
  return JSON.stringify([
    inferred,
    file?.records,
    maps.map((map) => map.name),
    programs.map((program) => [program.name, program.section]),
    constants.map((constant) => constant.name),
    sections,
    diagnostics.map(({ code, message }) => [code, message]),
  ]);
}

test("names that every object has are names like others, wherever they stand", async () => {
  const plain = await inferredText((position) => `N_${position}_N`);
  expect(plain).toContain(
    '["N_map_N",["struct N_open_N","struct exit"],true,[],["N_hdr_N.N_tag_N",[["struct N_open_N",["1"]],["struct exit",["2"]]]]]',
  );
  expect(plain).toContain('["N_other_N",["struct N_text_N"],true,[["N_text_N.N_bytes_N",["length=N_length_N"]]],[]]');
  // Each position gets one of them, and those of one name space different ones.
  const spaces = [
    ["map", "other", "fn", "variable", "A", "B"],
    ["open", "text", "kind"],
    ["hdr", "tag"],
    ["bytes", "length"],
  ];
  const arbitrary = fc
    .tuple(
      ...spaces.map((space) => fc.shuffledSubarray(inherited, { minLength: space.length, maxLength: space.length })),
    )
    .map(
      (names) => new Map(spaces.flatMap((space, index) => space.map((position, at) => [position, names[index]![at]!]))),
    );
  await fc.assert(
    fc.asyncProperty(arbitrary, async (names) => {
      const expected = plain.replace(/N_([a-zA-Z]+)_N/g, (_, position: string) => names.get(position)!);
      expect(await inferredText((position) => names.get(position)!)).toBe(expected);
    }),
    { numRuns: 20 },
  );
});

test("where code is not followed to its end, the warning of each map says why and what to do", async () => {
  const copies = Array.from({ length: 3000 }, (_, i) => `void *v${i + 1} = v${i};`).join(" ");
  const { file, diagnostics } = await run(
    `SEC("tp/a") int a(void *ctx) { struct exit e = {}; void *v0 = &e; ${copies} bpf_ringbuf_output(&events, v3000, 8, 0); return 0; }`,
    { all: true },
  );
  expect(file?.records).toContain("exit");
  expect(diagnostics).toMatchObject([
    {
      code: "RB4009",
      message: expect.stringMatching(/^nothing says all that events carries: .* than are looked at$/),
      hint: expect.stringContaining("--map events="),
    },
  ]);
});

const tables = `
struct ring { __uint(type, 27); __uint(max_entries, 4096); } first SEC(".maps"), second SEC(".maps"), other SEC(".maps");
struct { __uint(type, 12); __uint(max_entries, 2); __type(key, int); __array(values, struct ring); } rings SEC(".maps") = { .values = { &first, [1] = &second } };
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;
SEC("tp/a") int by_slot(void *ctx) { int key = 0; void *ring = bpf_map_lookup_elem(&rings, &key); if (!ring) return 0;
  struct open *e = bpf_ringbuf_reserve(ring, sizeof(*e), 0); if (!e) return 0; e->hdr.kind = OPEN; bpf_ringbuf_submit(e, 0); return 0; }`;

test("what goes over the slots of a map goes over the maps that they hold from the start, and over no other", async () => {
  const { file, codes } = await run(tables);
  expect(codes).toEqual([]);
  expect(file?.inferred.map(({ map, records }) => [map, records])).toEqual(
    ["rings", "first", "second"].map((map) => [map, ["struct open"]]),
  );
  expect(file?.unknown).toEqual(["events", "other"]);
  const { maps, open } = evaluate(file!.text) as { maps: Record<string, { codec?: unknown }>; open: unknown };
  expect([maps["first"]?.codec, maps["second"]?.codec]).toEqual([open, open]);
});

test("a ring in a slot that another record is sent on, too, is told to carry both", async () => {
  const { codes, diagnostics } = await run(
    `${tables} SEC("tp/b") int b(void *ctx) { struct scratch s = { 1 }; bpf_ringbuf_output(&second, &s, sizeof(s), 0); return 0; }`,
  );
  expect(codes).toEqual(["RB4008"]);
  expect(diagnostics[0]?.message).toContain("second carries struct scratch and struct open");
});

test("an iterator's descriptor has the codec of what it writes, if that is one struct", async () => {
  const walk = (name: string, ...records: readonly string[]): string =>
    `SEC("iter/task") int ${name}(struct walk *ctx) { ${records
      .map((record, i) => `struct ${record} e${i} = {}; bpf_seq_write(ctx->seq, &e${i}, sizeof(e${i}));`)
      .join(" ")} return 0; }`;
  const writer =
    "struct walk { void *seq; }; static long (*bpf_seq_write)(void *m, const void *data, __u32 len) = (void *) 127;";
  const { file, codes } = await run(`${writer} ${walk("opens", "open")} ${walk("both", "open", "exit")} ${opens}`);
  expect(codes).toEqual([]);
  const { programs, open } = evaluate(file!.text) as { programs: Record<string, object>; open: object };
  expect(programs).toEqual({
    opens: { name: "opens", section: "iter/task", codec: open },
    both: { name: "both", section: "iter/task" },
    a: { name: "a", section: "tp/a" },
  });
});

test("what a program receives is not told to be stored by it", async () => {
  const { diagnostics } = await run(`
    static long (*bpf_user_ringbuf_drain)(void *map, void *callback_fn, void *ctx, __u64 flags) = (void *) 209;
    static void *(*bpf_dynptr_data)(const struct bpf_dynptr *ptr, __u32 offset, __u32 len) = (void *) 203;
    struct { __uint(type, 31); __uint(max_entries, 4096); } orders SEC(".maps");
    static long one(struct bpf_dynptr *d, void *c) { struct open *o = bpf_dynptr_data(d, 0, sizeof(*o)); return 0; }
    static long two(struct bpf_dynptr *d, void *c) { struct exit *x = bpf_dynptr_data(d, 0, sizeof(*x)); return 0; }
    SEC("tp/a") int a(void *ctx) { bpf_user_ringbuf_drain(&orders, one, 0, 0); bpf_user_ringbuf_drain(&orders, two, 0, 0); return 0; }`);
  expect(diagnostics).toMatchObject([
    {
      code: "RB4008",
      message: expect.stringContaining("the code that receives them does not say"),
      hint: expect.not.stringContaining("store"),
    },
  ]);
});

test.each([
  [
    "an array of characters",
    "char comm[16] = {}; bpf_ringbuf_output(&events, comm, sizeof(comm), 0);",
    '--map events="char[16]"',
  ],
  [
    "an array of bytes in a struct",
    "struct mac { __u8 of[6]; } m = {}; bpf_ringbuf_output(&events, &m.of, sizeof(m.of), 0);",
    '--map events="u8[6]"',
  ],
  [
    "a struct without a name",
    "struct { int a; } s = {}; bpf_ringbuf_output(&events, &s, sizeof(s), 0);",
    "give that struct a name",
  ],
])("a hint says how %s is named", async (_, body, hint) => {
  const { diagnostics } = await run(`SEC("tp/a") int a(void *ctx) { ${body} return 0; }`);
  expect(diagnostics).toMatchObject([{ code: "RB4009", hint: expect.stringContaining(hint) }]);
});

const parts = `struct arms { struct hdr hdr; union { int one; long many[4]; } u; };
  SEC("tp/a") int a(void *ctx) { struct arms e = {}; bpf_ringbuf_output(&events, &e, __builtin_offsetof(struct arms, u) + 4, 0); return 0; }`;

test("a record that is said, and of which fewer bytes are sent than its codec takes, is warned of", async () => {
  const { codes, diagnostics } = await run(parts, { maps: { events: "arms" } });
  expect(codes).toEqual(["RB4010"]);
  expect(diagnostics[0]?.message).toContain("12 bytes of struct arms are sent, fewer than it has");
  const untold = await run(parts);
  expect(untold.diagnostics[0]?.hint).toContain("the codec of struct arms refuses");
});

test("a record that is said is not warned of where its members are annotated, whose arms may be shorter", async () => {
  const tagged = (tag: string): string => `__attribute__((btf_decl_tag("rbgen:${tag}")))`;
  const arms = `union { int one ${tagged("variant=1")}; long many[4] ${tagged("variant=2")}; } u ${tagged("tag=hdr.kind")};`;
  const text = parts.replace(/union .* u;/, () => arms);
  expect((await run(text, { maps: { events: "arms" } })).codes).toEqual([]);
});

test("a header that is sent alone is a record of the stream whose others begin with it", async () => {
  const alone = `SEC("tp/h") int h(void *ctx) { struct hdr h = { .kind = 9 }; bpf_ringbuf_output(&events, &h, sizeof(h), 0); return 0; }`;
  const { file, codes } = await run(alone + exits);
  expect([file?.records, codes]).toEqual([["hdr", "exit"], []]);
  const { events } = evaluate(file!.text) as Record<string, { decode(view: DataView): unknown }>;
  const view = (...bytes: number[]): DataView => new DataView(Uint8Array.from(bytes).buffer);
  expect(events!.decode(view(2, 0, 0, 0, 7, 0, 0, 0))).toMatchObject({ $kind: "exit", code: 7 });
  expect(events!.decode(view(9, 0, 0, 0))).toMatchObject({ $kind: "hdr", kind: 9 });
});
