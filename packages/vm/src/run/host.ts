import type { Clock, EmulatedKernel } from "@rbgen/runtime/emulated";
import type { FaultSource } from "@rbgen/runtime/emulated/helpers";
import type { Timers } from "./timers.ts";

/** Return addresses of a call chain, innermost first, in the kernel and in the process. */
export interface DeclaredStack {
  /** Addresses of the kernel's part, innermost first. */
  readonly kernel?: readonly bigint[];
  /** Addresses of the process' part, innermost first. */
  readonly user?: readonly bigint[];
}

/** Who a program runs for, as `bpf_get_current_*` tell it. */
export interface CurrentTask {
  /** The thread, which the kernel calls pid. */
  readonly pid: number;
  /** The process, which user space calls pid. */
  readonly tgid: number;
  /** Its user. */
  readonly uid: number;
  /** Its group. */
  readonly gid: number;
  /** At most 15 bytes. */
  readonly comm: string;
  /** Its control group, as `bpf_get_current_cgroup_id` tells it. */
  readonly cgroupId: bigint;
  /** Control groups that its own is in, beside the root, which all are in; none unless told. */
  readonly cgroupAncestors?: readonly bigint[] | undefined;
  /** What `bpf_get_stackid` and `bpf_get_stack` see. */
  readonly stack?: DeclaredStack | undefined;
  /** Pointer to its `task_struct`, low word first; NULL where none was declared. */
  readonly task: readonly [low: number, high: number];
}

/** What a run belongs to: what helpers ask for beside registers and memory. */
export interface Host extends FaultSource {
  /** The emulated kernel, whose rings it uses. */
  readonly kernel: EmulatedKernel;
  /** The clock that helpers read. */
  readonly clock: Clock;
  /** Number of the processor that the program runs on. */
  readonly cpu: number;
  /** Processors that there are: values of an element of a per-CPU map. */
  readonly cpus: number;
  /** Who programs run for. */
  readonly current: CurrentTask;
  /** 32 bits of `bpf_get_prandom_u32`. */
  random(): number;
  /** Timers of maps; bare code has no maps. */
  readonly timers?: Timers | undefined;
  /** A line of `bpf_printk`, without its newline. */
  trace(line: string): void;
}
