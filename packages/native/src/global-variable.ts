import { type Btf, type ElfSymbol, resolve, type Type } from "@rbgen/btf";
import { littleEndian } from "./attributes.ts";
import { ringError } from "./errno.ts";

/** What a scalar variable is in JavaScript: bigint where it has 64 bits, boolean for `bool`, bytes for everything else. */
export type GlobalValue = number | bigint | boolean | Uint8Array;

/** Bytes of one section as they are now: libbpf's copy before loading, the kernel's map afterwards. */
export interface SectionBytes {
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
}

/**
 * A global variable of an object: constants in `.rodata` until the object is loaded, `.data` and `.bss` before and
 * after (loaded, they are the memory that the programs see). Values are copied, never lent.
 */
export class GlobalVariable {
  readonly name: string;
  /** ".rodata", ".data", ".bss", or one of those with a suffix. */
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  readonly #offset: number;
  readonly #type: Type | undefined;
  readonly #bytes: () => SectionBytes;

  /** Made by `BpfObject.global`. */
  constructor(symbol: ElfSymbol, type: Type | undefined, bytes: () => SectionBytes) {
    this.name = symbol.name;
    this.section = symbol.section?.name ?? "";
    this.size = Number(symbol.size);
    this.#offset = Number(symbol.value);
    this.#type = type === undefined ? undefined : resolve(type);
    this.#bytes = bytes;
  }

  /** The value now, by the type in the object's BTF. */
  get(): GlobalValue {
    const bytes = this.#bytes().read(this.#offset, this.size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const type = this.#type;
    if (type?.kind === "float") {
      return this.size === 4 ? view.getFloat32(0, littleEndian) : view.getFloat64(0, littleEndian);
    }
    const integer = integerOf(type);
    if (integer === undefined || ![1, 2, 4, 8].includes(this.size)) return bytes;
    const whole = readInteger(view, this.size, integer.signed);
    if (integer.bool) return whole !== 0n;
    return this.size === 8 ? whole : Number(whole);
  }

  /**
   * Replaces the value: a scalar as `get` gives it (numbers for 64 bits too), or all bytes of any variable.
   * @throws RingBufError ERANGE for a number that does not fit, EINVAL for bytes of another length or a kind that is not the variable's.
   */
  set(value: GlobalValue): void {
    this.#bytes().write(this.#offset, this.#encode(value));
  }

  #encode(value: GlobalValue): Uint8Array {
    if (value instanceof Uint8Array) {
      if (value.byteLength === this.size) return value;
      throw ringError("EINVAL", `"${this.name}" has ${this.size} bytes, not ${value.byteLength}`);
    }
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    if (this.#type?.kind === "float" && typeof value === "number") {
      if (this.size === 4) view.setFloat32(0, value, littleEndian);
      else view.setFloat64(0, value, littleEndian);
      return bytes;
    }
    const integer = integerOf(this.#type);
    if (integer === undefined || ![1, 2, 4, 8].includes(this.size)) {
      throw ringError("EINVAL", `"${this.name}" is not a scalar of 1 to 8 bytes: give it its ${this.size} bytes`);
    }
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw ringError("ERANGE", `"${this.name}" is an integer, ${value} is none that a number holds exactly`);
    }
    const whole = BigInt(value);
    const bits = this.size * 8;
    const fits = integer.bool
      ? whole === 0n || whole === 1n
      : (integer.signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)) === whole;
    if (!fits) throw ringError("ERANGE", `"${this.name}" cannot hold ${whole}`);
    writeInteger(view, this.size, whole);
    return bytes;
  }
}

function integerOf(type: Type | undefined): { readonly signed: boolean; readonly bool: boolean } | undefined {
  if (type?.kind === "int") return { signed: type.signed, bool: type.bool };
  if (type?.kind === "enum" || type?.kind === "enum64") return { signed: type.signed, bool: false };
  return undefined;
}

function readInteger(view: DataView, size: number, signed: boolean): bigint {
  const whole =
    size === 8
      ? view.getBigUint64(0, littleEndian)
      : BigInt(
          size === 4
            ? view.getUint32(0, littleEndian)
            : size === 2
              ? view.getUint16(0, littleEndian)
              : view.getUint8(0),
        );
  return signed ? BigInt.asIntN(size * 8, whole) : whole;
}

function writeInteger(view: DataView, size: number, whole: bigint): void {
  if (size === 8) view.setBigUint64(0, BigInt.asUintN(64, whole), littleEndian);
  else if (size === 4) view.setUint32(0, Number(BigInt.asUintN(32, whole)), littleEndian);
  else if (size === 2) view.setUint16(0, Number(BigInt.asUintN(16, whole)), littleEndian);
  else view.setUint8(0, Number(BigInt.asUintN(8, whole)));
}

/** Variables of an object's data sections by name: places from the symbols, types from the BTF. */
export function globalSymbols(
  btf: Btf,
): ReadonlyMap<string, { readonly symbol: ElfSymbol; readonly type: Type | undefined }> {
  const found = new Map<string, { readonly symbol: ElfSymbol; readonly type: Type | undefined }>();
  for (const symbol of btf.elf?.symbols ?? []) {
    const section = symbol.section?.name ?? "";
    if (symbol.type !== "object" || !/^\.(rodata|data|bss)(\..*)?$/.test(section)) continue;
    found.set(symbol.name, { symbol, type: btf.findKind("var", symbol.name)[0]?.type });
  }
  return found;
}
