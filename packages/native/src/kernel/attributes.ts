import { shown } from "./arguments.ts";
import { ringError } from "./errno.ts";

/**
 * `union bpf_attr` under construction: fields at their offsets in the machine's byte order, pointers filled in by the
 * addon for the time of the call. Offsets follow include/uapi/linux/bpf.h.
 */
export class Attributes {
  readonly bytes: Uint8Array;
  /** Where each pointer is stored, and what it points to. */
  readonly holders: Uint8Array[] = [];
  readonly offsets: number[] = [];
  readonly targets: Uint8Array[] = [];
  readonly #view: DataView;

  /** `length`: bytes that this command of the oldest supported kernel (5.8) knows and needs. */
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u32(offset: number, value: number): this {
    this.#view.setUint32(offset, value, littleEndian);
    return this;
  }

  u64(offset: number, value: bigint): this {
    this.#view.setBigUint64(offset, value, littleEndian);
    return this;
  }

  /** NUL-padded text of at most `room` bytes, NUL included. */
  text(offset: number, value: string, room: number): this {
    this.bytes.set(new TextEncoder().encode(value).subarray(0, room), offset);
    return this;
  }

  /** A pointer in the attributes, or in a structure that they point to. */
  pointer(offset: number, target: Uint8Array, holder: Uint8Array = this.bytes): this {
    this.holders.push(holder);
    this.offsets.push(offset);
    this.targets.push(target);
    return this;
  }

  getU32(offset: number): number {
    return this.#view.getUint32(offset, littleEndian);
  }
}

/** Whether this machine is little-endian. */
export const littleEndian: boolean = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** The same by name, as codecs have it. */
export const machineEndian: "little" | "big" = littleEndian ? "little" : "big";

/** Whether `value` is what the kernel calls a u32. */
export function isWord(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
}

/** Whether `value` may be a descriptor: what C has as an int, and not negative. */
export function isDescriptor(value: unknown): value is number {
  return isWord(value) && value < 2 ** 31;
}

/**
 * A path as C has it: a NUL would end it early, and name another file.
 * @throws RingBufError EINVAL.
 */
export function cString(path: string): Uint8Array {
  if (typeof path === "string" && !path.includes("\0")) return new TextEncoder().encode(`${path}\0`);
  throw ringError("EINVAL", `${shown(path)} is not a path`);
}
