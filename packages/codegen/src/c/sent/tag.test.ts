import { expect, test } from "vitest";
import { readSent as read } from "./testing/read-sent.ts";

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

test.each<[string, string, string | undefined]>([
  ["members of a struct in it", "struct event e = { 1, 7 };", undefined],
  ["a struct in it as a whole", "struct hdr h = { 1 }; struct event e = { h };", undefined],
  [
    "members before such a struct",
    "struct wide { struct { __u32 kind; } hdr; struct hdr h; __u32 more[3]; }; struct wide e = { { 1 }, 5, 6 };",
    "hdr.kind=1",
  ],
  ["elements of an array", "struct event e[2] = { { { 1 } }, { { 3 } } };", "hdr.kind=1"],
  ["an element that is named", "struct event e[2] = { [1] = { { 3 } }, [0].hdr.kind = 1 };", "hdr.kind=1"],
  ["a range of elements", "struct event e[2] = { [0 ... 1] = { { 1 } } };", undefined],
])("a member that braces fill does not hold zero: %s", (_, declared, kinds) => {
  const { tags } =
    read(`SEC("tp/a") int a(void *ctx) { ${declared} bpf_ringbuf_output(&events, &e, sizeof(struct event), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x = {}; x.hdr.kind = 2; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }`);
  expect(tags["struct event"] ?? tags["struct wide"]).toBe(kinds);
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
  [
    "it is submitted only where there is none",
    "struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) bpf_ringbuf_submit(e, 0);",
  ],
  ["it is never submitted", `${reserve} e->hdr.kind = 1;`],
])("a member is no tag where it is not certain: %s", (_, body) => {
  const { sent, tags } = read(`
    static long cb(__u32 i, struct event *e) { e->hdr.kind = 50 + i; return 0; }
    SEC("tp/a") int a(void *ctx) { ${body} return 0; } ${exitSent}`);
  expect([sent, tags]).toEqual([{ events: "struct event, struct exit" }, {}]);
});

test("several records that nothing tells apart have no tag", () => {
  const { sent, tags } = read(`
    SEC("tp/a") int a(void *ctx) { struct event e; e.hdr.kind = 1; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; x.hdr.kind = 1; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
  `);
  expect([sent, tags]).toEqual([{ events: "struct event, struct exit" }, {}]);
});

const more = `
  static long (*bpf_probe_read_kernel)(void *dst, __u32 size, const void *unsafe_ptr) = (void *) 113;
  static long (*bpf_get_current_comm)(void *buf, __u32 size_of_buf) = (void *) 16;
  static void (*bpf_ringbuf_submit_dynptr)(struct bpf_dynptr *ptr, __u64 flags) = (void *) 199;
  struct { __uint(type, 6); __type(key, __u32); __type(value, struct event); __uint(max_entries, 1); } heap SEC(".maps");
  static struct event last;
  static struct hdr *hdr_of(struct event *e) { return &e->hdr; }
  static void refill(void) { last.hdr.kind = 2; }
  static void again(void) { __u32 k = 0; struct event *e = bpf_map_lookup_elem(&heap, &k); if (e) e->hdr.kind = 2; }
  static void fill(struct hdr *h) { h->kind = 2; }
  extern void elsewhere(struct hdr *h);
  extern void looks(const struct hdr *h);
`;
const tagged = (body: string) => read(`${more} SEC("tp/a") int a(void *ctx) { ${body} return 0; } ${exitSent}`).tags;

test.each<[string, string]>([
  [
    "memory is cleared from it on, by a size that a run decides",
    `struct event e; e.hdr.kind = 1; __builtin_memset(&e, 0, *(int *)ctx); ${send}`,
  ],
  [
    "other bytes are set than those of its pointer's type",
    `struct event e; e.hdr.kind = 1; __builtin_memset((char *)&e, 7, 2); ${send}`,
  ],
  ["a part of it is cleared", `struct event e; e.hdr.kind = 1; __builtin_memset(&e, 0, 2); ${send}`],
  ["memory is moved over it", `struct event e; e.hdr.kind = 1; __builtin_memmove((char *)&e, ctx, 4); ${send}`],
  [
    "a helper writes more than its pointer's type has",
    `struct event e; e.hdr.kind = 1; bpf_probe_read_kernel((char *)&e, 24, ctx); ${send}`,
  ],
  [
    "a helper writes as much as a run decides",
    `struct event e; e.hdr.kind = 1; bpf_probe_read_kernel((char *)&e, *(int *)ctx, ctx); ${send}`,
  ],
  ["a statement that is not understood names it", `struct event e; e.hdr.kind = 1; e.hdr.kind @ 2; ${send}`],
  [
    "a block that is not understood stores to it",
    `struct event e; e.hdr.kind = 1; if (ctx @ 3) { e.hdr.kind = 2; } ${send}`,
  ],
  [
    "instructions give it a value",
    `struct event e; e.hdr.kind = 1; asm volatile("%0 = 2" : "=r"(e.hdr.kind)); ${send}`,
  ],
  [
    "instructions are handed its address",
    `struct event e; e.hdr.kind = 1; asm volatile("*(u32 *)(%0 + 0) = r0" :: "r"(&e)); ${send}`,
  ],
  [
    "instructions change memory",
    `struct event e; struct event *p = &e; e.hdr.kind = 1; asm volatile("r1 = r10" ::: "r1", "memory"); ${send}`,
  ],
  [
    "a pointer is an address that is counted",
    `struct event e; e.hdr.kind = 1; *(__u32 *)((__u64)&e + *(int *)ctx) = 2; ${send}`,
  ],
  ["a function gives a pointer to it", `struct event e; e.hdr.kind = 1; hdr_of(&e)->kind = *(int *)ctx; ${send}`],
  [
    "a variable that a function gives points to it",
    `struct event e; e.hdr.kind = 1; struct hdr *h = hdr_of(&e); h->kind = *(int *)ctx; ${send}`,
  ],
  [
    "one of two pointers is stored through",
    `struct event e; struct hdr o; e.hdr.kind = 1; struct hdr *h = ctx ? &e.hdr : &o; h->kind = 2; ${send}`,
  ],
  [
    "a pointer to it may point elsewhere",
    `struct event e; struct hdr o; e.hdr.kind = 1; struct hdr *h = &e.hdr; if (ctx) h = &o; h->kind = 2; ${send}`,
  ],
  [
    "a function is handed a pointer that may point elsewhere",
    `struct event e; struct hdr o; e.hdr.kind = 1; struct hdr *h = &e.hdr; if (ctx) h = &o; fill(h); ${send}`,
  ],
  ["a pointer to it is moved", `struct event e; e.hdr.kind = 1; __u32 *p = &e.hdr.kind; if (ctx) p++; *p = 2; ${send}`],
  ["a function of another file is handed it", `struct event e; e.hdr.kind = 1; elsewhere(&e.hdr); ${send}`],
  [
    "another function looks up the same memory of a map",
    "__u32 k = 0; struct event *e = bpf_map_lookup_elem(&heap, &k); if (!e) return 0; e->hdr.kind = 1; again(); bpf_ringbuf_output(&events, e, sizeof(*e), 0);",
  ],
  [
    "another pointer to the same memory of a map is stored through",
    "__u32 k = 0; struct event *e = bpf_map_lookup_elem(&heap, &k), *f = bpf_map_lookup_elem(&heap, &k); if (!e || !f) return 0; e->hdr.kind = 1; f->hdr.kind = *(int *)ctx; bpf_ringbuf_output(&events, e, sizeof(*e), 0);",
  ],
])("a member is no tag where %s", (_, body) => {
  expect(tagged(body)).toEqual({});
});

test.each<[string, string, string]>([
  [
    "memory is cleared before it, or behind",
    `struct event e; e.hdr.kind = 1; __builtin_memset(&e.hdr.pid, 0, 4); __builtin_memset(e.comm, 0, sizeof(e.comm)); ${send}`,
    "1",
  ],
  [
    "memory is cleared by a pointer of bytes, and all of it",
    `struct event e; __builtin_memset((char *)&e, 0, sizeof(e)); if (ctx) e.hdr.kind = 1; ${send}`,
    "0,1",
  ],
  [
    "a helper writes behind it",
    `struct event e; e.hdr.kind = 1; bpf_get_current_comm(&e.comm, sizeof(e.comm)); bpf_probe_read_kernel(&e.hdr.pid, 4, ctx); ${send}`,
    "1",
  ],
  [
    "a helper writes to an element at an index that a run decides",
    `struct event e; e.hdr.kind = 1; bpf_probe_read_kernel(&e.comm[*(int *)ctx], 1, ctx); ${send}`,
    "1",
  ],
  [
    "compilers are kept from moving stores",
    `struct event e; e.hdr.kind = 1; asm volatile("" ::: "memory"); ${send}`,
    "1",
  ],
  [
    "instructions change another variable",
    `struct event e; int n = 3; e.hdr.kind = 1; asm volatile("%0 &= 7" : "+r"(n)); ${send}`,
    "1",
  ],
  ["a statement that is not understood does not name it", `struct event e; int n; e.hdr.kind = 1; n @ 3; ${send}`, "1"],
  [
    "a header is copied by its bytes",
    `struct hdr h = { .kind = 1 }; struct event e; __builtin_memcpy(&e.hdr, &h, sizeof(h)); ${send}`,
    "1",
  ],
  [
    "a header is copied by its bytes into reserved memory",
    `struct hdr h = { .kind = 1 }; ${reserve} __builtin_memcpy(&e->hdr, &h, sizeof(h)); bpf_ringbuf_submit(e, 0);`,
    "1",
  ],
  ["a struct is assigned as a whole", `struct event e; e = (struct event){ .hdr = { .kind = 1 } }; ${send}`, "1"],
  [
    "a pointer has an offset",
    `struct event e; *(__u32 *)((char *)&e + 0) = 1; *(__u32 *)((char *)&e + 4) = 2; ${send}`,
    "1",
  ],
  ["a function only looks at it", `struct event e; e.hdr.kind = 1; looks(&e.hdr); ${send}`, "1"],
  [
    "a variable of the file is changed by a function",
    `last.hdr.kind = 1; refill(); bpf_ringbuf_output(&events, &last, sizeof(last), 0);`,
    "2",
  ],
  ["bytes are swapped", `struct event e; e.hdr.kind = __builtin_bswap32(1); ${send}`, "16777216"],
  ["bits are inverted and cut", `struct event e; e.hdr.kind = ~0xffULL & 0x3ff; ${send}`, "768"],
  [
    "it is written into a dynptr, and then changed there",
    `struct bpf_dynptr p; struct event e; e.hdr.kind = 3; bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p); bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); struct event *d = bpf_dynptr_data(&p, 0, sizeof(*d)); if (d) d->hdr.kind = 1; bpf_ringbuf_submit_dynptr(&p, 0);`,
    "1,3",
  ],
  [
    "a part of it is written into a dynptr later",
    `struct bpf_dynptr p; struct event e; struct hdr h = { .kind = 1 }; e.hdr.kind = 3; bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p); bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); bpf_dynptr_write(&p, 0, &h, sizeof(h), 0); bpf_ringbuf_submit_dynptr(&p, 0);`,
    "1",
  ],
  [
    "a slice of a dynptr is filled",
    `struct bpf_dynptr p; bpf_ringbuf_reserve_dynptr(&events, 24, 0, &p); struct event *d = bpf_dynptr_data(&p, 0, sizeof(*d)); if (d) { d->hdr.kind = 1; bpf_ringbuf_submit_dynptr(&p, 0); }`,
    "1",
  ],
])("the tag of a record is known where %s", (_, body, values) => {
  expect(tagged(body)).toEqual({ "struct event": `hdr.kind=${values}`, "struct exit": "hdr.kind=4" });
});

test("a struct that memory of a dynptr is written from at a place that a run decides is no tag's", () => {
  expect(
    tagged(`struct bpf_dynptr p; struct event e; e.hdr.kind = 3; bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p); bpf_dynptr_write(&p, 0, &e, sizeof(e), 0);
      bpf_dynptr_write(&p, *(int *)ctx, &e, 4, 0); bpf_ringbuf_submit_dynptr(&p, 0);`),
  ).toEqual({});
});

/** Programs that send two records, each from memory that `start` reserves and puts the tag into. */
const started = (start: string, inside: string = ""): Record<string, string> =>
  read(`${more}
    static __always_inline void *start(__u32 kind, __u64 size) { struct hdr *x = bpf_ringbuf_reserve(&events, size, 0); ${start} }
    ${inside === "" ? "static __always_inline void *open(__u32 kind, __u64 size) { return start(kind, size); }" : inside}
    SEC("tp/a") int a(void *ctx) { struct event *e = open(1, sizeof(*e)); if (!e) return 0; e->comm[0] = 1; bpf_ringbuf_submit(e, 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit *x = open(4, sizeof(*x)); if (x) { x->code = 2; bpf_ringbuf_submit(x, 0); } return 0; }`)
    .tags;
const ofBoth = { "struct event": "hdr.kind=1", "struct exit": "hdr.kind=4" };

test.each<[string, string]>([
  ["0", "if (!x) return 0; x->kind = kind; return x;"],
  ["a null pointer", "if (x == (void *)0) { return (void *)0; } x->kind = kind; return x;"],
  ["the pointer that is null", "if (!x) return x; x->kind = kind; return x;"],
  ["it behind a branch that stores", "if (x) x->kind = kind; return x;"],
  ["it behind a branch that stores, by a comparison", "if ((void *)0 != x) x->kind = kind; return x;"],
  ["a null pointer in the other branch", "if (x) { x->kind = kind; return x; } else { return (void *)0; }"],
  ["what a jump leads to", "if (!x) goto out; x->kind = kind; out: return x;"],
  ["0 on a path that is hardly taken", "if (__builtin_expect(!!(!x), 0)) return 0; x->kind = kind; return x;"],
  [
    "0 for one of two reasons",
    "if (!x || !size) { if (x) bpf_ringbuf_discard(x, 0); return 0; } x->kind = kind; return x;",
  ],
  ["one of two", "if (x && size) x->kind = kind; else { if (x) bpf_ringbuf_discard(x, 0); return 0; } return x;"],
  [
    "0 behind a discard",
    "if (!x) return 0; if (size > 99) { bpf_ringbuf_discard(x, 0); return 0; } x->kind = kind; return x;",
  ],
  ["a choice", "return x ? (x->kind = kind, x) : (void *)0;"],
  ["it behind an operator that stores", "x && (x->kind = kind); return x;"],
  ["0 behind an assignment in the condition", "struct hdr *y; if (!(y = x)) return 0; y->kind = kind; return y;"],
])("the tag is known that a function stores which reserves the record, and returns %s", (_, start) => {
  expect(started(start)).toEqual(ofBoth);
});

test.each<[string, string]>([
  ["hands the pointer on", "void *x = start(kind, size); return x;"],
  ["asks again", "struct hdr *x = start(kind, size); if (!x) return 0; x->pid = 3; return x;"],
  ["stores behind a branch", "struct hdr *x = start(kind, size); if (x) x->pid = 3; return x;"],
  ["hands it to a third", "struct hdr *x = deeper(kind, size); if (!x) return x; x->pid = 3; return x;"],
])("the tag is known that a function stores below another which %s", (_, open) => {
  const between = `static __always_inline void *deeper(__u32 kind, __u64 size) { struct hdr *x = start(kind, size); if (x) x->pid = 7; return x; }
    static __always_inline void *open(__u32 kind, __u64 size) { ${open} }`;
  for (const start of [
    "if (!x) return 0; x->kind = kind; return x;",
    "if (!x) return (void *)0; x->kind = kind; return x;",
    "if (!x) return x; x->kind = kind; return x;",
    "if (x) x->kind = kind; return x;",
  ])
    expect(started(start, between)).toEqual(ofBoth);
});

test.each<[string, string]>([
  [
    "another pointer is null",
    "struct hdr *y = bpf_map_lookup_elem(&heap, &kind); if (!y) return x; x->kind = kind; return x;",
  ],
  ["the pointer is none", "if (x) return x; x->kind = kind; return x;"],
  [
    "one of two pointers is null",
    "struct hdr *y = bpf_map_lookup_elem(&heap, &kind); if (!x || !y) return x; x->kind = kind; return x;",
  ],
  ["the variable was made null before", "struct hdr *y = x; x = 0; if (!x) return y; y->kind = kind; return y;"],
  [
    "something else was discarded",
    "struct hdr *y = bpf_ringbuf_reserve(&others, size, 0); if (y) bpf_ringbuf_discard(y, 0); else return x; if (size > 30) return x; x->kind = kind; return x;",
  ],
])("no tag is known where a function may return the record without, as %s", (_, start) => {
  expect(started(start)).toEqual({});
});

test.each<[string, string]>([
  [
    "a status that is not 0",
    "if (bpf_ringbuf_reserve_dynptr(&events, size, 0, p)) { bpf_ringbuf_discard_dynptr(p, 0); return -1; }",
  ],
  [
    "a negative status",
    "long err = bpf_ringbuf_reserve_dynptr(&events, size, 0, p); if (err < 0) { bpf_ringbuf_discard_dynptr(p, 0); return err; }",
  ],
  [
    "a status that is not 0, and leaves it",
    "long err = bpf_ringbuf_reserve_dynptr(&events, size, 0, p); if (err != 0) return err;",
  ],
])("the tag is known that a function writes into a dynptr which it reserves, and leaves by %s", (_, reserved) => {
  const { tags } =
    read(`${more} static void (*bpf_ringbuf_discard_dynptr)(struct bpf_dynptr *ptr, __u64 flags) = (void *) 200;
    static __always_inline long start(struct bpf_dynptr *p, __u32 kind, __u64 size) { struct event e = { .hdr = { .kind = kind } }; ${reserved} bpf_dynptr_write(p, 0, &e, sizeof(e), 0); return 0; }
    SEC("tp/a") int a(void *ctx) { struct bpf_dynptr p; if (start(&p, 1, sizeof(struct event)) == 0) bpf_ringbuf_submit_dynptr(&p, 0); return 0; } ${exitSent}`);
  expect(tags).toEqual(ofBoth);
});

/** Programs that send two records of a map, each from memory that `get` looks up and puts the tag into. */
const got = (get: string, more_: string = ""): Record<string, string> =>
  read(`${more} extern void *elsewhere_(void);
    ${more_} static __always_inline void *get(__u32 kind) { __u32 zero = 0; struct hdr *b = bpf_map_lookup_elem(&heap, &zero); ${get} }
    SEC("tp/a") int a(void *ctx) { struct event *e = get(1); if (!e) return 0; e->hdr.pid = 10; bpf_ringbuf_output(&events, e, sizeof(*e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit *x = get(4); if (!x) return 0; x->hdr.pid = 20; bpf_ringbuf_output(&events, x, sizeof(*x), 0); return 0; }`)
    .tags;

test.each<[string, string]>([
  ["0", "if (!b) return 0; b->kind = kind; return b;"],
  ["a null pointer", "if (b == (void *)0) return (void *)0; b->kind = kind; return b;"],
  ["the pointer that is null", "if (!b) return b; b->kind = kind; return b;"],
  ["it behind a branch that stores", "if (b) b->kind = kind; return b;"],
  ["it as another type", "if (!b) return 0; b->kind = kind; return (struct event *)b;"],
])("more than one tag is seen where a function looks the memory up, stores one, and returns %s", (_, get) => {
  // pid is another constant of each.
  expect(got(get)).toEqual({});
  const { tags } =
    read(`${more} static __always_inline void *get(__u32 kind) { __u32 zero = 0; struct hdr *b = bpf_map_lookup_elem(&heap, &zero); ${get} }
    SEC("tp/a") int a(void *ctx) { struct event *e = get(1); if (!e) return 0; e->hdr.pid = *(int *)ctx; bpf_ringbuf_output(&events, e, sizeof(*e), 0); return 0; } ${exitSent}`);
  expect(tags).toEqual(ofBoth);
});

test.each<[string, string, string]>([
  ["one of two pointers", "if (!b) return 0; b->kind = kind; return kind == 1 ? (void *)b : elsewhere_();", ""],
  [
    "what a function gives that calls itself",
    "return again_(kind);",
    "static void *again_(__u32 kind) { if (kind) return again_(kind - 1); return bpf_map_lookup_elem(&heap, &kind); }",
  ],
])("no member is a tag of memory that a function gives which is not followed, as it returns %s", (_, get, before) => {
  expect(got(get, before)).toEqual({});
});

test.each<[string, string, string]>([
  ["a bit is added on one path", "struct event e; e.hdr.kind = 1; if (ctx) e.hdr.kind |= 2;", "1,3"],
  ["a bit is added on each", "struct event e; e.hdr.kind = 1; e.hdr.kind |= 8;", "9"],
  ["bits are added on many", "struct event e = {}; if (ctx) e.hdr.kind |= 1; if (ctx) e.hdr.kind |= 2;", "0,1,2,3"],
  ["a number is added, in long", "struct event e; e.hdr.kind = 1; e.hdr.kind = e.hdr.kind + 6;", "7"],
  ["it is shifted, and wraps", "struct event e; e.hdr.kind = 0x80000001; e.hdr.kind <<= 1;", "2"],
  [
    "it is that of a variable to which a bit is added",
    "struct event e; __u32 k = 1; if (ctx) k |= 2; e.hdr.kind = k;",
    "1,3",
  ],
  ["one is taken from zero", "struct event e = {}; e.hdr.kind -= 1;", "4294967295"],
  ["a variable has what was assigned to it last", "struct event e; __u32 k = 1; k = 3; e.hdr.kind = k;", "3"],
  ["a bit is added to a variable on each path", "struct event e; __u32 k = 16; k |= 1; e.hdr.kind = k;", "17"],
  ["a variable is shifted", "struct event e; __u32 k = 8; k >>= 1; k ^= 1; e.hdr.kind = k + 500;", "505"],
  ["a variable is counted on, and wraps", "struct event e; __u8 k = 200; k += 100; e.hdr.kind = k + 500;", "544"],
  ["a variable is changed behind it", "struct event e; __u32 k = 1; e.hdr.kind = k; k |= 2;", "1"],
  ["a variable is set on one path", "struct event e; __u32 k = 1; if (ctx) { k = 2; k |= 1; } e.hdr.kind = k;", "1,3"],
])("a tag is what the code makes of a constant: %s", (_, statements, values) => {
  const { tags } = read(`SEC("tp/a") int a(void *ctx) { ${statements} ${send} return 0; } ${exitSent}`);
  expect(tags).toEqual({ "struct event": `hdr.kind=${values}`, "struct exit": "hdr.kind=4" });
});

test.each([
  ["in a loop", "for (int i = 0; i < 3; i++) e.hdr.kind += 1;"],
  ["by what a run knows", "e.hdr.kind |= *(int *)ctx;"],
  ["by a division by zero", "e.hdr.kind /= 0;"],
  ["more often than is followed", "if (ctx) e.hdr.kind += 1;".repeat(80)],
])("a member that is changed %s is no tag", (_, statement) => {
  const { tags } = read(
    `SEC("tp/a") int a(void *ctx) { struct event e; e.hdr.kind = 1; ${statement} ${send} return 0; } ${exitSent}`,
  );
  expect(tags).toEqual({});
});

test("a function that looks scratch memory up may store the tag into it, too", () => {
  const { tags } = read(`
    struct { __uint(type, 6); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, 64); } scratch SEC(".maps");
    static void *get(__u32 kind) { __u32 z = 0; struct hdr *h = bpf_map_lookup_elem(&scratch, &z); if (h) h->kind = kind; return h; }
    SEC("tp/a") int a(void *ctx) { struct event *e = get(1); if (!e) return 0; bpf_ringbuf_output(&events, e, sizeof(*e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit *e = get(2); if (!e) return 0; bpf_ringbuf_output(&events, e, sizeof(*e), 0); return 0; }
  `);
  expect(tags).toEqual({ "struct event": "hdr.kind=1", "struct exit": "hdr.kind=2" });
});

test("a header that is sent alone is told apart from records that begin with it, whose tag has another path", () => {
  const { tags } = read(`
    SEC("tp/a") int a(void *ctx) { struct hdr h = { .kind = 1 }; bpf_ringbuf_output(&events, &h, sizeof(h), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x = { .hdr.kind = 2 }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
  `);
  expect(tags).toEqual({ "struct hdr": "kind=1", "struct exit": "hdr.kind=2" });
});

test("integers of different names are no tag, though they lie at one place", () => {
  const { tags } = read(`
    struct other { __u32 state; };
    SEC("tp/a") int a(void *ctx) { struct other h = { .state = 1 }; bpf_ringbuf_output(&events, &h, sizeof(h), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x = { .hdr.kind = 2 }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
  `);
  expect(tags).toEqual({});
});

test("a function that reserves each of several records by its argument stores the tag of each", () => {
  const { sent, tags } = read(`
    static void *get(__u32 k) { void *p; switch (k) {
      case 1: p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); break;
      case 2: p = bpf_ringbuf_reserve(&events, sizeof(struct exit), 0); break;
      default: return (void *)0; }
      if (p) ((struct hdr *)p)->kind = k; return p; }
    SEC("tp/a") int a(void *ctx) { struct event *e = get(1); if (!e) return 0; bpf_ringbuf_submit(e, 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit *e = get(2); if (!e) return 0; bpf_ringbuf_submit(e, 0); return 0; }
  `);
  expect([sent, tags]).toEqual([
    { events: "struct event, struct exit" },
    { "struct event": "hdr.kind=1", "struct exit": "hdr.kind=2" },
  ]);
});

test.each<[string, string, Readonly<Record<string, string>>]>([
  [
    "one after the other",
    `void *p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); if (!p) return 0;
     ((struct event *)p)->hdr.kind = 1; bpf_ringbuf_submit(p, 0);
     p = bpf_ringbuf_reserve(&events, sizeof(struct exit), 0); if (!p) return 0;
     ((struct exit *)p)->hdr.kind = 2; bpf_ringbuf_submit(p, 0);`,
    { "struct event": "hdr.kind=1", "struct exit": "hdr.kind=2" },
  ],
  [
    "while another one has the first",
    `struct event *p = bpf_ringbuf_reserve(&events, sizeof(*p), 0), *q; if (!p) return 0;
     p->hdr.kind = 1; q = p;
     p = bpf_ringbuf_reserve(&events, sizeof(*p), 0); if (!p) { bpf_ringbuf_discard(q, 0); return 0; }
     p->hdr.kind = 5; bpf_ringbuf_submit(q, 0); bpf_ringbuf_submit(p, 0); ${exitSent.replace(/^.*?{|return 0; }$/g, "")}`,
    { "struct event": "hdr.kind=1,5", "struct exit": "hdr.kind=4" },
  ],
  [
    "by a pointer into each",
    `struct hdr *h; void *p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); if (!p) return 0;
     h = p; h->kind = 1; bpf_ringbuf_submit(p, 0);
     p = bpf_ringbuf_reserve(&events, sizeof(struct exit), 0); if (!p) return 0;
     h = p; h->kind = 2; bpf_ringbuf_submit(p, 0);`,
    { "struct event": "hdr.kind=1", "struct exit": "hdr.kind=2" },
  ],
  [
    "which of them a run decides",
    `void *p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0); if (!p) return 0;
     ((struct event *)p)->hdr.kind = 1;
     if (ctx) { bpf_ringbuf_submit(p, 0); p = bpf_ringbuf_reserve(&events, sizeof(struct exit), 0); if (!p) return 0; }
     ((struct hdr *)p)->kind = 2; bpf_ringbuf_submit(p, 0);`,
    {},
  ],
])("a variable that is set to several records is each one's in its time: %s", (_, body, tags) => {
  expect(read(`SEC("tp/a") int a(void *ctx) { ${body} return 0; }`).tags).toEqual(tags);
});

test.each<[string, string, string]>([
  ["behind its block", "last.hdr.kind = 1; { int g CLEAN; } SENT;", "3"],
  ["not before the end of its block", "int g CLEAN; last.hdr.kind = 1; SENT;", "1"],
  ["at the end of each run of a loop", "last.hdr.kind = 1; for (int i = 0; i < 2; i++) { int g CLEAN; } SENT;", "1,3"],
  ["where a loop is left", "last.hdr.kind = 1; for (;;) { int g CLEAN; break; } SENT;", "3"],
  [
    "where a loop goes on",
    "int n = 2; last.hdr.kind = 1; while (n--) { int g CLEAN; if (ctx) continue; last.hdr.kind = 3; } SENT;",
    "1,3",
  ],
  ["not where the loop in its block is left", "int g CLEAN; last.hdr.kind = 1; for (;;) { break; } SENT;", "1"],
  ["or not where a jump leads out of it or not", "last.hdr.kind = 1; { int g CLEAN; goto out; } out: SENT;", "1,3"],
])("a function that `cleanup` names stores what it does %s", (_, body, kinds) => {
  const { tags } = read(`static struct event last;
    static void clean(int *g) { last.hdr.kind = 3; }
    #define CLEAN __attribute__((cleanup(clean))) = 1
    #define SENT bpf_ringbuf_output(&events, &last, sizeof(last), 0)
    SEC("tp/a") int a(void *ctx) { ${body} return 0; } ${exitSent}`);
  expect(tags).toEqual({ "struct event": `hdr.kind=${kinds}`, "struct exit": "hdr.kind=4" });
});

test("a tag is what a function stores on the path that its constant takes, and not on others", () => {
  const { tags } = read(`
    static void fill(struct hdr *h, int what) { switch (what) { case 1: h->kind = 11; break; case 2: h->kind = 12; break; default: h->kind = 13; } }
    SEC("tp/a") int a(void *ctx) { struct event e; fill(&e.hdr, 1); bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; fill(&x.hdr, ctx ? 2 : 3); bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }`);
  expect(tags).toEqual({ "struct event": "hdr.kind=11", "struct exit": "hdr.kind=12,13" });
});

test.each<[string, string, string]>([
  ["a _Bool holds 0 or 1", "_Bool tag; __u8 pad[3];", "2"],
  ["-1 in a _Bool is 1", "_Bool tag; __u8 pad[3];", "-1"],
  ["each arm of a condition is one", "_Bool tag; __u8 pad[3];", "ctx ? 2 : 4"],
])("what is stored is converted to the type of the member: %s", (_, members, value) => {
  const { tags } = read(`struct one { ${members} __u64 a; }; struct two { ${members} __u64 b; };
    SEC("tp/a") int a(void *ctx) { struct one e = {}; e.tag = ${value}; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct two e = {}; e.tag = 0; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`);
  expect(tags).toEqual({ "struct one": "tag=1", "struct two": "tag=0" });
});

test.each([
  ["a member", "struct { __u8 small; } s; e.tag = s.small = 1300;"],
  ["a variable", "__u8 small; e.tag = (small = 1300);"],
])("an assignment has the value of what is assigned to, %s", (_, body) => {
  const { tags } = read(`struct one { __u32 tag, a; }; struct two { __u32 tag, b; };
    SEC("tp/a") int a(void *ctx) { struct one e = {}; ${body} bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct two e = {}; e.tag = 1; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`);
  expect(tags).toEqual({ "struct one": "tag=20", "struct two": "tag=1" });
});

test.each([
  ["in a loop", "__u32 k = 1; while (bpf_loop(1, 0, 0, 0)) k += 2;"],
  ["in a loop by bits", "__u32 k = 1; for (int i = 0; i < 3; i++) k <<= 1;"],
])("a variable that is changed %s is no constant", (_, change) => {
  const { tags } = read(`struct one { __u32 tag, a; }; struct two { __u32 tag, b; };
    SEC("tp/a") int a(void *ctx) { struct one e = {}; ${change} e.tag = k; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct two e = {}; e.tag = 1; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`);
  expect(tags).toEqual({});
});

test("both arms of a condition are of one type, though a constant chooses", () => {
  const { tags } = read(`struct one { __u64 tag, a; }; struct two { __u64 tag, b; };
    SEC("tp/a") int a(void *ctx) { struct one e = {}; e.tag = 1 ? -2 : 0u; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }
    SEC("tp/b") int b(void *ctx) { struct two e = {}; e.tag = ctx ? -1 : 0; bpf_ringbuf_output(&events, &e, sizeof(e), 0); return 0; }`);
  expect(tags).toEqual({ "struct one": "tag=4294967294", "struct two": "tag=0,18446744073709551615" });
});
