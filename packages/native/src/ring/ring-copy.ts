import { CorruptRingError } from "@rbgen/runtime";
import type { RingMemory, RingPart } from "@rbgen/runtime/backend";
import type { Handle } from "../addon/addon.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { AlikeBytes } from "./alike-bytes.ts";

/** Of a page: position, pending position, overwrite position. */
const positionsPerPage = 3;

/** The mappings of a ring by their handles. */
interface RingHandles {
  readonly consumer: Handle;
  readonly producer: Handle;
  readonly data: Handle;
}

/**
 * A ring that is copied, where the engine allows no memory to be lent to it: buffers of its own, filled run by run before
 * they are read, and handed on record by record after they were written, in the order in which the ring's own memory would
 * be read and written.
 */
export function copiedMemory(size: number, runBytes: number, handles: RingHandles): RingMemory {
  const addon = loadAddon();
  const data = new Uint8Array(2 * size);
  const alike = new AlikeBytes();
  return {
    size,
    consumer: copiedPositions(handles.consumer),
    producer: copiedPositions(handles.producer),
    data: { buffer: data.buffer, byteOffset: 0 },
    // no byte is read where another one was written: the mapping that they are copied from and to is
    aliased: true,
    acquire: (at, limit) => addon.fetchRecords(handles.data, at, Math.min(limit, runBytes), data, alike.bytes),
    alike: () => alike.value,
    release(at, byteLength) {
      // a peer of the same map may have put the position anywhere
      const payload = (at + 8) & (size - 1);
      const inside =
        at % 8 === 0 && at >= 0 && at + 8 <= 2 * size && byteLength >= 0 && payload + byteLength <= 2 * size;
      if (!inside) throw new CorruptRingError(BigInt(at), `no sample of ${byteLength} bytes begins in the ring`);
      addon.releaseRecord(handles.data, at, byteLength, data);
    },
  };
}

function copiedPositions(page: Handle): RingPart {
  const addon = loadAddon();
  const positions = new BigUint64Array(positionsPerPage);
  return {
    buffer: positions.buffer,
    byteOffset: 0,
    pull() {
      for (let i = 0; i < positionsPerPage; i++) positions[i] = addon.load(page, 8 * i, 8);
    },
    push() {
      addon.store(page, 0, 8, positions[0] ?? 0n);
    },
  };
}
