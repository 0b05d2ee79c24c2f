import type { RingMemory, RingPart } from "@rbgen/runtime/backend";
import type { Mapped } from "../addon/addon.ts";
import { engine } from "../addon/engine.ts";
import { loadAddon } from "../addon/load-addon.ts";
import { kernelError } from "../kernel/errno.ts";
import { AlikeBytes } from "./alike-bytes.ts";
import { copiedMemory } from "./ring-copy.ts";

/** Which pages user space may write (kernel/bpf/ringbuf.c `ringbuf_map_mmap_kern`, `ringbuf_map_mmap_user`). */
export type RingSide = "consumer" | "producer";

/** Headers are acquired for so many bytes at a time: a call costs as much as a hundred records, and the nearest caches hold them. */
const acquiredBytes = 256 * 1024;
/** Records are copied for so many bytes at a time. */
const copiedBytes = 16 * 1024;
/** Below this, acquiring header by header in JavaScript costs less than one call: what a reader that was asleep finds. */
const fewBytes = 512;

/** Set (to anything) it makes every ring one that is copied, for tests of what engines without external memory do. */
export const forcedCopies = "RBGEN_COPY_RINGS";

/** The three mappings of a ring: consumer page, producer page, data twice. */
export class MappedRing {
  /** The ring's own memory, or copies where memory cannot be lent to the engine. */
  readonly memory: RingMemory;
  readonly #mapped: Mapped[] = [];

  /** @param side whose pages are mapped writable: a reader is the consumer of a ring buffer, a writer the producer of a user ring. */
  constructor(fd: number, size: number, side: RingSide, describe: (errno: number) => string) {
    const addon = loadAddon();
    const page = addon.pageSize();
    const lend = engine.readsReadOnly && process.env[forcedCopies] === undefined;
    const map = (offset: number, length: number, writable: boolean): Mapped => {
      const part = addon.map(fd, offset, length, writable, lend);
      if (typeof part === "number") {
        this.unmap();
        throw kernelError(part, "mmap", describe(part));
      }
      this.#mapped.push(part);
      return part;
    };
    const consumer = map(0, page, side === "consumer");
    const producer = map(page, page, side === "producer");
    const data = map(2 * page, 2 * size, side === "producer");
    const lent = { consumer: partOf(consumer), producer: partOf(producer), data: partOf(data) };
    if (lent.consumer && lent.producer && lent.data) {
      const same = new AlikeBytes();
      const acquire = (at: number, limit: number): number =>
        limit < fewBytes ? 0 : addon.acquireRecords(data.handle, at, Math.min(limit, acquiredBytes), same.bytes);
      const alike = (): number => same.value;
      const gather: RingMemory["gather"] = ({ plan, arrays }, at, byteLength, stride, count, row) =>
        addon.gatherRecords(data.handle, at, byteLength, stride, count, row, plan, arrays);
      const { consumer, producer } = lent;
      this.memory = { size, consumer, producer, data: lent.data, aliased: true, acquire, alike, gather };
    } else {
      const handles = { consumer: consumer.handle, producer: producer.handle, data: data.handle };
      this.memory = copiedMemory(size, copiedBytes, handles);
    }
  }

  /** The addon leaves alone what is not ours any more: a transferred buffer keeps its memory until it is collected. */
  unmap(): void {
    for (const { handle, buffer } of this.#mapped) loadAddon().unmap(handle, buffer);
  }
}

function partOf({ buffer }: Mapped): RingPart | undefined {
  return buffer && { buffer, byteOffset: 0 };
}
