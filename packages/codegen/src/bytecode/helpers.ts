// Numbers of `enum bpf_func_id` (include/uapi/linux/bpf.h), which never change.

/** A helper that carries bytes over a map: numbers of the arguments, from 1. */
export interface Carrier {
  readonly verb: "reserved" | "sent" | "written";
  /** Absent where the bytes go to whoever reads the program's file. */
  readonly map?: number;
  readonly size: number;
  /** What is sent; absent where the helper gives room for it. */
  readonly data?: number;
  /** The dynptr that the room is given through. */
  readonly dynptr?: number;
  /** Flags, whose upper half says how many bytes of a packet the kernel puts behind what is sent (`BPF_F_CTXLEN_MASK`). */
  readonly flags?: number;
}

export const carriers: ReadonlyMap<number, Carrier> = new Map<number, Carrier>([
  [25, { verb: "sent", map: 2, flags: 3, data: 4, size: 5 }], // bpf_perf_event_output
  [111, { verb: "sent", map: 2, flags: 3, data: 4, size: 5 }], // bpf_skb_output
  [121, { verb: "sent", map: 2, flags: 3, data: 4, size: 5 }], // bpf_xdp_output
  [127, { verb: "written", data: 2, size: 3 }], // bpf_seq_write
  [130, { verb: "sent", map: 1, data: 2, size: 3 }], // bpf_ringbuf_output
  [131, { verb: "reserved", map: 1, size: 2 }], // bpf_ringbuf_reserve
  [198, { verb: "reserved", map: 1, size: 2, dynptr: 4 }], // bpf_ringbuf_reserve_dynptr
]);

/** How many arguments each helper takes, by its number: 5 for those that take as many as they are given. What other registers hold is not handed on. */
export const argumentCounts: readonly number[] = [
  0, 2, 4, 2, 3, 0, 5, 0, 0, 5, 5, 5, 3, 3, 0, 0, 2, 1, 3, 1, 4, 4, 2, 2, 1, 5, 4, 3, 5, 3, 3, 3, 2, 3, 1, 0, 3, 2, 3,
  2, 2, 1, 0, 3, 2, 3, 1, 1, 2, 5, 4, 3, 4, 4, 2, 4, 3, 5, 2, 2, 4, 2, 2, 4, 3, 2, 5, 4, 5, 4, 4, 4, 4, 4, 4, 3, 4, 1,
  4, 1, 0, 2, 4, 2, 5, 5, 1, 3, 2, 2, 4, 4, 3, 1, 1, 1, 1, 1, 1, 5, 5, 4, 3, 3, 3, 4, 4, 4, 2, 1, 5, 5, 3, 3, 3, 3, 2,
  1, 0, 4, 4, 5, 1, 1, 3, 0, 5, 3, 1, 2, 4, 3, 2, 2, 2, 2, 1, 1, 1, 1, 1, 4, 4, 4, 3, 4, 2, 3, 3, 5, 4, 1, 4, 2, 1, 2,
  4, 2, 0, 2, 0, 3, 1, 5, 4, 5, 3, 4, 1, 3, 2, 3, 1, 1, 1, 1, 3, 4, 1, 4, 5, 4, 3, 3, 2, 1, 0, 1, 1, 4, 4, 5, 3, 3, 2,
  3, 1, 4, 4, 2, 2, 5, 5, 3, 3, 3, 2, 2, 0, 4, 4, 2,
];

export const helper = {
  mapLookup: 1,
  mapLookupPercpu: 195,
  ringbufSubmit: 132,
  ringbufDiscard: 133,
  dynptrFromMem: 197,
  ringbufSubmitDynptr: 199,
  ringbufDiscardDynptr: 200,
  dynptrRead: 201,
  dynptrWrite: 202,
  dynptrData: 203,
  userRingbufDrain: 209,
} as const;

/** Helpers that give a pointer to what a map keeps for a socket, a task and the like. The map is their first argument. */
export const storages: ReadonlySet<number> = new Set([
  81, // bpf_get_local_storage
  107, // bpf_sk_storage_get
  145, // bpf_inode_storage_get
  156, // bpf_task_storage_get
  210, // bpf_cgrp_storage_get
]);

/** Bits of what a helper gives, where these are fewer than 64. */
export const resultBits: ReadonlyMap<number, number> = new Map([
  [7, 32], // bpf_get_prandom_u32
  [8, 32], // bpf_get_smp_processor_id
]);

/** A helper that calls a function of the program: numbers of its arguments. */
export interface Caller {
  readonly function: number;
  /** What the caller hands on, and which argument of the function that becomes; 0 for none. */
  readonly context: number;
  readonly at: number;
  /** The argument that is a value of the map in the first one. */
  readonly value?: number;
  /** It runs when the program is done. */
  readonly later?: true;
}

export const callers: ReadonlyMap<number, Caller> = new Map<number, Caller>([
  [164, { function: 2, context: 3, at: 4, value: 3 }], // bpf_for_each_map_elem: map, key, value, ctx
  [170, { function: 2, context: 0, at: 0, later: true }], // bpf_timer_set_callback: map, key, value
  [180, { function: 3, context: 4, at: 3 }], // bpf_find_vma: task, vma, ctx
  [181, { function: 2, context: 3, at: 2 }], // bpf_loop: index, ctx
]);

/** A helper that writes bytes through an argument: the numbers of that, and of how many. */
export interface Writer {
  readonly to: number;
  readonly size: number;
  /** They are text. */
  readonly text?: true;
}

export const writers: ReadonlyMap<number, Writer> = new Map<number, Writer>([
  [4, { to: 1, size: 2 }], // bpf_probe_read
  [16, { to: 1, size: 2, text: true }], // bpf_get_current_comm
  [26, { to: 3, size: 4 }], // bpf_skb_load_bytes
  [45, { to: 1, size: 2, text: true }], // bpf_probe_read_str
  [67, { to: 2, size: 3 }], // bpf_get_stack
  [68, { to: 3, size: 4 }], // bpf_skb_load_bytes_relative
  [112, { to: 1, size: 2 }], // bpf_probe_read_user
  [113, { to: 1, size: 2 }], // bpf_probe_read_kernel
  [114, { to: 1, size: 2, text: true }], // bpf_probe_read_user_str
  [115, { to: 1, size: 2, text: true }], // bpf_probe_read_kernel_str
  [120, { to: 3, size: 4 }], // bpf_get_ns_current_pid_tgid
  [141, { to: 2, size: 3 }], // bpf_get_task_stack
  [147, { to: 2, size: 3, text: true }], // bpf_d_path
  [148, { to: 1, size: 2 }], // bpf_copy_from_user
  [165, { to: 1, size: 2, text: true }], // bpf_snprintf
  [189, { to: 3, size: 4 }], // bpf_xdp_load_bytes
  [191, { to: 1, size: 2 }], // bpf_copy_from_user_task
]);

/** Helpers that only read what pointers that they are handed lead to. */
export const readers: ReadonlySet<number> = new Set([
  2, // bpf_map_update_elem
  3, // bpf_map_delete_elem
  6, // bpf_trace_printk
  9, // bpf_skb_store_bytes
  12, // bpf_tail_call
  28, // bpf_csum_diff
  36, // bpf_probe_write_user
  51, // bpf_redirect_map
  87, // bpf_map_push_elem
  126, // bpf_seq_printf
  177, // bpf_trace_vprintk
  182, // bpf_strncmp
  190, // bpf_xdp_store_bytes
]);

/** Helpers that change elements of the map that their first argument is. */
export const changers: ReadonlySet<number> = new Set([
  2, // bpf_map_update_elem
  3, // bpf_map_delete_elem
  87, // bpf_map_push_elem
  88, // bpf_map_pop_elem
]);
