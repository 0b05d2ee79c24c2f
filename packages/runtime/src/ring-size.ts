import { shown } from "./checked-number.ts";

/** Most bytes of data that a ring may have, by the 32 bits of `max_entries`: the largest power of two in them. */
export const largestRing: number = 2 ** 31;

/** Whether the kernel makes a ring of that many bytes: kernel/bpf/ringbuf.c `ringbuf_map_alloc`. */
export function isRingSize(bytes: number, pageSize: number): boolean {
  return Number.isInteger(bytes) && Number.isInteger(Math.log2(bytes)) && bytes >= pageSize && bytes <= largestRing;
}

/** Why `bytes` is no size of a ring, with the nearest sizes that are. */
export function explainRingSize(bytes: number, pageSize: number): string {
  const rule = `max_entries is ${shown(bytes)}, and has to be a power of two from ${pageSize}, a page, to ${largestRing}`;
  if (typeof bytes !== "number" || Number.isNaN(bytes)) return rule;
  if (bytes <= pageSize) return `${rule}: the least is ${pageSize}`;
  if (bytes >= largestRing) return `${rule}: the most is ${largestRing}`;
  const below = 2 ** Math.floor(Math.log2(bytes));
  return `${rule}: the nearest are ${below} and ${2 * below}`;
}
