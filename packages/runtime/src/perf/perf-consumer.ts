import { CorruptRingError } from "../errors.ts";
import type { PerfRing } from "../perf-backend.ts";
import type { Lease, TakenLease } from "../ring/lease.ts";

/** Of `enum perf_event_type`, include/uapi/linux/perf_event.h. */
export const perfRecordLost = 2;
export const perfRecordSample = 9;
/** Bytes of `struct perf_event_header`: type (u32), misc (u16), size (u16). */
export const perfHeaderBytes = 8;
/** A sample of raw bytes: the header and their size (u32). */
export const rawHeaderBytes = 12;

/** Bytes that are read before their room is given back. */
const batchBytes = 4096;

/** User side of one CPU's ring, after `perf_event_read_simple` of libbpf's src/libbpf.c. It owns the tail. */
export class PerfConsumer {
  readonly ring: PerfRing;
  readonly #little: boolean;
  /** Takes a record that crosses the ring's end. */
  #joined: Uint8Array | undefined;
  #head = 0;
  #tail = 0;
  /** Tail that the kernel knows. */
  #published = 0;
  /** Samples handed on. */
  samples = 0;
  /** Samples that records of the ring say were lost. */
  reportedLost = 0;

  constructor(ring: PerfRing, endian: "little" | "big") {
    this.ring = ring;
    this.#little = endian === "little";
  }

  /** Bytes waiting, as of the last look. */
  get available(): number {
    return this.#head - this.#tail;
  }

  /**
   * Sees what was written since the last look.
   * @throws CorruptRingError for a head that no kernel can have put there.
   */
  look(): void {
    const head = this.ring.head(this.#head);
    if (!(head >= this.#head && head - this.#tail <= this.ring.size)) {
      throw new CorruptRingError(BigInt(this.#tail), `the head of CPU ${this.ring.cpu} is ${head}`);
    }
    this.#head = head;
  }

  /**
   * Moves `lease` to the next sample's raw bytes, padding of the record included; false where none is left of what was seen.
   * @throws CorruptRingError
   */
  next(lease: Lease): lease is TakenLease {
    const little = this.#little;
    while (this.#tail < this.#head) {
      if (this.#tail - this.#published >= batchBytes) this.commit();
      const at = this.#tail & (this.ring.size - 1);
      const size = this.ring.data.getUint16(at + 6, little);
      if (size < perfHeaderBytes || size % 8 !== 0 || size > this.#head - this.#tail) {
        throw this.#corrupt(`a record of ${size} bytes`);
      }
      const type = this.ring.data.getUint32(at, little);
      const whole = at + size <= this.ring.size;
      const view = whole ? this.ring.data : this.#join(at, size);
      const start = whole ? at : 0;
      if (type === perfRecordSample) {
        const length = size >= rawHeaderBytes ? view.getUint32(start + perfHeaderBytes, little) : -1;
        if (length < 0 || length > size - rawHeaderBytes) throw this.#corrupt(`a sample of ${length} bytes in ${size}`);
        this.#tail += size;
        this.samples += 1;
        lease.view = view;
        lease.offset = start + rawHeaderBytes;
        lease.byteLength = length;
        return true;
      }
      if (type === perfRecordLost && size >= 24) this.reportedLost += Number(view.getBigUint64(start + 16, little));
      this.#tail += size;
    }
    return false;
  }

  /** Gives back the room of what was read. */
  commit(): void {
    if (this.#published === this.#tail) return;
    this.#published = this.#tail;
    this.ring.release(this.#tail);
  }

  #join(at: number, size: number): DataView {
    this.#joined ??= new Uint8Array(65536);
    const { buffer, byteOffset, byteLength } = this.ring.data;
    const first = byteLength - at;
    this.#joined.set(new Uint8Array(buffer, byteOffset + at, first));
    this.#joined.set(new Uint8Array(buffer, byteOffset, size - first), first);
    return new DataView(this.#joined.buffer);
  }

  #corrupt(what: string): CorruptRingError {
    return new CorruptRingError(BigInt(this.#tail), `CPU ${this.ring.cpu} has ${what}`);
  }
}
