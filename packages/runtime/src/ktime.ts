/**
 * A kernel time stamp (`bpf_ktime_get_ns`: nanoseconds since boot, suspend left out) as a date.
 *
 * `bootTimeMs` is when the clock read 0, in milliseconds since the epoch: take `Date.now()` and a kernel time stamp at
 * the same moment, and subtract. Dates have milliseconds; the rest is cut.
 */
export function ktimeToDate(ktime: bigint, bootTimeMs: number): Date {
  return new Date(bootTimeMs + Number(ktime / 1_000_000n));
}
