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
}

export const carriers: ReadonlyMap<number, Carrier> = new Map<number, Carrier>([
  [25, { verb: "sent", map: 2, data: 4, size: 5 }], // bpf_perf_event_output
  [111, { verb: "sent", map: 2, data: 4, size: 5 }], // bpf_skb_output
  [121, { verb: "sent", map: 2, data: 4, size: 5 }], // bpf_xdp_output
  [127, { verb: "written", data: 2, size: 3 }], // bpf_seq_write
  [130, { verb: "sent", map: 1, data: 2, size: 3 }], // bpf_ringbuf_output
  [131, { verb: "reserved", map: 1, size: 2 }], // bpf_ringbuf_reserve
  [198, { verb: "reserved", map: 1, size: 2, dynptr: 4 }], // bpf_ringbuf_reserve_dynptr
]);

export const helper = {
  mapLookup: 1,
  mapLookupPercpu: 195,
  ringbufSubmit: 132,
  ringbufSubmitDynptr: 199,
  dynptrRead: 201,
  dynptrWrite: 202,
  dynptrData: 203,
  userRingbufDrain: 209,
} as const;

/** Helpers that call a function of the program: the numbers of its argument, and of what it is given of ours. */
export const callers: ReadonlyMap<
  number,
  { readonly function: number; readonly context: number; readonly at: number }
> = new Map([
  [164, { function: 2, context: 3, at: 4 }], // bpf_for_each_map_elem: map, key, value, ctx
  [170, { function: 2, context: 0, at: 0 }], // bpf_timer_set_callback: map, key, value
  [180, { function: 3, context: 4, at: 3 }], // bpf_find_vma: task, vma, ctx
  [181, { function: 2, context: 3, at: 2 }], // bpf_loop: index, ctx
]);

/** Helpers that write bytes through an argument, with how many: fixed, or by another argument. */
export const writers: ReadonlyMap<number, { readonly to: number; readonly size: number }> = new Map([
  [4, { to: 1, size: 2 }], // bpf_probe_read
  [16, { to: 1, size: 2 }], // bpf_get_current_comm
  [26, { to: 3, size: 4 }], // bpf_skb_load_bytes
  [45, { to: 1, size: 2 }], // bpf_probe_read_str
  [67, { to: 2, size: 3 }], // bpf_get_stack
  [112, { to: 1, size: 2 }], // bpf_probe_read_user
  [113, { to: 1, size: 2 }], // bpf_probe_read_kernel
  [114, { to: 1, size: 2 }], // bpf_probe_read_user_str
  [115, { to: 1, size: 2 }], // bpf_probe_read_kernel_str
  [147, { to: 2, size: 3 }], // bpf_d_path
  [148, { to: 1, size: 2 }], // bpf_copy_from_user
]);
