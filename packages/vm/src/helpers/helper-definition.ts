import type { Helper } from "../run/execution.ts";

/** A helper that programs may call by its number. */
export interface HelperDefinition {
  /** `BPF_FUNC_*`. */
  readonly id: number;
  /** With its `bpf_`. */
  readonly name: string;
  /** Program types that have it, as `BPF_PROG_TYPE_*` in lower case; all unless told. */
  readonly types?: readonly string[];
  readonly run: Helper;
}

/** Types of programs that trace: those of kernel/trace/bpf_trace.c. */
export const tracingTypes: readonly string[] = [
  "kprobe",
  "tracepoint",
  "raw_tracepoint",
  "raw_tracepoint_writable",
  "perf_event",
  "tracing",
  "lsm",
];

/** Types of programs that get a `struct __sk_buff`. */
export const packetTypes: readonly string[] = [
  "socket_filter",
  "sched_cls",
  "sched_act",
  "cgroup_skb",
  "lwt_in",
  "lwt_out",
  "lwt_xmit",
  "lwt_seg6local",
  "sk_skb",
  "flow_dissector",
];
