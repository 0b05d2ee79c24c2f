import { claimMap } from "@rbgen/runtime/backend";
import type { EmulatedRingBuf } from "@rbgen/runtime/emulated";
import { invalid } from "../invalid.ts";

const headerBytes = 8;
const busyBit = -0x80000000;
const discardBit = 0x40000000;
const lengthMask = 0x3fffffff;

/** Records of a ring buffer as they come, without taking them before their reader did. */
export class RingRecords {
  readonly #ring: EmulatedRingBuf;
  readonly #taken: Uint8Array[] = [];
  #position = 0n;

  constructor(ring: EmulatedRingBuf) {
    this.#ring = ring;
  }

  /**
   * Moves the ring's reader on.
   * @throws RingBufError EINVAL for a position that no reader gets to.
   */
  takeUpTo(consumer: bigint): void {
    const { records, position } = this.#walk(consumer);
    if (position !== consumer) throw invalid(`no record of ring "${this.#ring.name}" ends at ${consumer}`);
    this.#taken.push(...records);
    this.#position = position;
    this.#ring.setPositions({ consumer });
  }

  /** What was taken and what waits. */
  all(): readonly Uint8Array[] {
    return [...this.#taken, ...this.#walk(undefined).records];
  }

  /** Records from where the reader stands, up to a position, or to the first that is not committed. */
  #walk(end: bigint | undefined): { readonly records: readonly Uint8Array[]; readonly position: bigint } {
    const claim = this.#ring[claimMap]();
    try {
      const { data, producer, size } = claim.memory;
      const bytes = new Uint8Array(data.buffer, data.byteOffset, 2 * size);
      const headers = new Int32Array(data.buffer, data.byteOffset, size / 4);
      const last = new BigUint64Array(producer.buffer, producer.byteOffset, 1)[0] as bigint;
      const records: Uint8Array[] = [];
      let position = this.#position;
      while (position < (end ?? last) && position < last) {
        const at = Number(position & BigInt(size - 1));
        const header = headers[at >> 2] as number;
        if ((header & busyBit) !== 0) break;
        const length = header & lengthMask;
        if ((header & discardBit) === 0) records.push(bytes.slice(at + headerBytes, at + headerBytes + length));
        position += BigInt((length + headerBytes + 7) & ~7);
      }
      return { records, position };
    } finally {
      claim.release();
    }
  }
}
