import { errnoOf } from "../errno-name.ts";
import { outOfRange } from "./bounds.ts";
import { countElements, members } from "./given.ts";
import type { DevParts } from "./input.ts";
import { uint } from "./integers.ts";
import { valueText } from "./value-text.ts";

// What is written as people write it, made the number or the bytes that a record holds; all else passes, for who writes it to check.

const octet = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/;

/** The bytes of "10.0.0.1"; undefined where it is no such text. */
function ipv4Of(text: string): number[] | undefined {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => octet.test(part)) ? parts.map(Number) : undefined;
}

/** The groups of one side of "::", IPv4 at its end as two of them; undefined where they are none. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const dotted = index === parts.length - 1 && part.includes(".") ? ipv4Of(part) : undefined;
    if (dotted !== undefined) groups.push((dotted[0]! << 8) | dotted[1]!, (dotted[2]! << 8) | dotted[3]!);
    else if (/^[\da-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

function ipv6Of(text: string): number[] | undefined {
  const [left = "", right, more] = text.split("::");
  if (more !== undefined || (right !== undefined && left.includes("."))) return undefined;
  const [head, tail] = [groupsOf(left), groupsOf(right ?? "")];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (right === undefined ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array<number>(missing).fill(0), ...tail].flatMap((group) => [group >> 8, group & 255]);
}

function hexOf(text: string, form: RegExp): number[] | undefined {
  return form.test(text)
    ? Array.from(text.match(/[\da-f]{2}/gi) ?? [], (digits) => Number.parseInt(digits, 16))
    : undefined;
}

/** The bytes of a text; a text that is none of the form is refused, with an `example` of it. */
function bytesOf(
  given: Uint8Array | string | undefined,
  parse: (text: string) => readonly number[] | undefined,
  path: string,
  example: string,
): Uint8Array | undefined {
  if (typeof given !== "string") return given;
  const bytes = parse(given);
  return bytes === undefined
    ? outOfRange(path, given, `${valueText(given)} is not written as ${example} is`)
    : Uint8Array.from(bytes);
}

/** The four bytes of an IPv4 address. */
export function ipv4Bytes(given: Uint8Array | string | undefined, path: string): Uint8Array | undefined {
  return bytesOf(given, ipv4Of, path, "10.0.0.1");
}

/** The number of an IPv4 address, its first byte the highest. */
export function ipv4Number(given: number | string | undefined, path: string): number | undefined {
  if (typeof given !== "string") return given;
  const [a = 0, b = 0, c = 0, d = 0] = ipv4Bytes(given, path)!;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** The sixteen bytes of an IPv6 address, in any of the forms of RFC 4291. */
export function ipv6Bytes(given: Uint8Array | string | undefined, path: string): Uint8Array | undefined {
  return bytesOf(given, ipv6Of, path, "2001:db8::1");
}

/** The six bytes of a MAC address. */
export function macBytes(given: Uint8Array | string | undefined, path: string): Uint8Array | undefined {
  const parse = (text: string) => hexOf(text, /^[\da-f]{2}(?:([:-])[\da-f]{2})(?:\1[\da-f]{2}){4}$/i);
  return bytesOf(given, parse, path, "00:1b:21:3c:9d:f8");
}

/** The sixteen bytes of a UUID, in the order in which it is written. */
export function uuidBytes(given: Uint8Array | string | undefined, path: string): Uint8Array | undefined {
  const parse = (text: string) => hexOf(text, /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i);
  return bytesOf(given, parse, path, "123e4567-e89b-12d3-a456-426614174000");
}

/** The kernel's own number of a device: major in the upper 12 bits, minor in the lower 20. */
export function devNumber(given: number | DevParts | undefined, path: string): number | undefined {
  if (typeof given !== "object" || given === null) return given;
  const { major, minor } = members(given);
  return ((devPart(major, 0xfff, `${path}.major`) << 20) | devPart(minor, 0xfffff, `${path}.minor`)) >>> 0;
}

/** One half of a device's number, which names no device without the other. */
function devPart(given: number | undefined, most: number, path: string): number {
  return given === undefined
    ? outOfRange(path, given, "is left out: a device has both parts")
    : uint(given, most, path);
}

/** The negative errno of a name. */
export function errnoNumber<Exact extends number | bigint>(
  given: Exact | string | undefined,
  path: string,
): Exact | number | undefined {
  if (typeof given !== "string") return given;
  return errnoOf(given) ?? outOfRange(path, given, `${valueText(given)} is the name of no errno`);
}

/** Names of an enum with their values, unsigned; those beyond 2^53 as bigint. */
export type FlagTable<Name extends string> = readonly (readonly [name: Name, value: number | bigint])[];

function isBit(value: number | bigint): boolean {
  const big = BigInt(value);
  return big > 0n && (big & (big - 1n)) === 0n;
}

/** The bits that have a name, once each, by table: names of several bits are no flags of their own. */
const single = new WeakMap<FlagTable<string>, FlagTable<string>>();

function flagsOf<Name extends string>(table: FlagTable<Name>): FlagTable<Name> {
  let flags = single.get(table);
  if (flags === undefined) {
    const bits = new Set<number | bigint>();
    flags = table.filter(([, value]) => isBit(value) && !bits.has(value) && bits.add(value));
    single.set(table, flags);
  }
  return flags as FlagTable<Name>;
}

/** Names of the bits that are set, in the order of the enum; bits without a name behind them, as one number. */
export function flagNames<Name extends string>(bits: number, table: FlagTable<Name>): (Name | number)[] {
  const names: (Name | number)[] = [];
  let rest = bits;
  for (const [name, value] of flagsOf(table)) {
    if (typeof value === "bigint" || value > 0xffffffff || (bits & value) === 0) continue;
    names.push(name);
    rest &= ~value;
  }
  if (rest !== 0) names.push(rest >>> 0);
  return names;
}

/** The same of 64 bits. */
export function wideFlagNames<Name extends string>(bits: bigint, table: FlagTable<Name>): (Name | bigint)[] {
  const names: (Name | bigint)[] = [];
  let rest = bits;
  for (const [name, value] of flagsOf(table)) {
    const bit = BigInt(value);
    if ((bits & bit) === 0n) continue;
    names.push(name);
    rest &= ~bit;
  }
  if (rest !== 0n) names.push(rest);
  return names;
}

/** The bits of flags that are given by name or number, or as one number. */
export function flagBits<Exact extends number | bigint>(
  given: Exact | number | readonly (Exact | number | string)[] | undefined,
  table: FlagTable<string>,
  path: string,
): bigint | Exact | number | undefined {
  if (typeof given !== "object" || given === null) return given;
  const count = countElements(given, path);
  let bits = 0n;
  for (let i = 0; i < count; i++) {
    const flag = given[i];
    const at = `${path}[${i}]`;
    if (typeof flag === "string") {
      const found = table.find(([name]) => name === flag);
      if (found === undefined) return outOfRange(at, flag, `${valueText(flag)} is the name of no flag`);
      bits |= BigInt(found[1]);
    } else if (typeof flag === "bigint" || Number.isSafeInteger(flag)) {
      const own = BigInt(flag!);
      if (own < 0n) return outOfRange(at, flag, "is negative, which no bits are");
      bits |= own;
    } else return outOfRange(at, flag, "is neither the name of a flag nor bits");
  }
  return bits;
}

/** The same of at most 32 bits. */
export function narrowFlagBits(
  given: number | readonly (number | string)[] | undefined,
  table: FlagTable<string>,
  path: string,
): number | undefined {
  const bits = flagBits(given, table, path);
  return typeof bits === "bigint" ? Number(bits) : bits;
}
