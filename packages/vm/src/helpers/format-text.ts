import type { VmMemory } from "../memory/memory.ts";

/** A conversion of a format, with its flags and width. */
const conversion =
  /%(%|([-+ #0]*)((?:[1-9]\d*)?)(pks|pus|p[iI][46]|p[KSB]?|px|hhd|hhu|hhx|hd|hu|hx|ll?[diuxX]|[diuxXcs]))/g;

/** What kernel/bpf/helpers.c `bpf_bprintf_prepare` refuses with −EINVAL. */
export class FormatRefused extends Error {}

/**
 * A format with its arguments, each 64 bits, as `bstr_printf` writes them: integers, characters, strings in any memory,
 * pointers in hexadecimal, addresses of the internet.
 * @throws FormatRefused for a conversion that there is not, bytes that do not print, or too few arguments.
 */
export function formatText(format: string, args: readonly bigint[], memory: VmMemory): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
  if (/[^\x09-\x0d\x20-\x7e]/.test(format)) throw new FormatRefused();
  let next = 0;
  const rest = format.replace(conversion, "");
  if (rest.includes("%")) throw new FormatRefused();
  return format.replace(conversion, (_, whole: string, flags: string, width: string, kind: string) => {
    if (whole === "%") return "%";
    const value = args[next++];
    if (value === undefined) throw new FormatRefused();
    return pad(one(kind, value, flags, memory), flags, width);
  });
}

function one(kind: string, value: bigint, flags: string, memory: VmMemory): string {
  switch (kind) {
    case "c":
      return String.fromCharCode(Number(value & 0xffn));
    case "s":
    case "pks":
    case "pus":
      return stringAt(value, memory);
    case "p":
    case "pK":
    case "px":
    case "pS":
    case "pB":
      return value.toString(16).padStart(16, "0");
    case "pi4":
    case "pI4":
    case "pi6":
    case "pI6":
      return internetAddress(kind, value, memory);
    default:
      return integer(kind, value, flags);
  }
}

function integer(kind: string, value: bigint, flags: string): string {
  const bits = kind.startsWith("l") ? 64 : kind.startsWith("hh") ? 8 : kind.startsWith("h") ? 16 : 32;
  const letter = kind.at(-1) as string;
  if (letter === "d" || letter === "i") {
    const signed = BigInt.asIntN(bits, value);
    if (signed >= 0n && flags.includes("+")) return `+${signed}`;
    return signed >= 0n && flags.includes(" ") ? ` ${signed}` : `${signed}`;
  }
  const unsigned = BigInt.asUintN(bits, value);
  if (letter === "u") return `${unsigned}`;
  const digits = letter === "x" ? unsigned.toString(16) : unsigned.toString(16).toUpperCase();
  return flags.includes("#") ? `0${letter}${digits}` : digits;
}

function pad(text: string, flags: string, width: string): string {
  // FIELD_WIDTH_MAX of lib/vsprintf.c
  const room = Math.min(Number(width), 2 ** 23 - 1);
  if (flags.includes("-")) return text.padEnd(room);
  if (!flags.includes("0")) return text.padStart(room);
  const sign = /^(0[xX]|[-+ ])?/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(room - sign.length, "0");
}

function stringAt(pointer: bigint, memory: VmMemory): string {
  const low = Number(BigInt.asIntN(32, pointer));
  const high = Number(BigInt.asIntN(32, pointer >> 32n));
  const from = memory.probe(low, high, 1);
  if (from === undefined) return "";
  const room = memory.extent(low, high);
  let end = from;
  while (end < from + room && memory.bytes[end] !== 0) end += 1;
  memory.charge(end - from);
  // decoders take no shared memory
  return new TextDecoder().decode(memory.bytes.slice(from, end));
}

function internetAddress(kind: string, pointer: bigint, memory: VmMemory): string {
  const size = kind.endsWith("4") ? 4 : 16;
  const from = memory.probe(Number(BigInt.asIntN(32, pointer)), Number(BigInt.asIntN(32, pointer >> 32n)), size);
  const bytes = from === undefined ? new Uint8Array(size) : memory.bytes.slice(from, from + size);
  if (size === 4) {
    return [...bytes].map((byte) => (kind === "pi4" ? `${byte}`.padStart(3, "0") : `${byte}`)).join(".");
  }
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return kind === "pi6" ? digits : (digits.match(/.{4}/g) ?? []).join(":");
}
