/** Four bytes in network order (`__be32` as bytes), or the number that a `__be32` decodes to: "10.0.0.1". */
export function formatIPv4(address: Uint8Array | number): string {
  if (typeof address === "number") {
    if (address >>> 0 !== address) throw new RangeError(`${address} is no IPv4 address`);
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
  }
  if (address.length !== 4) throw new RangeError(`an IPv4 address has 4 bytes, not ${address.length}`);
  return address.join(".");
}

/** Sixteen bytes in network order as RFC 5952 writes them: the longest run of zeros shortened, IPv4-mapped ones dotted. */
export function formatIPv6(address: Uint8Array): string {
  if (address.length !== 16) throw new RangeError(`an IPv6 address has 16 bytes, not ${address.length}`);
  const groups = Array.from({ length: 8 }, (_, index) => (address[2 * index]! << 8) | address[2 * index + 1]!);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIPv4(address.subarray(12))}`;
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

/** Six bytes: "00:1b:21:3c:9d:f8". */
export function formatMac(address: Uint8Array): string {
  if (address.length !== 6) throw new RangeError(`a MAC address has 6 bytes, not ${address.length}`);
  return Array.from(address, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}
