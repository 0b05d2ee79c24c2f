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
   * Bytes from this sample to the next one, should that have the same length, and the last offset at which one may be with
   * nothing else to ask: for who moves the lease. A sample of a ring buffer has its header two words before it.
   */
  stride = 8;
  last = 0;
  words: Int32Array = noWords;

  constructor(view: DataView | null, offset = 0, byteLength = 0) {
    this.view = view;
    this.offset = offset;
    this.byteLength = byteLength;
  }

  /**
   * Moves to a sample of the same length at `offset`, where one is there and nothing else has to be asked; who lends it is
   * asked for any other. A loop counts the offset itself: what it reads back from here it would wait for.
   */
  moveTo(offset: number): boolean {
    if (offset > this.last || this.words[(offset >>> 2) - 2] !== this.byteLength) return false;
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
