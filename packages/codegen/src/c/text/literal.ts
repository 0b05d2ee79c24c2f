/** An integer literal: its value, base and what its suffix says. */
export interface IntegerLiteral {
  readonly value: bigint;
  readonly decimal: boolean;
  readonly unsigned: boolean;
  /** 0, 1 for `L`, 2 for `LL`. */
  readonly longs: 0 | 1 | 2;
}

/** Longer than any that fits 64 bits, in binary and with separators. */
const longest = 200;

/** Reads `0x1f`, `017`, `0b101`, `10uLL`; undefined for what is no integer literal. */
export function parseInteger(text: string): IntegerLiteral | undefined {
  if (text.length > longest) return undefined;
  const lower = text.toLowerCase().replaceAll("'", "");
  let end = lower.length;
  while (end > 0 && (lower[end - 1] === "u" || lower[end - 1] === "l")) end--;
  const digits = lower.slice(0, end);
  const suffix = lower.slice(end);
  const longs = suffix.replace("u", "");
  if (suffix.length - longs.length > 1 || longs.length > 2 || longs.includes("u") || suffix === "lul") return undefined;
  let value: bigint;
  if (/^0x[0-9a-f]+$/.test(digits) || /^0b[01]+$/.test(digits) || /^(0|[1-9][0-9]*)$/.test(digits))
    value = BigInt(digits);
  else if (/^0[0-7]+$/.test(digits)) value = BigInt(`0o${digits.slice(1)}`);
  else return undefined;
  return {
    value,
    decimal: digits[0] !== "0",
    unsigned: longs.length < suffix.length,
    longs: longs.length as 0 | 1 | 2,
  };
}

/** A floating literal: value and C type. */
export interface FloatLiteral {
  readonly value: number;
  readonly type: "float" | "double" | "long double";
}

/** Reads `1.5`, `1e9f`, `0x1p-3`; undefined for what is no floating literal. */
export function parseFloating(text: string): FloatLiteral | undefined {
  const lower = text.toLowerCase().replaceAll("'", "");
  const hex = /^0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)([fl]?)$/.exec(lower);
  if (hex !== null) {
    const [, whole = "", fraction = "", exponent = "0", suffix = ""] = hex;
    if (whole + fraction === "") return undefined;
    const value = Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
    return { value, type: floatType(suffix) };
  }
  const decimal = /^((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([fl]?)$/.exec(lower);
  // Digits alone are an integer, if anything.
  if (decimal === null || !/[.e]/.test(lower)) return undefined;
  return { value: Number(decimal[1]), type: floatType(decimal[2] ?? "") };
}

function floatType(suffix: string): FloatLiteral["type"] {
  return suffix === "f" ? "float" : suffix === "l" ? "long double" : "double";
}

const escapes: Readonly<Record<string, number>> = {
  n: 10,
  t: 9,
  r: 13,
  a: 7,
  b: 8,
  f: 12,
  v: 11,
  e: 27,
  E: 27,
  "\\": 92,
  "'": 39,
  '"': 34,
  "?": 63,
};

/** Width in bytes of the characters of a literal by its prefix. */
export function characterWidth(text: string): 1 | 2 | 4 {
  if (text.startsWith("u8")) return 1;
  return text.startsWith("L") || text.startsWith("U") ? 4 : text.startsWith("u") ? 2 : 1;
}

/**
 * The code units of a character or string literal: bytes of UTF-8 for a plain one. Undefined where an escape is
 * wrong, or more than a unit holds, which clang refuses.
 */
export function literalUnits(text: string): number[] | undefined {
  const quote = Math.max(
    text.indexOf('"') < 0 ? -1 : text.indexOf('"'),
    text[text.length - 1] === "'" ? text.indexOf("'") : -1,
  );
  const open = text[text.length - 1] === "'" ? text.indexOf("'") : quote;
  const width = characterWidth(text);
  const units: number[] = [];
  const addCode = (code: number): void => {
    if (width === 4) units.push(code);
    else if (width === 2)
      for (const unit of String.fromCodePoint(code))
        for (let i = 0; i < unit.length; i++) units.push(unit.charCodeAt(i));
    else units.push(...utf8(code));
  };
  for (let i = open + 1; i < text.length - 1; ) {
    const code = text.codePointAt(i) ?? 0;
    i += code > 0xffff ? 2 : 1;
    if (code !== 92) {
      addCode(code);
      continue;
    }
    const next = text[i] ?? "";
    const rest = text.slice(i, text.length - 1);
    const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
    const hex = /^x([0-9a-fA-F]+)/.exec(rest);
    const universal = /^(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(rest);
    if (octal !== undefined) {
      units.push(Number.parseInt(octal, 8));
      i += octal.length;
    } else if (hex !== null) {
      units.push(Number.parseInt(hex[1] as string, 16));
      i += hex[0].length;
    } else if (universal !== null) {
      const value = Number.parseInt(universal[1] ?? universal[2] ?? "0", 16);
      if (value > 0x10ffff) return undefined;
      addCode(value);
      i += universal[0].length;
    } else if (escapes[next] !== undefined) {
      units.push(escapes[next]);
      i++;
    } else {
      return undefined;
    }
  }
  const most = width === 1 ? 0xff : width === 2 ? 0xffff : 0xffffffff;
  return units.some((unit) => unit > most) ? undefined : units;
}

function utf8(code: number): number[] {
  if (code < 0x80) return [code];
  if (code < 0x800) return [0xc0 | (code >> 6), 0x80 | (code & 63)];
  if (code < 0x10000) return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63)];
}

/** Value of a character constant, as clang gives it; undefined for an empty or malformed one. */
export function characterValue(text: string): bigint | undefined {
  const units = literalUnits(text);
  if (units === undefined || units.length === 0) return undefined;
  if (characterWidth(text) !== 1 || text.startsWith("u8")) {
    if (units.length > 1) return undefined;
    const unit = units[0] ?? 0;
    // wchar_t is an int; the types of the other prefixes are unsigned.
    return BigInt(text.startsWith("L") ? unit | 0 : unit);
  }
  if (units.length > 4) return undefined;
  let value = 0;
  for (const unit of units) value = (value << 8) | unit;
  // One character is a (signed) char, several fill an int.
  return BigInt(units.length === 1 ? (value << 24) >> 24 : value | 0);
}

/** Text of a string literal, bytes read as UTF-8 where they are that. */
export function stringText(units: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(units, (unit) => unit & 0xff));
}

/** Value of a plain decimal of up to nine digits; −1 for anything else. */
export function smallDecimal(text: string): number {
  if (text.length > 9 || (text.length > 1 && text.charCodeAt(0) === 48)) return -1;
  let value = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
