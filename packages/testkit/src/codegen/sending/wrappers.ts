import type { SendingProgram } from "./program.ts";

/** Records that functions and macros of the program send for it. */
export const wrappers: readonly SendingProgram[] = [
  {
    title: "through wrappers to two maps",
    text: `static __always_inline long put(void *map, void *data, __u64 size) { return bpf_ringbuf_output(map, data, size, 0); }
     PROG(struct event e = {}; struct exit x = {}; e.hdr.pid = bpf_get_smp_processor_id(); x.code = bpf_ktime_get_ns(); put(&events, &e, sizeof(e)); put(&others, &x, sizeof(x));)`,
    sent: { events: "struct event", others: "struct exit" },
    runs: [{ delivered: { events: [{ comm: "" }], others: [{ hdr: { kind: 0, pid: 0 } }] } }],
  },
  {
    title: "through a macro",
    text: `#define SUBMIT(map, type, ...) ({ type *_r = bpf_ringbuf_reserve(&map, sizeof(type), 0); if (_r) { *_r = (type){ __VA_ARGS__ }; bpf_ringbuf_submit(_r, 0); } })
     PROG(SUBMIT(events, struct exit, .hdr.kind = 1, .code = 3);)`,
    sent: { events: "struct exit" },
    runs: [{ delivered: { events: [{ hdr: { kind: 1, pid: 0 }, code: 3n }] } }],
  },
  ...[true, false].map(
    (ring): SendingProgram => ({
      title: `by a macro that picks a ring or a perf event array: a ${ring ? "ring" : "perf event array"}`,
      text: `${ring ? "#define USE_RING" : ""}
      #ifdef USE_RING
      #define OUTPUT(ctx, data) bpf_ringbuf_output(&events, data, sizeof(*(data)), 0)
      #else
      #define OUTPUT(ctx, data) bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, data, sizeof(*(data)))
      #endif
      PROG(struct exit x = { .hdr = { .kind = 4 }, .code = 44 }; OUTPUT(ctx, &x);)`,
      sent: ring ? { events: "struct exit" } : { perf: "struct exit" },
      runs: [{ delivered: { [ring ? "events" : "perf"]: [{ hdr: { kind: 4 }, code: 44n }] } }],
    }),
  ),
  {
    title: "on a ring, or a perf event array where the kernel has no rings, as libbpf-tools do",
    text: `struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, 1024); } room SEC(".maps");
      struct bpf_ringbuf {} __attribute__((preserve_access_index));
      #define has_rings __builtin_preserve_type_info(*(struct bpf_ringbuf *)0, 0)
      static __always_inline void *reserve_buf(__u64 size) { static const int zero = 0;
        if (has_rings) return bpf_ringbuf_reserve(&events, size, 0);
        return bpf_map_lookup_elem(&room, &zero); }
      static __always_inline long submit_buf(void *ctx, void *buf, __u64 size) {
        if (has_rings) { bpf_ringbuf_submit(buf, 0); return 0; }
        return bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, buf, size); }
      PROG(struct event *e = reserve_buf(sizeof(*e)); if (!e) return 0; e->hdr.kind = 1; e->hdr.pid = bpf_get_smp_processor_id() + 1;
        __builtin_memset(e->comm, 0, 16); e->comm[0] = 'c'; submit_buf(ctx, e, sizeof(*e));)`,
    sent: { events: "struct event" },
    runs: [{ delivered: { events: [{ hdr: { kind: 1 }, comm: "c" }] } }],
  },
  {
    title: "through one function for two records, as the header that both begin with",
    text: `static __always_inline long put(struct hdr *h, __u64 size) { return bpf_ringbuf_output(&events, h, size, 0); }
      PROG(struct event e = { .hdr = { .kind = 1 } }; e.hdr.pid = bpf_get_smp_processor_id(); e.comm[0] = 'w'; e.comm[1] = 0; put(&e.hdr, sizeof(e));
        struct exit x = { { 2 }, 5 }; put(&x.hdr, sizeof(x));)`,
    sent: { events: "struct event, struct exit" },
    runs: [
      {
        delivered: {
          events: [
            { kind: "event", comm: "w" },
            { kind: "exit", code: 5n },
          ],
        },
      },
    ],
  },
  {
    title: "in memory that one function reserves for two records",
    text: `static __always_inline void *take(__u64 size) { return bpf_ringbuf_reserve(&events, size, 0); }
      PROG(struct event *e = take(sizeof(*e)); if (!e) return 0; e->hdr.kind = 1; e->hdr.pid = bpf_get_smp_processor_id();
        __builtin_memset(e->comm, 0, 16); e->comm[0] = 'v'; bpf_ringbuf_submit(e, 0);
        struct exit *x = take(sizeof(*x)); if (!x) return 0; x->hdr.kind = 2; x->hdr.pid = 3; x->code = 6; bpf_ringbuf_submit(x, 0);)`,
    sent: { events: "struct event, struct exit" },
    runs: [
      {
        delivered: {
          events: [
            { kind: "event", comm: "v" },
            { kind: "exit", code: 6n },
          ],
        },
      },
    ],
  },
  {
    title: "by functions that run where blocks end, which attributes of variables name",
    text: `static __always_inline void end(struct event **e) { if (*e) bpf_ringbuf_submit(*e, 0); }
      static __always_inline void tell(struct exit *x) { bpf_ringbuf_output(&others, x, sizeof(*x), 0); }
      PROG({ struct exit x __attribute__((cleanup(tell))) = {}; x.hdr.pid = bpf_get_smp_processor_id(); x.code = 6; }
        struct event *e __attribute__((cleanup(end))) = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 0;
        e->hdr.kind = 1; e->hdr.pid = 7; __builtin_memset(e->comm, 0, 16); e->comm[0] = 'b';)`,
    sent: { events: "struct event", others: "struct exit" },
    runs: [{ delivered: { events: [{ hdr: { pid: 7 }, comm: "b" }], others: [{ code: 6n }] } }],
  },
];
