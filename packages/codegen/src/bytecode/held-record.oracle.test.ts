import { describeWith } from "@rbgen/testkit";
import { compileBpf } from "@rbgen/testkit/compile";
import { expect, test } from "vitest";
import { readBtfModule } from "../btf/btf-module.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";

const head = `#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#define RB(n) struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } n SEC(".maps")
#define SCRATCH(n, t) struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, t); } n SEC(".maps")
#define HASH(n, k, v) struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 16); __type(key, k); __type(value, v); } n SEC(".maps")
char LICENSE[] SEC("license") = "GPL";
`;

/** What each map of an object with debug information carries; "?" for what nothing tells. */
function told(text: string, compiler: "clang" | "clang-19"): Record<string, string> {
  const diagnostics: Diagnostic[] = [];
  const object = compileBpf(head + text, "little", [], compiler);
  const module = readBtfModule(object, { name: "a.bpf.o", path: "a.bpf.o" }, (one) => diagnostics.push(one));
  expect(diagnostics).toEqual([]);
  return Object.fromEntries(
    (module?.sent?.() ?? []).map(({ map, records, untold }) => [
      map,
      [...records.map(({ type }) => type), ...untold.map(() => "?")].join(", "),
    ]),
  );
}

const arms = `struct a { __u64 a; __u32 b, c; }; struct b { __u32 x; char n[12]; }; RB(ra); RB(rb);`;
const twins = `struct conn { __u64 sk; __u32 pid, state; }; struct closed { __u32 pid, why; __u64 bytes; }; RB(d);`;
const look = (type: string): string => `__u32 z = 0; ${type} *e = bpf_map_lookup_elem(&s, &z); if (!e) return 0;`;
const send = "return bpf_ringbuf_output(&d, e, sizeof(*e), 0);";

const cases: readonly (readonly [title: string, text: string, expected: Readonly<Record<string, string>>])[] = [
  [
    "the member of a union that the stores fit",
    `${arms} static union { struct a a; struct b b; } g;
    SEC("syscall") int fa(void *ctx) { g.a.a = bpf_ktime_get_ns(); g.a.b = bpf_get_prandom_u32(); bpf_get_current_comm(&g.a.c, 4);
      return bpf_ringbuf_output(&ra, &g.a, sizeof(g.a), 0); }
    SEC("syscall") int fb(void *ctx) { g.b.x = 7; bpf_get_current_comm(g.b.n, 12); return bpf_ringbuf_output(&rb, &g.b, sizeof(g.b), 0); }`,
    { ra: "?", rb: "struct b" },
  ],
  [
    "no member of a union where a constant may be of either",
    `${arms} static union { struct a a; struct b b; } g;
    SEC("syscall") int fa(void *ctx) { g.a.a = 1; return bpf_ringbuf_output(&ra, &g.a, sizeof(g.a), 0); }
    SEC("syscall") int fb(void *ctx) { g.b.x = 7; bpf_get_current_comm(g.b.n, 12); return bpf_ringbuf_output(&rb, &g.b, sizeof(g.b), 0); }`,
    { ra: "?", rb: "struct b" },
  ],
  [
    "the member of a union without a name in a map's value",
    `${arms} struct value { __u64 key; union { struct a a; struct b b; }; }; HASH(s, __u32, struct value);
    SEC("syscall") int f(void *ctx) { ${look("struct value")} e->b.x = bpf_get_prandom_u32(); bpf_get_current_comm(e->b.n, 12);
      return bpf_ringbuf_output(&rb, &e->b, sizeof(e->b), 0); }`,
    { rb: "struct b" },
  ],
  [
    "each member of a union that is sent twice on one ring, or nothing",
    `${arms} union room { struct a a; struct b b; }; struct value { union { struct a a; struct b b; }; __u64 more; }; SCRATCH(s, struct value);
    SEC("syscall") int f(void *ctx) { ${look("struct value")} e->b.x = bpf_get_prandom_u32(); bpf_get_current_comm(e->b.n, 12);
      bpf_ringbuf_output(&rb, &e->b, sizeof(e->b), 0); e->a.a = bpf_ktime_get_ns(); e->a.b = bpf_get_prandom_u32(); e->a.c = bpf_get_smp_processor_id();
      return bpf_ringbuf_output(&rb, &e->a, sizeof(e->a), 0); }`,
    { rb: "struct b, ?" },
  ],
  [
    "what the pointer is declared to, where the map's value is another struct",
    `${twins} SCRATCH(s, struct conn);
    SEC("syscall") int f(void *ctx) { ${look("struct closed")} e->pid = 1; e->why = 2; e->bytes = 3; ${send} }`,
    { d: "struct closed" },
  ],
  [
    "what the pointer is declared to, where the map's value is bytes",
    `${twins} struct raw { __u8 b[sizeof(struct closed)]; }; SCRATCH(s, struct raw);
    SEC("syscall") int f(void *ctx) { ${look("struct closed")} e->pid = 1; e->why = 2; e->bytes = 3; ${send} }`,
    { d: "struct closed" },
  ],
  [
    "what the map's value is, where the pointer is declared to the first of its members",
    `${twins} struct whole { struct conn conn; }; SCRATCH(s, struct whole);
    SEC("syscall") int f(void *ctx) { ${look("struct conn")} e->sk = bpf_ktime_get_ns(); e->pid = 2; ${send} }`,
    { d: "struct whole" },
  ],
  [
    "a struct with stores in elements of its arrays of structs",
    `struct item { __u16 x[2]; __u32 y; }; struct list { __u64 k; struct { __u32 p; struct item in[3]; } v[4]; __u64 end; }; SCRATCH(s, struct list); RB(d);
    SEC("syscall") int f(void *ctx) { ${look("struct list")} e->k = bpf_ktime_get_ns(); e->v[2].p = bpf_get_prandom_u32(); e->v[3].in[2].y = bpf_get_prandom_u32();
      e->v[1].in[1].x[1] = bpf_get_prandom_u32(); ${send} }`,
    { d: "struct list" },
  ],
  [
    "nothing of text that lies beside a struct as long",
    `struct key { __u64 a; __u32 b, c; }; RB(names); HASH(seen, struct key, __u64);
    SEC("syscall") int f(void *ctx) { struct key k = { .a = bpf_ktime_get_ns(), .b = 3, .c = 4 }; char comm[16]; __u64 one = 1;
      bpf_map_update_elem(&seen, &k, &one, 0); bpf_get_current_comm(comm, 16); return bpf_ringbuf_output(&names, comm, 16, 0); }`,
    { names: "?" },
  ],
  [
    "the struct that lies beside text as long",
    `struct key { __u64 a; __u32 b, c; }; RB(names); HASH(seen, struct key, __u64); RB(keys);
    SEC("syscall") int f(void *ctx) { struct key k = { .a = bpf_ktime_get_ns(), .b = 3, .c = 4 }; char comm[16]; __u64 one = 1;
      bpf_get_current_comm(comm, 16); bpf_ringbuf_output(&names, comm, 16, 0); return bpf_ringbuf_output(&keys, &k, sizeof(k), 0); }`,
    { names: "?", keys: "struct key" },
  ],
  [
    "an array of structs that lies beside a struct as long",
    `struct m { __u64 a, b; }; struct l { __u32 x, y; }; RB(ra); RB(rb);
    SEC("syscall") int f(void *ctx) { struct m m = { .a = bpf_ktime_get_ns(), .b = bpf_get_current_pid_tgid() };
      struct l two[2] = { { 1, bpf_get_prandom_u32() }, { 3, bpf_get_smp_processor_id() } };
      bpf_ringbuf_output(&ra, &m, sizeof(m), 0); return bpf_ringbuf_output(&rb, two, sizeof(two), 0); }`,
    { ra: "struct m", rb: "struct l[2]" },
  ],
  [
    "each of two structs in one frame that are as long",
    `struct m { __u64 a, b; }; struct l { __u64 x; __u32 y, z; }; RB(ra); RB(rb);
    SEC("syscall") int f(void *ctx) { struct m m = { .a = bpf_ktime_get_ns(), .b = 5 }; struct l l = { .x = bpf_ktime_get_ns(), .y = 3 };
      bpf_ringbuf_output(&ra, &m, sizeof(m), 0); return bpf_ringbuf_output(&rb, &l, sizeof(l), 0); }`,
    { ra: "struct m", rb: "struct l" },
  ],
  [
    "a struct of which one store fills two members",
    `struct ev { __u32 pid, tgid; __u64 at; }; RB(d); const volatile __u64 other;
    SEC("syscall") int f(void *ctx) { struct ev *e = bpf_ringbuf_reserve(&d, sizeof(*e), 0); if (!e) return 0; __u64 a = bpf_get_current_pid_tgid();
      e->pid = a; e->tgid = a >> 32; e->at = bpf_ktime_get_ns(); bpf_ringbuf_submit(e, 0); return 0; }`,
    { d: "struct ev" },
  ],
  [
    "a struct in the frame of a function that a helper calls for each element",
    `struct dump { __u32 key, more; __u64 value; }; RB(dumps); HASH(s, __u32, __u64);
    static long each(struct bpf_map *map, const __u32 *key, __u64 *value, void *ctx) { struct dump d = { .key = *key, .value = *value };
      d.more = bpf_get_prandom_u32(); bpf_ringbuf_output(&dumps, &d, sizeof(d), 0); return 0; }
    SEC("syscall") int f(void *ctx) { return bpf_for_each_map_elem(&s, each, (void *)0, 0); }`,
    { dumps: "struct dump" },
  ],
  [
    "what a callback sends that a function of the kernel is handed",
    `struct ev { __u32 pid, why; }; RB(d); extern int bpf_wq_set_callback_impl(void *wq, int (*f)(void *, int *, void *), __u32 flags, void *aux) __attribute__((section(".ksyms")));
    static int later(void *map, int *key, void *value) { struct ev e = { .pid = bpf_get_prandom_u32(), .why = 3 }; return bpf_ringbuf_output(&d, &e, sizeof(e), 0); }
    SEC("syscall") int f(void *ctx) { return bpf_wq_set_callback_impl(ctx, later, 0, (void *)0); }`,
    { d: "struct ev" },
  ],
  [
    "no sample that is only given up",
    `struct prb { __u64 a; __u32 b; }; struct ev { __u32 pid, why; }; RB(d); RB(only);
    SEC("syscall") int f(void *ctx) { struct prb *p = bpf_ringbuf_reserve(&d, sizeof(*p), 0); if (p) bpf_ringbuf_discard(p, 0);
      struct prb *q = bpf_ringbuf_reserve(&only, sizeof(*q), 0); if (q) { q->b = 3; bpf_ringbuf_discard(q, 0); }
      struct bpf_dynptr y; bpf_ringbuf_reserve_dynptr(&only, 40, 0, &y); bpf_ringbuf_discard_dynptr(&y, 0);
      struct ev *e = bpf_ringbuf_reserve(&d, sizeof(*e), 0); if (!e) return 0; e->pid = bpf_get_prandom_u32(); e->why = 4;
      if (e->pid == 9) { bpf_ringbuf_discard(e, 0); return 0; } bpf_ringbuf_submit(e, 0); return 0; }`,
    { d: "struct ev" },
  ],
];

describeWith(["clang", "clang-19"], "what the place of bytes tells of them", () => {
  for (const compiler of ["clang", "clang-19"] as const) {
    test.each(cases)(`is %s, by ${compiler}`, (_, text, expected) => {
      expect(told(text, compiler)).toEqual(expected);
    });
  }
});
