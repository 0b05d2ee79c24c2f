import type { RingMemory, RingPart } from "@rbgen/runtime/backend";
import type { Mapped } from "./addon.ts";
import { kernelError } from "./errno.ts";
import { loadAddon } from "./load-addon.ts";

/** Which pages user space may write (kernel/bpf/ringbuf.c `ringbuf_map_mmap_kern`, `ringbuf_map_mmap_user`). */
export type RingSide = "consumer" | "producer";

/** The three mappings of a ring: consumer page, producer page, data twice. */
export class MappedRing {
  readonly #consumer: Mapped;
  readonly #producer: Mapped;
  readonly #data: Mapped;
  readonly memory: RingMemory | undefined;

  /**
   * @param side whose pages are mapped writable: a reader is the consumer of a ring buffer, a writer the producer of a user ring.
   * `memory` is undefined where the engine refuses to have memory lent to it.
   */
  constructor(fd: number, size: number, side: RingSide, describe: (errno: number) => string) {
    const addon = loadAddon();
    const page = addon.pageSize();
    const parts: Mapped[] = [];
    const wanted: readonly [offset: number, length: number, writable: boolean][] = [
      [0, page, side === "consumer"],
      [page, page, side === "producer"],
      [2 * page, 2 * size, side === "producer"],
    ];
    for (const [offset, length, writable] of wanted) {
      const part = addon.map(fd, offset, length, writable, true);
      if (typeof part === "number") {
        for (const made of parts) unmap(made);
        throw kernelError(part, "mmap", describe(part));
      }
      parts.push(part);
    }
    [this.#consumer, this.#producer, this.#data] = parts as [Mapped, Mapped, Mapped];
    const consumer = partOf(this.#consumer);
    const producer = partOf(this.#producer);
    const data = partOf(this.#data);
    this.memory = consumer && producer && data ? { size, consumer, producer, data, aliased: true } : undefined;
  }

  unmap(): void {
    unmap(this.#data);
    unmap(this.#producer);
    unmap(this.#consumer);
  }
}

function partOf(mapped: Mapped): RingPart | undefined {
  return mapped.buffer === undefined ? undefined : { buffer: mapped.buffer, byteOffset: 0 };
}

/** The addon leaves alone what is not ours any more: a transferred buffer keeps its memory until it is collected. */
function unmap(mapped: Mapped): void {
  loadAddon().unmap(mapped.handle, mapped.buffer);
}
