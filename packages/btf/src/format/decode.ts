import type { Elf } from "../elf/elf.ts";
import { checkedBytes, isElf, readElf } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import { Strings } from "../strings.ts";
import type { Endian } from "../types.ts";
import { Btf } from "./btf.ts";
import { type Range, readHeader } from "./header.ts";
import { scanTypes } from "./scan.ts";

/** How to read BTF. */
export interface ParseOptions {
  /** What a split BTF (a kernel module's) continues: its base, as the module was built against. */
  readonly base?: Btf;
  /** Name of the input, for errors. */
  readonly name?: string;
}

const hostIsLittle: boolean = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/**
 * Reads BTF: a raw file such as `/sys/kernel/btf/vmlinux`, or an ELF file with a `.BTF` section, in either byte order.
 * Only the shape of the types is read and checked here; types are made when they are asked for.
 * The bytes must not change as long as the result is in use.
 * @throws {@link BtfError}, and nothing else, for bytes that are not well-formed BTF.
 */
export function parseBtf(bytes: Uint8Array, options: ParseOptions = {}): Btf {
  try {
    if (!isElf(checkedBytes(bytes))) return decode(bytes, undefined, options);
    const elf = readElf(bytes);
    const section = elf.section(".BTF");
    if (section === undefined) {
      throw new BtfError("no-btf", "the ELF file has no .BTF section: compile with -g for a BPF target");
    }
    return decode(section.bytes, elf, options);
  } catch (error) {
    if (options.name === undefined || !(error instanceof BtfError)) throw error;
    const { code, message, offset, typeId, path } = error;
    throw Object.assign(new BtfError(code, `${options.name}: ${message}`, { cause: error }), { offset, typeId, path });
  }
}

function decode(bytes: Uint8Array, elf: Elf | undefined, options: ParseOptions): Btf {
  const header = readHeader(bytes);
  const { base } = options;
  if (base !== undefined && base.endian !== header.endian) {
    throw new BtfError("header", `the base is ${base.endian}-endian, this file ${header.endian}-endian`);
  }
  const text = bytes.subarray(header.strings.start, header.strings.start + header.strings.length);
  if (text.length > 0 && text[text.length - 1] !== 0) {
    throw new BtfError("string", "the string section does not end with a NUL byte", { offset: header.strings.start });
  }
  if (base === undefined && text[0] !== 0) {
    throw new BtfError("string", "the string section does not start with the empty string", {
      offset: header.strings.start,
    });
  }
  const strings = new Strings(text, base?.strings);
  const words = wordsOf(bytes, header.types, header.endian);
  const { index, partialInts } = scanTypes({
    words,
    start: header.types.start,
    firstId: base?.typeCount ?? 1,
    stringsEnd: strings.end,
    sizes: kindSizes(bytes, header.layout),
  });
  return new Btf({ endian: header.endian, words, index, partialInts, strings, base, elf, name: options.name });
}

/** The type section in the machine's byte order: the file's own memory where that is possible. */
function wordsOf(bytes: Uint8Array, { start, length }: Range, endian: Endian): Uint32Array {
  const same = (endian === "little") === hostIsLittle;
  const address = bytes.byteOffset + start;
  if (same && address % 4 === 0) return new Uint32Array(bytes.buffer, address, length / 4);
  const words = new Uint32Array(length / 4);
  if (same) {
    new Uint8Array(words.buffer).set(bytes.subarray(start, start + length));
    return words;
  }
  const view = new DataView(bytes.buffer, address, length);
  const little = endian === "little";
  for (let i = 0; i < words.length; i++) words[i] = view.getUint32(i * 4, little);
  return words;
}

/** Reads `struct btf_layout` (kernel 7.1): by kind, bytes after the common part and bytes per element. */
function kindSizes(
  bytes: Uint8Array,
  layout: Range | undefined,
): (kind: number) => readonly [number, number] | undefined {
  return (kind) => {
    if (layout === undefined || (kind + 1) * 4 > layout.length) return undefined;
    const at = layout.start + kind * 4;
    const info = bytes[at]!;
    const element = bytes[at + 1]!;
    if (info % 4 !== 0 || element % 4 !== 0) {
      throw new BtfError("kind", `the layout section gives kind ${kind} sizes that are not whole words`, {
        offset: at,
      });
    }
    return [info / 4, element / 4];
  };
}
