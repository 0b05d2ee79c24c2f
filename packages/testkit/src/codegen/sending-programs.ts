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
struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); } cmds SEC(".maps");
#ifndef PROGRAM_SECTION
#define PROGRAM_SECTION "tracepoint/a/b"
#endif
#define PROG(...) SEC(PROGRAM_SECTION) int prog(void *ctx) { __VA_ARGS__ return 0; }
`;

/** One run of a program on the kernel, and what its maps then deliver. */
export interface ProgramRun {
  /** Values of `const volatile` variables. */
  readonly rodata?: Readonly<Record<string, number | boolean>>;
  /** What user space writes before the run, by map. */
  readonly written?: Readonly<Record<string, readonly unknown[]>>;
  /** Members of the records that come, by map; what a run decides by itself is left out. */
  readonly delivered: Readonly<Record<string, readonly unknown[]>>;
  /** Programs that are attached while the others run; they look at what this process does, and at nothing else. */
  readonly attached?: readonly string[];
  /** The packet that the others run on, and how many bytes of it the kernel puts behind what is sent. */
  readonly packet?: { readonly bytes: Uint8Array; readonly appended: number };
  /** The map of maps that a ring is a slot of, whose record it has. */
  readonly slotOf?: Readonly<Record<string, string>>;
}

/** A program that clang compiles, and what it sends on which map. */
export interface SendingProgram {
  readonly title: string;
  readonly text: string;
  /** Record types by map, with commas between several. */
  readonly sent: Readonly<Record<string, string>>;
  /** The same as an object alone tells, where that is less. */
  readonly byObject?: Readonly<Record<string, string>>;
  /** Warnings of its source beside those of maps of which not all is known. */
  readonly warned?: readonly string[];
  /** It has maps of the kind that libbpf 1.0 refuses. */
  readonly legacy?: true;
  /** Structs that {@link text} defines. */
  readonly structs?: readonly string[];
  /** What is found of arrays that are sent in part, by struct and member. */
  readonly length?: Readonly<Record<string, string>>;
  /** Absent where `BPF_PROG_TEST_RUN` has no run for such a program. */
  readonly runs?: readonly ProgramRun[];
  /** What an iterator writes for each of what it goes over, by its name: the record, and members of it. */
  readonly iterates?: Readonly<Record<string, { readonly record: string; readonly members: unknown }>>;
}

/** A packet by whose length a program that traces knows it. The kernel clears the Ethernet header for programs that do not see it. */
const packet = Uint8Array.from({ length: 75 }, (_, index) => (index < 14 ? 0 : index));

export const sendingPrograms: readonly SendingProgram[] = [
  {
    title: "reserved, with a check and a tail of assignments",
    text: `PROG(struct event *e; e = bpf_ringbuf_reserve(&events, sizeof(*e), 0); if (!e) return 1; e->hdr.kind = 3;
      e->hdr.pid = bpf_get_smp_processor_id() + 4711; __builtin_memset(e->comm, 0, 16); e->comm[0] = 'r'; e->comm[1] = 'b'; bpf_ringbuf_submit(e, 0);)`,
    sent: { events: "struct event" },
    runs: [{ delivered: { events: [{ hdr: { kind: 3 }, comm: "rb" }] } }],
  },
  {
    title: "sent from the stack to a perf array",
    text: "PROG(struct exit x = { .hdr = { .kind = 2 }, .code = 7 }; bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &x, sizeof(x));)",
    sent: { perf: "struct exit" },
    runs: [{ delivered: { perf: [{ hdr: { kind: 2, pid: 0 }, code: 7n }] } }],
  },
  {
    title: "a part of a scratch buffer of a map, with offsetof",
    text: `PROG(__u32 zero = 0; struct line *l = bpf_map_lookup_elem(&heap, &zero); if (!l) return 1; l->length = 8; l->text[0] = 'a';
      bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, l, offsetof(struct line, text) + 8);)`,
    sent: { perf: "struct line" },
    runs: [{ delivered: { perf: [{ length: 8, text: "a" }] } }],
  },
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
    title: "in a callback of bpf_loop",
    text: `static long each(__u32 i, void *c) { struct exit x = { .code = i }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
     PROG(bpf_loop(3, each, (void *)0, 0);)`,
    sent: { events: "struct exit" },
    runs: [{ delivered: { events: [{ code: 0n }, { code: 1n }, { code: 2n }] } }],
  },
  {
    title: "through a dynptr",
    text: `PROG(struct bpf_dynptr p; struct event e = {}; e.hdr.pid = bpf_get_smp_processor_id(); e.comm[0] = 'd'; if (bpf_ringbuf_reserve_dynptr(&events, sizeof(e), 0, &p) == 0) bpf_dynptr_write(&p, 0, &e, sizeof(e), 0); bpf_ringbuf_submit_dynptr(&p, 0);)`,
    sent: { events: "struct event" },
    runs: [{ delivered: { events: [{ comm: "d" }] } }],
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
    title: "read from user space",
    text: `struct cmd { __u32 op; __s32 arg; char text[12]; };
      static long on_cmd(struct bpf_dynptr *p, void *c) { struct cmd cmd; if (bpf_dynptr_read(&cmd, sizeof(cmd), p, 0, 0)) return 1;
        struct exit x = { .hdr = { .kind = cmd.op }, .code = cmd.arg }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0; }
      PROG(bpf_user_ringbuf_drain(&cmds, on_cmd, (void *)0, 0);)`,
    sent: { cmds: "struct cmd", events: "struct exit" },
    structs: ["cmd"],
    runs: [
      {
        written: {
          cmds: [
            { op: 4, arg: -2, text: "a" },
            { op: 5, arg: 6 },
          ],
        },
        delivered: {
          events: [
            { hdr: { kind: 4 }, code: -2n },
            { hdr: { kind: 5 }, code: 6n },
          ],
        },
      },
    ],
  },
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
    title: "with a packet, by a program that traces",
    text: `const volatile __u32 owner = 0;
      struct sk_buff { unsigned int len; } __attribute__((preserve_access_index));
      SEC("tp_btf/kfree_skb") int trace(__u64 *ctx) { struct sk_buff *skb = (struct sk_buff *)ctx[0];
        if (bpf_get_current_pid_tgid() >> 32 != owner || skb->len != 75) return 0;
        struct exit x = { .hdr = { .kind = 5 }, .code = 21 }; x.hdr.pid = bpf_get_smp_processor_id();
        bpf_skb_output(skb, &perf, BPF_F_CURRENT_CPU | (16ULL << 32), &x, sizeof(x)); return 0; }
      SEC("socket") int packets(struct __sk_buff *ctx) { return 0; }`,
    sent: { perf: "struct exit" },
    runs: [
      {
        rodata: { owner: process.pid },
        attached: ["trace"],
        packet: { bytes: packet, appended: 16 },
        delivered: { perf: [{ hdr: { kind: 5 }, code: 21n }] },
      },
    ],
  },
  {
    // Only fentry and fexit see a frame, which are attached by trampolines: kernels without ftrace have none.
    title: "with a frame of XDP, by a program that traces",
    text: "PROG(struct exit x = {}; x.code = bpf_ktime_get_ns(); bpf_xdp_output(ctx, &perf, BPF_F_CURRENT_CPU, &x, sizeof(x));)",
    sent: { perf: "struct exit" },
  },
  {
    title: "written by an iterator, on no map",
    text: `struct bpf_iter_meta { struct seq_file *seq; } __attribute__((preserve_access_index));
      struct bpf_iter__task { struct bpf_iter_meta *meta; } __attribute__((preserve_access_index));
      static struct line last;
      SEC("iter/task") int dump(struct bpf_iter__task *ctx) { last.length = 3; bpf_seq_write(ctx->meta->seq, &last, sizeof(last)); return 0; }`,
    sent: { dump: "struct line" },
    iterates: { dump: { record: "line", members: { length: 3, text: "" } } },
  },
  {
    title: "through one function for two records, as the header that both begin with",
    text: `static __always_inline long put(struct hdr *h, __u64 size) { return bpf_ringbuf_output(&events, h, size, 0); }
      PROG(struct event e = { .hdr = { .kind = 1 } }; e.hdr.pid = 3; e.comm[0] = 'w'; e.comm[1] = 0; put(&e.hdr, sizeof(e));
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
    title: "by a pointer to a helper that has a name of its own",
    text: `static long (*emit)(void *ctx, void *map, __u64 flags, const void *data, __u64 size) = (void *)BPF_FUNC_perf_event_output;
      static int (*emit_ring)(void *map, void *data, __u64 size, __u64 flags) = (void *)130;
      static struct exit last;
      PROG(last.hdr.kind = 2; last.code = 7; emit(ctx, &perf, BPF_F_CURRENT_CPU, &last, sizeof(last));
        emit_ring(&others, &last, sizeof(last), 0);)`,
    sent: { perf: "struct exit", others: "struct exit" },
    runs: [{ delivered: { perf: [{ hdr: { kind: 2 }, code: 7n }], others: [{ hdr: { kind: 2 }, code: 7n }] } }],
  },
  {
    title: "nowhere, behind a return",
    text: `PROG(struct exit x = { .hdr = { .kind = 2 }, .code = 8 }; bpf_ringbuf_output(&events, &x, sizeof(x), 0); return 0;
        { struct event e = {}; bpf_ringbuf_output(&others, &e, sizeof(e), 0); bpf_ringbuf_output(&events, &e, sizeof(e), 0); })`,
    sent: { events: "struct exit" },
    runs: [{ delivered: { events: [{ code: 8n }] } }],
  },
  {
    title: "another record than the type of the map's value",
    text: `struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __type(key, int); __type(value, struct hdr); } valued SEC(".maps");
      PROG(struct exit x = { .hdr = { .kind = 2 } }; x.code = bpf_ktime_get_ns(); bpf_perf_event_output(ctx, &valued, BPF_F_CURRENT_CPU, &x, sizeof(x));)`,
    sent: { valued: "struct exit" },
    warned: ["RB4011"],
  },
  {
    title: "with bytes behind it that no member names",
    text: `struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } wide SEC(".maps");
      PROG(struct exit *x = bpf_ringbuf_reserve(&wide, 64, 0); if (!x) return 0; x->hdr.kind = 2; x->hdr.pid = bpf_get_smp_processor_id(); x->code = 9;
        bpf_ringbuf_submit(x, 0);)`,
    sent: { wide: "struct exit" },
    byObject: { wide: "?" },
    warned: ["RB4010"],
  },
  {
    title: "nowhere, in a branch that is left out",
    text: `#define DEBUG 0
      PROG(struct event *e; struct exit x = {}; if (DEBUG) bpf_ringbuf_output(&others, &x, sizeof(x), 0); else x.code = 3;
        bpf_ringbuf_output(&events, &x, sizeof(x), 0);)`,
    sent: { events: "struct exit" },
    runs: [{ delivered: { events: [{ code: 3n }] } }],
  },
];

/** Keeps a program's records in its object's BTF, from which compilers drop what nothing refers to. */
export function anchorsOf({ structs = [] }: SendingProgram): string {
  return ["event", "exit", "line", ...structs]
    .map((name) => `const struct ${name} *keep_${name} __attribute__((unused));\n`)
    .join("");
}

/** A program as one source, the anchors behind what they name. */
export function sourceOf(program: SendingProgram, anchored = false): string {
  return sendingHead + program.text + (anchored ? `\n${anchorsOf(program)}` : "");
}
