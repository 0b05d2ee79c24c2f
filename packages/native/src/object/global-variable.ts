import { type Btf, describeDriftBetween, layOutKconfig, layoutOf, scalarTypeOf, type Type } from "@rbgen/btf";
import type { RecordCodec, Variable } from "@rbgen/runtime";
import { codecFormat, type GlobalValue, scalarFormat, type ValueFormat } from "@rbgen/runtime/backend";
import { machineEndian } from "../kernel/attributes.ts";
import { checkedLayout } from "../kernel/layout-drift.ts";

/** Bytes of one section as they are now: libbpf's copy before loading, the kernel's map afterwards. */
export interface SectionBytes {
  read(offset: number, length: number): Uint8Array;
  /** Writes the bytes of `variable`, which messages name. */
  write(offset: number, bytes: Uint8Array, variable: string): void;
}

/** A variable as an object's symbols and types tell of it. */
export interface GlobalSymbol {
  readonly name: string;
  readonly section: string;
  /** Bytes from the start of the section. */
  readonly offset: number;
  readonly size: number;
  readonly type: Type | undefined;
}

let make: <Out, In>(
  symbol: GlobalSymbol,
  format: ValueFormat<Out, In>,
  bytes: () => SectionBytes,
) => GlobalVariable<Out, In>;

/**
 * A global variable of an object: constants in `.rodata` until the object is loaded, `.data` and `.bss` before and
 * after (loaded, they are the memory that the programs see), what the kernel is configured to (`.kconfig`) once it is loaded. Values are copied, never lent. By name it is a scalar or
 * bytes, by a generated descriptor what its codec makes of it.
 */
export class GlobalVariable<Out = GlobalValue, In = GlobalValue> implements Variable<Out, In> {
  /** The variable's C name. */
  readonly name: string;
  /** ".rodata", ".data", ".bss", or one of those with a suffix; ".kconfig". */
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  readonly #offset: number;
  readonly #format: ValueFormat<Out, In>;
  readonly #bytes: () => SectionBytes;

  static {
    make = (symbol, format, bytes) => new GlobalVariable(symbol, format, bytes);
  }

  private constructor(symbol: GlobalSymbol, format: ValueFormat<Out, In>, bytes: () => SectionBytes) {
    this.name = symbol.name;
    this.section = symbol.section;
    this.size = symbol.size;
    this.#offset = symbol.offset;
    this.#format = format;
    this.#bytes = bytes;
  }

  /** The value now. */
  get(): Out {
    return this.#format.read(this.#bytes().read(this.#offset, this.size));
  }

  /**
   * Replaces the value. Without a codec: a scalar as `get` gives it (numbers for 64 bits too), or all bytes of any variable.
   * @throws RingBufError ERANGE for a number that does not fit, EINVAL for bytes of another length or a kind that is not
   * the variable's, EPERM for a constant of a loaded object and for the kernel's configuration; with a codec what its `encode` throws.
   */
  set(value: In): void {
    // before the section is looked up: a codec reads members of the value, which may close or load the object
    const bytes = this.#format.write(value);
    this.#bytes().write(this.#offset, bytes, this.name);
  }
}

/** The variable by its type in the object. */
export function scalarVariable(symbol: GlobalSymbol, bytes: () => SectionBytes): GlobalVariable {
  const { name, size, type } = symbol;
  return make(symbol, scalarFormat(name, size, type && scalarTypeOf(type), machineEndian), bytes);
}

/**
 * The variable by a codec, which is held against its type.
 * @throws RingBufError EINVAL where the two differ.
 */
export function codedVariable<Out, In>(
  symbol: GlobalSymbol,
  codec: RecordCodec<Out, In>,
  bytes: () => SectionBytes,
): GlobalVariable<Out, In> {
  const { name, size, type } = symbol;
  const format = codecFormat(codec, {
    what: `variable "${name}"`,
    one: `variable "${name}"`,
    size,
    endian: machineEndian,
    differs(given) {
      const layout = checkedLayout(given, codec);
      return type && describeDriftBetween(layout, layoutOf(type, layout.name, layout.endian));
    },
  });
  return make(symbol, format, bytes);
}

/** Variables of an object's data sections by name: places from the symbols, types from the BTF. */
export function globalSymbols(btf: Btf): ReadonlyMap<string, GlobalSymbol> {
  const found = new Map<string, GlobalSymbol>();
  for (const symbol of btf.elf?.symbols ?? []) {
    const section = symbol.section?.name ?? "";
    if (symbol.type !== "object" || !/^\.(rodata|data|bss)(\..*)?$/.test(section)) continue;
    const { name, value, size } = symbol;
    const type = btf.findKind("var", name)[0]?.type;
    found.set(name, { name, section, offset: Number(value), size: Number(size), type });
  }
  // No symbol says where these are: libbpf lays them out.
  for (const section of btf.findKind("datasec", ".kconfig")) {
    for (const { variable, offset, size } of layOutKconfig(section).variables) {
      if (variable.kind !== "var") continue;
      const { name, type } = variable;
      found.set(name, { name, section: section.name, offset, size, type });
    }
  }
  return found;
}
