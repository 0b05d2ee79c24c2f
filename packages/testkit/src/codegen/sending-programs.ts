/** What every program starts with: libbpf's own headers, maps and records. */
export const sendingHead = `
#include <linux/bpf.h>
#include <linux/types.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#define RING(name) struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } name SEC(".maps")
char LICENSE[] SEC("license") = "GPL";
struct hdr { __u32 kind; __u32 pid; };
struct event { struct hdr hdr; char comm[16]; };
struct exit { struct hdr hdr; long code; };
struct line { __u32 length; char text[256]; };
RING(events);
RING(others);
struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); } perf SEC(".maps");
struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct line); __uint(max_entries, 1); } heap SEC(".maps");
#define PROG(...) SEC("tracepoint/a/b") int prog(void *ctx) { __VA_ARGS__ return 0; }
`;

/** Programs that clang compiles, and what each sends on which map. */
export const sendingPrograms: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  [
    "reserved, with a check and a tail of assignments",
    "PROG(struct event *e; e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 1; e->hdr.pid = bpf_get_current_pid_tgid() >> 32; bpf_get_current_comm(&e->comm, sizeof(e->comm)); bpf_ringbuf_submit(e, 0);)",
    { events: "struct event" },
  ],
  [
    "sent from the stack to a perf array",
    "PROG(struct exit x = { .hdr = { .kind = 2 }, .code = 7 }; bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &x, sizeof(x));)",
    { perf: "struct exit" },
  ],
  [
    "a part of a scratch buffer of a map, with offsetof",
    `PROG(__u32 zero = 0; struct line *l = bpf_map_lookup_elem(&heap, &zero); if (!l) return 1; l->length = 8;
      bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, l, offsetof(struct line, text) + 8);)`,
    { perf: "struct line" },
  ],
  [
    "through wrappers to two maps",
    `static __always_inline long put(void *map, void *data, __u64 size) { return bpf_ringbuf_output(map, data, size, 0); }
     PROG(struct event e = {}; struct exit x = {}; e.hdr.pid = bpf_get_smp_processor_id(); x.code = bpf_ktime_get_ns(); put(&events, &e, sizeof(e)); put(&others, &x, sizeof(x));)`,
    { events: "struct event", others: "struct exit" },
  ],
  [
    "through a macro",
    `#define SUBMIT(map, type, ...) ({ type *_r = bpf_ringbuf_reserve(&map, sizeof(type), 0); if (_r) { *_r = (type){ __VA_ARGS__ }; bpf_ringbuf_submit(_r, 0); } })
     PROG(SUBMIT(events, struct exit, .hdr.kind = 1, .code = 3);)`,
    { events: "struct exit" },
  ],
  [
    "by a switch that user space sets",
    `const volatile _Bool second = 0;
     PROG(__u64 now = bpf_ktime_get_ns(); if (second) bpf_ringbuf_output(&others, &now, sizeof(now), 0); else bpf_ringbuf_output(&events, &now, sizeof(now), 0);)`,
    { events: "__u64", others: "__u64" },
  ],
  [
    "in a callback of bpf_loop",
    `static long each(__u32 i, void *c) { struct exit x = { .code = i }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
     PROG(bpf_loop(4, each, (void *)0, 0);)`,
    { events: "struct exit" },
  ],
  [
    "through a dynptr",
    `PROG(struct bpf_dynptr p; struct event e = {}; e.hdr.pid = bpf_get_smp_processor_id(); if (bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p) == 0) bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); bpf_ringbuf_submit_dynptr(&p, 0);)`,
    { events: "struct event" },
  ],
];

/** Keeps the records in an object's BTF, from which compilers drop what nothing refers to. */
export const sendingAnchors = `
const struct event *keep_event __attribute__((unused));
const struct exit *keep_exit __attribute__((unused));
const struct line *keep_line __attribute__((unused));
`;
