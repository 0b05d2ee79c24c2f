import { isNumberArray, isUnionBytes } from "./difference.ts";

type Members = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) || isNumberArray(value);
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function areSame(given: number | bigint, decoded: number | bigint): boolean {
  if (typeof given === typeof decoded) return given === decoded || Object.is(given, decoded);
  return Number.isInteger(Number(given)) && BigInt(given) === BigInt(decoded);
}

/** Names of flags in the order of their bits; of one that is several bits (`…_BOTH`) those of its bits. */
function singleNames(names: readonly unknown[]): string {
  const single = names.map(String).flatMap((name) => (name.endsWith("_BOTH") ? bothOf(name) : [name]));
  return String([...new Set(single)].sort());
}

/** The bits that the tests' enums of flags have a name for. */
function bothOf(name: string): string[] {
  return ["BIT_1", "BIT_4"].map((bit) => name.replace(/BOTH$/, bit));
}

/** Names of flags are in the order of their enum, whatever order they are given in, and numbers among them are bits that may have names. */
function areFlags(given: readonly unknown[], decoded: readonly unknown[]): boolean {
  const all = [...given, ...decoded];
  if (!all.every((flag) => isNumber(flag) || (typeof flag === "string" && /^[A-Za-z_]\w*$/.test(flag)))) return false;
  const named = all.some((flag) => typeof flag === "string");
  if (named && all.some(isNumber)) return true;
  if (named) return all.every((flag) => /_/.test(String(flag))) && singleNames(given) === singleNames(decoded);
  const bits = (flags: readonly unknown[]): bigint =>
    flags.reduce<bigint>((sum, flag) => (Number.isInteger(Number(flag)) ? sum | BigInt(flag as number) : sum), 0n);
  return decoded.length < given.length && bits(given) === bits(decoded) && decoded.length < 2;
}

function differs(path: string, given: unknown, decoded: unknown): string {
  const show = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) => {
      if (typeof inner === "bigint") return `${inner}n`;
      return inner instanceof Uint8Array ? `bytes ${Buffer.from(inner).toString("hex")}` : inner;
    });
  return `${path === "" ? "the record" : path} was given as ${show(given)}, and is read as ${show(decoded)}`;
}

/**
 * The first place where a decoded value is not what was given to encode, or undefined: what was left out may be anything, numbers may
 * be bigint, bytes are filled up with zeros, and what people write may be what it means. Elements of an `open` record that end before its
 * struct does are read with what fills it up (RB4005).
 */
export function givenDifference(given: unknown, decoded: unknown, path = "", open = false): string | undefined {
  if (given === undefined) return undefined;
  if (given instanceof Uint8Array && decoded instanceof Uint8Array) {
    const filled = decoded.every((byte, index) => byte === (given[index] ?? 0));
    return filled && given.length <= decoded.length ? undefined : differs(path, given, decoded);
  }
  if (isList(given) && isList(decoded)) {
    const [all, read] = [Array.from(given), Array.from(decoded)];
    if (areFlags(all, read)) return undefined;
    if (open ? all.length > read.length : all.length !== read.length) return differs(path, given, decoded);
    return first(all.keys(), (index) => givenDifference(all[index], read[index], `${path}[${index}]`, open));
  }
  if (isObject(given) && isObject(decoded)) return membersDifference(given, decoded, path, open);
  if (isNumber(given) && isNumber(decoded)) {
    return areSame(given, decoded) || Math.fround(Number(given)) === decoded
      ? undefined
      : differs(path, given, decoded);
  }
  // Addresses, devices, errnos and flags as they are written.
  if (typeof given !== typeof decoded || isList(decoded) !== isList(given)) {
    const written = typeof given === "string" || isObject(given) || isNumber(given);
    return written && !isObject(decoded) && typeof decoded !== "string" ? undefined : differs(path, given, decoded);
  }
  return given === decoded ? undefined : differs(path, given, decoded);
}

function membersDifference(given: Members, decoded: Members, path: string, open: boolean): string | undefined {
  const names = Object.keys(given).filter((name) => given[name] !== undefined);
  // Its bytes win over the arms of a union, of which only one may be given without them.
  const bytes = names.filter(isUnionBytes);
  return first((bytes.length > 0 ? bytes : names).values(), (name) => {
    const at = path === "" ? name : `${path}.${name}`;
    if (!(name in decoded)) return differs(at, given[name], undefined);
    return givenDifference(given[name], decoded[name], at, open);
  });
}

function first<Key>(keys: Iterable<Key>, look: (key: Key) => string | undefined): string | undefined {
  for (const key of keys) {
    const found = look(key);
    if (found !== undefined) return found;
  }
  return undefined;
}
