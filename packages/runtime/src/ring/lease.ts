import { RingBufError } from "../errors.ts";

const noWords = new Int32Array(0);

/**
 * A borrowed sample: `byteLength` bytes of `view` at `offset`. Who lends it moves it from record to record by plain
 * stores, and ends it by taking the view away. It is read as a DataView of the sample is, whose members it has: the less
 * text there is in an accessor of a record, the more of them an engine takes into the loop that asks them.
 */
export class Lease {
  /** The bytes in which the sample lies; null once the lease has ended. */
  view: DataView | null;
  /** Where the sample begins there, bytes. */
  offset: number;
  /** How long the sample is, bytes. */
  byteLength: number;
  /**
   * Bytes from this sample to the next one, should that be like this one, and the last offset at which one may be with
   * nothing else to ask: for who moves the lease.
   */
  stride = 8;
  last = 0;
  /** Whether all samples up to there are like this one. Where they may not be, the two words before each of them tell. */
  alike = false;
  /** The memory of `view` as words; what the first of the two is, and what the bits of the second that `mask` has are. */
  words: Int32Array = noWords;
  first = 0;
  second = 0;
  mask = 0;

  constructor(view: DataView | null, offset = 0, byteLength = 0) {
    this.view = view;
    this.offset = offset;
    this.byteLength = byteLength;
  }

  /**
   * Moves to a sample at `offset`, where one is there that is like this one and nothing else has to be asked; who lends it
   * is asked for any other. A loop counts the offset itself: what it reads back from here it would wait for.
   */
  moveTo(offset: number): boolean {
    if (offset > this.last) return false;
    if (!this.alike) {
      const { words } = this;
      const at = (offset >>> 2) - 2;
      if (words[at] !== this.first || (words[at + 1]! & this.mask) !== this.second) return false;
    }
    this.offset = offset;
    return true;
  }

  getInt8(at: number): number {
    return (this.view ?? dead()).getInt8(this.offset + at);
  }

  getUint8(at: number): number {
    return (this.view ?? dead()).getUint8(this.offset + at);
  }

  getInt16(at: number, little?: boolean): number {
    return (this.view ?? dead()).getInt16(this.offset + at, little);
  }

  getUint16(at: number, little?: boolean): number {
    return (this.view ?? dead()).getUint16(this.offset + at, little);
  }

  getInt32(at: number, little?: boolean): number {
    return (this.view ?? dead()).getInt32(this.offset + at, little);
  }

  getUint32(at: number, little?: boolean): number {
    return (this.view ?? dead()).getUint32(this.offset + at, little);
  }

  getBigInt64(at: number, little?: boolean): bigint {
    return (this.view ?? dead()).getBigInt64(this.offset + at, little);
  }

  getBigUint64(at: number, little?: boolean): bigint {
    return (this.view ?? dead()).getBigUint64(this.offset + at, little);
  }

  getFloat32(at: number, little?: boolean): number {
    return (this.view ?? dead()).getFloat32(this.offset + at, little);
  }

  getFloat64(at: number, little?: boolean): number {
    return (this.view ?? dead()).getFloat64(this.offset + at, little);
  }
}

/** A lease that a sample is under. */
export interface TakenLease extends Lease {
  view: DataView;
}

/**
 * What members of a view come to whose lease has ended.
 * @throws RingBufError ERR_RINGBUF_CLOSED
 */
export function dead(): never {
  throw new RingBufError("its record is gone", { code: "ERR_RINGBUF_CLOSED" });
}
