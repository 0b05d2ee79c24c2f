import { CorruptRingError } from "./errors.ts";
import { discardBit, footprint, headerBytes, lengthMask, PositionCell } from "./ring/header.ts";
import type { RingMemory } from "./ring/memory.ts";

/**
 * Discards every busy sample between the positions of a user ring: those of a writer that is gone, at which each drain
 * would stop for ever. How many there were. Nobody else writes meanwhile.
 * @throws CorruptRingError for positions or a header that no writer puts there.
 */
export function discardAbandoned(memory: RingMemory): number {
  const { data, size } = memory;
  const words = new Int32Array(data.buffer, data.byteOffset, size / 4);
  const consumer = new PositionCell(memory.consumer);
  const begin = consumer.load();
  const bytes = BigInt.asUintN(64, new PositionCell(memory.producer).load() - begin);
  if (bytes > size) throw new CorruptRingError(begin, `the consumer is ${bytes} bytes behind`);
  let discarded = 0;
  let at = consumer.low & (size - 1);
  for (let left = Number(bytes); left > 0; ) {
    memory.acquire?.(at, headerBytes);
    const header = Atomics.load(words, at >>> 2);
    const byteLength = header & lengthMask;
    const step = footprint(byteLength);
    if (step > left) {
      throw new CorruptRingError(begin, `a sample of ${byteLength} bytes reaches beyond the producer position`);
    }
    if (header < 0) {
      discarded += 1;
      // store-release, as at a commit: pairs with the drain's load-acquire
      Atomics.store(words, at >>> 2, byteLength | discardBit);
      memory.release?.(at, 0);
    }
    left -= step;
    at = (at + step) & (size - 1);
  }
  return discarded;
}
