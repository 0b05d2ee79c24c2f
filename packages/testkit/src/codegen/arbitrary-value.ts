import fc from "fast-check";
import { type CArray, type CComposite, type CMember, type CType, tailOf } from "./c-type.ts";
import { bitsOfFloat } from "./float-bits.ts";
import { LeafWriter } from "./leaf-stream.ts";
import { propertyName } from "./property-name.ts";

/** A value of a record, as a person would pass it to `encode`, and as the C program takes it. */
export interface DrawnValue {
  readonly input: unknown;
  readonly leaves: Uint8Array;
  /** Elements of the flexible array; 0 where there is none. */
  readonly tailCount: number;
}

/** What one type's reader knows of its enums; a BTF of older compilers does not tell the sign of an enum. */
export type EnumSign = (tag: string, declared: boolean) => boolean;

interface Part {
  readonly input: unknown;
  /** All bytes of the member are zero: it may be left out. */
  readonly zero: boolean;
}

const encoder = new TextEncoder();
const floats = [0, -0, 1, -1, 0.5, Math.PI, 1e300, -1e-300, Number.MAX_VALUE, 5e-324, Infinity, -Infinity, NaN];

class ValueDrawer {
  readonly #g: fc.GeneratorValue;
  readonly #enumSign: EnumSign;
  readonly leaves: LeafWriter = new LeafWriter();
  tailCount = 0;

  constructor(g: fc.GeneratorValue, enumSign: EnumSign) {
    this.#g = g;
    this.#enumSign = enumSign;
  }

  value(type: CType, width?: number): Part {
    switch (type.kind) {
      case "int": {
        const bits = width ?? type.size * 8;
        const value = this.#integer(bits, type.signed);
        this.#leaf(value, type.size);
        return { input: this.#given(value, (width ?? type.size * 8) > 32), zero: value === 0n };
      }
      case "enum": {
        const bits = width ?? type.size * 8;
        const value = this.#integer(bits, type.signed);
        this.#leaf(value, type.size);
        const signed = this.#enumSign(type.tag, type.signed);
        const seen = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
        return { input: this.#given(seen, type.size === 8), zero: value === 0n };
      }
      case "pointer": {
        const value = this.#integer(64, false);
        this.#leaf(value, 8);
        return { input: this.#given(value, true), zero: value === 0n };
      }
      case "bool": {
        const value = this.#below(2) === 1;
        this.#leaf(value ? 1n : 0n, 1);
        return { input: value, zero: !value };
      }
      case "float": {
        const drawn =
          this.#below(3) === 0 ? floats[this.#below(floats.length)]! : (this.#below(2 ** 31) - 2 ** 30) / 1024;
        const value = type.size === 4 ? Math.fround(drawn) : drawn;
        const bits = bitsOfFloat(value, type.size);
        this.#leaf(bits, type.size);
        return { input: value, zero: bits === 0n };
      }
      case "array":
        return this.#array(type);
      case "struct":
      case "union": {
        const input: Record<string, unknown> = {};
        const zero = this.#composite(type, input);
        return { input, zero };
      }
    }
  }

  /** A record's members; the one that holds the length of its array is left out, for encode to fill in. */
  record(type: CComposite): unknown {
    const input: Record<string, unknown> = {};
    this.#composite(type, input);
    if (type.length !== undefined) delete input[propertyName(type.length.member)];
    return input;
  }

  #composite(type: CComposite, input: Record<string, unknown>): boolean {
    if (type.kind === "union") {
      const arm = this.#below(type.members.length);
      this.leaves.word(arm);
      return this.#member(type.members[arm]!, input);
    }
    let zero = true;
    for (const member of type.members) zero = this.#member(member, input) && zero;
    return zero;
  }

  #member(member: CMember, input: Record<string, unknown>): boolean {
    if (member.name === "") {
      if (member.width !== undefined) return true;
      // An anonymous struct or union has its members in the object that holds it.
      return this.#composite(member.type as CComposite, input);
    }
    const part = this.value(member.type, member.width);
    if (!part.zero || this.#below(3) > 0) input[propertyName(member.name)] = part.input;
    return part.zero;
  }

  #array(type: CArray): Part {
    const { element } = type;
    const text = element.kind === "int" && element.char === true;
    if (element.kind === "int" && element.size === 1) {
      const most = type.flexible !== undefined ? this.#below(40) : type.count;
      const bytes = text ? this.#text(most) : this.#bytes(most);
      // A flexible array is as long as what is in it, another one is filled up with zeros.
      const count = type.flexible !== undefined ? bytes.length : type.count;
      if (type.flexible !== undefined) this.tailCount = count;
      for (let i = 0; i < count; i++) this.leaves.word(bytes[i] ?? 0);
      const input = text ? new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes) : bytes;
      return { input, zero: type.flexible !== undefined ? count === 0 : bytes.every((byte) => byte === 0) };
    }
    const count = type.flexible !== undefined ? this.#below(5) : type.count;
    if (type.flexible !== undefined) this.tailCount = count;
    const parts = Array.from({ length: count }, () => this.value(element));
    const zero = type.flexible !== undefined ? count === 0 : parts.every((part) => part.zero);
    return { input: parts.map((part) => part.input), zero };
  }

  /** UTF-8 without NUL, of at most `most` bytes. */
  #text(most: number): Uint8Array {
    const text = this.#g(fc.string, { unit: "binary", maxLength: most });
    const bytes = encoder.encode(text.replaceAll("\0", "\ufffd"));
    if (bytes.length <= most) return bytes;
    return encoder.encode("x".repeat(this.#below(most + 1)));
  }

  #bytes(most: number): Uint8Array {
    return this.#g(fc.uint8Array, { maxLength: most });
  }

  /** Extremes and their neighbours as often as anything between them. */
  #integer(bits: number, signed: boolean): bigint {
    const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
    const most = signed ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
    const edges = [0n, 0n, 1n, most, least, most - 1n, least + 1n, most / 3n];
    const edge = this.#below(edges.length * 2);
    const value = edges[edge] ?? this.#g(fc.bigInt, { min: least, max: most });
    return value < least || value > most ? 0n : value;
  }

  /** A value of a member that decodes to bigint may be given as a number, where that is exact. */
  #given(value: bigint, big: boolean): bigint | number {
    const number = Number(value);
    // Drawn always, so that the same seed gives the same values whatever sign an enum is seen with.
    const preferNumber = this.#below(3) === 0;
    if (!big) return number;
    return Number.isSafeInteger(number) && preferNumber ? number : value;
  }

  #leaf(value: bigint, size: number): void {
    this.leaves.word(value);
    if (size === 16) this.leaves.word(value >> 64n);
  }

  #below(count: number): number {
    return this.#g(fc.nat, { max: count - 1 });
  }
}

/**
 * Ones in every bit of `record` that decode keeps exactly: not in text, which is cut at a NUL, nor in what is normalised
 * (bool, floats). Of a union one arm is filled, chosen by `turn`.
 */
export function meaningLeaves(record: CComposite, tailCount: number, turn: number): Uint8Array {
  const leaves = new LeafWriter();
  const mark = (type: CType, text: boolean, width?: number): void => {
    switch (type.kind) {
      case "int":
        leaves.word(text ? 0n : -1n);
        if (type.size === 16) leaves.word(-1n);
        return;
      case "enum":
      case "pointer":
        leaves.word(-1n);
        return;
      case "bool":
        leaves.word(width === undefined ? 0n : 1n);
        return;
      case "float":
        leaves.word(0n);
        return;
      case "array": {
        const { element } = type;
        const count = type.flexible !== undefined ? tailCount : type.count;
        for (let i = 0; i < count; i++) mark(element, element.kind === "int" && element.char === true);
        return;
      }
      case "union": {
        const arm = turn % type.members.length;
        leaves.word(arm);
        markMember(type.members[arm]!);
        return;
      }
      case "struct":
        for (const member of type.members) markMember(member);
    }
  };
  const markMember = (member: CMember): void => {
    if (member.name !== "" || member.width === undefined) mark(member.type, false, member.width);
  };
  mark(record, false);
  return leaves.bytes();
}

/** Random values of `record`. */
export function arbitraryValue(record: CComposite, enumSign: EnumSign): fc.Arbitrary<DrawnValue> {
  return fc.gen().map((g) => {
    const drawer = new ValueDrawer(g, enumSign);
    const input = drawer.record(record);
    return { input, leaves: drawer.leaves.bytes(), tailCount: tailOf(record) === undefined ? 0 : drawer.tailCount };
  });
}
