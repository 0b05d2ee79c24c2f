import { stackMark } from "./layout.ts";
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
function formatPointer(low: number, high: number, region: Region | undefined): string {
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

/** An access by a pointer, as an instruction or a helper makes it. */
export interface Access {
  readonly low: number;
  readonly high: number;
  readonly size: number;
  readonly write: boolean;
}

/** What is known of the bytes of an access: whether they are never written, and of a stack what each of them is. */
export interface Accessed {
  readonly readOnly: boolean;
  readonly marks: Uint8Array;
}

/** Why an access to `region`, or to none, is refused. */
export function explainAccess(access: Access, region: Region | undefined, { readOnly, marks }: Accessed): AccessFault {
  const { low, high, size, write } = access;
  const where = formatPointer(low, high, region);
  const what = `${write ? "write" : "read"} of ${size} byte${size === 1 ? "" : "s"} at ${where}`;
  if (region === undefined) {
    if (high === 0 && low >>> 0 < 4096) {
      return new AccessFault(`${what}: a null pointer; what may be null has to be compared with NULL before its use`);
    }
    return new AccessFault(`${what}: this is no pointer into memory that the program has`);
  }
  const { kind, name, size: bytes } = region;
  if (!region.alive) return new AccessFault(`${what}: the ${kind} was given back before`, region);
  if (kind === "map") return new AccessFault(`${what}: a map is looked up by helpers only`, region);
  if (kind === "function") return new AccessFault(`${what}: a function cannot be read or written`, region);
  if ((low >>> 0) + size > bytes) {
    return new AccessFault(`${what}: ${kind} "${name}" has ${bytes} byte${bytes === 1 ? "" : "s"}`, region);
  }
  if (write && readOnly) return new AccessFault(`${what}: ${kind} "${name}" is read-only`, region);
  if (!write && kind === "stack") {
    if (marks.includes(stackMark.object)) {
      return new AccessFault(`${what}: a dynptr or iterator is there, which only helpers look into`, region);
    }
    return new AccessFault(`${what}: these bytes of the stack were never written`, region);
  }
  return new AccessFault(`${what}: the program may not`, region);
}
