import type { Bits, Bytes, Type } from "@rbgen/btf";
import { asBits, asBytes, type CArray, innerOf } from "./ctype.ts";

/** The most bytes that a type may have: exact in a double, also as bits. */
export const largestSize: number = 2 ** 47;

/** Size of `type` in bytes; undefined where it is incomplete. GNU's 1 for void and functions. */
export function sizeOf(type: Type): number | undefined {
  let count = 1;
  for (let at = type; ; ) {
    switch (at.kind) {
      case "int":
      case "float":
      case "struct":
      case "union":
      case "enum":
      case "enum64":
        return count * at.size;
      case "ptr":
        return count * 8;
      case "array":
        if ((at as CArray).unsized === true) return undefined;
        count *= at.count;
        at = at.element;
        continue;
      case "void":
      case "func_proto":
        return count;
      default: {
        const inner = innerOf(at);
        if (inner === undefined) return undefined;
        at = inner;
      }
    }
  }
}

/** Alignment of `type` in bytes, as attributes and typedefs leave it. */
export function alignOf(type: Type): number {
  for (let at = type; ; ) {
    switch (at.kind) {
      case "int":
      case "float":
        return at.size;
      case "struct":
      case "union":
        return at.align ?? 1;
      case "enum":
      case "enum64":
        return (at as { align?: number }).align || at.size;
      case "ptr":
        return 8;
      case "array":
        if ((at as CArray).align !== undefined) return (at as CArray).align!;
        at = at.element;
        continue;
      case "typedef":
        if (at.align !== undefined) return at.align;
        at = at.target;
        continue;
      default: {
        const inner = innerOf(at);
        if (inner === undefined) return 1;
        at = inner;
      }
    }
  }
}

/**
 * Lays out one struct or union, member after member, as clang does for BPF and gcc for x86-64 (System V, no
 * ms_struct). Offsets are in bits from the start.
 */
export class RecordLayout {
  readonly #union: boolean;
  readonly #packed: boolean;
  /** `#pragma pack` in bytes; 0 where none is in force. */
  readonly #pack: number;
  /** Bits used so far, whole bytes. */
  #used = 0;
  /** Bits of the last byte that a bit-field has left free. */
  #unfilled = 0;
  #align: number;

  constructor(union: boolean, packed: boolean, pack: number, align: number) {
    this.#union = union;
    this.#packed = packed;
    this.#pack = pack;
    this.#align = Math.max(1, align);
  }

  /** Offset of a member that is no bit-field; `asked` is what `aligned` on it says, or 0. */
  place(size: number, align: number, packed: boolean, asked: number): Bits {
    this.#unfilled = 0;
    let by = this.#packed || packed ? 1 : align;
    by = Math.max(by, asked);
    if (this.#pack !== 0) by = Math.min(by, this.#pack);
    const offset = this.#union ? 0 : roundUp(this.#used, by * 8);
    this.#used = this.#union ? Math.max(this.#used, size * 8) : offset + size * 8;
    this.#align = Math.max(this.#align, by);
    return asBits(offset);
  }

  /** Offset of a bit-field of `width` bits whose declared type has `size` and `align`. */
  placeBits(width: number, size: number, align: number, packed: boolean, asked: number, named: boolean): Bits {
    const tight = this.#packed || packed;
    let by = tight && width !== 0 ? 8 : align * 8;
    const unit = size * 8;
    if (tight && width !== 0) by = 1;
    const asks = asked * 8;
    by = Math.max(by, asks);
    const pack = this.#pack * 8;
    if (pack !== 0 && width !== 0) {
      const loose = Math.min(Math.max(align * 8, asks), pack);
      by = tight ? loose : Math.min(by, pack);
    }
    let offset = this.#union ? 0 : this.#used - this.#unfilled;
    if (width === 0 || (pack === 0 && (offset % by) + width > unit)) offset = roundUp(offset, by);
    else if (asks !== 0 && (pack === 0 || asks <= pack)) offset = roundUp(offset, asks);
    if (this.#union) {
      this.#used = Math.max(this.#used, roundUp(width, 8));
    } else {
      this.#used = roundUp(offset + width, 8);
      this.#unfilled = this.#used - (offset + width);
    }
    // An unnamed bit-field moves what follows and leaves the alignment of the whole alone.
    if (named) this.#align = Math.max(this.#align, by >> 3);
    return asBits(offset);
  }

  /** Size and alignment of the whole. */
  finish(): { readonly size: Bytes; readonly align: Bytes } {
    return { size: asBytes(roundUp(this.#used, this.#align * 8) / 8), align: asBytes(this.#align) };
  }
}

/** `value` rounded up to a multiple of `by`, exact beyond 32 bits. */
function roundUp(value: number, by: number): number {
  const rest = value % by;
  return rest === 0 ? value : value + by - rest;
}
