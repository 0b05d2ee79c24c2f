import type { SendingProgram } from "./program.ts";

/** Records on maps of every definition, and on those that a run chooses. */
export const maps: readonly SendingProgram[] = [
  {
    title: "by a switch that user space sets",
    text: `const volatile _Bool second = 0;
     PROG(__u64 now = bpf_ktime_get_ns(); if (second) bpf_ringbuf_output(&others, &now, sizeof(now), 0); else bpf_ringbuf_output(&events, &now, sizeof(now), 0);)`,
    sent: { events: "__u64", others: "__u64" },
    byObject: { events: "?", others: "?" },
    runs: [
      { delivered: { events: [{}], others: [] } },
      { rodata: { second: true }, delivered: { events: [], others: [{}] } },
    ],
  },
  {
    title: "to a map that user space chooses",
    text: `const volatile _Bool second = 0;
      PROG(struct exit x = { .code = 5 }; void *map = second ? (void *)&others : (void *)&events; bpf_ringbuf_output(map, &x, sizeof(x), 0);)`,
    sent: { events: "struct exit", others: "struct exit" },
    runs: [
      { delivered: { events: [{ code: 5n }], others: [] } },
      { rodata: { second: true }, delivered: { events: [], others: [{ code: 5n }] } },
    ],
  },
  {
    title: "to a ring in a slot of a map of maps",
    text: `struct ring { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } slot0 SEC(".maps");
      struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct ring); } rings SEC(".maps") = { .values = { &slot0 } };
      PROG(__u32 key = 0; void *ring = bpf_map_lookup_elem(&rings, &key); if (!ring) return 0;
        struct exit x = { .hdr = { .kind = 8 }, .code = 6 }; bpf_ringbuf_output(ring, &x, sizeof(x), 0);)`,
    sent: { rings: "struct exit" },
    runs: [{ delivered: { slot0: [{ hdr: { kind: 8 }, code: 6n }] }, slotOf: { slot0: "rings" } }],
  },
  {
    title: "to a perf event array in a slot of a map of maps",
    text: `struct table { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(value_size, 4); __uint(max_entries, 64); } perf_slot SEC(".maps");
      struct { __uint(type, BPF_MAP_TYPE_HASH_OF_MAPS); __uint(max_entries, 2); __type(key, __u32); __array(values, struct table); } tables SEC(".maps") = { .values = { [1] = &perf_slot } };
      PROG(__u32 key = 1; void *table = bpf_map_lookup_elem(&tables, &key); if (!table) return 0;
        struct exit x = { .hdr = { .kind = 8 }, .code = 6 }; bpf_perf_event_output(ctx, table, BPF_F_CURRENT_CPU, &x, sizeof(x));)`,
    sent: { tables: "struct exit" },
    runs: [{ delivered: { perf_slot: [{ hdr: { kind: 8 }, code: 6n }] }, slotOf: { perf_slot: "tables" } }],
  },
  {
    title: "on maps of the kernel's samples, which libbpf 1.0 refuses",
    text: `struct bpf_map_def { unsigned int type, key_size, value_size, max_entries, map_flags; };
      struct bpf_map_def SEC("maps") samples = { .type = BPF_MAP_TYPE_PERF_EVENT_ARRAY, .key_size = sizeof(int), .value_size = sizeof(__u32), .max_entries = 2 };
      struct bpf_map_def SEC("maps/records") records = { .type = BPF_MAP_TYPE_PERF_EVENT_ARRAY, .key_size = sizeof(int), .value_size = sizeof(__u32), .max_entries = 2 };
      PROG(struct exit x = {}; x.code = bpf_ktime_get_ns(); bpf_perf_event_output(ctx, &samples, 0, &x, sizeof(x));
        struct event e = {}; e.hdr.pid = bpf_get_smp_processor_id(); bpf_perf_event_output(ctx, &records, 0, &e, sizeof(e));)`,
    sent: { samples: "struct exit", records: "struct event" },
    legacy: true,
  },
  {
    title: "on maps that are defined without libbpf's macros, one of them by a struct with a name",
    text: `struct ring_of_64k { int (*type)[BPF_MAP_TYPE_RINGBUF]; int (*max_entries)[1 << 16]; };
      struct ring_of_64k own SEC(".maps");
      __attribute__((section(".maps"), used)) struct { int (*type)[4]; int (*key_size)[sizeof(__u32)]; int (*value_size)[4]; } perf_of_4;
      PROG(struct exit x = { .code = 12 }; bpf_ringbuf_output(&own, &x, sizeof(x), 0);
        struct event e = { .comm = "n" }; e.hdr.pid = 1; bpf_perf_event_output(ctx, &perf_of_4, BPF_F_CURRENT_CPU, &e, sizeof(e));)`,
    sent: { own: "struct exit", perf_of_4: "struct event" },
    runs: [{ delivered: { own: [{ code: 12n }], perf_of_4: [{ comm: "n" }] } }],
  },
  {
    title: "another record than the type of the map's value",
    text: `struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __type(key, int); __type(value, struct hdr); } valued SEC(".maps");
      PROG(struct exit x = { .hdr = { .kind = 2 } }; x.code = bpf_ktime_get_ns(); bpf_perf_event_output(ctx, &valued, BPF_F_CURRENT_CPU, &x, sizeof(x));)`,
    sent: { valued: "struct exit" },
    warned: ["RB4011"],
  },
  {
    title: "on maps that functions pick by a constant",
    text: `RING(hot); RING(cold);
      static __always_inline void *pick(int which) { switch (which) { case 0: return &hot; case 1: return &cold; default: return 0; } }
      static __always_inline long put(int which, void *data, __u64 size) {
        if (which < 2) return bpf_ringbuf_output(pick(which), data, size, 0);
        return bpf_ringbuf_output(which == 2 ? (void *)&events : (void *)&others, data, size, 0); }
      PROG(struct event e = { .hdr = { .kind = 1 } }; e.hdr.pid = bpf_get_smp_processor_id(); e.comm[0] = 'p'; e.comm[1] = 0;
        struct exit x = { .hdr = { .kind = 2 } }; x.hdr.pid = bpf_get_smp_processor_id(); x.code = 7;
        put(0, &e, sizeof(e)); put(1, &x, sizeof(x)); put(2, &x, sizeof(x)); put(3, &e, sizeof(e));)`,
    sent: { hot: "struct event", cold: "struct exit", events: "struct exit", others: "struct event" },
    byObject: { hot: "?", cold: "?", events: "?", others: "?" },
    sourceOnly: true,
    runs: [
      { delivered: { hot: [{ comm: "p" }], cold: [{ code: 7n }], events: [{ code: 7n }], others: [{ comm: "p" }] } },
    ],
  },
  {
    title: "in memory of bytes, and of numbers, that is taken for a struct",
    text: `static __always_inline void fill(struct event *e) { e->hdr.kind = 1; e->hdr.pid = bpf_get_smp_processor_id(); e->comm[0] = 'b'; e->comm[1] = 0; }
      PROG(char room[sizeof(struct event)] __attribute__((aligned(8))) = {}; fill((void *)room); bpf_ringbuf_output(&events, room, sizeof(room), 0);
        __u64 words[2] = {}; struct exit *x = (struct exit *)words; x->hdr.kind = 2; x->hdr.pid = bpf_get_smp_processor_id(); x->code = 8; bpf_ringbuf_output(&others, words, 16, 0);)`,
    sent: { events: "struct event", others: "struct exit" },
    byDebugInfo: {},
    runs: [{ delivered: { events: [{ hdr: { kind: 1 }, comm: "b" }], others: [{ code: 8n }] } }],
  },
];
