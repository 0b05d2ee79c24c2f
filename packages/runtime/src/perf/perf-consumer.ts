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

/** Most bytes that are read before their room is given back. */
const batchBytes = 65_536;
const littleEndianMachine = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;
/** Where the second word of a record's header has its size, and its `misc` the PERF_RECORD_MISC_CPUMODE_MASK. */
const sizeShift = littleEndianMachine ? 16 : 0;
const cpuMode = littleEndianMachine ? 7 : 7 << 16;
/** No record of perf is longer: its header counts 16 bits. */
const longestRecord = 65536;

/** User side of one CPU's ring, after `perf_event_read_simple` of libbpf's src/libbpf.c. It owns the tail. */
export class PerfConsumer implements PerfSamples {
  readonly ring: PerfRing;
  readonly overwrittenBytes = 0;
  readonly #little: boolean;
  readonly #fixed: number;
  readonly #corrupt: (error: CorruptRingError) => never;
  readonly #data: DataView;
  /** The data as words of this machine; none where the ring's are of the other byte order. */
  readonly #words: Int32Array;
  readonly #size: number;
  readonly #mask: number;
  readonly #batch: number;
  /** Takes a record that crosses the ring's end. */
  #joined: DataView | undefined;
  #head = 0;
  /** Where the head lies in the data. */
  #end = 0;
  /**
   * Bytes to go to the head: all that a record changes. The tail follows from it; `#published` is what was to go from the
   * tail that the kernel knows.
   */
  #left = 0;
  #published = 0;
  /** Down to here, what is to go is passed with no tail stored; Infinity where words tell nothing. */
  #pause = 0;
  samples = 0;
  reportedLost = 0;

  constructor(ring: PerfRing, { endian, fixed, corrupt }: PerfSamplesOptions) {
    this.ring = ring;
    this.#little = endian === "little";
    this.#fixed = fixed;
    this.#corrupt = corrupt;
    this.#data = ring.data;
    const { buffer, byteOffset } = ring.data;
    const own = this.#little === littleEndianMachine && byteOffset % 4 === 0;
    this.#words = own ? new Int32Array(buffer, byteOffset, ring.size / 4) : new Int32Array(0);
    this.#size = ring.size;
    this.#mask = ring.size - 1;
    this.#batch = Math.min(batchBytes, ring.size / 8);
  }

  get available(): number {
    return this.#left;
  }

  get position(): number {
    return this.#head - this.#left;
  }

  get seen(): number {
    return this.#head;
  }

  look(): boolean {
    const head = this.ring.head(this.#head);
    const grown = head - this.#head;
    if (!(grown >= 0 && this.#left + grown <= this.#size)) this.#fail(`a head at ${head}`);
    this.#head = head;
    // the head's low bits, of a number of up to 53
    this.#end = (this.#end + grown) & this.#mask;
    this.#left += grown;
    this.#published += grown;
    this.#toPause();
    return grown > 0;
  }

  /**
   * One function for all that a header is asked: it is more than an engine inlines, which leaves the room that it has for
   * that to the loop over the records.
   */
  find(lease: Lease): boolean {
    const little = this.#little;
    const left = this.#left;
    if (left > this.#pause) {
      const words = this.#words;
      const at = (this.#end - left) & this.#mask;
      const word = at >>> 2;
      const told = words[word + 1]!;
      const size = (told >>> sizeShift) & 0xffff;
      // the raw length of a record that crosses the ring's end may be at its begin
      const length = words[word + 2];
      const usual = words[word] === perfRecordSample && length !== undefined && length >= 0;
      const beyond = Math.min(left, this.#size - at) - size;
      if (usual && size === length + rawHeaderBytes && size % 8 === 0 && beyond >= 0) {
        const offset = at + rawHeaderBytes;
        lease.view = this.#data;
        lease.offset = offset;
        lease.byteLength = withoutPadding(length, this.#fixed);
        lease.stride = size;
        lease.words = words;
        // the mode of the processor is told of samples alone, so that these two words are of nothing else
        lease.first = told;
        lease.second = length;
        lease.mask = -1;
        // others begin where no tail has to be stored, and end where the last look did, and the ring does
        lease.last = (told & cpuMode) === 0 ? 0 : offset + Math.min(left - this.#pause - 8, beyond);
        return true;
      }
    }
    while (this.#left > 0) {
      if (this.#published - this.#left >= this.#batch) this.commit();
      const at = (this.#end - this.#left) & this.#mask;
      const size = recordSize(this.#data, at, this.#left, little);
      if (typeof size === "string") this.#fail(size);
      const whole = at + size <= this.#size;
      const view = whole ? this.#data : this.#join(at, size);
      const start = whole ? at : 0;
      const type = view.getUint32(start, little);
      if (type === perfRecordSample) {
        const length = rawLength(view, start, size, little);
        if (typeof length === "string") this.#fail(length);
        lease.view = view;
        lease.offset = start + rawHeaderBytes;
        lease.byteLength = withoutPadding(length, this.#fixed);
        lease.stride = size;
        lease.last = 0;
        return true;
      }
      if (type === perfRecordLost && size >= lostRecordBytes) {
        this.reportedLost += Number(view.getBigUint64(start + 16, little));
      }
      this.#left -= size;
    }
    this.commit();
    return false;
  }

  pass(bytes: number, samples: number): void {
    this.#left -= bytes;
    this.samples += samples;
  }

  commit(): boolean {
    if (this.#published === this.#left) return false;
    this.#published = this.#left;
    this.#toPause();
    this.ring.release(this.#head - this.#left);
    return true;
  }

  #toPause(): void {
    this.#pause = this.#words.length > 0 ? Math.max(0, this.#published - this.#batch) : Number.POSITIVE_INFINITY;
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
    return this.#corrupt(new CorruptRingError(BigInt(this.position), `CPU ${this.ring.cpu} has ${what}`));
  }
}
