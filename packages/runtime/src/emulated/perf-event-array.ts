import type { WaitOptions, Wake } from "../backend.ts";
import { integer } from "../checked-number.ts";
import { flag } from "../checked-object.ts";
import { BPF_F_CURRENT_CPU } from "../constants.ts";
import { errno, RingBufError, UnsupportedError } from "../errors.ts";
import { PendingWait } from "../pending-wait.ts";
import {
  lostRecordBytes,
  perfHeaderBytes,
  perfRecordLost,
  perfRecordSample,
  rawHeaderBytes,
} from "../perf/perf-record.ts";
import {
  claimPerfRings,
  type PerfClaim,
  type PerfEventArrayMap,
  type PerfRing,
  type PerfRingOptions,
} from "../perf-backend.ts";
import type { Clock } from "./clock.ts";

/** What an emulated perf event array is made from. */
export interface PerfEventArrayContext {
  readonly name: string;
  /** Slots, and CPUs, which are online to begin with. */
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
  /** Bytes ever written. */
  #head = 0;
  #tail = 0;
  #paused = false;
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

  pause(paused: boolean): void {
    this.#paused = paused;
  }

  lost(): number {
    return this.#lost;
  }

  /** 0, or −ENOSPC where there is no room, or the ring is paused. */
  output(raw: Uint8Array): number {
    const padded = Math.ceil((rawHeaderBytes + raw.byteLength) / 8) * 8;
    const needed = padded + (this.#untold > 0 ? lostRecordBytes : 0);
    // CIRC_SPACE: one byte always stays free
    const fits = this.#options.overwritable || needed <= this.size - 1 - (this.#head - this.#tail);
    if (this.#paused || !fits) {
      this.#untold += 1;
      this.#lost += 1;
      return errno.ENOSPC;
    }
    const bytes = new Uint8Array(needed);
    const sampleAt = needed - padded;
    if (sampleAt > 0) {
      this.#record(bytes, 0, perfRecordLost, lostRecordBytes).setBigUint64(16, BigInt(this.#untold), this.#little);
      this.#untold = 0;
    }
    const sample = this.#record(bytes, sampleAt, perfRecordSample, padded);
    sample.setUint32(perfHeaderBytes, padded - rawHeaderBytes, this.#little);
    bytes.set(raw, sampleAt + rawHeaderBytes);
    this.#append(bytes);
    this.#tell();
    return 0;
  }

  #record(bytes: Uint8Array, at: number, type: number, size: number): DataView {
    const record = new DataView(bytes.buffer, at, size);
    record.setUint32(0, type, this.#little);
    record.setUint16(6, size, this.#little);
    return record;
  }

  /** Behind what was written last; before it where the ring is overwritable. */
  #append(bytes: Uint8Array): void {
    const { size } = this;
    const start = this.#head;
    this.#head += bytes.length;
    const from = this.#options.overwritable ? (size - (this.#head % size)) % size : start & (size - 1);
    // what is longer than the ring goes round it
    for (let done = 0; done < bytes.length; ) {
      const at = (from + done) % size;
      const length = Math.min(bytes.length - done, size - at);
      this.#bytes.set(bytes.subarray(done, done + length), at);
      done += length;
    }
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
  onRing: ((ring: PerfRing) => void) | undefined;
  /** What the slots hold: the ring of each CPU that has been online meanwhile. */
  readonly #slots = new Map<number, EmulatedPerfRing>();
  readonly #make: (cpu: number) => EmulatedPerfRing;
  readonly #waits: PendingWait;
  readonly #clock: Clock;
  readonly #released: () => void;
  #woken = false;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  open = true;
  onClose: (() => void) | undefined;

  constructor(map: PerfEventArrayContext, options: PerfRingOptions, online: ReadonlySet<number>, released: () => void) {
    this.#clock = map.clock;
    this.#released = released;
    const wake = (): void => {
      if (this.#waits.pending) this.#waits.wake();
      else this.#woken = true;
    };
    this.#make = (cpu) => {
      const ring = new EmulatedPerfRing(cpu, map, options, wake);
      this.#slots.set(cpu, ring);
      return ring;
    };
    this.rings = [...online].sort((one, other) => one - other).map(this.#make);
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

  /** What is in slot `index`, if there is something. */
  slot(index: number): EmulatedPerfRing | undefined {
    return this.#slots.get(index);
  }

  /** CPU `cpu` came online: an event of a CPU that was offline is dead, and its slot gets another. */
  cameOnline(cpu: number): void {
    this.onRing?.(this.#make(cpu));
  }

  /** Emulated memory goes with who has it. */
  retire(): void {}

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
    this.#claim?.end();
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
