import type { EnumSign } from "./arbitrary-value.ts";
import type { CComposite, CType } from "./c-type.ts";
import { floatOfBits } from "./float-bits.ts";
import type { LeafReader } from "./leaf-stream.ts";
import { propertyName } from "./property-name.ts";

/** What a generated file was told and found out: what decoded values look like depends on it. */
export interface Reading {
  readonly enumSign: EnumSign;
  readonly int64: "bigint" | "number";
}

/** What `decode` must give. */
export interface Expected {
  readonly value: unknown;
  /** A 64-bit member does not fit the number that it is to be: decode must throw. */
  readonly refused: boolean;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

class Expectation {
  refused = false;
  readonly #leaves: LeafReader;
  readonly #tailCount: number;
  readonly #reading: Reading;

  constructor(leaves: LeafReader, tailCount: number, reading: Reading) {
    this.#leaves = leaves;
    this.#tailCount = tailCount;
    this.#reading = reading;
  }

  value(type: CType, width?: number): unknown {
    switch (type.kind) {
      case "int": {
        const bits = width ?? type.size * 8;
        const low = this.#leaves.word();
        const raw = type.size === 16 ? low | (this.#leaves.word() << 64n) : low;
        return this.#integer(type.signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw), bits);
      }
      case "enum": {
        const bits = width ?? type.size * 8;
        const raw = this.#leaves.word();
        const signed = this.#reading.enumSign(type.tag, type.signed);
        const value = signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
        return type.size === 8 ? value : Number(value);
      }
      case "bool":
        return this.#leaves.word() !== 0n;
      case "float":
        return floatOfBits(this.#leaves.word(), type.size);
      case "pointer":
        return this.#leaves.word();
      case "array": {
        const count = type.flexible !== undefined ? this.#tailCount : type.count;
        const { element } = type;
        if (element.kind === "int" && element.size === 1) {
          const bytes = Uint8Array.from({ length: count }, () => Number(this.#leaves.word() & 0xffn));
          return element.char === true ? textOf(bytes) : bytes;
        }
        return Array.from({ length: count }, () => this.value(element));
      }
      case "struct":
      case "union": {
        const value: Record<string, unknown> = {};
        this.#members(type, value);
        return value;
      }
    }
  }

  #integer(value: bigint, bits: number): bigint | number {
    if (bits <= 32) return Number(value);
    if (bits > 64 || this.#reading.int64 === "bigint") return value;
    if (!Number.isSafeInteger(Number(value))) this.refused = true;
    return Number(value);
  }

  #members(type: CComposite, value: Record<string, unknown>): void {
    for (const member of type.members) {
      if (member.name !== "") value[propertyName(member.name)] = this.value(member.type, member.width);
      // Members of an anonymous struct or union are members of what holds it; unnamed bit-fields are padding.
      else if (member.width === undefined) this.#members(member.type as CComposite, value);
    }
  }
}

/** What `decode` must give for the values that C read from a record, by the rules of the public API. */
export function expectedRecord(record: CComposite, leaves: LeafReader, tailCount: number, reading: Reading): Expected {
  const expectation = new Expectation(leaves, tailCount, reading);
  const value = expectation.value(record);
  return { value, refused: expectation.refused };
}
