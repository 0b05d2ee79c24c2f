import { CorruptRingError } from "../errors.ts";
import type { PerfRing } from "../perf-backend.ts";
import type { Lease } from "../ring/lease.ts";
import {
  lostRecordBytes,
  perfRecordLost,
  perfRecordSample,
  rawHeaderBytes,
  rawLength,
  recordSize,
} from "./perf-record.ts";
import { type PerfSamples, type PerfSamplesOptions, withoutPadding } from "./perf-samples.ts";

/** A sample of the snapshot. */
interface Kept {
  readonly offset: number;
  readonly byteLength: number;
  /** Bytes of its record. */
  readonly size: number;
}

/**
 * User side of one CPU's overwritable ring. The kernel writes it backwards, so that the newest record is the first from the
 * head on and the oldest one is cut where the ring ends (tools/lib/perf/mmap.c `overwrite_rb_find_range`). Each look, once
 * all of the last one is passed, stops the ring for as long as its bytes are copied; what it then holds comes oldest first.
 */
export class PerfSnapshot implements PerfSamples {
  readonly ring: PerfRing;
  readonly #little: boolean;
  readonly #fixed: number;
  readonly #corrupt: (error: CorruptRingError) => never;
  readonly #copy: DataView;
  /** Newest first: the last one is in front. */
  #kept: Kept[] = [];
  #taken: Kept | undefined;
  /** Bytes ever written, as of the last look. */
  #written = 0;
  samples = 0;
  reportedLost = 0;
  overwrittenBytes = 0;
  available = 0;

  constructor(ring: PerfRing, { endian, fixed, corrupt }: PerfSamplesOptions) {
    this.ring = ring;
    this.#little = endian === "little";
    this.#fixed = fixed;
    this.#corrupt = corrupt;
    this.#copy = new DataView(new ArrayBuffer(ring.size));
  }

  get position(): number {
    return this.#written - this.available;
  }

  get seen(): number {
    return this.#written;
  }

  look(): boolean {
    if (this.#kept.length > 0) return false;
    const known = this.#written;
    this.ring.pause(true);
    try {
      this.#written = this.ring.head(known);
      if (this.#written === known) return false;
      this.#copyOut(known);
    } finally {
      this.ring.pause(false);
    }
    this.#read(known);
    return true;
  }

  find(lease: Lease): boolean {
    const front = this.#kept.at(-1);
    if (front === undefined) return false;
    lease.view = this.#copy;
    lease.offset = front.offset;
    lease.byteLength = withoutPadding(front.byteLength, this.#fixed);
    lease.stride = front.size;
    // the newest one lies first
    lease.last = 0;
    return true;
  }

  pass(bytes: number, samples: number): void {
    if (samples > 0) this.#taken = this.#kept.pop();
    else this.#kept.push(this.#taken as Kept);
    this.available -= bytes;
    this.samples += samples;
  }

  /** What was passed is room already. */
  commit(): boolean {
    return false;
  }

  /** Copies what was written since `known` to the front of the copy, newest first. */
  #copyOut(known: number): void {
    const { size, data } = this.ring;
    const written = this.#written - known;
    if (!(written > 0) || written % 8 !== 0) this.#fail(`a head at -${this.#written}`);
    const length = Math.min(written, size);
    // the head counts down from 0: so many bytes from the ring's end
    const start = (size - (this.#written % size)) % size;
    const first = Math.min(length, size - start);
    const copy = new Uint8Array(this.#copy.buffer);
    copy.set(new Uint8Array(data.buffer, data.byteOffset + start, first));
    copy.set(new Uint8Array(data.buffer, data.byteOffset, length - first), first);
  }

  #read(known: number): void {
    const { size } = this.ring;
    const little = this.#little;
    const written = this.#written - known;
    const end = Math.min(written, size);
    let at = 0;
    while (at < end) {
      const found = recordSize(this.#copy, at, end - at, little);
      if (typeof found === "string") {
        // the oldest record of a ring that is full is cut
        if (written > size && this.#copy.getUint16(at + 6, little) > end - at) break;
        this.#fail(found);
      }
      const type = this.#copy.getUint32(at, little);
      if (type === perfRecordSample) {
        const byteLength = rawLength(this.#copy, at, found, little);
        if (typeof byteLength === "string") this.#fail(byteLength);
        this.#kept.push({ offset: at + rawHeaderBytes, byteLength, size: found });
        this.available += found;
      } else if (type === perfRecordLost && found >= lostRecordBytes) {
        this.reportedLost += Number(this.#copy.getBigUint64(at + 16, little));
      }
      at += found;
    }
    this.overwrittenBytes += written - at;
  }

  #fail(what: string): never {
    return this.#corrupt(new CorruptRingError(BigInt(this.#written), `CPU ${this.ring.cpu} has ${what}`));
  }
}
