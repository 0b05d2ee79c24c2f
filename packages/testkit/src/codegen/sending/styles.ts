import type { SendingProgram } from "./program.ts";

/** Programs as tools are written, each with records and helpers of its own. */
export const styles: readonly SendingProgram[] = [
  {
    title: "as a tool that remembers a call's start, and sends it at the end with what it gave",
    text: `struct args { const char *path; int flags; };
      struct opened { __u64 ts; __u32 pid, uid; int ret, flags; char comm[16]; char path[64]; };
      struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, struct args); } started SEC(".maps");
      const volatile __u32 only = 0;
      static __always_inline int wanted(__u32 pid) { return only == 0 || only == pid; }
      PROG(__u32 pid = 7; struct args a = { .path = "etc", .flags = 5 }; if (!wanted(pid)) return 0; bpf_map_update_elem(&started, &pid, &a, BPF_ANY);
        struct args *ap = bpf_map_lookup_elem(&started, &pid); if (!ap) return 0; struct opened e = {};
        e.pid = bpf_get_current_pid_tgid() >> 32; e.uid = bpf_get_current_uid_gid(); e.ret = -2; e.flags = ap->flags; e.ts = bpf_ktime_get_ns();
        bpf_get_current_comm(&e.comm, sizeof(e.comm)); e.comm[3] = 0; __builtin_memset(e.comm + 3, 0, 13);
        bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &e, sizeof(e)); bpf_map_delete_elem(&started, &pid);)`,
    sent: { perf: "struct opened" },
    structs: ["opened"],
    runs: [{ delivered: { perf: [{ ret: -2, flags: 5 }] } }],
  },
  {
    title: "as a tool that sends as many of a scratch record's bytes as its arguments take",
    text: `#define ARGS 256
      struct execed { __u32 pid, ppid; int ret; int count; unsigned int size; char comm[16]; __u8 args[ARGS]; };
      #define BASE (size_t)(&((struct execed *)0)->args)
      #define SIZE_OF(e) (BASE + (e)->size)
      struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __type(key, __u32); __type(value, struct execed); } running SEC(".maps");
      static const struct execed empty;
      PROG(__u32 id = 3; if (bpf_map_update_elem(&running, &id, &empty, BPF_ANY)) return 0;
        struct execed *e = bpf_map_lookup_elem(&running, &id); if (!e) return 0;
        e->pid = bpf_get_smp_processor_id() + 1; e->count = 0; e->size = 0;
        for (int i = 0; i < 3; i++) { if (e->size > ARGS - 16) break; e->args[e->size] = 'a' + i; e->args[e->size + 1] = 0; e->count++; e->size += 2; }
        size_t len = SIZE_OF(e); if (len <= sizeof(*e)) bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, e, len);)`,
    sent: { perf: "struct execed" },
    structs: ["execed"],
    runs: [{ delivered: { perf: [{ count: 3, size: 6 }] } }],
  },
  {
    title: "as a tracer whose records begin with one header that a function fills, told by flags of 64 bits",
    text: `enum what { FORKED = 1 << 0, EXECED = 1 << 1, EXITED = 1 << 2 };
      struct common { __u32 cpu; __u32 pid; __u64 ts; __u64 what; };
      struct forked { struct common c; __u32 child; __u32 pad; };
      struct execd { struct common c; char file[32]; };
      struct exited { struct common c; int code; int signal; __u64 runtime; };
      static __always_inline void begin(struct common *c, __u64 what) { c->what = what; c->ts = bpf_ktime_get_ns(); c->cpu = bpf_get_smp_processor_id(); c->pid = bpf_get_current_pid_tgid() >> 32; }
      #define NEW(type, flag) ({ type *_e = bpf_ringbuf_reserve(&events, sizeof(type), 0); if (_e) begin(&_e->c, flag); _e; })
      static __noinline int forks(__u32 child) { struct forked *e = NEW(struct forked, FORKED); if (!e) return 0; e->child = child; e->pad = 0; bpf_ringbuf_submit(e, 0); return 0; }
      static __noinline int execs(void) { struct execd *e = NEW(struct execd, EXECED); if (!e) return 0; __builtin_memset(e->file, 0, sizeof(e->file)); e->file[0] = 'x'; bpf_ringbuf_submit(e, BPF_RB_NO_WAKEUP); return 0; }
      static __noinline int exits(int code) { struct exited *e = NEW(struct exited, EXITED); if (!e) return 0; e->code = code; e->signal = 9; e->runtime = 77; bpf_ringbuf_submit(e, 0); return 0; }
      PROG(forks(4); execs(); exits(-1);)`,
    sent: { events: "struct forked, struct execd, struct exited" },
    structs: ["forked", "execd", "exited"],
    runs: [
      {
        delivered: {
          events: [
            { kind: "forked", child: 4 },
            { kind: "execd", file: "x" },
            { kind: "exited", code: -1, signal: 9, runtime: 77n },
          ],
        },
      },
    ],
  },
  {
    title: "as a tool of sockets with packed records of both families, and a map for each",
    text: `struct flow4 { __u64 ts; __u32 pid; __u32 saddr, daddr; __u16 dport; char task[16]; } __attribute__((packed));
      struct flow6 { __u64 ts; __u32 pid; __u8 saddr[16], daddr[16]; __u16 dport; char task[16]; } __attribute__((packed));
      RING(v4); RING(v6);
      static __always_inline void name(char *task) { __builtin_memset(task, 0, 16); task[0] = 't'; }
      static __always_inline int trace(__u16 family) {
        if (family == 2) { struct flow4 d = { .pid = 5, .saddr = 0x0100007f }; d.ts = bpf_ktime_get_ns(); d.daddr = bpf_get_smp_processor_id(); d.dport = bpf_ntohs(0x5000); name(d.task); bpf_ringbuf_output(&v4, &d, sizeof(d), 0); }
        else { struct flow6 d = { .pid = 6 }; d.ts = bpf_ktime_get_ns(); d.saddr[15] = 1; d.daddr[0] = 0xfe; d.dport = bpf_ntohs(0x5100); name(d.task); bpf_ringbuf_output(&v6, &d, sizeof(d), 0); }
        return 0; }
      PROG(trace(2); trace(10);)`,
    sent: { v4: "struct flow4", v6: "struct flow6" },
    structs: ["flow4", "flow6"],
    runs: [
      {
        delivered: {
          v4: [{ pid: 5, saddr: 0x0100007f, dport: 0x50, task: "t" }],
          v6: [{ pid: 6, dport: 0x51, task: "t" }],
        },
      },
    ],
  },
  {
    title: "as a profiler that sends the frames which a helper wrote, and how many bytes they are",
    text: `struct stacked { __u32 pid, cpu; char comm[16]; __s32 kernel; __s32 user; __u64 frames[32]; };
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct stacked); __uint(max_entries, 1); } room SEC(".maps");
      PROG(__u32 zero = 0; struct stacked *s = bpf_map_lookup_elem(&room, &zero); if (!s) return 0;
        s->pid = 3; s->cpu = bpf_get_smp_processor_id(); bpf_get_current_comm(s->comm, sizeof(s->comm)); s->user = 0;
        s->kernel = bpf_get_stack(ctx, s->frames, sizeof(s->frames), 0); if (s->kernel < 0) s->kernel = 0;
        bpf_ringbuf_output(&events, s, offsetof(struct stacked, frames) + (s->kernel & 255), 0);)`,
    sent: { events: "struct stacked" },
    structs: ["stacked"],
    runs: [{ delivered: { events: [{ pid: 3, user: 0 }] } }],
  },
  {
    title: "bare numbers: a time, and an array of counters",
    text: `RING(counts);
      static __u64 totals[4];
      PROG(__u64 now = bpf_ktime_get_ns() | 1; bpf_ringbuf_output(&events, &now, sizeof(now), 0);
        totals[1] += 2; bpf_ringbuf_output(&counts, totals, sizeof(totals), 0);
        int code = -5; if (bpf_get_smp_processor_id() > 4096) code = 3; bpf_ringbuf_output(&others, &code, sizeof(code), 0);)`,
    sent: { events: "__u64", counts: "__u64[4]", others: "int" },
    byObject: { events: "?", counts: "__u64[4]", others: "?" },
    runs: [{ delivered: { events: [1n], counts: [[0n, 2n, 0n, 0n]], others: [-5] } }],
  },
  {
    title: "as a tool that gets its record of a scratch map by a function which says what it is",
    text: `struct base { __u16 type; __u16 cpu; __u32 pid; };
      struct reads { struct base b; __u64 bytes; char file[24]; };
      struct writes { struct base b; __u64 bytes; __u64 at; };
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __uint(key_size, 4); __uint(value_size, 128); } room SEC(".maps");
      enum { READS = 1, WRITES = 2 };
      static __always_inline void *get(__u16 type) { int zero = 0; struct base *b = bpf_map_lookup_elem(&room, &zero); if (!b) return NULL;
        b->type = type; b->cpu = bpf_get_smp_processor_id(); b->pid = bpf_get_current_pid_tgid() >> 32; return b; }
      PROG(struct reads *r = get(READS); if (!r) return 0; r->bytes = bpf_get_smp_processor_id(); __builtin_memset(r->file, 0, sizeof(r->file)); r->file[0] = 'r'; bpf_ringbuf_output(&events, r, sizeof(*r), 0);
        struct writes *w = get(WRITES); if (!w) return 0; w->bytes = bpf_get_smp_processor_id(); w->at = 30; bpf_ringbuf_output(&events, w, sizeof(*w), 0);)`,
    sent: { events: "struct reads, struct writes" },
    byObject: { events: "struct reads, ?" },
    sourceOnly: true,
    structs: ["reads", "writes"],
    runs: [
      {
        delivered: {
          events: [
            { kind: "reads", file: "r" },
            { kind: "writes", at: 30n },
          ],
        },
      },
    ],
  },
  {
    title: "a typedef without a tag, with bits, a truth value and a union, assigned as a whole",
    text: `typedef struct { __u64 ts; __u32 op : 4, flags : 12, cpu : 16; _Bool ok; __u8 len; __u16 pad; union { __u32 v4; __u8 v6[16]; } addr; } conn_t;
      static conn_t made(__u32 op) { conn_t c = { .op = op, .flags = 0x801, .ok = 1 }; c.ts = bpf_ktime_get_ns(); c.addr.v4 = 0x7f000001; return c; }
      PROG(conn_t *c = bpf_ringbuf_reserve(&events, sizeof(*c), 0); if (!c) return 0; *c = made(3); c->cpu = bpf_get_smp_processor_id(); bpf_ringbuf_submit(c, 0);
        conn_t own = made(5); own.len = 4; bpf_perf_event_output(ctx, &perf, BPF_F_CURRENT_CPU, &own, sizeof(conn_t));)`,
    sent: { events: "conn_t", perf: "conn_t" },
    // Nothing refers to the typedef.
    byObject: { events: "?", perf: "?" },
    sourceOnly: true,
    runs: [{ delivered: { events: [{ op: 3, flags: 0x801, ok: true }], perf: [{ op: 5, len: 4 }] } }],
  },
  {
    title: "items of several types behind a header, put together in a scratch buffer",
    text: `struct batch { __u32 magic; __u16 count; __u16 used; __u8 items[480]; };
      struct item { __u8 type; __u8 size; __u16 pad; };
      struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __type(key, __u32); __type(value, struct batch); __uint(max_entries, 1); } room SEC(".maps");
      static __always_inline void put(struct batch *b, __u8 type, const void *data, __u8 size) { __u32 at = b->used & 255; struct item i = { .type = type, .size = size };
        __builtin_memcpy(&b->items[at], &i, sizeof(i)); bpf_probe_read_kernel(&b->items[at + sizeof(i)], size, data); b->used = at + sizeof(i) + size; b->count++; }
      PROG(__u32 zero = 0; struct batch *b = bpf_map_lookup_elem(&room, &zero); if (!b) return 0; b->magic = 0xfeed; b->count = 0; b->used = 0;
        __u64 one = bpf_ktime_get_ns(); __u32 two = 2; put(b, 1, &one, sizeof(one)); put(b, 2, &two, sizeof(two));
        __u64 n = offsetof(struct batch, items) + b->used; if (n > sizeof(*b)) return 0; bpf_ringbuf_output(&events, b, n, 0);)`,
    sent: { events: "struct batch" },
    structs: ["batch"],
    runs: [{ delivered: { events: [{ magic: 0xfeed, count: 2, used: 20 }] } }],
  },
  {
    title: "copied into memory that a function reserves for what it is handed",
    text: `struct base { __u32 type; __u32 pid; };
      struct seen { struct base b; __u64 ts; };
      struct lost { struct base b; __u64 count[3]; };
      static __always_inline int post(const void *data, __u64 size) { void *to = bpf_ringbuf_reserve(&events, size, 0); if (!to) return -1; __builtin_memcpy(to, data, size); bpf_ringbuf_submit(to, 0); return 0; }
      PROG(struct seen s = { .b = { .type = 1, .pid = 3 } }; s.ts = bpf_ktime_get_ns(); post(&s, sizeof(s));
        struct lost l = { .b = { .type = 2 } }; l.b.pid = bpf_get_smp_processor_id(); l.count[2] = 9; post(&l, sizeof(l));)`,
    sent: { events: "struct seen, struct lost" },
    byObject: { events: "?, ?" },
    sourceOnly: true,
    untagged: ["events"],
    structs: ["seen", "lost"],
  },
  {
    title: "commands of user space that a first number tells apart",
    text: `struct cmd { __u32 op; union { struct { __u32 pid; __u32 on; } watch; __u64 limit; } u; };
      struct state { __u64 limit; __u32 pid; __u32 seen; } state;
      static long each(struct bpf_dynptr *d, void *ctx) { struct cmd *c = bpf_dynptr_data(d, 0, sizeof(*c)); if (!c) return 0; state.seen++;
        switch (c->op) { case 1: state.pid = c->u.watch.pid; break; case 2: state.limit = c->u.limit; break; default: return 1; } return 0; }
      PROG(bpf_user_ringbuf_drain(&cmds, each, NULL, 0); struct exit x = {}; x.code = state.limit; x.hdr.pid = state.pid; x.hdr.kind = state.seen; bpf_ringbuf_output(&events, &x, sizeof(x), 0);)`,
    sent: { cmds: "struct cmd", events: "struct exit" },
    byObject: { cmds: "?", events: "?" },
    sourceOnly: true,
    structs: ["cmd"],
    runs: [{ written: { cmds: [{ op: 1 }, { op: 2 }] }, delivered: { events: [{ hdr: { kind: 2 } }] } }],
  },
  {
    title: "an array of structs as one record",
    text: `struct slot { __u32 cpu; __u32 count; };
      PROG(struct slot all[5] = {}; all[0].cpu = bpf_get_smp_processor_id(); all[1].count = 5; all[2].count = 6; bpf_ringbuf_output(&events, all, sizeof(all), 0);)`,
    sent: { events: "struct slot[5]" },
    byObject: { events: "?" },
    byDebugInfo: { events: "struct slot[5]" },
    structs: ["slot"],
    runs: [{ delivered: { events: [[{ count: 0 }, { count: 5 }, { count: 6 }, { count: 0 }, { count: 0 }]] } }],
  },
];
