import { real, unsigned64 } from "./checked-number.ts";

/**
 * A kernel time stamp (`bpf_ktime_get_ns`: nanoseconds since boot, suspend left out) as a date.
 *
 * `bootTimeMs` is when the clock read 0, in milliseconds since the epoch: take `Date.now()` and a kernel time stamp at
 * the same moment, and subtract. Dates have milliseconds; the rest is cut.
 *
 * @throws RingBufError EINVAL where a `Date` does not reach
 */
/** Milliseconds from the epoch to the last moment that a `Date` can have. */
const latest = 8.64e15;

/** The time of day at which the kernel's clock had a value. */
export function ktimeToDate(ktime: bigint, bootTimeMs: number): Date {
  const bootMs = real(bootTimeMs, "bootTimeMs", -latest, latest);
  return new Date(real(bootMs + Number(unsigned64(ktime, "ktime") / 1_000_000n), "the date", -latest, latest));
}
