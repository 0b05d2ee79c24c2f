import { expect, test } from "vitest";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { readHeader } from "../front-end.ts";

const head = `
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#define RING(name) struct { __uint(type, 27); __uint(max_entries, 4096); } name SEC(".maps")
static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *) 1;
static long (*bpf_perf_event_output)(void *ctx, void *map, __u64 flags, void *data, __u64 size) = (void *) 25;
static void *(*bpf_ringbuf_reserve)(void *ringbuf, __u64 size, __u64 flags) = (void *) 131;
static long (*bpf_ringbuf_output)(void *ringbuf, void *data, __u64 size, __u64 flags) = (void *) 130;
static void (*bpf_ringbuf_submit)(void *data, __u64 flags) = (void *) 132;
static long (*bpf_user_ringbuf_drain)(void *map, void *callback_fn, void *ctx, __u64 flags) = (void *) 209;
static long (*bpf_loop)(__u32 nr, void *callback_fn, void *ctx, __u64 flags) = (void *) 181;
struct bpf_dynptr { __u64 :64; __u64 :64; };
static long (*bpf_ringbuf_reserve_dynptr)(void *ringbuf, __u32 size, __u64 flags, struct bpf_dynptr *ptr) = (void *) 198;
static long (*bpf_dynptr_read)(void *dst, __u32 len, const struct bpf_dynptr *src, __u32 offset, __u64 flags) = (void *) 201;
static long (*bpf_dynptr_write)(const struct bpf_dynptr *dst, __u32 offset, void *src, __u32 len, __u64 flags) = (void *) 202;
static void *(*bpf_dynptr_data)(const struct bpf_dynptr *ptr, __u32 offset, __u32 len) = (void *) 203;
#define SEND SEC("tp/x") int prog(void *ctx)
struct hdr { __u32 kind; __u32 pid; };
struct event { struct hdr hdr; char comm[16]; };
struct exit { struct hdr hdr; int code; };
RING(events);
RING(others);
`;

interface Read {
  readonly sent: Record<string, string>;
  readonly tags: Record<string, string>;
  /** Why the code is not followed to its end, by map. */
  readonly limits: Record<string, string>;
  /** Members that the sizes of samples are computed from. */
  readonly lengths: (string | undefined)[];
  readonly diagnostics: Diagnostic[];
}

function read(text: string): Read {
  const diagnostics: Diagnostic[] = [];
  const module = readHeader(
    { name: "probe.bpf.c", text: head + text },
    "probe.bpf.c",
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => diagnostics.push(diagnostic),
  );
  const all = module.sent?.() ?? [];
  const told = all.map(({ map, records, untold }) => [
    map,
    [...records.map(({ type }) => type), ...untold.map(() => "?")].sort().join(", "),
  ]);
  const tags = all.flatMap(({ records }) =>
    records.flatMap(({ type, tag }) => (tag === undefined ? [] : [[type, `${tag.path}=${tag.values.join()}`]])),
  );
  const limits = all.map(({ map, untold }) => [map, untold.flatMap(({ limit }) => limit ?? []).join(", ")]);
  return {
    sent: Object.fromEntries(told),
    tags: Object.fromEntries(tags),
    limits: Object.fromEntries(limits),
    lengths: all.flatMap(({ records }) =>
      records.flatMap(({ sizes = [] }) => sizes.flat().map((size) => size.length?.path)),
    ),
    diagnostics,
  };
}

test.each<[string, string, Record<string, string>]>([
  [
    "reserved into a variable",
    "SEND { struct event *e; e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0; e->hdr.pid = 1; return 0; }",
    { events: "struct event" },
  ],
  [
    "reserved where it is declared, in an inner block",
    "SEND { if (ctx) { struct event *e = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); } return 0; }",
    { events: "struct event" },
  ],
  [
    "reserved behind a cast of a void pointer",
    "SEND { void *p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); struct event *e = p; return 0; }",
    { events: "struct event" },
  ],
  [
    "reserved as nothing but bytes: sizeof tells",
    "SEND { void *p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); return 0; }",
    { events: "struct event" },
  ],
  [
    "sent from the stack",
    "SEND { struct event e = { .hdr = { .kind = 1 } }; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }",
    { events: "struct event" },
  ],
  [
    "a scalar",
    "SEND { __u64 now = 1; bpf_ringbuf_output(&events, &now, sizeof(now), 0); return 0; }",
    { events: "__u64" },
  ],
  [
    "an array of scalars",
    "SEND { __u32 all[4] = {}; bpf_ringbuf_output(&events, all, sizeof(all), 0); return 0; }",
    { events: "__u32[4]" },
  ],
  [
    "a typedef of a struct without a name",
    "typedef struct { int a; } note; SEND { note n; bpf_ringbuf_output(&events, &n, sizeof n, 0); return 0; }",
    { events: "note" },
  ],
  [
    "sent to a perf array, with a variable tail",
    "SEND { struct event e; int n = 3; bpf_perf_event_output(ctx, &events, 0, &e, sizeof(e) + n); return 0; }",
    { events: "struct event" },
  ],
  [
    "a part of a struct",
    "SEND { struct event e; bpf_ringbuf_output(&events, &e, sizeof(e) - 8, 0); return 0; }",
    { events: "struct event" },
  ],
  [
    "a member of a larger struct",
    "struct state { int a; struct event last; } state; SEND { bpf_ringbuf_output(&events, &state.last, sizeof(state.last), 0); return 0; }",
    { events: "struct event" },
  ],
  [
    "a scratch buffer of a map",
    `struct { __uint(type, 6); __type(key, __u32); __type(value, struct event); __uint(max_entries, 1); } heap SEC(".maps");
     SEND { __u32 zero = 0; void *e = bpf_map_lookup_elem(&heap, &zero); if (!e) return 0; bpf_ringbuf_output(&events, e, sizeof(struct event), 0); return 0; }`,
    { events: "struct event" },
  ],
  [
    "through a wrapper of several levels, twice, to two maps",
    `static __always_inline int put(void *map, void *data, __u64 size) { return bpf_ringbuf_output(map, data, size, 0); }
     static __always_inline int put2(void *map, void *data, __u64 size) { return put(map, data, size); }
     SEND { struct event e; struct exit x; put2(&events, &e, sizeof(e)); put2(&others, &x, sizeof(x)); return 0; }`,
    { events: "struct event", others: "struct exit" },
  ],
  [
    "through a wrapper that reserves",
    `static __always_inline void *take(__u64 size) { void *p = bpf_ringbuf_reserve(&events, size, 0); if (!p) return 0; return p; }
     SEND { struct event *e = take(sizeof(*e)); return 0; }`,
    { events: "struct event" },
  ],
  [
    "through a macro",
    `#define PUT(map, value) ({ typeof(value) copy = value; bpf_ringbuf_output(&map, &copy, sizeof(copy), 0); })
     SEND { struct event e = {}; PUT(events, e); return 0; }`,
    { events: "struct event" },
  ],
  [
    "by a switch between two maps",
    "const volatile int which; SEND { struct event e; void *map = which ? (void *)&events : (void *)&others; bpf_ringbuf_output(map, &e, sizeof(e), 0); return 0; }",
    { events: "struct event", others: "struct event" },
  ],
  [
    "written into a dynptr",
    "SEND { struct bpf_dynptr p; struct event e; bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p); bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); return 0; }",
    { events: "struct event" },
  ],
  [
    "a slice of a dynptr",
    "SEND { struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&events, 64, 0, &p); struct event *e = bpf_dynptr_data(&p, 0, sizeof(*e)); return 0; }",
    { events: "struct event" },
  ],
  [
    "read from a user ring",
    `static long take(struct bpf_dynptr *dynptr, void *context) { struct exit x; bpf_dynptr_read(&x, sizeof(x), dynptr, 0, 0); return 0; }
     SEND { bpf_user_ringbuf_drain(&events, take, 0, 0); return 0; }`,
    { events: "struct exit" },
  ],
  [
    "in a callback of a helper",
    `static int each(__u32 i, void *c) { struct exit x; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
     SEND { bpf_loop(4, each, 0, 0); return 0; }`,
    { events: "struct exit" },
  ],
  [
    "a header that stands for the struct that it opens",
    `static __always_inline int put(struct hdr *h, __u64 size) { return bpf_ringbuf_output(&events, h, size, 0); }
     SEND { struct exit x; put(&x.hdr, sizeof(x)); return 0; }`,
    { events: "struct exit" },
  ],
  [
    "of a struct that the function defines for itself",
    "SEND { struct note { __u64 at; char text[8]; } n = {}; bpf_ringbuf_output(&events, &n, sizeof(n), 0); return 0; }",
    { events: "struct note" },
  ],
  [
    "of a typedef that the function defines for itself",
    "SEND { typedef struct { __u64 at; } note; note n = {}; bpf_ringbuf_output(&events, &n, sizeof(n), 0); return 0; }",
    { events: "note" },
  ],
  [
    "bytes of which nothing is said",
    "SEND { char buffer[64]; bpf_ringbuf_output(&events, buffer, sizeof(buffer), 0); return 0; }",
    { events: "?" },
  ],
])("finds a record %s", (_, text, expected) => {
  const { sent, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  expect(sent).toEqual(expected);
});

test.each<[string, string, Record<string, string>]>([
  [
    "a pointer of the program's own, by its number",
    "static int (*out)(void *, void *, __u64, const void *, __u32) = (void *)25; SEND { struct event e; out(ctx, &events, 0, &e, sizeof(e)); return 0; }",
    { events: "struct event" },
  ],
  [
    "one by the name of the number",
    "static int (* const out)(void *, void *, __u64, const void *, __u32) = (void *)BPF_FUNC_perf_event_output; SEND { struct event e; out(ctx, &events, 0, &e, sizeof(e)); return 0; }",
    { events: "struct event" },
  ],
  [
    "one by an enumerator",
    "enum { OUT = 25 }; static int (*out)(void *, void *, __u64, const void *, __u32) = (void *)OUT; SEND { struct event e; (*out)(ctx, &events, 0, &e, sizeof(e)); return 0; }",
    { events: "struct event" },
  ],
  [
    "a pointer of the function",
    "SEND { int (*out)(void *, void *, __u64, const void *, __u32) = (void *)25; struct event e; out(ctx, &events, 0, &e, sizeof(e)); return 0; }",
    { events: "struct event" },
  ],
  [
    "a number that is cast",
    "SEND { struct event e; ((long (*)(void *, void *, __u64, __u64))130)(&events, &e, sizeof(e), 0); return 0; }",
    { events: "struct event" },
  ],
  [
    "another helper's number under the name of one that sends",
    "static int (*bpf_skb_output)(void *, void *, __u64, void *, __u64) = (void *)7; SEND { struct event e; bpf_skb_output(ctx, &events, 0, &e, sizeof(e)); return 0; }",
    {},
  ],
])("knows a helper by %s", (_, text, expected) => {
  const { sent, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  expect(sent).toEqual(expected);
});

const late = "{ struct event e; bpf_ringbuf_output(&events, &e, sizeof(e), 0); }";

test.each<[string, string, string]>([
  ["behind a return", `return 0; ${late}`, ""],
  ["behind a goto, up to a label", `goto out; ${late} out: return 0;`, ""],
  ["behind a label that is jumped to", `if (ctx) goto out; return 0; out: ${late}`, "struct event"],
  ["in a block with a label, behind a return", `if (ctx) goto in; return 0; { in: ; ${late} }`, "struct event"],
  ["behind an if whose branches both return", `if (ctx) return 0; else { return 1; } ${late}`, ""],
  ["behind an if of which one branch returns", `if (ctx) return 0; else { ctx = 0; } ${late}`, "struct event"],
  ["behind a break, in a switch", `switch (*(int *)ctx) { case 1: break; ${late} default: return 1; }`, ""],
  ["in a case behind a break", `switch (*(int *)ctx) { case 1: break; case 2: ${late} }`, "struct event"],
  ["behind a loop that returns", `for (int i = 0; i < 3; i++) return 0; ${late}`, "struct event"],
  ["in a loop that never runs", `while (0) ${late} for (; 0; ) ${late}`, ""],
  ["behind a constant that is false", `enum { OFF }; if (OFF && ctx) ${late} if (!1 || 2 > 3) ${late}`, ""],
  ["behind a constant that is true", `if (1 || ctx) ${late}`, "struct event"],
  ["in an operand that is left out", `struct event e; (void)(0 ? bpf_ringbuf_output(&events, &e, 24, 0) : 0);`, ""],
  [
    "behind a return in a block of its own value",
    `int n = ({ int m = 1; m; }); if (n) return 1; ${late}`,
    "struct event",
  ],
  ["behind what is not understood", `@ ; ${late}`, "struct event"],
])("a call that stands %s is found only if it may run", (_, text, expected) => {
  const { sent } = read(`SEND { ${text} return 0; }`);
  expect(sent["events"] ?? "").toBe(expected);
});

test("what is assigned where nothing runs changes nothing", () => {
  const { sent } = read(
    `SEND { struct event e; struct exit x; void *p = &e; if (0) p = &x; return bpf_ringbuf_output(&events, p, 24, 0); p = &x; }`,
  );
  expect(sent).toEqual({ events: "struct event" });
});

test.each([
  [
    "handed as it is",
    "static int put(void *p, __u64 n) { return bpf_ringbuf_output(&events, p, n, 0); }",
    "struct event e = {}; e.hdr.kind = 1; put(&e, sizeof(e));",
    "struct exit e = {}; e.hdr.kind = 2; put(&e, sizeof(e));",
  ],
  [
    "handed as the header that it begins with",
    "static int put(struct hdr *p, __u64 n) { return bpf_ringbuf_output(&events, p, n, 0); }",
    "struct event e = { .hdr = { .kind = 1 } }; put(&e.hdr, sizeof(e));",
    "struct exit e = { .hdr = { .kind = 2 } }; put(&e.hdr, sizeof(e));",
  ],
  [
    "reserved by a function",
    "static void *get(__u64 n) { return bpf_ringbuf_reserve(&events, n, 0); }",
    "struct event *e = get(sizeof(*e)); if (!e) return 0; e->hdr.kind = 1; bpf_ringbuf_submit(e, 0);",
    "struct exit *e = get(sizeof(*e)); if (!e) return 0; e->hdr.kind = 2; bpf_ringbuf_submit(e, 0);",
  ],
  [
    "reserved by a function of a function",
    "static void *get2(__u64 n) { void *p = bpf_ringbuf_reserve(&events, n, 0); return p; } static void *get(__u64 n) { return get2(n); }",
    "struct event *e = get(sizeof(*e)); if (!e) return 0; e->hdr.kind = 1; bpf_ringbuf_submit(e, 0);",
    "struct exit *e = get(sizeof(*e)); if (!e) return 0; e->hdr.kind = 2; bpf_ringbuf_submit(e, 0);",
  ],
  [
    "filled in the order of its members",
    "",
    'struct event e = { { 1, 7 }, "a" }; bpf_ringbuf_output(&events, &e, sizeof(e), 0);',
    "struct exit e = { { 2 }, 5 }; bpf_ringbuf_output(&events, &e, sizeof(e), 0);",
  ],
  [
    "filled by a copy",
    "",
    "struct hdr h = { .kind = 1 }; struct event e; e.hdr = h; bpf_ringbuf_output(&events, &e, sizeof(e), 0);",
    "struct exit *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); *e = (struct exit){ .hdr.kind = 2 }; bpf_ringbuf_submit(e, 0);",
  ],
  [
    "filled through a pointer into it",
    "",
    "struct event e; struct hdr *h = &e.hdr; h->kind = 1; bpf_ringbuf_output(&events, &e, sizeof(e), 0);",
    "struct exit e; __u32 k = 2; e.hdr.kind = k; bpf_ringbuf_output(&events, &e, sizeof(e), 0);",
  ],
  [
    "sent from a variable of the file",
    "static struct event last;",
    "last.hdr.kind = 1; bpf_ringbuf_output(&events, &last, sizeof(last), 0);",
    "struct exit e; e.hdr.kind = 2; bpf_ringbuf_output(&events, &e, sizeof(e), 0);",
  ],
])("the tag is found of records that are %s", (_, wrapper, a, b) => {
  const { sent, tags } = read(
    `${wrapper} SEC("tp/a") int a(void *ctx) { ${a} return 0; } SEC("tp/b") int b(void *ctx) { ${b} return 0; }`,
  );
  expect([sent, tags]).toEqual([
    { events: "struct event, struct exit" },
    { "struct event": "hdr.kind=1", "struct exit": "hdr.kind=2" },
  ]);
});

test("a tag that is one of several constants has them all", () => {
  const { tags } =
    read(`SEC("tp/a") int a(void *ctx) { struct event e; e.hdr.kind = ctx ? 1 : 2; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit e; __u32 k = 3; if (ctx) k = 4; e.hdr.kind = k; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`);
  expect(tags).toEqual({ "struct event": "hdr.kind=1,2", "struct exit": "hdr.kind=3,4" });
});

test.each([
  ["a helper writes there", "bpf_probe_read_kernel(&e.hdr.kind, 4, ctx);"],
  ["a helper writes over it all", "bpf_probe_read_kernel(&e, sizeof(e), ctx);"],
  ["memory is copied there", "__builtin_memcpy(&e.hdr, ctx, sizeof(e.hdr));"],
  ["it is counted up", "e.hdr.kind++;"],
  ["a part of it is stored to by another type", "*(__u8 *)&e.hdr = 3;"],
  ["it is copied from elsewhere", "e.hdr = *(struct hdr *)ctx;"],
])("a member is no tag where %s", (_, statement) => {
  const { tags } =
    read(`static long (*bpf_probe_read_kernel)(void *dst, __u32 size, const void *unsafe_ptr) = (void *) 113;
    SEC("tp/a") int a(void *ctx) { struct event e; e.hdr.kind = 1; ${statement} bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; x.hdr.kind = 2; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }`);
  expect(tags).toEqual({});
});

test.each([
  [
    "code that nothing runs",
    "static int dead(void) { struct event e; return bpf_ringbuf_output(&events, &e, sizeof(e), 0); } SEND { return 0; }",
  ],
  [
    "a function of the program's own that has the name of a helper",
    "static int bpf_skb_output(void *c, void *m, __u64 f, void *d, __u64 s) { return 0; } SEND { struct event e; bpf_skb_output(ctx, &events, 0, &e, sizeof(e)); return 0; }",
  ],
  [
    "a local pointer to a function of that name",
    "SEND { int (*bpf_ringbuf_output)(void *, void *, __u64, __u64) = 0; struct event e; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }",
  ],
  [
    "a local variable named as the map",
    "SEND { struct event e; int events; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }",
  ],
  [
    "a branch that is left out",
    "SEND { struct event e; if (0) { bpf_ringbuf_output(&events, &e, sizeof(e), 0); } if (1) return 0; else bpf_ringbuf_output(&others, &e, sizeof(e), 0); return 0; }",
  ],
  ["a map that is only mentioned", "SEND { void *m = &events; return m != 0; }"],
])("finds none in %s", (_, text) => {
  const { sent, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  expect(sent).toEqual({});
});

test.each<[string, string, Record<string, string>]>([
  [
    "a pointer that is read as two structs",
    "struct twin { long a[3]; }; SEND { void *p = bpf_ringbuf_reserve(&events, 24, 0); struct event *e = p; struct twin *t = p; return 0; }",
    { events: "struct event, struct twin" },
  ],
  [
    "a member of a union of pointers",
    "union all { void *p; struct event *e; struct exit *x; }; SEND { union all u; u.x = bpf_ringbuf_reserve(&events, sizeof(struct exit), 0); return 0; }",
    { events: "struct exit" },
  ],
  [
    "a void pointer in a union with others",
    "union all { void *p; struct event *e; struct exit *x; }; SEND { union all u; u.p = bpf_ringbuf_reserve(&events, 24, 0); return 0; }",
    { events: "?" },
  ],
  [
    "one wrapper with two records for one map",
    `static __always_inline int put(void *data, __u64 size) { return bpf_ringbuf_output(&events, data, size, 0); }
     SEND { struct event e; struct exit x; put(&e, sizeof(e)); put(&x, sizeof(x)); return 0; }`,
    { events: "struct event, struct exit" },
  ],
  [
    "one wrapper of which a part is not known",
    `static __always_inline int put(void *data, __u64 size) { return bpf_ringbuf_output(&events, data, size, 0); }
     SEND { struct event e; put(&e, sizeof(e)); put(ctx, 8); return 0; }`,
    { events: "?, struct event" },
  ],
  [
    "structs of one name, that two functions define each for itself",
    `SEC("tp/a") int a(void *ctx) { struct note { int a; } n = {}; bpf_ringbuf_output(&events, &n, sizeof(n), 0); return 0; }
     SEC("tp/b") int b(void *ctx) { struct note { long a; } n = {}; bpf_ringbuf_output(&others, &n, sizeof(n), 0); return 0; }`,
    { events: "struct note", others: "struct b::note" },
  ],
  [
    "a struct that hides one of the file",
    "SEND { struct event { char a[24]; } n = {}; bpf_ringbuf_output(&events, &n, sizeof(n), 0); return 0; }",
    { events: "struct prog::event" },
  ],
  [
    "a variable of an inner block with the name of another",
    "SEND { struct event e; { struct exit e; bpf_ringbuf_output(&events, &e, sizeof(e), 0); } bpf_ringbuf_output(&others, &e, sizeof(e), 0); return 0; }",
    { events: "struct exit", others: "struct event" },
  ],
])("says all that is possible of %s", (_, text, expected) => {
  const { sent, diagnostics } = read(text);
  expect(diagnostics).toEqual([]);
  expect(sent).toEqual(expected);
});

test("code of a million tokens, which macros make, is followed as far as is counted, and the rest said to be unknown", () => {
  const four = (name: string, of: string): string => `#define ${name} ${of} ${of} ${of} ${of}\n`;
  const one = "#define S0 ({ struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); e->hdr.kind = 1; });\n";
  const levels = Array.from({ length: 8 }, (_, level) => four(`S${level + 1}`, `S${level}`)).join("");
  const { sent, diagnostics } = read(`${one}${levels}SEND { ${"S6 ".repeat(8)} return 0; }`);
  expect(diagnostics).toEqual([]);
  expect(sent).toEqual({ events: "?, struct event", others: "?" });
});

test.each<[string, string, Record<string, string>]>([
  [
    "a pointer that is handed on by more variables than are looked at",
    `SEND { struct event e; void *v0 = &e; ${Array.from({ length: 3000 }, (_, i) => `void *v${i + 1} = v${i};`).join(" ")}
      bpf_ringbuf_output(&others, &e, sizeof(e), 0); bpf_ringbuf_output(&events, v3000, 24, 0); return 0; }`,
    { events: "what is sent", others: "" },
  ],
  [
    "a map that is",
    `SEND { struct event e; void *v0 = &events; ${Array.from({ length: 3000 }, (_, i) => `void *v${i + 1} = v${i};`).join(" ")}
      bpf_ringbuf_output(v3000, &e, sizeof(e), 0); return 0; }`,
    { events: "the map", others: "the map" },
  ],
  [
    "wrappers of wrappers, deeper than calls are followed",
    `static int w0(void *p) { return bpf_ringbuf_output(&events, p, 4, 0); }
     ${Array.from({ length: 40 }, (_, i) => `static int w${i + 1}(void *p) { return w${i}(p); }`).join("\n")}
     SEND { struct event e; w40(&e); return 0; }`,
    { events: "calls are followed 16 deep", others: "calls are followed 16 deep" },
  ],
])("of %s it is said that more may be sent, on which maps, and why", (_, text, expected) => {
  const { limits } = read(text);
  expect(Object.keys(limits).sort()).toEqual(Object.keys(expected).sort());
  for (const [map, why] of Object.entries(expected)) expect(limits[map]).toMatch(new RegExp(`^${why}`));
});

test("pointers that are made of each other in a circle are no limit", () => {
  const { sent, limits } = read(`
    static void *same(void *p) { return p ? p : same(p); }
    SEND { struct event e; void *a = &e; void *b = a; a = b; b = same(a); bpf_ringbuf_output(&events, b, sizeof(e), 0); return 0; }
  `);
  expect([sent, limits]).toEqual([{ events: "struct event" }, { events: "" }]);
});

test("a record that is handed on deeper than is followed has no tag: anything may be stored there", () => {
  const { sent, tags } = read(`
    static void f0(struct hdr *h) { h->kind = bpf_loop ? 1 : 2; }
    ${Array.from({ length: 9 }, (_, i) => `static void f${i + 1}(struct hdr *h) { f${i}(h); }`).join("\n")}
    SEC("tp/a") int a(void *ctx) { struct event e; e.hdr.kind = 1; f9(&e.hdr); bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; x.hdr.kind = 2; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
  `);
  expect([sent, tags]).toEqual([{ events: "struct event, struct exit" }, {}]);
});

test("what is stored into each of several records at one place tells them apart, also by a function that fills them", () => {
  const { sent, tags } = read(`
    static __always_inline void fill(struct hdr *h, __u32 kind) { h->kind = kind; h->pid = bpf_loop ? 1 : 2; }
    enum { EXEC = 3, EXIT };
    SEC("tp/a") int a(void *ctx) { struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); fill(&e->hdr, EXEC); bpf_ringbuf_submit(e, 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x = { .hdr = { .kind = EXIT } }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
  `);
  expect(sent).toEqual({ events: "struct event, struct exit" });
  expect(tags).toEqual({ "struct event": "hdr.kind=3", "struct exit": "hdr.kind=4" });
});

const exitSent =
  'SEC("tp/b") int b(void *ctx) { struct exit x; x.hdr.kind = 4; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }';
const send = "bpf_ringbuf_output(&events, &e, sizeof(e), 0);";
const reserve = "struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0;";

test.each<[string, string, string]>([
  ["a store behind the send", `struct event e; e.hdr.kind = 1; ${send} e.hdr.kind = 2;`, "1"],
  ["a store that a later one replaces", `struct event e; e.hdr.kind = 4; e.hdr.kind = 1; ${send}`, "1"],
  [
    "a store behind the send in a loop",
    `struct event e; e.hdr.kind = 1; for (int i = 0; i < 3; i++) { ${send} e.hdr.kind = 2; }`,
    "1,2",
  ],
  [
    "a store before a loop that may not run",
    `struct event e; e.hdr.kind = 1; while (ctx) { e.hdr.kind = 2; if (e.hdr.pid) break; } ${send}`,
    "1,2",
  ],
  [
    "a store of a path that is discarded",
    `${reserve} e->hdr.kind = 1; if (ctx) { e->hdr.kind = 4; bpf_ringbuf_discard(e, 0); return 0; } bpf_ringbuf_submit(e, 0);`,
    "1",
  ],
  [
    "a store of a path that jumps to where it is discarded",
    `${reserve} switch (e->hdr.pid) { case 0: e->hdr.kind = 1; break; case 1: e->hdr.kind = 2; goto out; default: e->hdr.kind = 4; goto drop; }
      e->hdr.pid = 1; out: bpf_ringbuf_submit(e, 0); return 0; drop: bpf_ringbuf_discard(e, 0);`,
    "1,2",
  ],
  ["what an initialiser leaves zero", `struct event e = {}; if (ctx) e.hdr.kind = 1; ${send}`, "0,1"],
  [
    "what memory is cleared to",
    `struct event e; __builtin_memset(&e, 0, sizeof(e)); if (ctx) e.hdr.kind = 1; ${send}`,
    "0,1",
  ],
  [
    "a copy that a later store changes",
    `struct hdr h = { .kind = 1 }; struct event e; e.hdr = h; h.kind = 2; ${send}`,
    "1",
  ],
])("the tag of a record has what is there when it is sent: %s", (_, body, values) => {
  const { tags } = read(`SEC("tp/a") int a(void *ctx) { ${body} return 0; } ${exitSent}`);
  expect(tags).toEqual({ "struct event": `hdr.kind=${values}`, "struct exit": "hdr.kind=4" });
});

test.each<[string, string]>([
  ["it is stored only on one path", `struct event e; if (ctx) e.hdr.kind = 1; ${send}`],
  [
    "a switch without default leaves it",
    `${reserve} switch (e->hdr.pid) { case 1: e->hdr.kind = 1; break; case 2: e->hdr.kind = 2; break; } bpf_ringbuf_submit(e, 0);`,
  ],
  [
    "other programs fill the memory of a map",
    `__u32 k = 0; struct event *e = bpf_map_lookup_elem(&others, &k); if (!e) return 0; if (ctx) e->hdr.kind = 1; bpf_ringbuf_output(&events, e, sizeof(*e), 0);`,
  ],
  ["a callback is handed the record", `struct event e; e.hdr.kind = 1; bpf_loop(2, cb, &e, 0); ${send}`],
  [
    "its address is stored elsewhere",
    `struct event e; struct { struct event *p; } c; e.hdr.kind = 1; c.p = &e; bpf_loop(2, cb, &c, 0); ${send}`,
  ],
  [
    "an element of a pointer to it is stored to",
    `struct event e; e.hdr.kind = 1; __u32 *p = (__u32 *)&e; p[0] = e.hdr.pid; ${send}`,
  ],
  [
    "an element at an index that a run decides is stored to",
    `struct event e; e.hdr.kind = 1; __u32 *p = (__u32 *)&e; p[e.hdr.pid] = 4; ${send}`,
  ],
  [
    "another arm of a union is stored to",
    `struct event e; union { struct hdr hdr; __u8 raw[8]; } *u = (void *)&e; e.hdr.kind = 1; u->raw[1] = e.hdr.pid; ${send}`,
  ],
  ["it is never submitted", `${reserve} e->hdr.kind = 1;`],
])("a member is no tag where it is not certain: %s", (_, body) => {
  const { sent, tags } = read(`
    static long cb(__u32 i, struct event *e) { e->hdr.kind = 50 + i; return 0; }
    SEC("tp/a") int a(void *ctx) { ${body} return 0; } ${exitSent}`);
  expect([sent, tags]).toEqual([{ events: "struct event, struct exit" }, {}]);
});

test.each<[string, string, string | undefined]>([
  ["the size reads it", "r.len = n; bpf_ringbuf_output(&events, &r, 8 + r.len, 0);", "len"],
  [
    "a variable holds the size, and it stays",
    "r.len = n; __u32 s = 8 + r.len; bpf_ringbuf_output(&events, &r, s, 0);",
    "len",
  ],
  [
    "it is changed after the size was computed",
    "r.len = n; __u32 s = 8 + r.len; r.len = 4; bpf_ringbuf_output(&events, &r, s, 0);",
    undefined,
  ],
  [
    "it grows after the size was computed",
    "r.len = n; __u32 s = 8 + r.len; r.len += 8; bpf_ringbuf_output(&events, &r, s, 0);",
    undefined,
  ],
  ["only the size is masked", "r.len = n; bpf_ringbuf_output(&events, &r, 8 + (r.len & 255), 0);", undefined],
  ["a mask leaves all of it", "r.len = n; bpf_ringbuf_output(&events, &r, 8 + (r.len & 0xffffffff), 0);", "len"],
  ["it was masked before it is stored", "n &= 255; r.len = n; bpf_ringbuf_output(&events, &r, 8 + r.len, 0);", "len"],
])("a member is the length of the sample only where it is: %s", (_, body, expected) => {
  const { lengths } = read(
    `struct text { __u32 len; __u32 x; char d[256]; }; SEND { struct text r; __u32 n = bpf_loop(0, 0, ctx, 0); ${body} return 0; }`,
  );
  expect(lengths).toEqual([expected]);
});

test("several records that nothing tells apart have no tag", () => {
  const { sent, tags } = read(`
    SEC("tp/a") int a(void *ctx) { struct event e; e.hdr.kind = 1; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; x.hdr.kind = 1; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
  `);
  expect([sent, tags]).toEqual([{ events: "struct event, struct exit" }, {}]);
});

test("a body never changes what the file defines, and what is not understood in it costs nothing else", () => {
  const { sent, diagnostics } = read(`
    SEC("tp/a") int a(void *ctx) { struct event { char other; } local; struct nowhere *n; n->x = 1; @ ; typeof(undefined) u; unknown_t v = 3;
      asm volatile("r0 = 0" ::: "r0"); for (int i = 0; i < 4; i++) { switch (i) { case 1 ... 2: break; default: continue; } } if (ctx) goto out;
      struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); out: return 0; }
    struct after { struct event e; };
    SEC("tp/b") int b(void *ctx) { struct event e; bpf_ringbuf_output(&others, &e, sizeof(e), 0); return 0; }
  `);
  expect(diagnostics).toEqual([]);
  expect(sent).toEqual({ events: "struct exit", others: "struct event" });
});

test.each([
  ["blocks", `SEND { ${"{".repeat(3000)} int a; ${"}".repeat(3000)} return 0; }`],
  ["parentheses", `SEND { int a = ${"(".repeat(3000)}1${")".repeat(3000)}; return 0; }`],
  ["operators", `SEND { int a = 1${" + a".repeat(100_000)}; bpf_ringbuf_output(&events, &a, a, 0); return 0; }`],
  ["assignments", `SEND { int a; ${"a = ".repeat(20_000)}1; return 0; }`],
  [
    "calls of itself",
    "static int f(void *p) { return f(p) + bpf_ringbuf_output(&events, p, 4, 0); } SEND { f(ctx); return 0; }",
  ],
  [
    "variables made of each other",
    `SEND { int v0 = 1; ${Array.from({ length: 200 }, (_, i) => `int v${i + 1} = v${i} + v${i};`).join(" ")} bpf_ringbuf_output(&events, ctx, v200, 0); return 0; }`,
  ],
  [
    "wrappers that call each other twice",
    `static int w0(void *p) { return bpf_ringbuf_output(&events, p, 4, 0); }
     ${Array.from({ length: 40 }, (_, i) => `static int w${i + 1}(void *p) { return w${i}(p) + w${i}(p); }`).join("\n")}
     SEND { w40(ctx); return 0; }`,
  ],
])("%s without end are bounded", (_, text) => {
  expect(() => read(text)).not.toThrow();
});
