import type { EnumSign } from "./arbitrary-value.ts";
import type { CComposite, CType } from "./c-type.ts";
import { floatOfBits } from "./float-bits.ts";
import type { LeafReader } from "./leaf-stream.ts";
import { propertyName } from "./property-name.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Text up to the first NUL. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** What `decode` must give for the values that C read from a record, by the rules of the public API. */
export function expectedValue(
  type: CType,
  leaves: LeafReader,
  tailCount: number,
  enumSign: EnumSign,
  width?: number,
): unknown {
  switch (type.kind) {
    case "int": {
      const bits = width ?? type.size * 8;
      const low = leaves.word();
      const raw = type.size === 16 ? low | (leaves.word() << 64n) : low;
      const value = type.signed ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
      return bits > 32 ? value : Number(value);
    }
    case "enum": {
      const bits = width ?? type.size * 8;
      const raw = leaves.word();
      const value = enumSign(type.tag, type.signed) ? BigInt.asIntN(bits, raw) : BigInt.asUintN(bits, raw);
      return type.size === 8 ? value : Number(value);
    }
    case "bool":
      return leaves.word() !== 0n;
    case "float":
      return floatOfBits(leaves.word(), type.size);
    case "pointer":
      return leaves.word();
    case "array": {
      const count = type.flexible !== undefined ? tailCount : type.count;
      const { element } = type;
      if (element.kind === "int" && element.size === 1) {
        const bytes = Uint8Array.from({ length: count }, () => Number(leaves.word() & 0xffn));
        return element.char === true ? textOf(bytes) : bytes;
      }
      return Array.from({ length: count }, () => expectedValue(element, leaves, tailCount, enumSign));
    }
    case "struct":
    case "union": {
      const value: Record<string, unknown> = {};
      expectedMembers(type, value, leaves, tailCount, enumSign);
      return value;
    }
  }
}

function expectedMembers(
  type: CComposite,
  value: Record<string, unknown>,
  leaves: LeafReader,
  tailCount: number,
  enumSign: EnumSign,
): void {
  for (const member of type.members) {
    if (member.name !== "") {
      const name = propertyName(member.name);
      value[name] = expectedValue(member.type, leaves, tailCount, enumSign, member.width);
    }
    // Members of an anonymous struct or union are members of what holds it; unnamed bit-fields are padding.
    else if (member.width === undefined) {
      expectedMembers(member.type as CComposite, value, leaves, tailCount, enumSign);
    }
  }
}
