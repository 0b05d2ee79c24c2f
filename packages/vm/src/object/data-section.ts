import { type Btf, resolve, type Type } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import { shown } from "@rbgen/runtime/backend";
import type { VmMemory } from "../memory/memory.ts";
import type { Region } from "../memory/region.ts";
import { toHex } from "../recording/hex.ts";
import type { Change } from "../recording/recording.ts";

/** What a global variable is in JavaScript: bigint where it has 64 bits, boolean for `bool`, bytes for everything else. */
export type GlobalValue = number | bigint | boolean | Uint8Array;

/** A global variable of a loaded object, in the memory that its programs see. Values are copied. */
export class GlobalVariable {
  /** The variable's C name. */
  readonly name: string;
  /** ".rodata", ".data", ".bss", or one of those with a suffix. */
  readonly section: string;
  /** Bytes. */
  readonly size: number;
  readonly #memory: VmMemory;
  readonly #region: Region;
  readonly #offset: number;
  readonly #type: Type | undefined;
  readonly #frozen: () => boolean;
  readonly #changed: (change: Change) => void;

  /** @internal */
  constructor(
    memory: VmMemory,
    region: Region,
    variable: { readonly name: string; readonly section: string; readonly offset: number; readonly size: number },
    type: Type | undefined,
    { frozen, changed }: { frozen(): boolean; changed(change: Change): void },
  ) {
    this.name = variable.name;
    this.section = variable.section;
    this.size = variable.size;
    this.#memory = memory;
    this.#region = region;
    this.#offset = variable.offset;
    this.#type = type && resolve(type);
    this.#frozen = frozen;
    this.#changed = changed;
  }

  /** The value now. */
  get(): GlobalValue {
    const from = this.#region.address + this.#offset;
    const bytes = this.#memory.bytes.slice(from, from + this.size);
    const view = new DataView(bytes.buffer);
    if (this.#isFloat) return this.size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
    const integer = this.#integer;
    if (integer === undefined) return bytes;
    let whole = 0n;
    for (let at = this.size - 1; at >= 0; at -= 1) whole = (whole << 8n) | BigInt(bytes[at] as number);
    if (integer.signed) whole = BigInt.asIntN(8 * this.size, whole);
    if (integer.bool) return whole !== 0n;
    return this.size === 8 ? whole : Number(whole);
  }

  /**
   * Replaces the value: a scalar as `get` gives it (numbers for 64 bits too), or all bytes of any variable.
   * @throws RingBufError ERANGE for a number that does not fit, EINVAL for bytes of another length or a kind that is not the
   * variable's, EPERM for a constant of a loaded object.
   */
  set(value: GlobalValue): void {
    if (this.#frozen()) {
      throw new RingBufError(
        `"${this.name}" is in ${this.section}, which is read-only once loaded: give it to load() as rodata`,
        {
          code: "EPERM",
          errno: -1,
        },
      );
    }
    const bytes = this.#bytesOf(value);
    this.#memory.bytes.set(bytes, this.#region.address + this.#offset);
    this.#changed({ kind: "global", name: this.name, bytes: toHex(bytes) });
  }

  /** Whether it is a `float` or `double`: another length has only bytes. */
  get #isFloat(): boolean {
    return this.#type?.kind === "float" && (this.size === 4 || this.size === 8);
  }

  get #integer(): { readonly signed: boolean; readonly bool: boolean } | undefined {
    if (![1, 2, 4, 8].includes(this.size)) return undefined;
    if (this.#type?.kind === "int") return { signed: this.#type.signed, bool: this.#type.bool };
    if (this.#type?.kind === "enum" || this.#type?.kind === "enum64") return { signed: this.#type.signed, bool: false };
    return undefined;
  }

  #bytesOf(value: GlobalValue): Uint8Array {
    if (value instanceof Uint8Array) {
      if (value.byteLength === this.size) return value;
      throw invalid(`"${this.name}" has ${this.size} bytes, not ${value.byteLength}`);
    }
    const bytes = new Uint8Array(this.size);
    const view = new DataView(bytes.buffer);
    if (this.#isFloat) {
      if (typeof value !== "number") throw invalid(`"${this.name}" is a floating-point number, not ${shown(value)}`);
      if (this.size === 4) view.setFloat32(0, value, true);
      else view.setFloat64(0, value, true);
      return bytes;
    }
    const integer = this.#integer;
    if (integer === undefined)
      throw invalid(`"${this.name}" is no scalar of 1 to 8 bytes: give it its ${this.size} bytes`);
    if (typeof value !== "number" && typeof value !== "bigint" && typeof value !== "boolean") {
      throw invalid(`"${this.name}" is an integer, not ${shown(value)}`);
    }
    if (typeof value === "number" && !Number.isSafeInteger(value)) {
      throw outOfRange(`"${this.name}" is an integer, ${value} is none that a number holds exactly`);
    }
    const whole = BigInt(value);
    const bits = 8 * this.size;
    const fits = integer.bool
      ? whole === 0n || whole === 1n
      : (integer.signed ? BigInt.asIntN(bits, whole) : BigInt.asUintN(bits, whole)) === whole;
    if (!fits) throw outOfRange(`"${this.name}" cannot hold ${whole}`);
    let rest = BigInt.asUintN(bits, whole);
    for (let at = 0; at < this.size; at += 1) {
      bytes[at] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    return bytes;
  }
}

/** Variables of an object's data sections by name. */
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
    const variable = { name, section, offset: Number(symbol.value), size: Number(symbol.size) };
    // a symbol may say anything: what it names has to lie within its section
    if (variable.offset + variable.size > region.size) continue;
    const type = btf.findKind("var", name)[0]?.type;
    const frozen = (): boolean => ground.loaded() && section.startsWith(".rodata");
    found.set(name, new GlobalVariable(memory, region, variable, type, { frozen, changed: ground.changed }));
  }
  return found;
}

function invalid(message: string): RingBufError {
  return new RingBufError(message, { code: "EINVAL" });
}

function outOfRange(message: string): RingBufError {
  return new RingBufError(message, { code: "ERANGE" });
}
