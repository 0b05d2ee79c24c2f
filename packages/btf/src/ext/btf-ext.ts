import { BtfError } from "../error.ts";
import type { Btf } from "../format/btf.ts";
import { magic } from "../format/constants.ts";
import type { Strings } from "../strings.ts";
import { type CoreRelocation, coreRelocationKinds, type ExtSection, type FuncInfo, type LineInfo } from "./records.ts";

/** `.BTF.ext` without CO-RE relocations, as the first compilers wrote it. */
const shortHeader = 24;
const headerWithRelocations = 32;
const instructionSize = 8;

interface Part {
  readonly what: string;
  readonly start: number;
  readonly length: number;
}

/**
 * The `.BTF.ext` section of an object: which function, which line of the source, and which CO-RE relocation belongs to an
 * instruction. Each part is read and checked when it is asked for.
 */
export class BtfExt {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #strings: Strings;
  readonly #typeCount: number;
  readonly #parts: readonly [functions: Part, lines: Part, relocations: Part];
  #functions: readonly ExtSection<FuncInfo>[] | undefined;
  #lines: readonly ExtSection<LineInfo>[] | undefined;
  #relocations: readonly ExtSection<CoreRelocation>[] | undefined;

  /**
   * Made by `parseBtfExt`.
   * @internal
   */
  constructor(bytes: Uint8Array, btf: Btf) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = btf.endian === "little";
    this.#strings = btf.strings;
    this.#typeCount = btf.typeCount;
    this.#parts = this.#readHeader();
  }

  /**
   * Functions by program section.
   * @throws {@link BtfError} `header`, `bounds`, `string`, `type-id`.
   */
  get functions(): readonly ExtSection<FuncInfo>[] {
    this.#functions ??= this.#read(this.#parts[0], 8, (at) => ({
      offset: this.#offset(at),
      typeId: this.#typeId(at + 4),
    }));
    return this.#functions;
  }

  /**
   * Lines of the source by program section.
   * @throws {@link BtfError} `header`, `bounds`, `string`.
   */
  get lines(): readonly ExtSection<LineInfo>[] {
    this.#lines ??= this.#read(this.#parts[1], 16, (at) => {
      const place = this.#u32(at + 12);
      return {
        offset: this.#offset(at),
        file: this.#strings.at(this.#u32(at + 4)),
        text: this.#strings.at(this.#u32(at + 8)),
        line: place >>> 10,
        column: place & 0x3ff,
      };
    });
    return this.#lines;
  }

  /**
   * CO-RE relocations by program section.
   * @throws {@link BtfError} `header`, `bounds`, `string`, `type-id`; `kind` for one that is not known.
   */
  get relocations(): readonly ExtSection<CoreRelocation>[] {
    this.#relocations ??= this.#read(this.#parts[2], 16, (at) => {
      const kind = coreRelocationKinds[this.#u32(at + 12)];
      if (kind === undefined) {
        throw new BtfError("kind", `CO-RE relocation kind ${this.#u32(at + 12)} is not known`, { offset: at + 12 });
      }
      return {
        offset: this.#offset(at),
        typeId: this.#typeId(at + 4),
        access: this.#strings.at(this.#u32(at + 8)),
        kind,
      };
    });
    return this.#relocations;
  }

  /** `struct btf_ext_header`: as in BTF's own, more than what is known of it is skipped. */
  #readHeader(): [Part, Part, Part] {
    const { byteLength } = this.#view;
    if (byteLength < 8)
      throw new BtfError("header", "the section ends inside of .BTF.ext's header", { offset: byteLength });
    const found = this.#view.getUint16(0, this.#little);
    if (found !== magic) {
      const swapped = this.#view.getUint16(0, !this.#little) === magic;
      throw new BtfError("magic", swapped ? ".BTF.ext has the other byte order than .BTF" : "not a .BTF.ext section", {
        offset: 0,
      });
    }
    const version = this.#view.getUint8(2);
    if (version !== 1)
      throw new BtfError("version", `.BTF.ext version ${version} is not known, only 1 is`, { offset: 2 });
    const length = this.#u32(4);
    if (length < shortHeader || length % 4 !== 0 || length > byteLength) {
      throw new BtfError("header", `a header of ${length} bytes in a .BTF.ext of ${byteLength}`, { offset: 4 });
    }
    const part = (what: string, at: number): Part => {
      const start = length + this.#u32(at);
      const size = this.#u32(at + 4);
      if (start + size > byteLength) {
        throw new BtfError("bounds", `${what} end at ${start + size}, .BTF.ext at ${byteLength}`, { offset: at });
      }
      if (size > 0 && start % 4 !== 0) {
        throw new BtfError("header", `${what} do not start at a 32-bit word`, { offset: at });
      }
      return { what, start, length: size };
    };
    const relocations =
      length >= headerWithRelocations
        ? part("CO-RE relocations", 24)
        : { what: "CO-RE relocations", start: length, length: 0 };
    return [part("functions", 8), part("lines", 16), relocations];
  }

  /** One part: the size of a record, then for each program section its name, their number, and the records. */
  #read<Record>(part: Part, least: number, record: (at: number) => Record): ExtSection<Record>[] {
    const sections: ExtSection<Record>[] = [];
    if (part.length === 0) return sections;
    const end = part.start + part.length;
    const short = (at: number): BtfError => new BtfError("bounds", `${part.what} end early`, { offset: at });
    if (part.length < 4) throw short(part.start);
    const size = this.#u32(part.start);
    if (size < least || size % 4 !== 0) {
      throw new BtfError("header", `${part.what} of ${size} bytes each, at least ${least} are known`, {
        offset: part.start,
      });
    }
    let at = part.start + 4;
    while (at < end) {
      if (end - at < 8) throw short(at);
      const section = this.#strings.at(this.#u32(at));
      const count = this.#u32(at + 4);
      at += 8;
      if (count === 0 || count > (end - at) / size) {
        throw new BtfError("bounds", `${count} ${part.what} in ${end - at} bytes`, { offset: at - 4 });
      }
      const records: Record[] = [];
      for (let i = 0; i < count; i++, at += size) records.push(record(at));
      sections.push({ section, records });
    }
    return sections;
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  #offset(at: number): number {
    const offset = this.#u32(at);
    if (offset % instructionSize === 0) return offset;
    throw new BtfError("bounds", `byte ${offset} is inside of an instruction`, { offset: at });
  }

  #typeId(at: number): number {
    const id = this.#u32(at);
    if (id < this.#typeCount) return id;
    throw new BtfError("type-id", `there is no type ${id}, the last one is ${this.#typeCount - 1}`, { offset: at });
  }
}

/**
 * Reads a `.BTF.ext` section, whose strings and types are those of `btf`.
 * @throws {@link BtfError} `magic`, `version`, `header`, `bounds`.
 */
export function parseBtfExt(bytes: Uint8Array, btf: Btf): BtfExt {
  return new BtfExt(bytes, btf);
}

/**
 * The `.BTF.ext` of the object that `btf` was read from; undefined without one, or for BTF of no ELF file.
 * @throws {@link BtfError} as {@link parseBtfExt}.
 */
export function btfExtOf(btf: Btf): BtfExt | undefined {
  const section = btf.elf?.section(".BTF.ext");
  return section === undefined ? undefined : parseBtfExt(section.bytes, btf);
}
