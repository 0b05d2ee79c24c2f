import { describeWith } from "@rbgen/testkit";
import { sendingHead } from "@rbgen/testkit/codegen/sending-programs";
import { compileBpf, withoutDebugInfo } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import type { SentMap } from "../module.ts";

const slots = `struct { __uint(type, BPF_MAP_TYPE_ARRAY); __type(key, __u32); __type(value, struct event); __uint(max_entries, 2); } slots SEC(".maps");`;
const kept =
  "const struct event *keep_event __attribute__((unused)); const struct exit *keep_exit __attribute__((unused));";
const exit = `SEC("tracepoint/a/z") int exits(void *ctx) { struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); if (!x) return 0;
  x->hdr.kind = 90; x->code = bpf_ktime_get_ns(); bpf_ringbuf_submit(x, 0); return 0; }`;

const reserve = "struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0;";
const submit = "bpf_ringbuf_submit(e, 0);";
const own = "struct event e; __builtin_memset(&e, 0, sizeof(e)); e.hdr.pid = bpf_get_prandom_u32();";
const send = "bpf_ringbuf_output(&events, &e, sizeof(e), 0);";
const look = "__u32 k = 0; struct event *e = bpf_map_lookup_elem(&slots, &k); if (!e) return 0;";
const slotted = (type: string): string =>
  `struct inner { __uint(type, BPF_MAP_TYPE_${type}); __type(key, __u32); __type(value, struct event); __uint(max_entries, 2); };
  struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(key_size, 4); __uint(max_entries, 1); __array(values, struct inner); } outer SEC(".maps");`;
const slot = "void *m = bpf_map_lookup_elem(&outer, &k); if (!m) return 0;";
const lookInSlot = "struct event *f = bpf_map_lookup_elem(m, &k); if (!f) return 0;";
const put = "bpf_ringbuf_output(&events, e, sizeof(*e), 0);";
const any = "bpf_get_prandom_u32()";
const see = "bpf_trace_printk((char *)&e, 4);";
const room = `struct bpf_dynptr p; if (bpf_ringbuf_reserve_dynptr(&events, sizeof(struct event), 0, &p)) { bpf_ringbuf_discard_dynptr(&p, 0); return 0; }`;

/** Who else may store while a program runs: a function that does so, and how it is called. */
const others: readonly (readonly [who: string, text: (body: string) => string, call: string])[] = [
  [
    "a callback of bpf_loop",
    (body) => `static long again(__u32 i, void *c) { ${body} return 0; }`,
    "bpf_loop(2, again, (void *)0, 0);",
  ],
  [
    "a callback for each element of another map",
    (body) => `static long again(void *m, void *k, void *v, void *c) { ${body} return 0; }`,
    "bpf_for_each_map_elem(&heap, again, (void *)0, 0);",
  ],
  [
    "a callback of a drain",
    (body) => `static long again(struct bpf_dynptr *d, void *c) { ${body} return 0; }`,
    "bpf_user_ringbuf_drain(&cmds, again, (void *)0, 0);",
  ],
  [
    "a callback of bpf_find_vma",
    (body) => `static long again(void *t, void *v, void *c) { ${body} return 0; }`,
    "bpf_find_vma((void *)bpf_get_current_task_btf(), 0, again, (void *)0, 0);",
  ],
  ["a function of the file", (body) => `static __noinline int again(void) { ${body} return 0; }`, "again();"],
  ["a global function", (body) => `__attribute__((noinline)) int again(int i) { ${body} return i; }`, "again(3);"],
  [
    "a function of a callback",
    (body) =>
      `static __noinline int inner(void) { ${body} return 0; } static long again(__u32 i, void *c) { return inner(); }`,
    "bpf_loop(2, again, (void *)0, 0);",
  ],
  [
    "a callback of the kernel's functions",
    (body) =>
      `extern int bpf_wq_set_callback_impl(void *wq, int (*f)(void *, int *, void *), __u32 flags, void *aux) __attribute__((section(".ksyms")));
      static int again(void *m, int *k, void *v) { ${body} return 0; }`,
    "bpf_wq_set_callback_impl(ctx, again, 0, (void *)0);",
  ],
];

function sentBy(object: Uint8Array): SentMap | undefined {
  const module = readBtfModule(object, { name: "a.bpf.o", path: "a.bpf.o" }, (told) => {
    throw new Error(told.message);
  });
  return module?.sent?.().find(({ map }) => map === "events");
}

/** Values of the tag of `struct event`, and what else is sent. */
function told(sent: SentMap | undefined): string {
  const event = sent?.records.find(({ type }) => type === "struct event");
  if (event === undefined) return sent?.untold.length === 0 ? "not sent" : "unknown";
  const exits = sent?.records.find(({ type }) => type === "struct exit");
  if (event.tag === undefined) return "no tag";
  expect(exits?.tag).toEqual({ path: event.tag.path, values: [90n] });
  return `${event.tag.path}=${event.tag.values.join()}`;
}

type Case = readonly [title: string, expected: string, body: string, before?: string];

/** Bodies that send `struct event`; which values its tag has then, as clang leaves the code. */
const cases: readonly Case[] = [
  ["a store on the stack", "hdr.kind=1", `${own} e.hdr.kind = 1; ${send}`],
  ["a store in a sample", "hdr.kind=1", `${reserve} e->hdr.kind = 1; ${submit}`],
  ["one of several stores", "hdr.kind=1,2,3", `${own} e.hdr.kind = ctx ? 1 : 2; if (${any}) e.hdr.kind = 3; ${send}`],
  ["not a store behind the send", "hdr.kind=1", `${own} e.hdr.kind = 1; ${send} e.hdr.kind = 2; ${see}`],
  ["not one that a later one replaces", "hdr.kind=1", `${own} e.hdr.kind = 5; ${see} e.hdr.kind = 1; ${send}`],
  [
    "a store behind the send in a loop",
    "hdr.kind=1,2",
    `${own} e.hdr.kind = 1; for (int i = 0; i < (int)(${any} & 7); i++) { ${send} e.hdr.kind = 2; }`,
  ],
  [
    "not one of a path that discards",
    "hdr.kind=1",
    `${reserve} e->hdr.kind = 1; if (${any}) { e->hdr.kind = 4; bpf_ringbuf_discard(e, 0); return 0; } ${submit}`,
  ],
  ["none where a path stores nothing", "no tag", `${reserve} if (${any}) e->hdr.kind = 1; ${submit}`],
  [
    "none where a switch has no default",
    "no tag",
    `${reserve} switch (${any}) { case 1: e->hdr.kind = 5; break; case 2: e->hdr.kind = 9; break; } ${submit}`,
  ],
  ["none where a sample is only discarded", "not sent", `${reserve} e->hdr.kind = 1; bpf_ringbuf_discard(e, 0);`],
  ["a store in a map's memory", "hdr.kind=1", `${look} e->hdr.kind = 1; ${put}`, slots],
  ["none where another program stores there", "no tag", `${look} if (${any}) e->hdr.kind = 1; ${put}`, slots],
  [
    "none where the element is looked up again",
    "no tag",
    `${look} e->hdr.kind = 1; e = bpf_map_lookup_elem(&slots, &k); if (!e) return 0; ${put}`,
    slots,
  ],
  [
    "none where only one path looked it up before",
    "no tag",
    `__u32 k = 0; struct event *e; if (${any}) { e = bpf_map_lookup_elem(&slots, &k); if (!e) return 0; e->hdr.kind = 1; }
      e = bpf_map_lookup_elem(&slots, &k); if (!e) return 0; ${put}`,
    slots,
  ],
  [
    "none where another element may be the same",
    "no tag",
    `${look} __u32 j = ${any} & 1; struct event *f = bpf_map_lookup_elem(&slots, &j); if (!f) return 0; e->hdr.kind = 1; f->hdr.kind = 2; ${put}`,
    slots,
  ],
  [
    "none where another element of a map that a slot of another one holds may be the same",
    "no tag",
    `${look} ${slot} ${lookInSlot} e->hdr.kind = 1; f->hdr.kind = 2; ${put}`,
    `${slots}${slotted("ARRAY")}`,
  ],
  [
    "none where an element of a map that a slot holds may be the same as one of that map itself",
    "no tag",
    `${look} ${slot} ${lookInSlot} f->hdr.kind = 1; e->hdr.kind = 2; bpf_ringbuf_output(&events, f, sizeof(*f), 0);`,
    `${slots}${slotted("ARRAY")}`,
  ],
  [
    "none where a map that a slot holds is updated",
    "no tag",
    `${look} ${slot} struct event n = {}; n.hdr.kind = 5; e->hdr.kind = 1; bpf_map_update_elem(m, &k, &n, 0); ${put}`,
    `${slots}${slotted("ARRAY")}`,
  ],
  [
    "a store beside one in a map of another kind that a slot holds",
    "hdr.kind=1",
    `${look} ${slot} ${lookInSlot} e->hdr.kind = 1; f->hdr.kind = 2; ${put}`,
    `${slots}${slotted("HASH")}`,
  ],
  [
    "none where the map is updated",
    "no tag",
    `${look} struct event n = {}; n.hdr.kind = 5; e->hdr.kind = 1; bpf_map_update_elem(&slots, &k, &n, 0); ${put}`,
    slots,
  ],
  [
    "none where each element is handed to a function",
    "no tag",
    `${look} e->hdr.kind = 1; bpf_for_each_map_elem(&slots, each, (void *)0, 0); ${put}`,
    `${slots} static long each(void *map, const void *key, struct event *e, void *c) { e->hdr.kind = 3; return 0; }`,
  ],
  [
    "a record that updates a map",
    "hdr.kind=1",
    `${own} e.hdr.kind = 1; __u32 k = 0; bpf_map_update_elem(&slots, &k, &e, 0); ${send}`,
    slots,
  ],
  [
    "none where a callback stores what a run knows",
    "no tag",
    `${own} e.hdr.kind = 1; bpf_loop(2, each, &e, 0); ${send}`,
    "static long each(__u32 i, struct event *e) { e->hdr.kind = 50 + i; return 0; }",
  ],
  [
    "what a callback stores, which may never run",
    "hdr.kind=1,5",
    `${own} e.hdr.kind = 1; bpf_loop(2, each, &e, 0); ${send}`,
    "static long each(__u32 i, struct event *e) { e->hdr.kind = 5; return 0; }",
  ],
  [
    "what a callback stored the time before",
    "hdr.kind=1,5",
    `${own} e.hdr.kind = 1; bpf_loop(2, each, &e, 0);`,
    `static long each(__u32 i, struct event *e) { ${put} e->hdr.kind = 5; return 0; }`,
  ],
  [
    "none where a callback finds its address in memory",
    "no tag",
    `${own} struct c c; e.hdr.kind = 1; c.p = &e; bpf_loop(2, each, &c, 0); ${send}`,
    "struct c { struct event *p; }; static long each(__u32 i, struct c *c) { c->p->hdr.kind = 50 + i; return 0; }",
  ],
  [
    "none where an element is stored to at an index",
    "no tag",
    `${own} e.hdr.kind = 1; __u32 *p = (__u32 *)&e; p[${any} & 3] = 4; ${send}`,
  ],
  [
    "none where a byte is stored to through a pointer that bits are set in",
    "no tag",
    `struct event e = { .hdr.kind = 1 }; volatile __u32 at = ${any}; ((volatile __u8 *)&e)[at & 7] = 2; ${send}`,
  ],
  [
    "none where a helper writes there",
    "no tag",
    `${own} e.hdr.kind = 1; bpf_probe_read_kernel(&e.hdr.kind, 4, ctx); ${send}`,
  ],
  [
    "a store that a helper writes beside",
    "hdr.kind=1",
    `${own} e.hdr.kind = 1; bpf_probe_read_kernel(&e.hdr.pid, 4, ctx); ${send}`,
  ],
  [
    "a store that a helper writes before",
    "hdr.kind=1",
    `${own} bpf_probe_read_kernel(&e, sizeof(e), ctx); e.hdr.kind = 1; ${send}`,
  ],
  [
    "none where a helper writes as many bytes as a run knows",
    "no tag",
    `${own} e.hdr.kind = 1; bpf_probe_read_kernel(&e, ${any} & 7, ctx); ${send}`,
  ],
  [
    "a store beside what is cleared",
    "hdr.kind=1",
    `${reserve} e->hdr.kind = 1; __builtin_memset(e->comm, 0, 16); ${submit}`,
  ],
  [
    "what is cleared",
    "hdr.kind=0",
    `${reserve} e->hdr.kind = 1; bpf_get_current_comm(e, 16); __builtin_memset(e, 0, 8); ${submit}`,
  ],
  ["none where it is counted up", "no tag", `${own} e.hdr.kind = ${any}; e.hdr.kind++; ${send}`],
  [
    "none where it is added to atomically",
    "no tag",
    `${own} e.hdr.kind = 1; __sync_fetch_and_add(&e.hdr.kind, 1); ${send}`,
  ],
  [
    "what a function is handed",
    "hdr.kind=1",
    `${reserve} fill(&e->hdr, 1); ${submit}`,
    `static __noinline int fill(struct hdr *h, __u32 kind) { h->kind = kind; h->pid = ${any}; return 0; }`,
  ],
  [
    "what each call of a function is handed",
    "hdr.kind=1,2",
    "put(1); put(2);",
    `static __noinline int put(__u32 kind) { struct event e = {}; e.hdr.kind = kind; ${send} return 0; }`,
  ],
  [
    "what stands there where a function submits it",
    "hdr.kind=1",
    `${reserve} e->hdr.kind = 1; done(e);`,
    `static __noinline int done(struct event *e) { ${submit} return 0; }`,
  ],
  [
    "none where a store may go to another record",
    "no tag",
    `struct event a, b; bpf_probe_read_kernel(&a, sizeof(a), ctx); bpf_probe_read_kernel(&b, sizeof(b), ctx); struct event *e = ${any} ? &a : &b;
      e->hdr.kind = 1; bpf_trace_printk((char *)&b, 4); bpf_ringbuf_output(&events, &a, sizeof(a), 0);`,
  ],
  [
    "both of two records that one call sends",
    "hdr.kind=1,2",
    `struct event a = {}, b = {}; a.hdr.kind = 1; b.hdr.kind = 2; struct event *e = ${any} ? &a : &b; ${put}`,
  ],
  [
    "a store in a variable of the file",
    "hdr.kind=1",
    `last.hdr.kind = 1; bpf_ringbuf_output(&events, &last, sizeof(last), 0);`,
    "static struct event last;",
  ],
  [
    "none where other programs store to a variable",
    "no tag",
    `if (${any}) last.hdr.kind = 1; bpf_ringbuf_output(&events, &last, sizeof(last), 0);`,
    "struct event last;",
  ],
  [
    "what stands in a dynptr that was made for it",
    "hdr.kind=1",
    `struct bpf_dynptr p; ${own} e.hdr.kind = 1; if (bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p) == 0) bpf_dynptr_write(&p, 0, &e, sizeof(e), 0);
      bpf_ringbuf_submit_dynptr(&p, 0);`,
  ],
  [
    "a store through a dynptr behind that which fills it",
    "hdr.kind=1,2",
    `${own} e.hdr.kind = 1; ${room} bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); struct event *d = bpf_dynptr_data(&p, 0, sizeof(*d));
      if (d) d->hdr.kind = 2; bpf_ringbuf_submit_dynptr(&p, 0);`,
  ],
  [
    "none where a path writes nothing through the dynptr",
    "no tag",
    `${own} e.hdr.kind = 1; ${room} if (${any}) bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); bpf_ringbuf_submit_dynptr(&p, 0);`,
  ],
  [
    "a store in assembly",
    "hdr.kind=7",
    `${own} e.hdr.kind = 1; struct event *q = &e; asm volatile("*(u32 *)(%0 + 0) = %1" :: "r"(q), "r"(7) : "memory"); ${send}`,
  ],
  [
    "none where a loop keeps a sample of the time before",
    "no tag",
    `struct event *last = 0; for (int i = 0; i < (int)(${any} & 3); i++) { ${reserve} e->hdr.kind = last ? 2 : 1; if (last) bpf_ringbuf_submit(last, 0); last = e; }
      if (last) bpf_ringbuf_submit(last, 0);`,
  ],
  [
    "what is left of constants that were stored at once",
    "hdr.kind=1",
    `struct event e = { .hdr.kind = 1 }; e.hdr.pid = ${any}; ${send}`,
  ],
  [
    "each of constants that were stored at once, where a function replaces one",
    "hdr.kind=1,77",
    `${reserve} e->hdr.kind = 1; e->hdr.pid = 4; late(&e->hdr.kind, ${any} & 1); ${submit}`,
    "static __noinline void late(__u32 *kind, int c) { if (c) *kind = 77; }",
  ],
  [
    "what each path stores, where they end in the same instructions",
    "hdr.kind=1",
    `if (EMIT(event, { 1, 0 })) return EMIT(exit, { 90, 0 });`,
    `#define EMIT(T, ...) ({ struct T *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); int r = -1; if (e) { *e = (struct T){ .hdr = __VA_ARGS__ }; ${submit} r = 0; } r; })\n`,
  ],
  [
    "a store through a pointer to what one of two calls gave",
    "hdr.kind=1",
    `struct event *e = room(sizeof(*e)); if (!e) return 0; e->hdr.kind = 1; e->hdr.pid = ${any}; done(ctx, e, sizeof(*e));`,
    `const volatile _Bool ring = 1; struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, 64); } room_ SEC(".maps");
    static __always_inline void *room(__u64 size) { static const int zero = 0; if (ring) return bpf_ringbuf_reserve(&events, size, 0); return bpf_map_lookup_elem(&room_, &zero); }
    static __always_inline long done(void *ctx, void *e, __u64 size) { if (ring) { ${submit} return 0; } return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, e, size); }`,
  ],
  [
    "a store by the caller of a function that calls helpers without an argument before it sends",
    "hdr.kind=1",
    `${own} e.hdr.kind = 9; ${see} e.hdr.kind = 1; put(&e.hdr, sizeof(e));`,
    "static __noinline int put(struct hdr *h, __u64 size) { h->pid = bpf_get_current_pid_tgid() >> 32; return bpf_ringbuf_output(&events, h, size & 31, 0); }",
  ],
  ...others.map(
    ([who, before, call]): Case => [
      `none where ${who} looks the element up, too`,
      "no tag",
      `${look} e->hdr.kind = 1; ${call} ${put}`,
      `${slots} ${before(`__u32 zero = 0; struct event *o = bpf_map_lookup_elem(&slots, &zero); if (o) o->hdr.kind = ${any};`)}`,
    ],
  ),
  ...others.map(
    ([who, before, call]): Case => [
      `none where ${who} stores to the variable, too`,
      "no tag",
      `last.hdr.kind = 1; ${call} bpf_ringbuf_output(&events, &last, sizeof(last), 0);`,
      `struct event last; ${before(`last.hdr.kind = ${any};`)}`,
    ],
  ),
  ["none where user space sets it", "no tag", `${own} e.hdr.kind = kind; ${send}`, "const volatile __u32 kind = 1;"],
];

describeWith(["clang", "clang-19"], "the tag of an object's records", () => {
  for (const compiler of ["clang", "clang-19"] as const) {
    test.each(cases)(`is %s, by ${compiler}`, (_, expected, body, before = "") => {
      const object = compileBpf(`${sendingHead}${kept}\n${before}${exit}PROG(${body})`, "little", [], compiler);
      expect(told(sentBy(object))).toBe(expected);
      // A value of a map is no record by its size, but the type of what is sent from there.
      expect([expected, "unknown"]).toContain(told(sentBy(withoutDebugInfo(object))));
    });
  }

  test.each([
    [
      "two members tell them apart",
      "e->hdr.kind = 1; e->hdr.pid = 1;",
      "x->hdr.kind = 2; x->hdr.pid = 2;",
      ["hdr.kind", "hdr.pid"],
    ],
    [
      "one of two is the record's length",
      "e->hdr.kind = 24; e->hdr.pid = 1;",
      "x->hdr.kind = 16; x->hdr.pid = 2;",
      "hdr.pid=1",
    ],
    ["only a length does", "e->hdr.kind = 24;", "x->hdr.kind = 16;", "hdr.kind=24"],
  ])("is said to be unknown only where several members may be it: %s", (_, a, b, expected) => {
    const sent = sentBy(
      compileBpf(`${sendingHead}${kept}PROG(${reserve} e->comm[0] = 'a'; ${a} ${submit})
        SEC("tracepoint/a/z") int other(void *ctx) { struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); if (!x) return 0; x->code = 3; ${b}
          bpf_ringbuf_submit(x, 0); return 0; }`),
    );
    const event = sent?.records.find(({ type }) => type === "struct event");
    expect(event?.tag === undefined ? sent?.tags : `${event.tag.path}=${event.tag.values.join()}`).toEqual(expected);
  });

  test("is told of with what is known of each member, where none tells records apart", () => {
    const sent = sentBy(
      compileBpf(`${sendingHead}${kept}PROG(${reserve} e->hdr.kind = 7; if (${any}) e->hdr.pid = 3; e->comm[0] = 'a'; ${submit})
        SEC("tracepoint/a/z") int other(void *ctx) { struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); if (!x) return 0; x->code = 3; x->hdr.pid = 4;
          x->hdr.kind = ${any}; bpf_ringbuf_submit(x, 0); return 0; }`),
    );
    const all = sent?.candidates?.map(({ path, records }) => [path, records.map(({ values, why }) => values ?? why)]);
    expect(all).toEqual([
      ["hdr.kind", [[7n], "not known, what is stored there may be no constant"]],
      ["hdr.pid", ["not known, what stands there is not certain on each path that leads here", [4n]]],
    ]);
  });

  test("has the sign of its member, and is read from stores of parts where it may lie anywhere", () => {
    const sent = sentBy(
      compileBpf(`${sendingHead}
        struct low { char c; int kind; __u64 a; } __attribute__((packed)); struct high { char c; int kind; __u32 a; } __attribute__((packed));
        const struct low *keep_low; const struct high *keep_high;
        PROG(struct low *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0; e->kind = -3; e->a = ${any}; ${submit})
        SEC("tracepoint/a/z") int other(void *ctx) { struct high *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0; e->kind = 70000; e->a = ${any};
          ${submit} return 0; }`),
    );
    expect(sent?.records.map(({ type, tag }) => [type, tag])).toEqual([
      ["struct low", { path: "kind", values: [-3n] }],
      ["struct high", { path: "kind", values: [70000n] }],
    ]);
  });
});
