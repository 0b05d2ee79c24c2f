import { expect, test } from "vitest";
import { readSent } from "./testing/read-sent.ts";

const maps = `
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *) 2;
static long (*bpf_for_each_map_elem)(void *map, void *callback_fn, void *ctx, __u64 flags) = (void *) 164;
static long (*bpf_probe_read_kernel)(void *dst, __u32 size, const void *unsafe_ptr) = (void *) 113;
#define VALUES(type_) __uint(type, type_); __uint(max_entries, 4); __type(key, __u32); __type(value, struct event)
struct { VALUES(6); } heap SEC(".maps");
struct { VALUES(2); } table SEC(".maps");
struct inner { VALUES(2); } slot SEC(".maps");
struct { __uint(type, 12); __uint(max_entries, 2); __type(key, __u32); __array(values, struct inner); } outer SEC(".maps") = { .values = { &slot } };
static struct event file;
static struct event other;
`;

/** Tags of what `body` sends, whose kind is 1 unless something changes it, beside another record of kind 2. */
function tagsOf(functions: string, body: string): Record<string, string> {
  const { sent, tags, limits } = readSent(`${maps}${functions}
    SEC("tp/a") int a(void *ctx) { __u32 z = 0; ${body} return 0; }
    SEC("tp/b") int b(void *ctx) { struct exit x; x.hdr.kind = 2; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }`);
  expect(sent.events?.replace(/^\?, /, "")).toBe("struct event, struct exit");
  return limits.events === "" ? tags : {};
}

const local = "struct event s = {}; s.hdr.kind = 1;";
const sendLocal = "bpf_ringbuf_output(&events, &s, sizeof(s), 0);";
const value = "struct event *e = bpf_map_lookup_elem(&heap, &z); if (!e) return 0; e->hdr.kind = 1;";
const sendValue = "bpf_ringbuf_output(&events, e, sizeof(*e), 0);";
const sendFile = "bpf_ringbuf_output(&events, &file, sizeof(file), 0);";
const inner = (name: string, map: string): string =>
  `void *${map} = bpf_map_lookup_elem(&outer, &z); if (!${map}) return 0;
   struct event *${name} = bpf_map_lookup_elem(${map}, &z); if (!${name}) return 0;`;

test.each<[string, string, string]>([
  [
    "a helper that updates the map whose value is sent",
    "",
    `struct event t = {}; ${value} bpf_map_update_elem(&heap, &z, &t, 0); ${sendValue}`,
  ],
  [
    "a function that is handed the map",
    "static int touch(void *map) { __u32 z = 0; struct event *f = bpf_map_lookup_elem(map, &z); if (f) f->hdr.kind = 2; return 0; }",
    `${value} touch(&heap); ${sendValue}`,
  ],
  [
    "a callback that looks the map up",
    "static long cb(__u32 i, void *c) { __u32 z = 0; struct event *f = bpf_map_lookup_elem(&heap, &z); if (f) f->hdr.kind = 2; return 0; }",
    `${value} bpf_loop(1, cb, 0, 0); ${sendValue}`,
  ],
  [
    "a callback that is handed values of the map",
    "static long cb(void *map, __u32 *key, struct event *v, void *c) { v->hdr.kind = 2; return 0; }",
    `${value} bpf_for_each_map_elem(&heap, cb, 0, 0); ${sendValue}`,
  ],
  [
    "a callback that has the variable of the file",
    "static long cb(__u32 i, void *c) { file.hdr.kind = 2; return 0; }",
    `file.hdr.kind = 1; bpf_loop(1, cb, 0, 0); ${sendFile}`,
  ],
  [
    "a pointer that a function returns",
    "static struct event *get(void) { return &file; }",
    `file.hdr.kind = 1; get()->hdr.kind = 2; ${sendFile}`,
  ],
  [
    "a pointer that a function hands back",
    "static struct event *same(struct event *p) { return p; }",
    `${local} struct event *p = same(&s); p->hdr.kind = 2; ${sendLocal}`,
  ],
  ["a pointer in an array", "", `${local} __u32 *p[1] = { &s.hdr.kind }; *p[0] = 2; ${sendLocal}`],
  [
    "a pointer that was put into an array before",
    "",
    `struct event s = {}; __u32 *p[1] = { &s.hdr.kind }; s.hdr.kind = 1; *p[0] = 2; ${sendLocal}`,
  ],
  ["a pointer to a pointer", "", `${local} struct event *q = &s, **r = &q; (*r)->hdr.kind = 2; ${sendLocal}`],
  [
    "a pointer to the pointer that a look-up gave",
    "",
    `${value} struct event **r = &e; (**r).hdr.kind = 2; ${sendValue}`,
  ],
  [
    "a struct that has a pointer to it, which a function is handed",
    "struct way { struct event *p; }; static void fill(struct way *w) { w->p->hdr.kind = 2; }",
    `struct event s = {}; struct way w = { .p = &s }; s.hdr.kind = 1; fill(&w); ${sendLocal}`,
  ],
  [
    "a helper that is handed a further value of the map",
    "",
    `${value} struct event *f = bpf_map_lookup_elem(&heap, &z); if (!f) return 0; bpf_probe_read_kernel(&f->hdr.kind, 4, ctx); ${sendValue}`,
  ],
  [
    "a value of a map of maps that the map may be a slot of",
    "",
    `struct event *e = bpf_map_lookup_elem(&slot, &z); if (!e) return 0; e->hdr.kind = 1; ${inner("f", "m")} f->hdr.kind = 2; ${sendValue}`,
  ],
  [
    "a copy of a pointer to it, which had another when it was copied",
    "",
    `struct event t = {}; ${local} struct event *q = &t, *p = q; p->hdr.kind = 3; q = &s; q->hdr.pid = p->hdr.kind; ${sendLocal}`,
  ],
  [
    "a pointer that is set to itself before it points there",
    "",
    `struct event t = {}, *p = &t; ${local} p = p; p->hdr.kind = 3; if (ctx) p = &s; ${sendLocal}`,
  ],
  [
    "a function that a pointer of the file says",
    "static int set(void) { file.hdr.kind = 2; return 0; } static int (*const run)(void) = set;",
    `file.hdr.kind = 1; run(); ${sendFile}`,
  ],
  [
    "a pointer that was stored where it was made",
    "struct way { struct event *p; };",
    "struct way w; struct event *e = w.p = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0; e->hdr.kind = 1; w.p->hdr.kind = 2; bpf_ringbuf_submit(e, 0);",
  ],
  [
    "a variable that had the record before",
    "",
    `${value} struct event *q = e; e = bpf_map_lookup_elem(&table, &z); if (!e) return 0; e->hdr.kind = 3; bpf_ringbuf_output(&events, q, sizeof(*q), 0);`,
  ],
  [
    "an update in a callback, of the map that it is handed",
    `static long cb(void *map, __u32 *key, struct event *v, void *c) { struct event t = {}; ${value.replace("&z", "key")} bpf_map_update_elem(map, key, &t, 0); ${sendValue} return 0; }`,
    "bpf_for_each_map_elem(&heap, cb, 0, 0);",
  ],
  [
    "another run of it, in a variable that is kept",
    "",
    "static struct event s = { .hdr = { .kind = 1 } }; bpf_ringbuf_output(&events, &s, sizeof(s), 0); s.hdr.kind = 3;",
  ],
  [
    "a further value of the same map of maps",
    "",
    `${inner("e", "n")} e->hdr.kind = 1; ${inner("f", "m")} f->hdr.kind = 2; ${sendValue}`,
  ],
])("a tag is not known behind a store by another name of the record: %s", (_, functions, body) => {
  expect(tagsOf(functions, body)).toEqual({});
});

const two =
  "static int two(struct event *x, struct event *y) { x->hdr.kind = 1; y->hdr.kind = 3; bpf_ringbuf_output(&events, x, sizeof(*x), 0); return 0; }";

test.each<[string, string, string, string]>([
  ["two parameters that are one record", two, "struct event s = {}; two(&s, &s);", "3"],
  ["two parameters that are two records", two, "struct event s = {}, t = {}; two(&s, &t);", "1"],
  [
    "a parameter that is a variable of the file, which is stored to by its name",
    "static int send(struct event *x) { x->hdr.kind = 1; file.hdr.kind = 3; bpf_ringbuf_output(&events, x, sizeof(*x), 0); return 0; }",
    "send(&file);",
    "3",
  ],
  [
    "a parameter that points into the record which another one is",
    "static int send(void *p, __u32 *kind) { *kind = 1; bpf_ringbuf_output(&events, p, sizeof(struct event), 0); return 0; }",
    "struct event s = {}; send(&s, &s.hdr.kind);",
    "1",
  ],
  [
    "a pointer that is null behind the store by it",
    "",
    `${local} struct event *p = &s; while (p) { p->hdr.kind = 3; p = 0; } ${sendLocal}`,
    "1,3",
  ],
  [
    "a copy of a pointer that is null behind the store by it",
    "",
    `${value} struct event *p = e; if (ctx) { p->hdr.kind = 3; p = 0; } ${sendValue}`,
    "1,3",
  ],
  [
    "a variable that has one value or another of a map, and is what is sent",
    "",
    `struct event t = {}, *e = bpf_map_lookup_elem(&heap, &z); if (!e) { bpf_map_update_elem(&heap, &z, &t, 0); e = bpf_map_lookup_elem(&heap, &z); if (!e) return 0; } e->hdr.kind = 1; ${sendValue}`,
    "1",
  ],
  [
    "an element of an array of the file",
    "static struct event all[4];",
    "all[1].hdr.kind = 3; all[0].hdr.kind = 1; bpf_ringbuf_output(&events, &all[0], sizeof(all[0]), 0);",
    "1",
  ],
  [
    "a value of another map",
    "",
    `struct event *t = bpf_map_lookup_elem(&table, &z); if (!t) return 0; ${value} t->hdr.kind = 2; ${sendValue}`,
    "1",
  ],
  [
    "a callback that has values of another map",
    "static long cb(void *map, __u32 *key, struct event *v, void *c) { v->hdr.kind = 2; return 0; }",
    `${value} bpf_for_each_map_elem(&table, cb, 0, 0); ${sendValue}`,
    "1",
  ],
  [
    "a callback that has another variable, and counts in what it is handed",
    "static long cb(__u32 i, __u32 *count) { other.hdr.kind = 2; *count += 1; return 0; }",
    `__u32 count = 0; ${value} file.hdr.kind = 1; bpf_loop(1, cb, &count, 0); ${sendFile}`,
    "1",
  ],
  [
    "a function that looks the same map up, and stores nothing there",
    "static int kindOf(__u32 z) { struct event *f = bpf_map_lookup_elem(&heap, &z); return f ? f->hdr.kind : 0; }",
    `${value} if (kindOf(z) > 5) return 0; ${sendValue}`,
    "1",
  ],
  ["a store into what the kernel has", "", `${value} *(__u32 *)ctx = 2; ${sendValue}`, "1"],
  [
    "a store into another variable by a pointer",
    "",
    `struct event t = {}, *p = &t; ${local} p->hdr.kind = 2; ${sendLocal}`,
    "1",
  ],
  ["an update of another map from it", "", `${value} bpf_map_update_elem(&table, &z, e, 0); ${sendValue}`, "1"],
])("a tag is known where it is known what a store changes: %s", (_, functions, body, kinds) => {
  expect(tagsOf(functions, body)).toEqual({ "struct event": `hdr.kind=${kinds}`, "struct exit": "hdr.kind=2" });
});

test("a length is not known which a callback may change behind the size that was computed of it", () => {
  const { lengths } = readSent(`${maps}
    struct line { __u32 length; char text[64]; };
    struct { __uint(type, 6); __uint(max_entries, 1); __type(key, __u32); __type(value, struct line); } lines SEC(".maps");
    static long cb(__u32 i, void *c) { __u32 z = 0; struct line *f = bpf_map_lookup_elem(&lines, &z); if (f) f->length = 2; return 0; }
    SEND { __u32 z = 0; struct line *e = bpf_map_lookup_elem(&lines, &z); if (!e) return 0; e->length = (__u32)(long)ctx & 31;
      __u32 size = sizeof(e->length) + e->length; bpf_loop(1, cb, 0, 0); bpf_ringbuf_output(&events, e, size, 0); return 0; }`);
  expect(lengths).toEqual([undefined]);
});
