import type { KeysOf } from "@rbgen/btf";
import { shown } from "@rbgen/runtime/backend";
import type { Clock, EmulatedKernel } from "@rbgen/runtime/emulated";
import type { FailingHelper, RingBufInside } from "@rbgen/runtime/emulated/helpers";
import { checkOptions, invalid } from "../invalid.ts";
import type { Inputs } from "../recording/inputs.ts";
import type { CurrentTask, DeclaredStack, Host } from "../run/host.ts";
import type { Timers } from "../run/timers.ts";
import type { KernelObject } from "../world/kernel-object.ts";
import { TraceBuffer } from "./trace-buffer.ts";

/** Who programs run for, as a test sets it. */
export interface CurrentOptions {
  /** The thread, which the kernel calls pid. */
  readonly pid?: number;
  /** The process, which user space calls pid. */
  readonly tgid?: number;
  /** Its user. */
  readonly uid?: number;
  /** Its group. */
  readonly gid?: number;
  /** Its name, 15 bytes at most. */
  readonly comm?: string;
  /** Of its control group: the inode of that directory. 1, the root, unless told. */
  readonly cgroupId?: bigint;
  /** Control groups that its own is in, beside the root, for `bpf_current_task_under_cgroup`; a new `cgroupId` has none unless told. */
  readonly cgroupAncestors?: readonly bigint[];
  /** Where it is: what `bpf_get_stackid` and `bpf_get_stack` see, which else give −EFAULT. */
  readonly stack?: DeclaredStack;
  /** What `bpf_get_current_task` gives. */
  readonly task?: KernelObject;
}

const currentKeys: KeysOf<CurrentOptions> = {
  pid: true,
  tgid: true,
  uid: true,
  gid: true,
  comm: true,
  cgroupId: true,
  cgroupAncestors: true,
  stack: true,
  task: true,
};

/**
 * An id of a control group.
 * @throws RingBufError EINVAL, for which `what` says in words what took it.
 */
export function checkedCgroup(id: bigint, what: string): bigint {
  if (typeof id === "bigint" && id > 0n && id < 2n ** 64n) return id;
  throw invalid(`${what}: a bigint from 1n on, of 64 bits, not ${shown(id)}`);
}

/** The host of an object's runs. */
export class VmHost implements Host {
  readonly kernel: EmulatedKernel;
  readonly clock: Clock;
  readonly cpus: number;
  readonly #inputs: Inputs;
  /** What the trace tells the time by: no program sees it, so it is none of its inputs. */
  readonly #traceClock: Clock;
  /** Set by the object, whose programs they run. */
  timers: Timers | undefined;
  cpu = 0;
  current: CurrentTask = { pid: 1, tgid: 1, uid: 0, gid: 0, comm: "", cgroupId: 1n, task: [0, 0] };
  /** Lines of bpf_printk. */
  readonly printed: TraceBuffer = new TraceBuffer();

  /** `clock` is what timers go by; what it shows comes of the `inputs`. */
  constructor(
    kernel: EmulatedKernel,
    { clock, cpus, inputs }: { readonly clock: Clock; readonly cpus: number; readonly inputs: Inputs },
  ) {
    this.kernel = kernel;
    this.clock = { now: () => inputs.now(), schedule: (callback, ms) => clock.schedule(callback, ms) };
    this.cpus = cpus;
    this.#inputs = inputs;
    this.#traceClock = clock;
  }

  random(): number {
    return this.#inputs.random();
  }

  /**
   * Sets the processor that programs run on.
   * @throws RingBufError EINVAL for one that there is not.
   */
  runOn(cpu: number): void {
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < this.cpus)) {
      throw invalid(`processor ${cpu} of ${this.cpus}: load the object with { cpus }`);
    }
    this.cpu = cpu;
  }

  trace(text: string): void {
    const { comm: task, pid } = this.current;
    const timeNs = BigInt(Math.round(this.#traceClock.now() * 1e6));
    this.printed.add({
      ...{ kind: "traced", task, pid, cpu: this.cpu, flags: ".....", timeNs },
      ...{ event: "bpf_trace_printk", text },
    });
  }

  failing(helper: FailingHelper, ring?: RingBufInside, byteLength?: number): number {
    return this.#inputs.failing(helper, ring, byteLength);
  }

  /** @throws RingBufError EINVAL for what is no id of a control group. */
  become(current: CurrentOptions): void {
    const { task, cgroupId, cgroupAncestors, ...changes } = checkOptions(current, "who programs run for", currentKeys);
    const ids = "an id of a control group was asked for";
    const own = cgroupId === undefined ? undefined : checkedCgroup(cgroupId, ids);
    const above = cgroupAncestors?.map((id) => checkedCgroup(id, ids)) ?? (own === undefined ? undefined : []);
    const pointer = task?.pointer;
    const words = pointer === undefined ? this.current.task : ([0, Number(pointer >> 32n)] as const);
    this.current = {
      ...this.current,
      ...Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined)),
      ...(own !== undefined && { cgroupId: own }),
      ...(above !== undefined && { cgroupAncestors: above }),
      task: words,
    };
  }
}
