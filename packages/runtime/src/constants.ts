/** Flags and queries of include/uapi/linux/bpf.h that concern rings. */

export { BPF_RB_FORCE_WAKEUP, BPF_RB_NO_WAKEUP } from "./ring/wakeup-flags.ts";

/** `bpf_ringbuf_query`: bytes between consumer and producer position. */
export const BPF_RB_AVAIL_DATA = 0;
/** `bpf_ringbuf_query`: bytes of the ring. */
export const BPF_RB_RING_SIZE = 1;
/** `bpf_ringbuf_query`: consumer position. */
export const BPF_RB_CONS_POS = 2;
/** `bpf_ringbuf_query`: producer position. */
export const BPF_RB_PROD_POS = 3;
/** `bpf_ringbuf_query`: overwrite position (6.19). */
export const BPF_RB_OVERWRITE_POS = 4;

/** Map is created on a NUMA node. */
export const BPF_F_NUMA_NODE: number = 1 << 2;
/** Ring overwrites its oldest records instead of refusing new ones (6.19). */
export const BPF_F_RB_OVERWRITE: number = 1 << 19;

/** `BPF_F_CURRENT_CPU`: the slot of a perf event array that a program's own CPU has; it is the mask of the index, too. */
export const BPF_F_CURRENT_CPU = 0xffffffff;
