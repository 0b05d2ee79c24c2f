/** What a section says of the programs in it (libbpf's `section_defs`). */
export interface SectionKind {
  /** `BPF_PROG_TYPE_*` in lower case. */
  readonly type: string;
  /** What the section's name begins with: "tp_btf", "kprobe.multi". */
  readonly prefix: string;
  /** What the program's context is. */
  readonly context: "tracepoint" | "arguments" | "registers" | "xdp" | "packet" | "bytes";
  /** What follows the prefix: "sched/sched_process_exec", "do_unlinkat"; empty where nothing does. */
  readonly target: string;
  /** Whether its arguments are those of `target` by their types in the kernel's BTF, and its result behind them. */
  readonly typed?: "raw tracepoint" | "function" | "function and result" | "hook";
}

type Rule = readonly [prefix: string, type: string, context: SectionKind["context"], typed?: SectionKind["typed"]];

const rules: readonly Rule[] = [
  ["socket", "socket_filter", "packet"],
  ["kprobe.multi", "kprobe", "registers"],
  ["kretprobe.multi", "kprobe", "registers"],
  ["kprobe.session", "kprobe", "registers"],
  ["kprobe", "kprobe", "registers"],
  ["kretprobe", "kprobe", "registers"],
  ["uprobe.multi.s", "kprobe", "registers"],
  ["uprobe.multi", "kprobe", "registers"],
  ["uprobe.s", "kprobe", "registers"],
  ["uprobe", "kprobe", "registers"],
  ["uretprobe.multi.s", "kprobe", "registers"],
  ["uretprobe.multi", "kprobe", "registers"],
  ["uretprobe.s", "kprobe", "registers"],
  ["uretprobe", "kprobe", "registers"],
  ["ksyscall", "kprobe", "registers"],
  ["kretsyscall", "kprobe", "registers"],
  ["usdt.s", "kprobe", "registers"],
  ["usdt", "kprobe", "registers"],
  ["tc/ingress", "sched_cls", "packet"],
  ["tc/egress", "sched_cls", "packet"],
  ["tcx/ingress", "sched_cls", "packet"],
  ["tcx/egress", "sched_cls", "packet"],
  ["netkit/primary", "sched_cls", "packet"],
  ["netkit/peer", "sched_cls", "packet"],
  ["tc", "sched_cls", "packet"],
  ["classifier", "sched_cls", "packet"],
  ["action", "sched_act", "packet"],
  ["tracepoint", "tracepoint", "tracepoint"],
  ["tp", "tracepoint", "tracepoint"],
  ["raw_tracepoint.w", "raw_tracepoint_writable", "arguments"],
  ["raw_tp.w", "raw_tracepoint_writable", "arguments"],
  ["raw_tracepoint", "raw_tracepoint", "arguments"],
  ["raw_tp", "raw_tracepoint", "arguments"],
  ["tp_btf", "tracing", "arguments", "raw tracepoint"],
  ["fentry.s", "tracing", "arguments", "function"],
  ["fentry", "tracing", "arguments", "function"],
  ["fexit.s", "tracing", "arguments", "function and result"],
  ["fexit", "tracing", "arguments", "function and result"],
  ["fmod_ret.s", "tracing", "arguments", "function and result"],
  ["fmod_ret", "tracing", "arguments", "function and result"],
  ["lsm_cgroup", "lsm", "arguments", "hook"],
  ["lsm.s", "lsm", "arguments", "hook"],
  ["lsm", "lsm", "arguments", "hook"],
  ["iter.s", "tracing", "arguments"],
  ["iter", "tracing", "arguments"],
  ["syscall", "syscall", "bytes"],
  ["xdp.frags/devmap", "xdp", "xdp"],
  ["xdp/devmap", "xdp", "xdp"],
  ["xdp.frags/cpumap", "xdp", "xdp"],
  ["xdp/cpumap", "xdp", "xdp"],
  ["xdp.frags", "xdp", "xdp"],
  ["xdp", "xdp", "xdp"],
  ["perf_event", "perf_event", "bytes"],
  ["lwt_in", "lwt_in", "packet"],
  ["lwt_out", "lwt_out", "packet"],
  ["lwt_xmit", "lwt_xmit", "packet"],
  ["lwt_seg6local", "lwt_seg6local", "packet"],
  ["sockops", "sock_ops", "bytes"],
  ["sk_skb/stream_parser", "sk_skb", "packet"],
  ["sk_skb/stream_verdict", "sk_skb", "packet"],
  ["sk_skb", "sk_skb", "packet"],
  ["sk_msg", "sk_msg", "bytes"],
  ["lirc_mode2", "lirc_mode2", "bytes"],
  ["flow_dissector", "flow_dissector", "packet"],
  ["cgroup_skb/ingress", "cgroup_skb", "packet"],
  ["cgroup_skb/egress", "cgroup_skb", "packet"],
  ["cgroup/skb", "cgroup_skb", "packet"],
  ["cgroup/sock_create", "cgroup_sock", "bytes"],
  ["cgroup/sock_release", "cgroup_sock", "bytes"],
  ["cgroup/sock", "cgroup_sock", "bytes"],
  ["cgroup/post_bind4", "cgroup_sock", "bytes"],
  ["cgroup/post_bind6", "cgroup_sock", "bytes"],
  ["cgroup/bind4", "cgroup_sock_addr", "bytes"],
  ["cgroup/bind6", "cgroup_sock_addr", "bytes"],
  ["cgroup/connect4", "cgroup_sock_addr", "bytes"],
  ["cgroup/connect6", "cgroup_sock_addr", "bytes"],
  ["cgroup/sendmsg4", "cgroup_sock_addr", "bytes"],
  ["cgroup/sendmsg6", "cgroup_sock_addr", "bytes"],
  ["cgroup/recvmsg4", "cgroup_sock_addr", "bytes"],
  ["cgroup/recvmsg6", "cgroup_sock_addr", "bytes"],
  ["cgroup/getpeername4", "cgroup_sock_addr", "bytes"],
  ["cgroup/getpeername6", "cgroup_sock_addr", "bytes"],
  ["cgroup/getsockname4", "cgroup_sock_addr", "bytes"],
  ["cgroup/getsockname6", "cgroup_sock_addr", "bytes"],
  ["cgroup/sysctl", "cgroup_sysctl", "bytes"],
  ["cgroup/getsockopt", "cgroup_sockopt", "bytes"],
  ["cgroup/setsockopt", "cgroup_sockopt", "bytes"],
  ["cgroup/dev", "cgroup_device", "bytes"],
  ["sk_lookup", "sk_lookup", "bytes"],
  ["sk_reuseport/migrate", "sk_reuseport", "bytes"],
  ["sk_reuseport", "sk_reuseport", "bytes"],
  ["struct_ops.s", "struct_ops", "arguments"],
  ["struct_ops", "struct_ops", "arguments"],
  ["netfilter", "netfilter", "bytes"],
];

/** The kind of a section, by the longest prefix that is the whole of it or ends before a slash; undefined for none. */
export function sectionKind(section: string): SectionKind | undefined {
  const name = section.startsWith("?") ? section.slice(1) : section;
  let best: Rule | undefined;
  for (const rule of rules) {
    const [prefix] = rule;
    if (name !== prefix && !name.startsWith(`${prefix}/`)) continue;
    if (best === undefined || prefix.length > best[0].length) best = rule;
  }
  if (best === undefined) return undefined;
  const [prefix, type, context, typed] = best;
  const target = name.slice(prefix.length + 1);
  return typed === undefined ? { type, prefix, context, target } : { type, prefix, context, target, typed };
}

/** Types of programs with the sections that say so, and what their context is. */
export function sectionTypes(): ReadonlyMap<
  string,
  { readonly prefixes: readonly string[]; readonly context: SectionKind["context"] }
> {
  const types = new Map<string, { prefixes: string[]; context: SectionKind["context"] }>();
  for (const [prefix, type, context] of rules) {
    const known = types.get(type);
    if (known === undefined) types.set(type, { prefixes: [prefix], context });
    else known.prefixes.push(prefix);
  }
  return types;
}
