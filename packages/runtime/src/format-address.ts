import { plainBytes } from "./checked-bytes.ts";
import { integer } from "./checked-number.ts";
import { invalid } from "./errors.ts";

/**
 * Four bytes in network order (`__be32` as bytes), or the number that a `__be32` decodes to: "10.0.0.1".
 * @throws RingBufError EINVAL
 */
export function formatIPv4(address: Uint8Array | number): string {
  if (typeof address === "number") {
    integer(address, "an IPv4 address", 0, 0xffffffff);
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
  }
  return checked(address, 4, "an IPv4 address").join(".");
}

/**
 * Sixteen bytes in network order as RFC 5952 writes them: the longest run of zeros shortened, IPv4-mapped ones dotted.
 * @throws RingBufError EINVAL
 */
export function formatIPv6(address: Uint8Array): string {
  const bytes = checked(address, 16, "an IPv6 address");
  const groups = Array.from({ length: 8 }, (_, index) => (bytes[2 * index]! << 8) | bytes[2 * index + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIPv4(bytes.subarray(12))}`;
  }
  let start = -1;
  let length = 1;
  for (let first = 0; first < 8; first++) {
    let end = first;
    while (end < 8 && groups[end] === 0) end++;
    // The first of the longest runs; one group alone is not shortened.
    if (end - first > length) {
      start = first;
      length = end - first;
    }
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`;
}

/**
 * Six bytes: "00:1b:21:3c:9d:f8".
 * @throws RingBufError EINVAL
 */
export function formatMac(address: Uint8Array): string {
  return Array.from(checked(address, 6, "a MAC address"), (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/**
 * Sixteen bytes in the order in which they are written: "123e4567-e89b-12d3-a456-426614174000".
 * @throws RingBufError EINVAL
 */
export function formatUuid(uuid: Uint8Array): string {
  const hex = Array.from(checked(uuid, 16, "a UUID"), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function checked(address: Uint8Array, length: number, what: string): Uint8Array {
  const bytes = plainBytes(address, what);
  if (bytes.length !== length) throw invalid(`${what} has ${length} bytes, not ${bytes.length}`);
  return bytes;
}
