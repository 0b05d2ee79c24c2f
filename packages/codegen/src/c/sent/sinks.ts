/** Where a helper's arguments are, by index. */
export interface Sink {
  /** Undefined where the bytes go to whoever reads the program's file. */
  readonly map?: number;
  /** The bytes that are sent; undefined where they are what the helper returns, or stand in a dynptr. */
  readonly data?: number;
  readonly size?: number;
  /** Flags, whose upper half says how many bytes of a packet the kernel puts behind what is sent (`BPF_F_CTXLEN_MASK`). */
  readonly flags?: number;
  /** A dynptr over the bytes. */
  readonly dynptr?: number;
  /** A function that the helper calls with a dynptr over each record. */
  readonly callback?: number;
  /** What is told of it. */
  readonly verb: "reserved" | "sent" | "received" | "written";
}

/** Helpers of the kernel that carry records over a map (`include/uapi/linux/bpf.h`). */
export const sinks: ReadonlyMap<string, Sink> = new Map<string, Sink>([
  ["bpf_ringbuf_reserve", { map: 0, size: 1, verb: "reserved" }],
  ["bpf_ringbuf_output", { map: 0, data: 1, size: 2, verb: "sent" }],
  ["bpf_ringbuf_reserve_dynptr", { map: 0, size: 1, dynptr: 3, verb: "reserved" }],
  ["bpf_perf_event_output", { map: 1, flags: 2, data: 3, size: 4, verb: "sent" }],
  ["bpf_skb_output", { map: 1, flags: 2, data: 3, size: 4, verb: "sent" }],
  ["bpf_xdp_output", { map: 1, flags: 2, data: 3, size: 4, verb: "sent" }],
  ["bpf_seq_write", { data: 1, size: 2, verb: "written" }],
  ["bpf_user_ringbuf_drain", { map: 0, callback: 1, verb: "received" }],
]);

/** Names of helpers by the numbers that the kernel knows them by: of those that records are followed through, too. */
export const helperNames: ReadonlyMap<bigint, string> = new Map([
  [1n, "bpf_map_lookup_elem"],
  [25n, "bpf_perf_event_output"],
  [111n, "bpf_skb_output"],
  [121n, "bpf_xdp_output"],
  [127n, "bpf_seq_write"],
  [130n, "bpf_ringbuf_output"],
  [131n, "bpf_ringbuf_reserve"],
  [132n, "bpf_ringbuf_submit"],
  [133n, "bpf_ringbuf_discard"],
  [198n, "bpf_ringbuf_reserve_dynptr"],
  [201n, "bpf_dynptr_read"],
  [202n, "bpf_dynptr_write"],
  [203n, "bpf_dynptr_data"],
  [209n, "bpf_user_ringbuf_drain"],
]);
