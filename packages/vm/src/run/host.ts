import type { Clock, EmulatedKernel, SeededRandom } from "@rbgen/runtime/emulated";

/** Helpers that fail when a test says so. */
export const failingHelpers = [
  "bpf_map_update_elem",
  "bpf_map_delete_elem",
  "bpf_map_push_elem",
  "bpf_probe_read",
  "bpf_probe_read_str",
  "bpf_probe_read_user",
  "bpf_probe_read_user_str",
  "bpf_probe_read_kernel",
  "bpf_probe_read_kernel_str",
  "bpf_copy_from_user",
  "bpf_perf_event_output",
  "bpf_ringbuf_output",
  "bpf_ringbuf_reserve",
  "bpf_ringbuf_reserve_dynptr",
  "bpf_user_ringbuf_drain",
] as const;
export type FailingHelper = (typeof failingHelpers)[number];

/** Who a program runs for, as `bpf_get_current_*` tell it. */
export interface CurrentTask {
  readonly pid: number;
  readonly tgid: number;
  readonly uid: number;
  readonly gid: number;
  /** At most 15 bytes. */
  readonly comm: string;
  readonly cgroupId: bigint;
  /** Pointer to its `task_struct`, low word first; NULL where none was declared. */
  readonly task: readonly [low: number, high: number];
}

/** What a run belongs to: what helpers ask for beside registers and memory. */
export interface Host {
  readonly kernel: EmulatedKernel;
  readonly clock: Clock;
  /** Number of the processor that the program runs on. */
  readonly cpu: number;
  /** Processors that there are: values of an element of a per-CPU map. */
  readonly cpus: number;
  readonly current: CurrentTask;
  /** Of `bpf_get_prandom_u32`: the same seed gives the same numbers. */
  readonly random: SeededRandom;
  /** A line of `bpf_printk`, without its newline. */
  trace(line: string): void;
  /**
   * The errno that a helper of this name is to fail with now, as faults that were asked for say; 0 for none. A helper
   * that can fail asks before it does anything.
   */
  failing(helper: FailingHelper): number;
}
