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
import type { PerfSamples } from "./perf-samples.ts";

/** Most bytes that are read before their room is given back. */
const batchBytes = 4096;
/** No record of perf is longer: its header counts 16 bits. */
const longestRecord = 65536;

/** User side of one CPU's ring, after `perf_event_read_simple` of libbpf's src/libbpf.c. It owns the tail. */
export class PerfConsumer implements PerfSamples {
  readonly ring: PerfRing;
  readonly overwrittenBytes = 0;
  readonly #little: boolean;
  readonly #corrupt: (error: CorruptRingError) => never;
  readonly #data: DataView;
  readonly #mask: number;
  readonly #batch: number;
  /** Takes a record that crosses the ring's end. */
  #joined: DataView | undefined;
  #head = 0;
  #tail = 0;
  /** Tail that the kernel knows. */
  #published = 0;
  /** Bytes of the record in front, or of the last one taken. */
  #step = 0;
  #front = false;
  samples = 0;
  reportedLost = 0;
  view: DataView;
  offset = 0;
  byteLength = 0;

  /** @param corrupt takes what stops the reader for good, and throws it. */
  constructor(ring: PerfRing, endian: "little" | "big", corrupt: (error: CorruptRingError) => never) {
    this.ring = ring;
    this.#little = endian === "little";
    this.#corrupt = corrupt;
    this.#data = ring.data;
    this.view = ring.data;
    this.#mask = ring.size - 1;
    this.#batch = Math.min(batchBytes, ring.size / 8);
  }

  get available(): number {
    return this.#head - this.#tail;
  }

  get position(): number {
    return this.#tail;
  }

  get seen(): number {
    return this.#head;
  }

  look(): boolean {
    const head = this.ring.head(this.#head);
    if (!(head >= this.#head && head - this.#tail <= this.ring.size)) this.#fail(`a head at ${head}`);
    const grown = head !== this.#head;
    this.#head = head;
    return grown;
  }

  peek(): boolean {
    if (this.#front) return true;
    const little = this.#little;
    while (this.#tail < this.#head) {
      if (this.#tail - this.#published >= this.#batch) this.commit();
      const at = this.#tail & this.#mask;
      const size = recordSize(this.#data, at, this.#head - this.#tail, little);
      if (typeof size === "string") this.#fail(size);
      const whole = at + size <= this.ring.size;
      const view = whole ? this.#data : this.#join(at, size);
      const start = whole ? at : 0;
      const type = view.getUint32(start, little);
      if (type === perfRecordSample) {
        const length = rawLength(view, start, size, little);
        if (typeof length === "string") this.#fail(length);
        this.view = view;
        this.offset = start + rawHeaderBytes;
        this.byteLength = length;
        this.#step = size;
        this.#front = true;
        return true;
      }
      if (type === perfRecordLost && size >= lostRecordBytes) {
        this.reportedLost += Number(view.getBigUint64(start + 16, little));
      }
      this.#tail += size;
    }
    return false;
  }

  take(lease: Lease): void {
    lease.view = this.view;
    lease.offset = this.offset;
    lease.byteLength = this.byteLength;
    this.#tail += this.#step;
    this.samples += 1;
    this.#front = false;
  }

  back(): void {
    this.#tail -= this.#step;
    this.samples -= 1;
    this.#front = true;
  }

  commit(): boolean {
    if (this.#published === this.#tail) return false;
    this.#published = this.#tail;
    this.ring.release(this.#tail);
    return true;
  }

  #join(at: number, size: number): DataView {
    this.#joined ??= new DataView(new ArrayBuffer(longestRecord));
    const joined = new Uint8Array(this.#joined.buffer);
    const { buffer, byteOffset, byteLength } = this.#data;
    const first = byteLength - at;
    joined.set(new Uint8Array(buffer, byteOffset + at, first));
    joined.set(new Uint8Array(buffer, byteOffset, size - first), first);
    return this.#joined;
  }

  #fail(what: string): never {
    return this.#corrupt(new CorruptRingError(BigInt(this.#tail), `CPU ${this.ring.cpu} has ${what}`));
  }
}
