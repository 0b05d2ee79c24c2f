import { type Btf, describeDriftBetween, layoutOf, scalarTypeOf, type Type } from "@rbgen/btf";
import { type RecordCodec, RingBufError, type Variable } from "@rbgen/runtime";
import { codecFormat, type GlobalValue, scalarFormat, type ValueFormat } from "@rbgen/runtime/backend";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { toHex } from "../recording/hex.ts";
import type { Change } from "../recording/recording.ts";
import { checkedLayout } from "./held-layout.ts";

/** A variable as an object's symbols and types tell of it, in the memory that its programs see. */
interface PlacedVariable {
  readonly name: string;
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  readonly type: Type | undefined;
  read(): Uint8Array<ArrayBuffer>;
  /** @throws RingBufError EPERM for a constant of a loaded object. */
  write(bytes: Uint8Array): void;
}

let make: <Out, In>(place: PlacedVariable, format: ValueFormat<Out, In>) => GlobalVariable<Out, In>;
let placeOf: (variable: GlobalVariable) => PlacedVariable;

/**
 * A global variable of a loaded object, in the memory that its programs see. Values are copied. By name it is a scalar or
 * bytes, by a generated descriptor what its codec makes of it.
 */
export class GlobalVariable<Out = GlobalValue, In = GlobalValue> implements Variable<Out, In> {
  /** The variable's C name. */
  readonly name: string;
  /** ".rodata", ".data", ".bss", or one of those with a suffix. */
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  readonly #place: PlacedVariable;
  readonly #format: ValueFormat<Out, In>;

  static {
    make = (place, format) => new GlobalVariable(place, format);
    placeOf = (variable) => variable.#place;
  }

  private constructor(place: PlacedVariable, format: ValueFormat<Out, In>) {
    this.name = place.name;
    this.section = place.section;
    this.size = place.size;
    this.#place = place;
    this.#format = format;
  }

  /** The value now. */
  get(): Out {
    return this.#format.read(this.#place.read());
  }

  /**
   * Replaces the value. Without a codec: a scalar as `get` gives it (numbers for 64 bits too), or all bytes of any variable.
   * @throws RingBufError ERANGE for a number that does not fit, EINVAL for bytes of another length or a kind that is not the
   * variable's, EPERM for a constant of a loaded object; with a codec what its `encode` throws.
   */
  set(value: In): void {
    // before the memory is written: a codec reads members of the value, which may load the object
    const bytes = this.#format.write(value);
    this.#place.write(bytes);
  }
}

/**
 * The variable by a codec, which is held against its type.
 * @throws RingBufError EINVAL where the two differ.
 */
export function codedVariable<Out, In>(variable: GlobalVariable, codec: RecordCodec<Out, In>): GlobalVariable<Out, In> {
  const place = placeOf(variable);
  const { name, size, type } = place;
  const format = codecFormat(codec, {
    what: `variable "${name}"`,
    one: `variable "${name}"`,
    size,
    endian: "little",
    differs(given) {
      const layout = checkedLayout(given, codec);
      return type && describeDriftBetween(layout, layoutOf(type, layout.name, layout.endian));
    },
  });
  return make(place, format);
}

/** Variables of an object's data sections by name, as scalars or bytes. */
export function globalVariables(
  btf: Btf,
  memory: VmMemory,
  ground: {
    regionOf(sectionIndex: number): Region | undefined;
    loaded(): boolean;
    /** Told of what user space sets. */
    changed(change: Change): void;
  },
): ReadonlyMap<string, GlobalVariable> {
  const found = new Map<string, GlobalVariable>();
  for (const symbol of btf.elf?.symbols ?? []) {
    const region = symbol.section && ground.regionOf(symbol.section.index);
    if (symbol.type !== "object" || region === undefined) continue;
    const section = symbol.section?.name ?? "";
    const { name } = symbol;
    const [offset, size] = [Number(symbol.value), Number(symbol.size)];
    // a symbol may say anything: what it names has to lie within its section
    if (offset + size > region.size) continue;
    const from = region.address + offset;
    const place: PlacedVariable = {
      name,
      section,
      size,
      type: btf.findKind("var", name)[0]?.type,
      read: () => memory.bytes.slice(from, from + size),
      write(bytes) {
        if (ground.loaded() && section.startsWith(".rodata")) throw frozen(name, section);
        memory.bytes.set(bytes, from);
        ground.changed({ kind: "global", name, bytes: toHex(bytes) });
      },
    };
    found.set(name, make(place, scalarFormat(name, size, place.type && scalarTypeOf(place.type), "little")));
  }
  return found;
}

function frozen(name: string, section: string): RingBufError {
  const message = `"${name}" is in ${section}, which is read-only once loaded: give it to load() as rodata`;
  return new RingBufError(message, { code: "EPERM", errno: -1 });
}

/** Variables that a person declared, without those that rbgen.h leaves to tell records by. */
export function declaredOf(names: Iterable<string>): string[] {
  return [...names].filter((name) => !name.startsWith("rbgen_record_"));
}
