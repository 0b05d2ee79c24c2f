/** Of `enum perf_event_type`, include/uapi/linux/perf_event.h. */
export const perfRecordLost = 2;
export const perfRecordSample = 9;
/** PERF_RECORD_MISC_KERNEL: the processor's mode when a sample was sent. */
export const perfMiscKernel = 1;
/** Bytes of `struct perf_event_header`: type (u32), misc (u16), size (u16). */
export const perfHeaderBytes = 8;
/** A sample of raw bytes: the header and their size (u32). */
export const rawHeaderBytes = 12;
/** A record of lost samples: the header, an id and their number. */
export const lostRecordBytes = 24;

/** Size of the record at `at`, or why it cannot be one; `left` bytes were seen from there on. */
export function recordSize(view: DataView, at: number, left: number, little: boolean): number | string {
  const size = view.getUint16(at + 6, little);
  return size < perfHeaderBytes || size % 8 !== 0 || size > left ? `a record of ${size} bytes` : size;
}

/**
 * Raw bytes of the sample of `size` bytes at `at`, or why it cannot be one: the kernel writes one whose size takes more than
 * the 16 bits of its header all the same, cut to them.
 */
export function rawLength(view: DataView, at: number, size: number, little: boolean): number | string {
  const length = size >= rawHeaderBytes ? view.getUint32(at + perfHeaderBytes, little) : undefined;
  if (length !== undefined && length <= size - rawHeaderBytes) return length;
  const told = length === undefined ? `a sample of ${size} bytes` : `a sample of ${length} bytes in ${size}`;
  const wraps = length === undefined || (length + rawHeaderBytes > 0xffff && isCut(length, size));
  return wraps ? `${told}: one was sent of more bytes than the 16 bits of perf's header count` : told;
}

function isCut(length: number, size: number): boolean {
  return (Math.ceil((length + rawHeaderBytes) / 8) * 8) % 0x10000 === size;
}
