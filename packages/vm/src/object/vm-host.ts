import { type Clock, type EmulatedKernel, machineClock, SeededRandom } from "@rbgen/runtime/emulated";
import { type CurrentTask, type FailingHelper, failingHelpers, type Host } from "../run/host.ts";
import type { KernelObject } from "../world/kernel-object.ts";
import { invalid } from "./named.ts";
import { TraceBuffer } from "./trace-buffer.ts";

/** Who programs run for, as a test sets it. */
export interface CurrentOptions {
  readonly pid?: number;
  readonly tgid?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly comm?: string;
  readonly cgroupId?: bigint;
  /** What `bpf_get_current_task` gives. */
  readonly task?: KernelObject;
}

/** Faults of helpers on purpose: the next calls, or a share of them, give an errno. */
export class HelperFaults {
  readonly #random: SeededRandom;
  readonly #next = new Map<string, { count: number; errno: number }>();
  readonly #rates = new Map<string, { rate: number; errno: number }>();

  /** @internal */
  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /**
   * The next `count` calls of a helper, by its name with `bpf_`, give this errno, negative; one that gives a pointer gives NULL.
   * @throws RingBufError EINVAL for a helper that cannot be made to fail, or what is no errno.
   */
  fail(helper: FailingHelper, count: number, errno: number): void {
    check(helper, errno);
    if (!(Number.isInteger(count) && count >= 0)) throw invalid(`a whole number of calls fails, not ${String(count)}`);
    this.#next.set(helper, { count, errno });
  }

  /** Each call of a helper gives this errno with this probability, by the seed. @throws as {@link fail} */
  failAtRate(helper: FailingHelper, rate: number, errno: number): void {
    check(helper, errno);
    if (!(rate >= 0 && rate <= 1)) throw invalid(`a rate is from 0 to 1, not ${String(rate)}`);
    this.#rates.set(helper, { rate, errno });
  }

  /** All is well again. */
  clear(): void {
    this.#next.clear();
    this.#rates.clear();
  }

  /** @internal */
  of(helper: string): number {
    const next = this.#next.get(helper);
    if (next !== undefined && next.count > 0) {
      next.count -= 1;
      return next.errno;
    }
    const share = this.#rates.get(helper);
    return share !== undefined && this.#random.next() < share.rate ? share.errno : 0;
  }
}

/** @throws RingBufError EINVAL */
function check(helper: string, errno: number): void {
  if (!failingHelpers.some((name) => name === helper)) {
    throw invalid(`helper "${helper}" cannot be made to fail; these can: ${failingHelpers.join(", ")}`);
  }
  if (!(Number.isInteger(errno) && errno < 0 && errno >= -4095)) {
    throw invalid(`an errno is negative, as helpers return it: -12 is ENOMEM, and not ${String(errno)}`);
  }
}

/** The host of an object's runs. */
export class VmHost implements Host {
  readonly kernel: EmulatedKernel;
  readonly clock: Clock;
  readonly cpus: number;
  readonly random: SeededRandom;
  readonly faults: HelperFaults;
  cpu = 0;
  current: CurrentTask = { pid: 1, tgid: 1, uid: 0, gid: 0, comm: "", cgroupId: 1n, task: [0, 0] };
  /** Lines of bpf_printk. */
  readonly printed: TraceBuffer = new TraceBuffer();

  constructor(
    kernel: EmulatedKernel,
    options: { readonly clock?: Clock; readonly cpus: number; readonly seed: number },
  ) {
    this.kernel = kernel;
    this.clock = options.clock ?? machineClock;
    this.cpus = options.cpus;
    this.random = new SeededRandom(options.seed);
    this.faults = new HelperFaults(options.seed);
  }

  /** Sets the processor that programs run on. @throws RingBufError EINVAL for one that there is not. */
  runOn(cpu: number): void {
    if (!(Number.isInteger(cpu) && cpu >= 0 && cpu < this.cpus)) {
      throw invalid(`processor ${cpu} of ${this.cpus}: load the object with { cpus }`);
    }
    this.cpu = cpu;
  }

  trace(line: string): void {
    this.printed.add(line);
  }

  failing(helper: FailingHelper): number {
    return this.faults.of(helper);
  }

  become({ task, ...changes }: CurrentOptions): void {
    const pointer = task?.pointer;
    const words = pointer === undefined ? this.current.task : ([0, Number(pointer >> 32n)] as const);
    this.current = { ...this.current, ...changes, task: words };
  }
}
