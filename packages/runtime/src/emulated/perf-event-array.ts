import type { WaitOptions, Wake } from "../backend.ts";
import { integer } from "../checked-number.ts";
import { BPF_F_CURRENT_CPU } from "../constants.ts";
import { errno, RingBufError, UnsupportedError } from "../errors.ts";
import { PendingWait } from "../pending-wait.ts";
import { perfHeaderBytes, perfRecordLost, perfRecordSample, rawHeaderBytes } from "../perf/perf-consumer.ts";
import {
  claimPerfRings,
  type PerfClaim,
  type PerfEventArrayMap,
  type PerfRing,
  type PerfRingOptions,
} from "../perf-backend.ts";
import type { Clock } from "./clock.ts";

const lostRecordBytes = 24;

/** What an emulated perf event array is made from. */
export interface PerfEventArrayContext {
  readonly name: string;
  /** Slots, and CPUs that are online. */
  readonly cpus: number;
  readonly pageSize: number;
  readonly endian: "little" | "big";
  readonly clock: Clock;
}

/** One CPU's ring: kernel side after kernel/events/ring_buffer.c `__perf_output_begin`. */
class EmulatedPerfRing implements PerfRing {
  readonly cpu: number;
  readonly size: number;
  readonly data: DataView;
  readonly #bytes: Uint8Array;
  readonly #little: boolean;
  readonly #options: PerfRingOptions;
  readonly #wake: () => void;
  #head = 0;
  #tail = 0;
  /** Dropped since the last record that told of it, and ever. */
  #untold = 0;
  #lost = 0;
  #events = 0;
  #wokenAt = 0;

  constructor(cpu: number, map: PerfEventArrayContext, options: PerfRingOptions, wake: () => void) {
    this.cpu = cpu;
    this.size = map.pageSize * options.pagesPerCpu;
    this.#bytes = new Uint8Array(this.size);
    this.data = new DataView(this.#bytes.buffer);
    this.#little = map.endian === "little";
    this.#options = options;
    this.#wake = wake;
  }

  head(): number {
    return this.#head;
  }

  release(tail: number): void {
    this.#tail = tail;
  }

  lost(): number {
    return this.#lost;
  }

  /** 0, or −ENOSPC where there is no room. */
  output(raw: Uint8Array): number {
    const padded = Math.ceil((rawHeaderBytes + raw.byteLength) / 8) * 8;
    const needed = padded + (this.#untold > 0 ? lostRecordBytes : 0);
    // CIRC_SPACE: one byte always stays free
    if (needed > this.size - 1 - (this.#head - this.#tail)) {
      this.#untold += 1;
      this.#lost += 1;
      return errno.ENOSPC;
    }
    if (this.#untold > 0) {
      const record = this.#record(perfRecordLost, lostRecordBytes);
      record.setBigUint64(16, BigInt(this.#untold), this.#little);
      this.#append(record);
      this.#untold = 0;
    }
    const record = this.#record(perfRecordSample, padded);
    record.setUint32(perfHeaderBytes, padded - rawHeaderBytes, this.#little);
    new Uint8Array(record.buffer).set(raw, rawHeaderBytes);
    this.#append(record);
    this.#tell();
    return 0;
  }

  #record(type: number, size: number): DataView {
    const record = new DataView(new ArrayBuffer(size));
    record.setUint32(0, type, this.#little);
    record.setUint16(6, size, this.#little);
    return record;
  }

  #append(record: DataView): void {
    const bytes = new Uint8Array(record.buffer);
    const at = this.#head & (this.size - 1);
    const first = Math.min(bytes.length, this.size - at);
    this.#bytes.set(bytes.subarray(0, first), at);
    this.#bytes.set(bytes.subarray(first), 0);
    this.#head += bytes.length;
  }

  #tell(): void {
    const { wakeupEvents, watermarkBytes } = this.#options;
    if (watermarkBytes !== undefined) {
      if (this.#head - this.#wokenAt <= watermarkBytes) return;
      this.#wokenAt += watermarkBytes;
    } else {
      this.#events += 1;
      if (this.#events < wakeupEvents) return;
      this.#events = 0;
    }
    this.#wake();
  }
}

/** User space's hold on the rings of an emulated perf event array. */
class EmulatedPerfClaim implements PerfClaim {
  readonly rings: readonly EmulatedPerfRing[];
  readonly #waits: PendingWait;
  readonly #clock: Clock;
  readonly #released: () => void;
  #woken = false;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  open = true;
  onClose: (() => void) | undefined;

  constructor(map: PerfEventArrayContext, options: PerfRingOptions, released: () => void) {
    this.#clock = map.clock;
    this.#released = released;
    const wake = (): void => {
      if (this.#waits.pending) this.#waits.wake();
      else this.#woken = true;
    };
    this.rings = Array.from({ length: map.cpus }, (_, cpu) => new EmulatedPerfRing(cpu, map, options, wake));
    const claim = this;
    this.#waits = new PendingWait({
      name: map.name,
      get open() {
        return claim.open;
      },
      take: () => {
        const woken = this.#woken;
        this.#woken = false;
        return woken;
      },
      arm: () => true,
      schedule: (callback, ms) => map.clock.schedule(callback, ms),
      changed: (pending, referenced) => this.#stayAlive(pending && referenced),
    });
  }

  now(): number {
    return this.#clock.now();
  }

  wait(options: WaitOptions): Promise<Wake> {
    return this.#waits.wait(options);
  }

  ref(): void {
    this.#waits.reference(true);
  }

  unref(): void {
    this.#waits.reference(false);
  }

  release(): void {
    if (!this.open) return;
    this.open = false;
    this.onClose = undefined;
    this.#waits.wake();
    this.#released();
  }

  /** The map closes. */
  end(): void {
    if (!this.open) return;
    this.open = false;
    this.onClose?.();
    this.open = true;
    this.release();
  }

  #stayAlive(on: boolean): void {
    if (on) this.#keepAlive ??= setInterval(() => {}, 0x7fffffff);
    else {
      clearInterval(this.#keepAlive);
      this.#keepAlive = undefined;
    }
  }
}

/** An emulated `BPF_MAP_TYPE_PERF_EVENT_ARRAY`. Programs send to it by `bpf.perfEventOutput`. */
export interface EmulatedPerfEventArray extends PerfEventArrayMap {
  /** The CPU that programs run on from now on; 0 unless told. */
  cpu: number;
  /** Whether the map was closed. */
  readonly closed: boolean;
}

/** What programs have of a perf event array. */
export interface PerfEventArrayInside {
  output(flags: number, bytes: Uint8Array): number;
}

class PerfEventArray implements EmulatedPerfEventArray, PerfEventArrayInside {
  readonly type = "perf_event_array";
  readonly name: string;
  readonly maxEntries: number;
  readonly endian: "little" | "big";
  cpu = 0;
  readonly #context: PerfEventArrayContext;
  #claim: EmulatedPerfClaim | undefined;
  #open = true;

  constructor(context: PerfEventArrayContext) {
    this.name = context.name;
    this.maxEntries = context.cpus;
    this.endian = context.endian;
    this.#context = context;
  }

  get closed(): boolean {
    return !this.#open;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#claim?.end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [claimPerfRings](options: PerfRingOptions): PerfClaim {
    if (!this.#open) throw new RingBufError(`${this.name} is closed`, { code: "ERR_RINGBUF_CLOSED" });
    if (this.#claim !== undefined) throw new RingBufError(`${this.name} has a reader already`, { code: "EBUSY" });
    this.#claim = new EmulatedPerfClaim(this.#context, options, () => {
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
    const index = flags === BPF_F_CURRENT_CPU ? current : flags;
    if (index >= this.maxEntries) return errno.E2BIG;
    const ring = this.#claim?.rings[index];
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
