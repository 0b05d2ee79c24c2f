import type { SendingProgram } from "./program.ts";

/** Records that are sent in part, or with more behind them. */
export const lengths: readonly SendingProgram[] = [
  {
    title: "a part of a scratch buffer of a map, with offsetof",
    text: `PROG(__u32 zero = 0; struct line *l = bpf_map_lookup_elem(&heap, &zero); if (!l) return 1; l->length = 8; l->text[0] = 'a';
      bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, l, offsetof(struct line, text) + 8);)`,
    sent: { perf: "struct line" },
    runs: [{ delivered: { perf: [{ length: 8, text: "a" }] } }],
  },
  {
    title: "as long as a member says, behind a macro of offsets",
    text: `struct exec { int pid; __u32 args_size; char args[128]; };
      #define BASE_EVENT_SIZE ((__u64)(&((struct exec *)0)->args))
      #define EVENT_SIZE(e) (BASE_EVENT_SIZE + e->args_size)
      struct { __uint(type, BPF_MAP_TYPE_HASH); __type(key, __u32); __type(value, struct exec); __uint(max_entries, 4); } execs SEC(".maps");
      static const struct exec empty = {};
      PROG(__u32 key = 1; bpf_map_update_elem(&execs, &key, &empty, 0); struct exec *e = bpf_map_lookup_elem(&execs, &key); if (!e) return 0;
        e->pid = 11; e->args[0] = 'l'; e->args[1] = 's'; e->args_size = (bpf_get_smp_processor_id() & 3) + 4; __u64 len = EVENT_SIZE(e);
        if (len <= sizeof(*e)) bpf_ringbuf_output(&events, e, len, 0);)`,
    sent: { events: "struct exec" },
    structs: ["exec"],
    length: { "exec.args": "length=args_size" },
    runs: [{ delivered: { events: [{ pid: 11, args: "ls" }] } }],
  },
  {
    title: "shorter than its array, by what is left of it",
    text: `#define MAX_TEXT 256
      PROG(__u32 zero = 0; struct line *l = bpf_map_lookup_elem(&heap, &zero); if (!l) return 0; __u32 n = bpf_get_smp_processor_id() & 7;
        l->length = 77; l->text[0] = 'x'; bpf_ringbuf_output(&events, l, sizeof(*l) - (MAX_TEXT - n - 1), 0);)`,
    sent: { events: "struct line" },
    runs: [{ delivered: { events: [{ length: 77, text: "x" }] } }],
  },
  {
    title: "with a flexible array whose length a member holds",
    text: `struct blob { __u32 count; __u32 sum; __u8 data[]; };
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, char[256]); __uint(max_entries, 1); } room SEC(".maps");
      PROG(__u32 zero = 0; struct blob *b = bpf_map_lookup_elem(&room, &zero); if (!b) return 0; __u32 n = (bpf_get_smp_processor_id() & 1) + 2;
        b->count = n; b->sum = 9; b->data[0] = 5; b->data[1] = 6; bpf_ringbuf_output(&events, b, sizeof(*b) + n, 0);)`,
    sent: { events: "struct blob" },
    // struct event begins as it does, and ends in an array at the same byte.
    byObject: { events: "?" },
    structs: ["blob"],
    runs: [{ delivered: { events: [{ sum: 9 }] } }],
  },
  {
    title: "with a flexible array that a helper fills, as long as a variable says that is cut and stored",
    text: `struct blob { __u64 at; __u32 sum; __u32 used; __u8 data[]; };
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, char[512]); __uint(max_entries, 1); } room SEC(".maps");
      const volatile char word[8] = "GPL";
      PROG(__u32 zero = 0; struct blob *b = bpf_map_lookup_elem(&room, &zero); if (!b) return 0; b->at = bpf_ktime_get_ns(); b->sum = 9;
        long n = bpf_probe_read_kernel_str(b->data, 256, (const void *)word); if (n < 0) return 0; b->used = n; bpf_ringbuf_output(&events, b, sizeof(*b) + n, 0);
        __u64 m = bpf_get_smp_processor_id() + 3; if (m > 200) m = 200; bpf_probe_read_kernel(b->data, m, (const void *)word); b->used = m; bpf_ringbuf_output(&others, b, sizeof(*b) + m, 0);)`,
    sent: { events: "struct blob", others: "struct blob" },
    // What is sent at least is more than what stands before the array.
    byObject: { events: "struct blob", others: "?" },
    structs: ["blob"],
    runs: [
      {
        delivered: {
          events: [{ sum: 9, used: 4, data: Uint8Array.of(0x47, 0x50, 0x4c, 0) }],
          others: [{ sum: 9 }],
        },
      },
    ],
  },
  {
    title: "reserved, with room for a flexible array",
    text: `struct blob { __u32 count; __u32 sum; __u8 data[]; };
      PROG(struct blob *b = bpf_ringbuf_reserve(&events, sizeof(*b) + 3, 0); if (!b) return 0;
        b->count = 3; b->sum = 9; b->data[0] = 1; b->data[1] = 2; b->data[2] = bpf_get_smp_processor_id(); bpf_ringbuf_submit(b, 0);)`,
    sent: { events: "struct blob" },
    byObject: { events: "?" },
    structs: ["blob"],
    runs: [{ delivered: { events: [{ count: 3, sum: 9 }] } }],
  },
  {
    title: "reserved by a dynptr, as long as a run decides",
    text: `struct blob { __u32 count; __u32 sum; __u8 data[]; };
      PROG(struct bpf_dynptr p; struct blob b = { .sum = 9 }; char text[4] = "abc"; __u32 n = (bpf_get_smp_processor_id() & 1) + 2; b.count = n;
        if (bpf_ringbuf_reserve_dynptr(&events, sizeof(b) + n, 0, &p) == 0) { bpf_dynptr_write(&p, 0, &b, sizeof(b), 0); bpf_dynptr_write(&p, sizeof(b), text, 2, 0); }
        bpf_ringbuf_submit_dynptr(&p, 0);)`,
    sent: { events: "struct blob" },
    // struct hdr is as long as what is written first.
    byObject: { events: "?" },
    structs: ["blob"],
    runs: [{ delivered: { events: [{ sum: 9 }] } }],
  },
  {
    title: "a part of a struct on the stack, as long as a member and a helper say",
    text: `struct note { __u64 at; __u16 used; char text[54]; };
      PROG(struct note n = {}; n.at = bpf_ktime_get_ns(); __u64 size = bpf_get_smp_processor_id() & 15; n.text[0] = 'n'; n.used = size;
        bpf_ringbuf_output(&events, &n, offsetof(struct note, text) + size, 0);)`,
    sent: { events: "struct note" },
    structs: ["note"],
    length: { "note.text": "length=used" },
    runs: [{ delivered: { events: [{}] } }],
  },
  {
    title: "as many elements as a member counts",
    text: `struct trace { __u32 depth; __u32 pid; __u64 frames[8]; };
      PROG(struct trace t = {}; t.pid = bpf_get_smp_processor_id() + 1; t.depth = (bpf_get_smp_processor_id() & 3) + 1; t.frames[0] = bpf_ktime_get_ns();
        bpf_ringbuf_output(&events, &t, offsetof(struct trace, frames) + t.depth * sizeof(__u64), 0);)`,
    sent: { events: "struct trace" },
    structs: ["trace"],
    length: { "trace.frames": "length=depth" },
    runs: [{ delivered: { events: [{}] } }],
  },
  {
    title: "with bytes behind it that no member names",
    text: `struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } wide SEC(".maps");
      PROG(struct exit *x = bpf_ringbuf_reserve(&wide, 64, 0); if (!x) return 0; x->hdr.kind = 2; x->hdr.pid = bpf_get_smp_processor_id(); x->code = 9;
        bpf_ringbuf_submit(x, 0);)`,
    sent: { wide: "struct exit" },
    byObject: { wide: "?" },
    warned: ["RB4010"],
    warnedByObject: [],
  },
  {
    title: "as long as the lower byte of a member, which is no length of it",
    text: `struct cut { __u32 length; __u32 sum; char text[64]; };
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct cut); __uint(max_entries, 1); } room SEC(".maps");
      PROG(__u32 zero = 0; struct cut *c = bpf_map_lookup_elem(&room, &zero); if (!c) return 0; c->length = (bpf_get_smp_processor_id() & 0) + 0x108; c->sum = 5;
        __builtin_memcpy(c->text, "12345678", 8); __u8 n = c->length; if (n > 64) return 0; bpf_ringbuf_output(&events, c, offsetof(struct cut, text) + n, 0);)`,
    sent: { events: "struct cut" },
    structs: ["cut"],
    length: { "cut.text": "truncated" },
    runs: [{ delivered: { events: [{ length: 0x108, sum: 5, text: "12345678" }] } }],
  },
];
