import type { LayoutLeaf } from "@rbgen/btf";
import type { SchemaElement } from "hyparquet";

/** How one scalar of a record, or an array of bytes or characters, becomes a value of a Parquet column. */
export interface ScalarType {
  /** Of the schema, without a name. */
  readonly element: Omit<SchemaElement, "name">;
  /** The value for the file, or undefined for one that the column has no room for. */
  convert(value: unknown): unknown;
}

const utf8 = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const;

export const text: ScalarType = { element: utf8, convert: (value) => (typeof value === "string" ? value : undefined) };

const bytes: ScalarType = {
  element: { type: "BYTE_ARRAY" },
  convert(value) {
    if (value instanceof Uint8Array) return value;
    return Array.isArray(value) && value.every(isByte) ? Uint8Array.from(value) : undefined;
  },
};

const boolean: ScalarType = {
  element: { type: "BOOLEAN" },
  convert: (value) => (typeof value === "boolean" ? value : undefined),
};

function isByte(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 255;
}

/** An integer of at most `bits`: the narrowest type of Parquet that has room for it; as decimal text beyond 64. */
function integer(bits: number, signed: boolean): ScalarType {
  if (bits > 64) return decimal;
  const width = [8, 16, 32, 64].find((candidate) => candidate >= bits)!;
  const converted_type = `${signed ? "INT" : "UINT"}_${width}` as "INT_8";
  const [low, high] = signed
    ? [-(2n ** BigInt(width - 1)), 2n ** BigInt(width - 1) - 1n]
    : [0n, 2n ** BigInt(width) - 1n];
  const whole = (value: unknown): bigint | undefined => {
    if (typeof value === "number" ? !Number.isSafeInteger(value) : typeof value !== "bigint") return undefined;
    const exact = BigInt(value as number | bigint);
    return exact >= low && exact <= high ? exact : undefined;
  };
  if (width === 64) return { element: { type: "INT64", converted_type }, convert: whole };
  return {
    element: { type: "INT32", converted_type },
    convert(value) {
      if (typeof value === "number")
        return Number.isInteger(value) && value >= low && value <= high ? value : undefined;
      const exact = whole(value);
      return exact === undefined ? undefined : Number(exact);
    },
  };
}

const decimal: ScalarType = {
  element: utf8,
  convert: (value) => (typeof value === "bigint" || Number.isSafeInteger(value) ? `${value}` : undefined),
};

/** The sign of C's `char` depends on the compiler: a type that has room for both. */
const character: ScalarType = integer(16, true);

/** Names of enumerators; a value that has none is its decimal digits. */
function enumeration(values: Readonly<Record<string, string>>): ScalarType {
  const names = new Map<string, string>();
  for (const [name, value] of Object.entries(values)) if (!names.has(value)) names.set(value, name);
  return {
    element: utf8,
    convert(value) {
      const digits = decimal.convert(value);
      return digits === undefined ? undefined : (names.get(digits as string) ?? digits);
    },
  };
}

function float(bits: number): ScalarType {
  const convert = (value: unknown): unknown => (typeof value === "number" ? value : undefined);
  if (bits === 32) return { element: { type: "FLOAT" }, convert };
  return bits === 64 ? { element: { type: "DOUBLE" }, convert } : bytes;
}

/**
 * The type of a leaf's column, and whether that is a list. `shown` is what the codec makes of it, where that is known:
 * whether characters are text or bytes is the codec's.
 */
export function columnTypeOf(leaf: LayoutLeaf, shown: unknown): { readonly type: ScalarType; readonly list: boolean } {
  const many = leaf.count !== undefined;
  const one = (type: ScalarType): { readonly type: ScalarType; readonly list: boolean } => ({ type, list: many });
  if (shown instanceof Uint8Array) return { type: bytes, list: false };
  switch (leaf.class) {
    case "char":
      return many ? { type: text, list: false } : one(character);
    case "bytes":
    case "struct":
      return { type: bytes, list: false };
    case "bool":
      return one(boolean);
    case "float":
      return one(float(leaf.bitSize));
    case "enum":
      return one(leaf.values === undefined ? integer(Math.min(64, leaf.bitSize * 2), true) : enumeration(leaf.values));
    case "signed":
      return one(integer(leaf.bitSize, true));
    case "unsigned":
    case "pointer":
      return one(integer(leaf.bitSize, false));
  }
}
