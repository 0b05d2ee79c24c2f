import type { Gathering } from "./gathering.ts";

/** Where a part of a ring lies: offset in bytes into a buffer, a multiple of 8. */
export interface RingPart {
  /** The memory in which the part lies. */
  readonly buffer: ArrayBufferLike;
  /** Where it begins there, bytes. */
  readonly byteOffset: number;
  /** Where the buffer is a copy of the part: fetches the positions in it, each by a load-acquire. */
  pull?(): void;
  /** Where the buffer is a copy of the part: hands its position on by a store that is sequentially consistent. */
  push?(): void;
}

/**
 * Memory of one ring, as `mmap` lays it out (kernel/bpf/ringbuf.c `struct bpf_ringbuf`): positions on pages of their
 * own, data twice. It is lent to this runtime and never handed to user code: a write to a page that the kernel maps
 * read-only ends the process, and a transferred buffer would take the mapping away.
 */
export interface RingMemory {
  /** `max_entries`: bytes of data, a power of two. */
  readonly size: number;
  /** Page of the consumer position (`u64` at its start). Writable for a ring buffer's reader only. */
  readonly consumer: RingPart;
  /** Page of the producer position (`u64` at its start, pending position at 8, overwrite position at 16). Writable for a user ring's writer only. */
  readonly producer: RingPart;
  /** `2 × size` bytes, so that a record is contiguous from `position & (size - 1)`. */
  readonly data: RingPart;
  /**
   * Whether the second half of `data` is the first one again, as the kernel maps it. Where it is not (emulated), the
   * side that reserves copies the head bytes of a crossing record to the tail, and the side that commits copies them back.
   */
  readonly aliased: boolean;
  /**
   * Acquires the headers of a run of committed records: of those that begin in the `limit` bytes from `at` on, up to the
   * first busy one. The bytes that they take: more than `limit` if the last one reaches beyond it, fewer if the backend
   * stops for a reason of its own, 0 where the first one is busy or no run is worth a call. They are read plainly from
   * then on. Where `data` is a copy, their bytes are in it afterwards, and the header of the busy one. Absent where each
   * header is to be acquired by itself.
   */
  acquire?(at: number, limit: number): number;
  /**
   * Of a run that `acquire` has just found: the bytes of its first records, all of which have one header. Absent where
   * nobody knows.
   */
  alike?(): number;
  /**
   * Fills `count` rows of columns, from row `row` on, with samples of `byteLength` bytes that are known to be alike, the first
   * one at `at` and `stride` bytes from each to the next. The rows that were filled: fewer where a string is none of its
   * dictionary's. Absent where the backend is no faster at it.
   */
  gather?(gathering: Gathering, at: number, byteLength: number, stride: number, count: number, row: number): number;
  /** Where `data` is a copy: hands on the `byteLength` bytes of the sample at `at`, and then its header by a store-release. */
  release?(at: number, byteLength: number): void;
}
