import type { SendingProgram } from "./program.ts";

/** A packet by whose length a program that traces knows it. The kernel clears the Ethernet header for programs that do not see it. */
const packet = Uint8Array.from({ length: 75 }, (_, index) => (index < 14 ? 0 : index));

/** Records that each helper of the kernel sends. */
export const helpers: readonly SendingProgram[] = [
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
    title: "with a packet, by a program that traces",
    text: `const volatile __u32 owner = 0;
      struct sk_buff { unsigned int len; } __attribute__((preserve_access_index));
      SEC("tp_btf/kfree_skb") int trace(__u64 *ctx) { struct sk_buff *skb = (struct sk_buff *)ctx[0];
        if (bpf_get_current_pid_tgid() >> 32 != owner || skb->len != 75) return 0;
        struct exit x = { .hdr = { .kind = 5 }, .code = 21 }; x.hdr.pid = bpf_get_smp_processor_id();
        bpf_skb_output(skb, &perf, BPF_F_CURRENT_CPU | (16ULL << 32), &x, sizeof(x)); return 0; }
      SEC("socket") int packets(struct __sk_buff *ctx) { return 0; }`,
    sent: { perf: "struct exit" },
    warned: ["RB4010"],
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
    title: "by a pointer to a helper that has a name of its own",
    text: `static long (*emit)(void *ctx, void *map, __u64 flags, const void *data, __u64 size) = (void *)BPF_FUNC_perf_event_output;
      static int (*emit_ring)(void *map, void *data, __u64 size, __u64 flags) = (void *)130;
      static struct exit last;
      PROG(last.hdr.kind = 2; last.code = 7; emit(ctx, &perf, BPF_F_CURRENT_CPU, &last, sizeof(last));
        emit_ring(&others, &last, sizeof(last), 0);)`,
    sent: { perf: "struct exit", others: "struct exit" },
    runs: [{ delivered: { perf: [{ hdr: { kind: 2 }, code: 7n }], others: [{ hdr: { kind: 2 }, code: 7n }] } }],
  },
];
