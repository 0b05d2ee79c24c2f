/** Where a part of a ring lies: offset in bytes into a buffer, a multiple of 8. */
export interface RingPart {
  readonly buffer: ArrayBufferLike;
  readonly byteOffset: number;
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
}
