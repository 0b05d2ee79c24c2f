import { integer } from "../checked-number.ts";
import { flag } from "../checked-object.ts";
import { BPF_F_CURRENT_CPU } from "../constants.ts";
import { errno, RingBufError, UnsupportedError } from "../errors.ts";
import { rawHeaderBytes } from "../perf/perf-record.ts";
import { claimPerfRings, type PerfClaim, type PerfEventArrayMap, type PerfRingOptions } from "../perf-backend.ts";
import { EmulatedPerfClaim } from "./perf-claim.ts";
import type { PerfEventArrayContext } from "./perf-ring.ts";

/** An emulated `BPF_MAP_TYPE_PERF_EVENT_ARRAY`. Programs send to it by `bpf.perfEventOutput`. */
export interface EmulatedPerfEventArray extends PerfEventArrayMap {
  /** The CPU that programs run on from now on; 0 unless told. */
  cpu: number;
  /** Whether the map was closed. */
  readonly closed: boolean;
  /**
   * Takes a CPU offline, or brings it back: a reader gets another ring for it (of the kernel within a second, here at once),
   * and what was in the one before is read.
   */
  setOnline(cpu: number, online: boolean): void;
}

/** What programs have of a perf event array. */
export interface PerfEventArrayInside {
  /** Whether it has a reader. */
  readonly read: boolean;
  output(flags: number, bytes: Uint8Array): number;
}

class PerfEventArray implements EmulatedPerfEventArray, PerfEventArrayInside {
  readonly type = "perf_event_array";
  readonly name: string;
  readonly maxEntries: number;
  readonly endian: "little" | "big";
  cpu = 0;
  readonly #context: PerfEventArrayContext;
  readonly #online: Set<number>;
  #claim: EmulatedPerfClaim | undefined;
  #open = true;

  constructor(context: PerfEventArrayContext) {
    this.name = context.name;
    this.maxEntries = context.cpus;
    this.endian = context.endian;
    this.#context = context;
    this.#online = new Set(Array.from({ length: context.cpus }, (_, cpu) => cpu));
  }

  get closed(): boolean {
    return !this.#open;
  }

  get read(): boolean {
    return this.#claim !== undefined;
  }

  setOnline(cpu: number, online: boolean): void {
    integer(cpu, "cpu", 0, this.maxEntries - 1);
    if (this.#online.has(cpu) === flag(online, "online")) return;
    if (!online) this.#online.delete(cpu);
    else {
      this.#online.add(cpu);
      this.#claim?.cameOnline(cpu);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#claim?.terminate();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [claimPerfRings](options: PerfRingOptions): PerfClaim {
    if (!this.#open) throw new RingBufError(`${this.name} is closed`, { code: "ERR_RINGBUF_CLOSED" });
    if (this.#claim !== undefined) throw new RingBufError(`${this.name} has a reader already`, { code: "EBUSY" });
    this.#claim = new EmulatedPerfClaim(this.#context, options, this.#online, () => {
      this.#claim = undefined;
    });
    return this.#claim;
  }

  /**
   * kernel/trace/bpf_trace.c `bpf_perf_event_output`: 0, −EINVAL for unknown flags, −E2BIG for an index that there is not,
   * −ENOENT where nobody reads, −EOPNOTSUPP for another CPU than the current one, −ENOSPC.
   */
  output(flags: number, bytes: Uint8Array): number {
    if (flags > BPF_F_CURRENT_CPU) return errno.EINVAL;
    const current = integer(this.cpu, "cpu", 0, this.maxEntries - 1);
    if (!this.#online.has(current)) {
      // as BPF_PROG_TEST_RUN says it
      throw new RingBufError(`CPU ${current} is offline: no program runs on it`, { code: "ENXIO", errno: -6 });
    }
    const index = flags === BPF_F_CURRENT_CPU ? current : flags;
    if (index >= this.maxEntries) return errno.E2BIG;
    const ring = this.#claim?.slot(index);
    if (ring === undefined) return errno.ENOENT;
    if (index !== current) return errno.EOPNOTSUPP;
    if (rawHeaderBytes + bytes.byteLength > 0xfff8) {
      throw new UnsupportedError(`a sample of ${bytes.byteLength} bytes: perf's header counts 16 bits`);
    }
    return ring.output(bytes);
  }
}

/** The map of `context`. */
export function makePerfEventArray(context: PerfEventArrayContext): EmulatedPerfEventArray {
  return new PerfEventArray(context);
}

/** What programs have of `map`, or undefined where it is none of this kernel's. */
export function insidePerfEventArray(map: unknown): PerfEventArrayInside | undefined {
  return map instanceof PerfEventArray ? map : undefined;
}
