import type { LayoutDescriptor } from "@rbgen/btf";
import { refuse } from "../relay-error.ts";

/**
 * Offset in bytes of the member that has a record's time: 64 bits, unsigned, of the record's byte order.
 * @throws RelayError EINVAL
 */
export function timeMember({ name, leaves }: LayoutDescriptor, path: string): number {
  const leaf = leaves.find((member) => member.path === path);
  if (leaf === undefined) {
    const times = leaves.filter(
      ({ class: kind, bitSize, count }) => kind === "unsigned" && bitSize === 64 && count === undefined,
    );
    const known =
      times.length === 0
        ? "it has no member of 64 bits"
        : `of 64 bits are ${times.map((member) => member.path).join(", ")}`;
    return refuse(`${name} has no member ${path} to be its time; ${known}`);
  }
  const { bitSize, bitOffset, count, endian } = leaf;
  const fits =
    leaf.class === "unsigned" && bitSize === 64 && bitOffset % 8 === 0 && count === undefined && endian === undefined;
  return fits
    ? bitOffset / 8
    : refuse(`${name}.${path} cannot be its time: that is an unsigned integer of 64 bits, nanoseconds`);
}
