import type { Region } from "./region.ts";

/** Of an access that no program may make: thrown inside a run, which turns it into a {@link ProgramFault} with its place. */
export class AccessFault extends Error {
  /** What the pointer points to; undefined where it points to nothing. */
  readonly region: Region | undefined;
  constructor(message: string, region?: Region) {
    super(message);
    this.name = "AccessFault";
    this.region = region;
  }
}

/** A pointer as a person reads it: the region's name and offset, or the number where it points to none. */
export function formatPointer(low: number, high: number, region: Region | undefined): string {
  if (region !== undefined) {
    // r10 points behind the last byte of a stack, and C counts down from there
    const offset = region.kind === "stack" ? low - region.size : low;
    return `${region.kind} "${region.name}" ${offset < 0 ? "-" : "+"} ${Math.abs(offset)}`;
  }
  if (high === 0 && low === 0) return "NULL";
  const digits = BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0)).toString(16);
  return `0x${digits}`;
}

/**
 * A register with what is in it: "r1=map value "counts[3]" + 0", "r2=0x2a". A number of 33 bits has in its high half what a
 * pointer to a stack has, so that only what lies within a stack is told as one.
 */
export function formatRegister(index: number, low: number, high: number, region: Region | undefined): string {
  const beyondStack = region?.kind === "stack" && low >>> 0 > region.size;
  if (region !== undefined && !beyondStack) return `r${index}=${formatPointer(low, high, region)}`;
  return `r${index}=0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}`;
}
