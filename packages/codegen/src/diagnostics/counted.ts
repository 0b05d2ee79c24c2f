/** `1 byte`, `2 bytes`. */
export function counted(count: number | bigint, unit: string): string {
  return `${count} ${unit}${BigInt(count) === 1n ? "" : "s"}`;
}
