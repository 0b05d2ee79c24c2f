/** By helper: the argument that points to what it writes, and the one that says how many bytes (`include/uapi/linux/bpf.h`). */
const sized: readonly (readonly [name: string, at: number, size: number])[] = [
  ["probe_read", 0, 1],
  ["probe_read_str", 0, 1],
  ["probe_read_kernel", 0, 1],
  ["probe_read_kernel_str", 0, 1],
  ["probe_read_user", 0, 1],
  ["probe_read_user_str", 0, 1],
  ["copy_from_user", 0, 1],
  ["copy_from_user_str", 0, 1],
  ["copy_from_user_task", 0, 1],
  ["copy_from_user_task_str", 0, 1],
  ["get_current_comm", 0, 1],
  ["get_stack", 1, 2],
  ["get_task_stack", 1, 2],
  ["get_branch_snapshot", 0, 1],
  ["read_branch_records", 1, 2],
  ["perf_event_read_value", 2, 3],
  ["perf_prog_read_value", 1, 2],
  ["skb_load_bytes", 2, 3],
  ["skb_load_bytes_relative", 2, 3],
  ["xdp_load_bytes", 2, 3],
  ["load_hdr_opt", 1, 2],
  ["skb_get_tunnel_key", 1, 2],
  ["skb_get_tunnel_opt", 1, 2],
  ["skb_get_xfrm_state", 2, 3],
  ["fib_lookup", 1, 2],
  ["getsockopt", 3, 4],
  ["sysctl_get_name", 1, 2],
  ["sysctl_get_current_value", 1, 2],
  ["sysctl_get_new_value", 1, 2],
  ["get_ns_current_pid_tgid", 2, 3],
  ["d_path", 1, 2],
  ["path_d_path", 1, 2],
  ["ima_inode_hash", 1, 2],
  ["ima_file_hash", 1, 2],
  ["snprintf", 0, 1],
  ["snprintf_btf", 0, 1],
  ["dynptr_read", 0, 1],
];

const writers = new Map(sized.map(([name, at, size]) => [`bpf_${name}`, { at, size }]));

/** Helpers that only read what they are handed, though their declarations do not say so. */
const readers: ReadonlySet<string> = new Set(
  [
    "ringbuf_output",
    "ringbuf_submit",
    "ringbuf_discard",
    "perf_event_output",
    "skb_output",
    "xdp_output",
    "seq_write",
    "seq_printf",
    "trace_printk",
    "trace_vprintk",
    "dynptr_write",
    "dynptr_data",
    "dynptr_size",
    "dynptr_is_null",
    "dynptr_is_rdonly",
    "ringbuf_submit_dynptr",
    "ringbuf_discard_dynptr",
    "map_lookup_elem",
    "map_lookup_percpu_elem",
    "map_update_elem",
    "map_delete_elem",
    "map_push_elem",
    "csum_diff",
    "skb_store_bytes",
    "xdp_store_bytes",
    "store_hdr_opt",
    "setsockopt",
    "skb_set_tunnel_key",
    "skb_set_tunnel_opt",
    "lwt_push_encap",
    "probe_write_user",
    "strncmp",
    "strtol",
    "strtoul",
    "user_ringbuf_drain",
    // What they write is theirs alone.
    "spin_lock",
    "spin_unlock",
    "timer_init",
    "timer_set_callback",
    "timer_start",
    "timer_cancel",
  ].map((name) => `bpf_${name}`),
);

/** What a helper does with the memory that an argument points to. */
export type HelperWrites =
  | { readonly kind: "nothing" }
  /** It writes as many bytes as the argument at `size` says. */
  | { readonly kind: "sized"; readonly size: number }
  | { readonly kind: "unknown" };

/** What the helper `name` does with what its argument at `index` points to. */
export function writesOf(name: string, index: number): HelperWrites {
  const writer = writers.get(name);
  if (writer !== undefined) return writer.at === index ? { kind: "sized", size: writer.size } : { kind: "nothing" };
  // Their result is what the last argument points to.
  if ((name === "bpf_strtol" || name === "bpf_strtoul") && index === 3) return { kind: "unknown" };
  return { kind: readers.has(name) ? "nothing" : "unknown" };
}

/** Helpers that leave the values of a map that they are handed: what they write, if anything, is elsewhere. */
const valueReaders =
  /^bpf_(?:map_(?:lookup|delete|peek|pop)_|ringbuf_|perf_event_|skb_output|xdp_output|for_each_map_elem|user_ringbuf_drain|tail_call|get_stackid|get_local_storage|[a-z]+_storage_(?:get|delete)|timer_|wq_|redirect_map|(?:msg|sk)_(?:redirect|select)|current_task_under_cgroup|skb_under_cgroup)/;

/** The arguments of a helper that may be maps: the first one of those that are known to have one. */
export function mapsAmong<Argument>(name: string, args: readonly Argument[]): readonly Argument[] {
  return /^bpf_(?:map|[a-z]+_storage)_/.test(name) ? args.slice(0, 1) : args;
}

/** Whether the helper `name` may change values of a map that it is handed. */
export function mayChangeValues(name: string): boolean {
  return !valueReaders.test(name);
}
