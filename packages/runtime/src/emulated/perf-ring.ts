import { errno } from "../errors.ts";
import {
  lostRecordBytes,
  perfHeaderBytes,
  perfMiscKernel,
  perfRecordLost,
  perfRecordSample,
  rawHeaderBytes,
} from "../perf/perf-record.ts";
import type { PerfRing, PerfRingOptions } from "../perf-backend.ts";
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
export class EmulatedPerfRing implements PerfRing {
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
    // as perf_prepare_sample of kernel/events/core.c, of samples alone
    sample.setUint16(4, perfMiscKernel, this.#little);
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
