import { BtfError } from "../error.ts";
import type { Endian } from "../types.ts";
import { headerLength, headerLengthWithLayout, magic } from "./constants.ts";

/** A range of the file, in bytes from its start. */
export interface Range {
  readonly start: number;
  readonly length: number;
}

/** BTF's header, its sections located. */
export interface Header {
  readonly endian: Endian;
  readonly types: Range;
  readonly strings: Range;
  /** Sizes of kinds, by kind: since kernel 7.1. */
  readonly layout: Range | undefined;
}

/**
 * Reads and checks the header (`struct btf_header`): magic in either byte order, version 1, sections inside of the file
 * that share no byte. A longer header than the known one is fine, as long as what is not known is only more of it.
 * @throws {@link BtfError} `magic`, `version`, `header`, `bounds`, `overlap`.
 */
export function readHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 2) throw new BtfError("magic", "too short to be BTF", { offset: 0 });
  const little = view.getUint16(0, true) === magic;
  if (!little && view.getUint16(0, false) !== magic) {
    throw new BtfError("magic", "not BTF: the magic number 0xeb9f is missing", { offset: 0 });
  }
  if (bytes.length < 8) throw new BtfError("header", "the file ends inside of BTF's header", { offset: bytes.length });
  const version = view.getUint8(2);
  if (version !== 1) throw new BtfError("version", `BTF version ${version} is not known, only 1 is`, { offset: 2 });
  const length = view.getUint32(4, little);
  if (length < headerLength || length % 4 !== 0) {
    throw new BtfError("header", `a header of ${length} bytes is not one of BTF`, { offset: 4 });
  }
  if (length > bytes.length) {
    throw new BtfError("header", `the header claims ${length} bytes, the file has ${bytes.length}`, { offset: 4 });
  }
  const section = (at: number, what: string): Range => {
    const start = length + view.getUint32(at, little);
    const size = view.getUint32(at + 4, little);
    if (start + size > bytes.length) {
      throw new BtfError("bounds", `the ${what} section ends at ${start + size}, the file at ${bytes.length}`, {
        offset: at,
      });
    }
    return { start, length: size };
  };
  const types = section(8, "type");
  const strings = section(16, "string");
  const layout = length >= headerLengthWithLayout ? section(24, "layout") : undefined;
  if (types.start % 4 !== 0 || types.length % 4 !== 0) {
    throw new BtfError("header", "the type section is not a sequence of 32-bit words", { offset: 8 });
  }
  apart(types, "type", strings, "string");
  if (layout !== undefined && layout.length > 0) {
    if (layout.length % 4 !== 0) throw new BtfError("header", "the layout section is not whole", { offset: 28 });
    apart(types, "type", layout, "layout");
    apart(strings, "string", layout, "layout");
  }
  return {
    endian: little ? "little" : "big",
    types,
    strings,
    layout: layout !== undefined && layout.length > 0 ? layout : undefined,
  };
}

function apart(one: Range, nameOfOne: string, other: Range, nameOfOther: string): void {
  if (one.length === 0 || other.length === 0) return;
  if (one.start < other.start + other.length && other.start < one.start + one.length) {
    throw new BtfError("overlap", `the ${nameOfOne} and ${nameOfOther} sections share bytes`, {
      offset: Math.max(one.start, other.start),
    });
  }
}
