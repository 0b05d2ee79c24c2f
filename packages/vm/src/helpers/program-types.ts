/** Types of programs that there are sections for, as `BPF_PROG_TYPE_*` in lower case without the prefix, by their number. */
export const programTypes = [
  "socket_filter",
  "kprobe",
  "sched_cls",
  "sched_act",
  "tracepoint",
  "xdp",
  "perf_event",
  "cgroup_skb",
  "cgroup_sock",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "sock_ops",
  "sk_skb",
  "cgroup_device",
  "sk_msg",
  "raw_tracepoint",
  "cgroup_sock_addr",
  "lwt_seg6local",
  "lirc_mode2",
  "sk_reuseport",
  "flow_dissector",
  "cgroup_sysctl",
  "raw_tracepoint_writable",
  "cgroup_sockopt",
  "tracing",
  "struct_ops",
  "lsm",
  "sk_lookup",
  "syscall",
  "netfilter",
] as const;

/** Types that trace (kernel/trace/bpf_trace.c `bpf_tracing_func_proto`). */
export const tracingTypes: readonly string[] = [
  "kprobe",
  "tracepoint",
  "perf_event",
  "raw_tracepoint",
  "raw_tracepoint_writable",
  "tracing",
  "lsm",
];

/** Types whose programs may come in the middle of anything: no locks, no timers (verifier.c `is_tracing_prog_type`). */
export const lockless: ReadonlySet<string> = new Set([
  "kprobe",
  "tracepoint",
  "perf_event",
  "raw_tracepoint",
  "raw_tracepoint_writable",
]);

/** All types but these. */
export function allBut(types: readonly string[]): readonly string[] {
  return programTypes.filter((type) => !types.includes(type));
}

/** Types of `tc`. */
export const classifierTypes: readonly string[] = ["sched_cls", "sched_act"];
