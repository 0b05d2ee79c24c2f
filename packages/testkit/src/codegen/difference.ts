import type { NumberArray } from "@rbgen/runtime/codegen/v1";

/** Members that a decoded union has beside its arms: its bytes. */
export function isUnionBytes(name: string): boolean {
  return name.startsWith("$bytes");
}

/** Whether a value is an array of numbers of a kind that is not bytes. */
export function isNumberArray(value: unknown): value is NumberArray & Iterable<number | bigint> {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array);
}

function show(value: unknown): string {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" && value !== null ? `{${Object.keys(value).join(", ")}}` : String(value);
}

function differs(path: string, actual: unknown, expected: unknown): string {
  return `${path === "" ? "the record" : path} is ${show(actual)} (${typeof actual}), expected ${show(expected)} (${typeof expected})`;
}

/**
 * The first place where a decoded value is not the expected one, or undefined. Exact: type of each value, sign of
 * zero, and the set of members, but for the bytes of unions.
 */
export function firstDifference(actual: unknown, expected: unknown, path = ""): string | undefined {
  if (expected instanceof Uint8Array) {
    if (!(actual instanceof Uint8Array) || actual.length !== expected.length) return differs(path, actual, expected);
    return expected.every((byte, index) => byte === actual[index]) ? undefined : differs(path, actual, expected);
  }
  if (Array.isArray(expected)) {
    if (isNumberArray(actual)) return firstDifference(Array.from<number | bigint>(actual), expected, path);
    if (!Array.isArray(actual)) return differs(path, actual, expected);
    if (actual.length !== expected.length) return `${path} has ${actual.length} elements, expected ${expected.length}`;
    for (let i = 0; i < expected.length; i++) {
      const found = firstDifference(actual[i], expected[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (typeof expected === "object" && expected !== null) {
    if (typeof actual !== "object" || actual === null) return differs(path, actual, expected);
    const wanted = Object.keys(expected);
    const surplus = Object.keys(actual).find((name) => !isUnionBytes(name) && !wanted.includes(name));
    if (surplus !== undefined) return `${path} has a member ${surplus} that nobody expects`;
    for (const name of wanted) {
      if (!Object.hasOwn(actual, name)) return `${path} lacks member ${name}`;
      const inner = (value: object): unknown => (value as Record<string, unknown>)[name];
      const found = firstDifference(inner(actual), inner(expected), path === "" ? name : `${path}.${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(actual, expected) ? undefined : differs(path, actual, expected);
}
