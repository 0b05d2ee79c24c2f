import type { SendingProgram } from "./program.ts";

/** Sends the other record on each of some maps, and what comes of both there. */
const exits = (...maps: readonly string[]): string =>
  `struct exit x = { .hdr = { .kind = 2 } }; x.code = 9; x.hdr.pid = bpf_get_smp_processor_id();
    ${maps.map((map) => `bpf_ringbuf_output(&${map}, &x, sizeof(x), 0);`).join(" ")}`;
const both = (...maps: readonly string[]): Readonly<Record<string, readonly unknown[]>> =>
  Object.fromEntries(maps.map((map) => [map, [{ kind: "event" }, { kind: "exit", code: 9n }]]));
const eventAndExit = (...maps: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(maps.map((map) => [map, "struct event, struct exit"]));

/** What functions do between a reserve and their end, by what they return. */
const startingFunctions: readonly (readonly [returned: string, text: string])[] = [
  ["0", "if (!h) return 0; h->kind = kind; return h;"],
  ["a null pointer", "if (h == NULL) return NULL; h->kind = kind; return h;"],
  ["the pointer that is null", "if (!h) return h; h->kind = kind; return h;"],
  ["it behind a branch that stores", "if (h) h->kind = kind; return h;"],
  [
    "0 behind a discard",
    "if (!h || bpf_get_smp_processor_id() > 4096) { if (h) bpf_ringbuf_discard(h, 0); return 0; } h->kind = kind; return h;",
  ],
];

/** Records that a member tells apart, and those that none does. */
export const tags: readonly SendingProgram[] = [
  {
    title: "two records with a tag in the header that both begin with",
    text: `static __always_inline void fill(struct hdr *h, __u32 kind) { h->kind = kind; h->pid = 12; }
      PROG(struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (e) { fill(&e->hdr, 1); __builtin_memset(e->comm, 0, 16); e->comm[0] = 'q'; bpf_ringbuf_submit(e, 0); }
        struct exit x = {}; fill(&x.hdr, 2); x.code = 99; bpf_ringbuf_output(&events, &x, sizeof(x), 0);)`,
    sent: { events: "struct event, struct exit" },
    runs: [
      {
        delivered: {
          events: [
            { kind: "event", comm: "q" },
            { kind: "exit", code: 99n },
          ],
        },
      },
    ],
  },
  {
    title: "with one variable for a record after the other, while another keeps the first",
    text: `PROG(void *p = bpf_ringbuf_reserve(&events, sizeof(struct event), 0), *first; if (!p) return 0;
        __builtin_memset(p, 0, sizeof(struct event)); ((struct event *)p)->hdr.kind = 1; ((struct event *)p)->comm[0] = 'p'; first = p;
        p = bpf_ringbuf_reserve(&events, sizeof(struct exit), 0); if (!p) { bpf_ringbuf_discard(first, 0); return 0; }
        ((struct exit *)p)->hdr.kind = 2; ((struct exit *)p)->hdr.pid = bpf_get_smp_processor_id(); ((struct exit *)p)->code = 9;
        bpf_ringbuf_submit(first, 0); bpf_ringbuf_submit(p, 0);)`,
    sent: eventAndExit("events"),
    runs: [{ delivered: both("events") }],
  },
  {
    title: "with tags of memory that is set, copied and read",
    text: `RING(set); RING(copied); RING(read); RING(swapped);
      PROG(struct event e = {}; e.hdr.pid = bpf_get_smp_processor_id() + 1; e.hdr.kind = 2; __builtin_memset((char *)&e, 0, 4); __builtin_memset(e.comm, 0, sizeof(e.comm));
        e.hdr.kind += 0; *(__u32 *)((char *)&e + 0) = 1; bpf_ringbuf_output(&set, &e, sizeof(e), 0);
        struct hdr h = { .kind = 1, .pid = 5 }; struct event *r = bpf_ringbuf_reserve(&copied, sizeof(*r), 0); if (!r) return 0;
        r->hdr.kind = 2; __builtin_memset(r->comm, 0, 16); __builtin_memcpy(&r->hdr, &h, sizeof(h)); bpf_ringbuf_submit(r, 0);
        e.hdr.kind = 1; bpf_get_current_comm(e.comm, sizeof(e.comm)); bpf_probe_read_kernel(&e.hdr.pid, 4, &e.comm); bpf_ringbuf_output(&read, &e, sizeof(e), 0);
        e.hdr.kind = __builtin_bswap32(1 << 24); bpf_ringbuf_output(&swapped, &e, sizeof(e), 0); e.hdr.kind = 2;
        ${exits("set", "copied", "read", "swapped")})`,
    sent: eventAndExit("set", "copied", "read", "swapped"),
    byObject: { set: "?, ?", copied: "?, ?", read: "?, ?", swapped: "?, ?" },
    sourceOnly: true,
    runs: [{ delivered: both("set", "copied", "read", "swapped") }],
  },
  {
    title: "with tags that functions store, of a variable of the file, and of paths that discard another",
    text: `RING(file); RING(path);
      static struct event last;
      static __attribute__((noinline)) int refill(void) { last.hdr.kind = 1; last.hdr.pid = bpf_get_smp_processor_id(); return 0; }
      PROG(last.hdr.kind = 2; refill(); bpf_ringbuf_output(&file, &last, sizeof(last), 0); last.hdr.kind = 2;
        struct event *r = bpf_ringbuf_reserve(&path, sizeof(*r), 0); if (!r) return 0; r->hdr.kind = 1; r->hdr.pid = 3; __builtin_memset(r->comm, 0, 16);
        if (bpf_get_smp_processor_id() > 4096) { r->hdr.kind = 2; bpf_ringbuf_discard(r, 0); return 0; } bpf_ringbuf_submit(r, 0);
        ${exits("file", "path")})`,
    sent: eventAndExit("file", "path"),
    byObject: { file: "struct event, ?", path: "struct event, ?" },
    sourceOnly: true,
    runs: [{ delivered: both("file", "path") }],
  },
  ...startingFunctions.map(
    ([returned, start]): SendingProgram => ({
      title: `with tags that a function stores which reserves the memory, and returns ${returned}`,
      text: `static __always_inline void *start(__u32 kind, __u64 size) { struct hdr *h = bpf_ringbuf_reserve(&events, size, 0); ${start} }
        static __always_inline void *deeper(__u32 kind, __u64 size) { struct hdr *h = start(kind, size); if (h) h->pid = bpf_get_smp_processor_id(); return h; }
        static __always_inline void *deepest(__u32 kind, __u64 size) { struct hdr *h = deeper(kind, size); if (!h) return h; h->pid += 1; return h; }
        PROG(struct event *e = deepest(1, sizeof(*e)); if (!e) return 0; __builtin_memset(e->comm, 0, 16); e->comm[0] = 'v'; bpf_ringbuf_submit(e, 0);
          struct exit *x = start(2, sizeof(*x)); if (x) { x->hdr.pid = bpf_get_smp_processor_id(); x->code = 9; bpf_ringbuf_submit(x, 0); })`,
      sent: eventAndExit("events"),
      runs: [{ delivered: both("events") }],
    }),
  ),
  {
    title: "with one tag on a map and another on the next",
    text: `PROG(struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0; e->hdr.kind = 1; e->hdr.pid = bpf_get_smp_processor_id(); __builtin_memset(e->comm, 0, 16); e->comm[0] = 'a'; bpf_ringbuf_submit(e, 0);
        struct exit *x = bpf_ringbuf_reserve(&events, sizeof(*x), 0); if (!x) return 0; x->hdr.kind = 2; x->hdr.pid = bpf_get_smp_processor_id(); x->code = 9; bpf_ringbuf_submit(x, 0);
        struct event *f = bpf_ringbuf_reserve(&others, sizeof(*f), 0); if (!f) return 0; f->hdr.kind = 12; f->hdr.pid = bpf_get_smp_processor_id(); __builtin_memset(f->comm, 0, 16); f->comm[0] = 'b'; bpf_ringbuf_submit(f, 0);
        struct exit *y = bpf_ringbuf_reserve(&others, sizeof(*y), 0); if (!y) return 0; y->hdr.kind = 1; y->hdr.pid = bpf_get_smp_processor_id(); y->code = 8; bpf_ringbuf_submit(y, 0);)`,
    sent: eventAndExit("events", "others"),
    byObject: { events: "?, ?", others: "?, ?" },
    sourceOnly: true,
    runs: [
      {
        delivered: {
          events: [
            { kind: "event", hdr: { kind: 1 }, comm: "a" },
            { kind: "exit", hdr: { kind: 2 }, code: 9n },
          ],
          others: [
            { kind: "event", hdr: { kind: 12 }, comm: "b" },
            { kind: "exit", hdr: { kind: 1 }, code: 8n },
          ],
        },
      },
    ],
  },
  {
    title: "with tags of what is written into dynptrs",
    text: `RING(written); RING(slice);
      PROG(struct bpf_dynptr p; struct event e = { .hdr = { .kind = 2 } }; struct hdr h = { .kind = 1 }; e.hdr.pid = bpf_get_smp_processor_id() + 1; e.comm[0] = 'd';
        if (bpf_ringbuf_reserve_dynptr(&written, sizeof(e), 0, &p)) { bpf_ringbuf_discard_dynptr(&p, 0); return 0; }
        bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); bpf_dynptr_write(&p, 0, &h, sizeof(h), 0); bpf_ringbuf_submit_dynptr(&p, 0);
        struct bpf_dynptr q; bpf_ringbuf_reserve_dynptr(&slice, sizeof(e), 0, &q); struct event *s = bpf_dynptr_data(&q, 0, sizeof(*s));
        if (s) { s->hdr.kind = 1; s->hdr.pid = 3; __builtin_memset(s->comm, 0, 16); bpf_ringbuf_submit_dynptr(&q, 0); } else bpf_ringbuf_discard_dynptr(&q, 0);
        ${exits("written", "slice")})`,
    sent: eventAndExit("written", "slice"),
    byObject: { written: "?, ?", slice: "?, ?" },
    sourceOnly: true,
    runs: [{ delivered: both("written", "slice") }],
  },
  {
    title: "with tags of 64 bits, of zeros, and of bytes in the order of a network",
    text: `RING(wide); RING(zeros); RING(net);
      struct w1 { __u64 magic; __u32 v; __u32 w; }; struct w2 { __u64 magic; __u32 v[4]; };
      struct z1 { __u32 kind; __u32 n; __u64 v; }; struct z2 { __u32 kind; __u32 n; __u64 v[2]; };
      struct p4 { __u64 ts; __be16 proto; __u16 l; __u32 a; }; struct p6 { __u64 ts; __be16 proto; __u16 l; __u8 a[12]; };
      #define now() bpf_get_smp_processor_id()
      PROG(struct w1 a = { .magic = 0xfeedfacecafebeefULL }; a.v = now(); a.w = 4; bpf_ringbuf_output(&wide, &a, sizeof(a), 0);
        struct w2 b = { .magic = ~0ULL }; b.v[0] = now(); bpf_ringbuf_output(&wide, &b, sizeof(b), 0);
        struct z1 *c = bpf_ringbuf_reserve(&zeros, sizeof(*c), 0); if (!c) return 0; __builtin_memset(c, 0, sizeof(*c)); c->n = now(); c->v = 7; bpf_ringbuf_submit(c, 0);
        struct z2 *d = bpf_ringbuf_reserve(&zeros, sizeof(*d), 0); if (!d) return 0; __builtin_memset(d, 0, sizeof(*d)); d->kind = 1; d->n = now(); d->v[1] = 8; bpf_ringbuf_submit(d, 0);
        struct p4 f = { .proto = bpf_htons(0x0800) }; f.l = now(); f.ts = now(); bpf_ringbuf_output(&net, &f, sizeof(f), 0);
        struct p6 g = { .proto = bpf_htons(0x86dd) }; g.l = now(); g.ts = now(); g.a[11] = 6; bpf_ringbuf_output(&net, &g, sizeof(g), 0);)
      `,
    sent: { wide: "struct w1, struct w2", zeros: "struct z1, struct z2", net: "struct p4, struct p6" },
    byObject: { wide: "?, ?", zeros: "?, ?", net: "?, ?" },
    sourceOnly: true,
    structs: ["w1", "w2", "z1", "z2", "p4", "p6"],
    runs: [
      {
        delivered: {
          wide: [{ kind: "w1", w: 4 }, { kind: "w2" }],
          zeros: [
            { $kind: "z1", v: 7n },
            { $kind: "z2", v: [0n, 8n] },
          ],
          net: [{ kind: "p4" }, { kind: "p6" }],
        },
      },
    ],
  },
  {
    title: "without a tag, where a callback, a helper, another pointer or an index may change it",
    text: `RING(called); RING(overwritten); RING(other); RING(indexed);
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct event); __uint(max_entries, 1); } room SEC(".maps");
      static long each(__u32 i, struct event *e) { e->hdr.kind = 50 + bpf_get_prandom_u32(); return 0; }
      static __attribute__((noinline)) int again(void) { __u32 zero = 0; struct event *e = bpf_map_lookup_elem(&room, &zero); if (e) e->hdr.kind = bpf_get_prandom_u32(); return 0; }
      PROG(struct event e = { .hdr = { .kind = 1 } }; bpf_loop(1, each, &e, 0); bpf_ringbuf_output(&called, &e, sizeof(e), 0);
        struct event f = { .hdr = { .kind = 1 } }; bpf_probe_read_kernel((char *)&f, bpf_get_prandom_u32() & 15, ctx); bpf_ringbuf_output(&overwritten, &f, sizeof(f), 0);
        __u32 zero = 0; struct event *g = bpf_map_lookup_elem(&room, &zero); if (!g) return 0; g->hdr.kind = 1; again(); bpf_ringbuf_output(&other, g, sizeof(*g), 0);
        struct event h = { .hdr = { .kind = 1 } }; volatile __u32 at = bpf_get_prandom_u32(); ((volatile __u8 *)&h)[at & 7] = 2; bpf_ringbuf_output(&indexed, &h, sizeof(h), 0);
        ${exits("called", "overwritten", "other", "indexed")})`,
    sent: eventAndExit("called", "overwritten", "other", "indexed"),
    byObject: { called: "?, ?", other: "struct event, ?", overwritten: "?, ?", indexed: "?, ?" },
    sourceOnly: true,
    untagged: ["called", "overwritten", "other", "indexed"],
  },
  {
    title: "with tags that are stored by another name of the record",
    text: `RING(given); RING(named); RING(ended);
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct event); __uint(max_entries, 1); } room SEC(".maps");
      static struct event last;
      static __attribute__((noinline)) int two(struct event *e, struct hdr *h) { if (!e || !h) return 0; e->hdr.kind = 2; h->kind = 1; bpf_ringbuf_output(&given, e, sizeof(*e), 0); return 0; }
      static __attribute__((noinline)) int send(struct event *e) { if (!e) return 0; e->hdr.kind = 2; last.hdr.kind = 1; bpf_ringbuf_output(&named, e, sizeof(*e), 0); return 0; }
      PROG(struct event e = {}; e.hdr.pid = bpf_get_smp_processor_id(); two(&e, &e.hdr);
        last.hdr.pid = bpf_get_smp_processor_id(); send(&last);
        __u32 zero = 0; struct event *g = bpf_map_lookup_elem(&room, &zero); if (!g) return 0; g->hdr.kind = 3;
        for (struct event *p = g; p; p = 0) p->hdr.kind = 1; bpf_ringbuf_output(&ended, g, sizeof(*g), 0);
        ${exits("given", "named", "ended")})`,
    sent: eventAndExit("given", "named", "ended"),
    byObject: { given: "?, ?", named: "struct event, ?", ended: "struct event, ?" },
    sourceOnly: true,
    runs: [{ delivered: both("given", "named", "ended") }],
  },
  {
    title: "without a tag, where an update, callbacks of others and pointers in memory may change it",
    text: `RING(updated); RING(looped); RING(walked); RING(filed); RING(kept); RING(returned);
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct event); __uint(max_entries, 1); } room SEC(".maps");
      static struct event last;
      static long look(__u32 i, void *c) { __u32 zero = 0; struct event *e = bpf_map_lookup_elem(&room, &zero); if (e) e->hdr.kind = bpf_get_prandom_u32(); return 0; }
      static long walk(void *map, __u32 *key, struct event *e, void *c) { e->hdr.kind = bpf_get_prandom_u32(); return 0; }
      static long file(__u32 i, void *c) { last.hdr.kind = bpf_get_prandom_u32(); return 0; }
      static __attribute__((noinline)) struct event *it(void) { return &last; }
      PROG(__u32 zero = 0; struct event f = { .hdr = { .kind = bpf_get_prandom_u32() } }; struct event *g = bpf_map_lookup_elem(&room, &zero); if (!g) return 0;
        g->hdr.kind = 1; bpf_map_update_elem(&room, &zero, &f, 0); bpf_ringbuf_output(&updated, g, sizeof(*g), 0);
        g->hdr.kind = 1; bpf_loop(1, look, 0, 0); bpf_ringbuf_output(&looped, g, sizeof(*g), 0);
        g->hdr.kind = 1; bpf_for_each_map_elem(&room, walk, 0, 0); bpf_ringbuf_output(&walked, g, sizeof(*g), 0);
        last.hdr.kind = 1; bpf_loop(1, file, 0, 0); bpf_ringbuf_output(&filed, &last, sizeof(last), 0);
        struct event h = {}; __u32 *p[1] = { &h.hdr.kind }; h.hdr.kind = 1; *p[0] = bpf_get_prandom_u32(); bpf_ringbuf_output(&kept, &h, sizeof(h), 0);
        last.hdr.kind = 1; it()->hdr.kind = bpf_get_prandom_u32(); bpf_ringbuf_output(&returned, &last, sizeof(last), 0);
        ${exits("updated", "looped", "walked", "filed", "kept", "returned")})`,
    sent: eventAndExit("updated", "looped", "walked", "filed", "kept", "returned"),
    byObject: {
      updated: "struct event, ?",
      looped: "struct event, ?",
      walked: "struct event, ?",
      filed: "struct event, ?",
      kept: "?, ?",
      returned: "struct event, ?",
    },
    sourceOnly: true,
    untagged: ["updated", "looped", "walked", "filed", "kept", "returned"],
  },
];
