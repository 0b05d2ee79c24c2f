import { expect, test } from "vitest";
import { readSent as read } from "./testing/read-sent.ts";

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
    `int n = ({ int m = *(int *)ctx; m; }); if (n) return 1; ${late}`,
    "struct event",
  ],
  ["behind a constant that a variable has", `int n = 2; if (n == 3) ${late} switch (n) { case 1: ${late} }`, ""],
  ["behind what a static variable begins as", `static int seen; if (!seen) ${late} seen = 1;`, "struct event"],
  ["behind what a variable of another file may be", `extern int seen; if (!seen) ${late} seen = 1;`, "struct event"],
  ["behind what braces give a variable", `int n = { 0 }; if (ctx) n = 1; if (!n) ${late}`, "struct event"],
  ["in a branch that a variable may take", `int n = 2; if (ctx) n = 3; if (n == 3) ${late}`, "struct event"],
  ["in a branch that a counter may take", `for (int i = 0; i < 3; i++) { if (i == 2) ${late} }`, "struct event"],
  ["in a branch that a pointer may open", `int n = 2; bpf_loop(1, 0, &n, 0); if (n == 3) ${late}`, "struct event"],
  ["where a computed jump may lead", `int n = 2; goto *&&in; if (n == 3) { in: ; ${late} }`, "struct event"],
  ["behind a comparison with an unsigned number", `int n = -1; if (n == 0xffffffff) ${late}`, "struct event"],
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
  [
    "a statement that is not understood",
    "SEND { struct event e; e.hdr.kind @ bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }",
    { events: "what stands here is not understood", others: "what stands here is not understood" },
  ],
  [
    "blocks that nest deeper than is read",
    `SEND { struct event e; ${"if (ctx) { ".repeat(3000)} bpf_ringbuf_output(&events, &e, sizeof(e), 0); ${"}".repeat(3000)} return 0; }`,
    { events: "what stands here nests too deep", others: "what stands here nests too deep" },
  ],
])("of %s it is said that more may be sent, on which maps, and why", (_, text, expected) => {
  const { limits } = read(text);
  expect(Object.keys(limits).sort()).toEqual(Object.keys(expected).sort());
  for (const [map, why] of Object.entries(expected)) expect(limits[map]).toMatch(new RegExp(`^${why}`));
});

test("functions that call each other several times with the same, and with more records, are followed to their end", () => {
  const level = (i: number): string =>
    `static int w${i + 1}(void *p, __u64 n) { struct event e${i} = { .hdr.kind = 1 }; w${i}(p, n); w${i}(p, n); w${i}(&e${i}, sizeof(e${i})); return w${i}(p, n); }`;
  const { sent, limits, tags } = read(`
    static int w0(void *p, __u64 n) { return bpf_ringbuf_output(&events, p, n, 0); }
    ${Array.from({ length: 14 }, (_, i) => level(i)).join("\n")}
    SEND { struct exit x = { .hdr.kind = 2 }; w14(&x, sizeof(x)); return 0; }
  `);
  expect([sent, limits, tags]).toEqual([{ events: "struct event, struct exit" }, { events: "" }, {}]);
});

test("what a function holds in a variable is not the same for all of its calls, however many there are", () => {
  const { sent } = read(`
    struct other { struct hdr hdr; char more[16]; };
    static int put(void *p) { return bpf_ringbuf_output(&events, p, 24, 0); }
    static int hand(void *p) { void *own = p; return put(own); }
    SEND { struct event e; struct other o; ${"hand(&e); ".repeat(1500)} hand(&o); return 0; }
  `);
  expect(sent).toEqual({ events: "struct event, struct other" });
});

test("pointers that are made of each other in a circle are no limit", () => {
  const { sent, limits } = read(`
    static void *same(void *p) { return p ? p : same(p); }
    SEND { struct event e; void *a = &e; void *b = a; a = b; b = same(a); bpf_ringbuf_output(&events, b, sizeof(e), 0); return 0; }
  `);
  expect([sent, limits]).toEqual([{ events: "struct event" }, { events: "" }]);
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

test.each<[string, string]>([
  ["a switch that returns", "switch (which) { case 0: return &events; case 1: return &others; default: return 0; }"],
  [
    "a switch that assigns",
    "void *m; switch (which) { case 0: m = &events; break; case 1: m = &others; break; default: return 0; } return m;",
  ],
  ["a switch whose default comes first", "switch (which) { default: return &others; case 0: return &events; }"],
  [
    "a switch that falls through",
    "void *m = 0; switch (which) { case 1: m = &others; break; case 0: case 2: m = &events; } return m;",
  ],
  ["ranges of cases", "switch (which) { case -5 ... 0: return &events; case 1 ... 9: return &others; } return 0;"],
  ["comparisons", "if (which == 0) return &events; else if (which == 1) return &others; return 0;"],
  ["a comparison of one of them", "if (which < 1) return &events; return &others;"],
  ["a condition", "return which ? (which == 1 ? &others : 0) : &events;"],
])("the map that a function picks by %s of a constant is the one that is sent to", (_, body) => {
  const { sent } = read(`static __always_inline void *pick(int which) { ${body} }
    static __always_inline long send(int which, void *data, __u64 size) { return bpf_ringbuf_output(pick(which), data, size, 0); }
    SEND { struct event e = {}; struct exit x = {}; send(0, &e, sizeof(e)); send(1, &x, sizeof(x)); return 0; }`);
  expect(sent).toEqual({ events: "struct event", others: "struct exit" });
});

test("a function that sends to another map for each constant sends to the one of its call", () => {
  const { sent } = read(`static __always_inline long send(int which, void *data, __u64 size) {
      switch (which) { case 3: return bpf_ringbuf_output(&events, data, size, 0); case 4: return bpf_ringbuf_output(&others, data, size, 0); } return -1; }
    enum { EVENT = 3, EXIT };
    SEND { struct event e = {}; struct exit x = {}; send(EVENT, &e, sizeof(e)); send(EXIT, &x, sizeof(x)); return 0; }`);
  expect(sent).toEqual({ events: "struct event", others: "struct exit" });
});

test("a function that is called with what a run decides sends to all of its maps", () => {
  const { sent } =
    read(`static void *pick(int which) { switch (which) { case 0: return &events; default: return &others; } }
    SEND { struct event e = {}; bpf_ringbuf_output(pick(*(int *)ctx), &e, sizeof(e), 0); return 0; }`);
  expect(sent).toEqual({ events: "struct event", others: "struct event" });
});

const fill = "e->hdr.kind = 1; e->hdr.pid = 2;";

test.each<[string, string, string]>([
  [
    "a pointer is declared as",
    `char b[64]; struct event *e = (struct event *)b; ${fill} bpf_ringbuf_output(&events, b, 24, 0);`,
    "struct event",
  ],
  [
    "a void pointer becomes",
    `char b[64]; struct event *e = (void *)b; ${fill} bpf_ringbuf_output(&events, &b, 24, 0);`,
    "struct event",
  ],
  [
    "it is cast to where it is stored to",
    "__u64 b[8] = {}; ((struct event *)b)->hdr.kind = 1; bpf_ringbuf_output(&events, b, 24, 0);",
    "struct event",
  ],
  [
    "it is handed on as",
    "char b[24] = {}; fill((void *)b); bpf_ringbuf_output(&events, b, sizeof(b), 0);",
    "struct event",
  ],
  [
    "the function that hands it on takes it for",
    "char b[24]; struct event *e = (void *)b; put(b, 24);",
    "struct event",
  ],
  [
    "sizeof measures",
    "char b[64]; struct hdr *h = (void *)b; h->kind = 1; bpf_ringbuf_output(&events, b, sizeof(struct exit), 0);",
    "struct exit",
  ],
  [
    "is as long as what is sent, of several",
    "char b[64]; struct event *e = (void *)b; struct exit *x = (void *)b; x->code = 1; bpf_ringbuf_output(&events, b, 12, 0);",
    "struct exit",
  ],
  [
    "none begins with, where a run decides how much is sent",
    "char b[64]; struct hdr *h = (void *)b; struct event *e = (void *)b; bpf_ringbuf_output(&events, b, e->hdr.pid, 0);",
    "struct event",
  ],
  [
    "says nothing, where two may be meant",
    "char b[64]; struct exit *x = (void *)b; struct other *y = (void *)b; bpf_ringbuf_output(&events, b, 12, 0);",
    "?",
  ],
  [
    "lies further on",
    "__u64 b[8]; struct event *e = (struct event *)&b[1]; e->hdr.kind = 1; bpf_ringbuf_output(&events, b, 64, 0);",
    "__u64[8]",
  ],
])("memory of bytes or numbers is the struct that %s", (_, body, expected) => {
  const { sent } = read(`struct other { __u32 a[3]; };
    static void fill(struct event *e) { ${fill} }
    static void put(void *data, __u64 size) { bpf_ringbuf_output(&events, data, size, 0); }
    SEND { ${body} return 0; }`);
  expect(sent).toEqual({ events: expected });
});

test("what user space sends is received where the callback reads it", () => {
  const { places } = read(`static long on(struct bpf_dynptr *d, void *c) { struct event e;
bpf_dynptr_read(&e, sizeof(e), d, 0, 0); return 0; }
SEC("tp/u") int u(void *ctx) { bpf_user_ringbuf_drain(&events, on, 0, 0); return 0; }`);
  expect(places).toEqual(["bpf_dynptr_read"]);
});

const reserved = "struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0;";
const releasing =
  "static void (*bpf_ringbuf_discard)(void *data, __u64 flags) = (void *) 133; " +
  "static __always_inline void end(void *p, int keep) { if (keep) bpf_ringbuf_submit(p, 0); else bpf_ringbuf_discard(p, 0); }";

test.each([
  ["at once", `${reserved} bpf_ringbuf_discard(e, 0);`],
  ["on each path", `${reserved} if (ctx) { bpf_ringbuf_discard(e, 0); return 0; } bpf_ringbuf_discard(e, 0);`],
  ["by a function that would submit it if it were told so", `${reserved} end(e, 0);`],
  ["by another name", `${reserved} void *p = e; bpf_ringbuf_discard(p, 0);`],
])("what is reserved and discarded %s is not sent", (_, body) => {
  const { sent } = read(
    `${releasing} SEND { ${body} return 0; } SEC("tp/b") int b(void *ctx) { struct exit x = {}; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }`,
  );
  expect(sent).toEqual({ events: "struct exit" });
});

test.each([
  ["submitted on another path", `${reserved} if (ctx) bpf_ringbuf_discard(e, 0); else bpf_ringbuf_submit(e, 0);`],
  ["submitted by a function, on another path", `${reserved} end(e, ctx != 0);`],
  [
    "submitted as an integer",
    `${reserved} if (ctx) { bpf_ringbuf_discard(e, 0); return 0; } long n = (long)e; end((void *)n, 1);`,
  ],
  ["stored elsewhere", `${reserved} if (ctx) kept = e; else bpf_ringbuf_discard(e, 0);`],
])("what is reserved, and discarded or %s, is sent", (_, body) => {
  const { sent } = read(`${releasing} static void *kept; SEND { ${body} return 0; }`);
  expect(sent).toEqual({ events: "struct event" });
});

test.each([
  [
    "the first member of a struct, by its size",
    "struct all { struct event e; long more; } a = {}; struct all *p = &a; bpf_ringbuf_output(&events, p, sizeof(p->e), 0);",
    "struct event",
  ],
  [
    "all of an array of structs",
    "struct exit two[2] = {}; bpf_ringbuf_output(&events, two, sizeof(two), 0);",
    "struct exit[2]",
  ],
  [
    "one of an array of structs",
    "struct exit two[2] = {}; bpf_ringbuf_output(&events, two, sizeof(two[0]), 0);",
    "struct exit",
  ],
  [
    "a struct and more, through a pointer to its header",
    "struct hdr *h = ctx; bpf_ringbuf_output(&events, h, sizeof(struct event) + h->pid, 0);",
    "struct event",
  ],
])("a call carries %s", (_, body, type) => {
  expect(read(`SEND { ${body} return 0; }`).sent).toEqual({ events: type });
});

test.each([
  ["a constant", "sizeof(struct event)"],
  ["what a run knows", "sizeof(struct event) + n"],
])("a dynptr of %s is the struct that its size names, where a header of it is filled alone", (_, size) => {
  const { sent, sizes } = read(`SEND { struct bpf_dynptr d; int n = bpf_loop ? 3 : 4;
    bpf_ringbuf_reserve_dynptr(&events, ${size}, 0, &d);
    struct hdr *h = bpf_dynptr_data(&d, 0, sizeof(*h)); if (h) h->kind = 1; return 0; }`);
  expect(sent).toEqual({ events: "struct event" });
  expect(sizes.every((one) => Number.parseInt(one, 10) >= 24)).toBe(true);
});

const both = "struct event e = {}; struct exit x = {};";

test.each([
  ["a branch", `${both} void *p = &e; __u32 n = sizeof(e); if (ctx) { p = &x; n = sizeof(x); }`, ["24", "12"]],
  [
    "two branches",
    `${both} void *p; long n; if (ctx) { n = sizeof(e); p = &e; } else { n = sizeof(x); p = &x; }`,
    ["24", "12"],
  ],
])("a pointer and a size that %s chooses together are no other pairs", (_, body, sizes) => {
  const found = read(`SEND { ${body} bpf_ringbuf_output(&events, p, n, 0); return 0; }`);
  expect([found.sent, found.sizes]).toEqual([{ events: "struct event, struct exit" }, sizes]);
});

test("a pointer and a size that are chosen apart may be any pair", () => {
  const { sizes } =
    read(`SEND { ${both} void *p = &e; __u32 n = sizeof(e); if (ctx) p = &x; if (bpf_loop) n = sizeof(x);
    bpf_ringbuf_output(&events, p, n, 0); return 0; }`);
  expect(sizes).toEqual(["24", "12", "24", "12"]);
});

test.each([
  ["in a struct", "struct out { void *ring; } o = { .ring = &events }; bpf_ringbuf_output(o.ring, &e, sizeof(e), 0);"],
  ["in an array", "void *maps[1] = { &events }; bpf_ringbuf_output(maps[0], &e, sizeof(e), 0);"],
  ["behind a pointer to a pointer", "void *map = &events, **to = &map; bpf_ringbuf_output(*to, &e, sizeof(e), 0);"],
  [
    "given to a function that a pointer names",
    "long (*send)(void *, void *, __u64); send = ctx ? one : other; send(&events, &e, sizeof(e));",
  ],
])("a map that is %s is not followed, so that any may carry more", (_, statements) => {
  const { sent } = read(`
    static long one(void *map, void *data, __u64 size) { return bpf_ringbuf_output(map, data, size, 0); }
    static long other(void *map, void *data, __u64 size) { return bpf_ringbuf_output(map, data, size, 1); }
    SEC("tp/a") int a(void *ctx) { struct event e; ${statements} return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; bpf_ringbuf_output(&others, &x, sizeof(x), 0); return 0; }
  `);
  expect(sent["others"]).toBe("?, struct exit");
  expect(sent["events"]).toBe("?");
});

test.each([
  ["a member and those behind it", "bpf_ringbuf_output(&events, &e.hdr.pid, sizeof(e) - 4, 0);", "?"],
  ["the same by a pointer", "__u32 *p = &e.hdr.pid; void *q = p; bpf_ringbuf_output(&events, q, 20, 0);", "?"],
  ["more than the array of a member", "bpf_ringbuf_output(&events, all.v, 24, 0);", "?"],
  ["a part of the array of a member", "bpf_ringbuf_output(&events, &all.v[1], 8, 0);", "__u32[2]"],
  ["as many of them as a run decides", "bpf_ringbuf_output(&events, all.v, (long)ctx & 15, 0);", "?"],
  [
    "a pointer that nothing tells the array of",
    "__u32 *p = bpf_ringbuf_reserve(&events, 16, 0); p[3] = 1;",
    "__u32[4]",
  ],
])("numbers are an array where it is one that is sent: %s", (_, body, types) => {
  const { sent } = read(
    `struct all { __u32 n; __u32 v[4]; __u32 more; }; SEND { struct event e; struct all all; ${body} return 0; }`,
  );
  expect(sent).toEqual({ events: types });
});

test.each<[string, string, string]>([
  ["behind a block", "{ struct event e __attribute__((cleanup(end))); }", "struct event"],
  ["of a variable that specifiers give it", "__attribute__((cleanup(end))) struct event e;", "struct event"],
  ["before a return", "struct event e __attribute__((__cleanup__(end))); if (ctx) return 1;", "struct event"],
  ["where nothing runs", "return 0; { struct event e __attribute__((cleanup(end))); }", ""],
])("a function that `cleanup` names sends what it does: %s", (_, body, types) => {
  const { sent } = read(`static void end(struct event *e) { bpf_ringbuf_output(&events, e, sizeof(*e), 0); }
    SEND { ${body} return 0; }`);
  expect(sent.events ?? "").toBe(types);
});

test("a union is what its own size is sent of, whichever arm the pointer is to", () => {
  const { sent } = read(`union any { struct event event; struct exit exit; };
    SEND { union any u = {}; bpf_ringbuf_output(&events, &u.exit, sizeof(u), 0); bpf_ringbuf_output(&others, &u.exit, sizeof(u.exit), 0); return 0; }`);
  expect(sent).toEqual({ events: "union any", others: "struct exit" });
});

const called =
  "static long cb(__u32 i, void *c) { struct event e; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }";

test.each<[string, string, string, string]>([
  ["a variable holds it", "", "long (*f)(__u32, void *) = cb; bpf_loop(2, f, 0, 0);", "struct event"],
  ["a condition chooses it", "", "bpf_loop(2, ctx ? (void *)cb : (void *)0, 0, 0);", "struct event"],
  ["a function is handed it", "static void go(void *f) { bpf_loop(2, f, 0, 0); }", "go(cb);", "struct event"],
  ["a pointer of the file says it", "static void *f = cb;", "bpf_loop(2, f, 0, 0);", "?"],
  ["a struct holds it", "struct job { void *f; };", "struct job j = { cb }; bpf_loop(2, j.f, 0, 0);", "?"],
])("what a callback sends is found, or said not to be known, where %s", (_, functions, body, types) => {
  const { sent, limits } = read(`${called} ${functions} SEND { ${body} return 0; }`);
  expect(sent.events).toBe(types);
  expect(limits.events).toBe(types === "?" ? "a pointer says which function is called here" : "");
});

test("a function that calls itself is followed once, and more may be sent", () => {
  const { limits } = read(`
    static int send(struct event *e, int n) { if (n <= 0) return bpf_ringbuf_output(&events, e, sizeof(*e), 0); return send(e, n - 1); }
    SEND { struct event e; return send(&e, 3); }`);
  expect(limits).toEqual({
    events: "a function that calls itself is followed once",
    others: "a function that calls itself is followed once",
  });
});

test("what sizeof and typeof ask for is not run", () => {
  const { sent } = read(`SEND { struct event e; struct exit x;
    __u64 n = sizeof(bpf_ringbuf_output(&events, &x, sizeof(x), 0)); typeof(bpf_ringbuf_output(&events, &x, sizeof(x), 0)) r = n;
    bpf_ringbuf_output(&events, &e, sizeof(e), r); return 0; }`);
  expect(sent).toEqual({ events: "struct event" });
});
