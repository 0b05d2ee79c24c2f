/**
 * BPF programs in the shapes that real projects write: each under what it shows. Source and object hold the same records: whatever
 * nothing else refers to is kept by RB_RECORD, by a map's value or by a pointer.
 */
export const realPrograms: Readonly<Record<string, string>> = {
  "programs made by libbpf's macros": `
    struct event { __u32 pid; __u64 ret; };
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 14); __type(value, struct event); } events SEC(".maps");
    static __always_inline int send(__u64 ret) {
      struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);
      if (!event) return 0;
      event->pid = bpf_get_current_pid_tgid() >> 32; event->ret = ret;
      bpf_ringbuf_submit(event, 0);
      return 0; }
    SEC("kprobe/do_unlinkat") int BPF_KPROBE(on_unlink, int dfd) { return send(dfd); }
    SEC("kretprobe/do_unlinkat") int BPF_KRETPROBE(on_unlinked, long ret) { return send(ret); }
    SEC("fentry/do_exit") int BPF_PROG(on_exit, long code) { return send(code); }
    SEC("tp/sched/sched_process_exec") int on_exec(void *ctx) { return send(1); }`,

  "records of a perf event array, a user ring and a ring, each by the value of its map": `
    enum EVENT_TYPE { EVENT_OPEN = 1, EVENT_CLOSE };
    struct EVENT_HEADER { enum EVENT_TYPE EVENT_TYPE; __u32 pid_TGID; };
    struct opened { struct EVENT_HEADER header; char path[64]; };
    typedef struct { __u32 tenant; char name[12]; } request, request_t;
    struct { __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY); __uint(key_size, 4); __uint(max_entries, 2); __type(value, struct opened); } lost SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_USER_RINGBUF); __uint(max_entries, 4096); __type(value, request); } requests SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(value, struct EVENT_HEADER); } events SEC(".maps");
    request_t last;
    SEC("syscall") int on_call(void *ctx) { return last.tenant; }`,

  "variables of every section, and those that compilers drop": `
    extern bool CONFIG_BPF __kconfig __weak; extern int LINUX_KERNEL_VERSION __kconfig;
    extern unsigned long CONFIG_HZ __kconfig __weak; extern int CONFIG_UNUSED __kconfig __weak;
    struct event { int k; }; struct { int a, b[3]; } settings = { .b = { [1] = 0 } };
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(value, struct event); } events SEC(".maps");
    char zeros[4] = "\\0\\0"; char blank[2][3] = { "\\0", "" }; int big = 3, many[3] = { 0 }; const volatile int knob = 3; const volatile int none = 0;
    static int count; static int never = 4; static const int folded = 5; struct event g; const char name[] = "abc"; float ratio = 0.0f;
    static __always_inline int unused(void) { static int inside; return inside++ + never; }
    int custom SEC(".data.own") = 1; void *pointer = (void *)0; enum { OFF, ON } mode = ON;
    const struct event *unused_event __attribute__((unused));
    SEC("syscall") int on_call(void *ctx) {
      bpf_printk("big is %d", big);
      return count++ + knob + none + zeros[1] + blank[1][big & 1] + CONFIG_BPF + LINUX_KERNEL_VERSION + (int)CONFIG_HZ + folded + many[0] + name[g.k & 3]
        + custom + settings.a + mode + (pointer != 0); }`,

  "types that are only declared": `
    enum later; struct elsewhere;
    struct callbacks { int (*on)(enum later, struct elsewhere *); enum later *which; };
    struct event { struct callbacks *callbacks; __u32 id; };
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(value, struct event); } events SEC(".maps");
    struct callbacks callbacks;
    SEC("syscall") int on_call(void *ctx) { return callbacks.which != 0; }`,

  "no struct at all": `
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } events SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, __u64); } drops SEC(".maps");
    __u64 sent;
    SEC("syscall") int on_call(void *ctx) { return ++sent; }`,

  "maps of maps, and structs that are scratch": `
    struct scratch { char text[256]; }; struct key { __u32 a; __u16 b; } ; struct event { struct key key; __u8 data[10]; };
    struct inner { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } ring_0 SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS); __uint(max_entries, 4); __type(key, __u32); __array(values, struct inner); } rings SEC(".maps") = { .values = { &ring_0 } };
    struct { __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); __uint(max_entries, 1); __type(key, __u32); __type(value, struct scratch); } heap SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_HASH); __uint(max_entries, 64); __uint(map_flags, BPF_F_NO_PREALLOC); __type(key, struct key); __type(value, __u64); } seen SEC(".maps");
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 8192); __type(value, struct event); } events SEC(".maps");
    SEC("syscall") int on_call(void *ctx) {
      struct event event = {}; __u32 zero = 0; struct scratch *scratch = bpf_map_lookup_elem(&heap, &zero);
      if (!scratch) return 1;
      event.key.a = scratch->text[3]; bpf_ringbuf_output(&events, &event, sizeof(event), 0);
      return 0; }`,

  "enumerators that need more than 32 bits": `
    enum wide { WIDE_HIGH = 1ULL << 40, WIDE_LOW = 1 }; enum signed_one { MINUS = -1, PLUS };
    struct event { enum wide wide; enum signed_one one; };
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); __type(value, struct event); } events SEC(".maps");
    SEC("syscall") int on_call(void *ctx) { return 0; }`,
};

/** What all of them begin with. */
export const realProgramHead = `
#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
char LICENSE[] SEC("license") = "GPL";
`;
