import type { JsonValue } from "../codec.ts";
import { outOfRange } from "./bounds.ts";
import type { NumberArray } from "./input.ts";
import { valueText } from "./value-text.ts";

/**
 * What a value is in JSON, as generated code says it: `u32` and `s32` are integers of so many bits, `U64` and `S64` the same as
 * decimal strings, `u53` and `s53` those of 64 bits that are numbers, and a text may be any.
 */
export type JsonType =
  | JsonScalar
  /** Elements of one type; as many, where that is fixed. */
  | { readonly list: JsonType; readonly count?: number; readonly typed?: TypedArrayClass }
  /** Bytes of a fixed number. */
  | { readonly bytes: number }
  /** Names of flags, and bits without one. */
  | { readonly flags: readonly string[]; readonly wide: boolean }
  /** A member that may be left out. */
  | { readonly optional: JsonType }
  /** The one text that is there. */
  | { readonly is: string }
  | JsonStruct
  | JsonStream;

/** A typed array of numbers, or of bigints. */
interface TypedArrayClass {
  from(values: never[]): NumberArray;
}

type JsonScalar = "bool" | "f32" | "f64" | "text" | "bytes" | `${"u" | "s" | "U" | "S"}${number}`;

/** The members of a struct, and what it has beside them by kind. */
export interface JsonStruct {
  readonly members: Readonly<Record<string, JsonType>>;
  readonly kinds?: readonly JsonKinds[];
}

/** Members that are there by kind, which a property says. */
export interface JsonKinds {
  readonly property: string;
  /** Pairs, since a kind may be called as a member that every object inherits. */
  readonly arms: readonly (readonly [kind: string, members: Readonly<Record<string, JsonType>>])[];
}

/** Structs of which a property says which one it is. */
export interface JsonStream {
  readonly property: string;
  readonly structs: Readonly<Record<string, JsonStruct>>;
}

type JsonObject = Readonly<Record<string, JsonValue>>;

function refuse(path: string, json: unknown, wanted: string): never {
  return outOfRange(path, json, `${valueText(json)} is not ${wanted}`);
}

function objectOf(json: unknown, path: string): JsonObject {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return refuse(path, json, "an object");
  return json as JsonObject;
}

const inside = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** A member of its own: none is inherited. */
function own(json: JsonObject, name: string): unknown {
  return Object.hasOwn(json, name) ? json[name] : undefined;
}

function chosen<Choice>(
  json: JsonObject,
  property: string,
  choices: Readonly<Record<string, Choice>>,
  path: string,
): Choice {
  const kind = own(json, property);
  const found = typeof kind === "string" && Object.hasOwn(choices, kind) ? choices[kind] : undefined;
  return found ?? refuse(inside(path, property), kind, `one of ${Object.keys(choices).join(", ")}`);
}

function readStruct({ members, kinds = [] }: JsonStruct, given: unknown, path: string): object {
  const json = objectOf(given, path);
  const value: Record<string, unknown> = {};
  const take = (types: Readonly<Record<string, JsonType>>): void => {
    for (const [name, type] of Object.entries(types))
      value[name] = readValue(type, own(json, name), inside(path, name));
  };
  take(members);
  for (const { property, arms } of kinds) {
    const arm = chosen(json, property, Object.fromEntries(arms), path);
    value[property] = json[property];
    take(arm);
  }
  const surplus = Object.keys(json).find((name) => !Object.hasOwn(value, name));
  return surplus === undefined ? value : refuse(inside(path, surplus), json[surplus], "a member of the record");
}

function integerOf(json: unknown, bits: number, signed: boolean, path: string): number {
  const least = signed ? -(2 ** (bits - 1)) : 0;
  const most = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  if (typeof json === "number" && Number.isSafeInteger(json) && json >= least && json <= most && !Object.is(json, -0)) {
    return json;
  }
  return refuse(path, json, `an integer from ${least} to ${most}`);
}

function decimalOf(json: unknown, bits: number, signed: boolean, path: string): bigint {
  const least = signed ? -(1n << BigInt(bits - 1)) : 0n;
  const most = signed ? ~least : (1n << BigInt(bits)) - 1n;
  const value = typeof json === "string" && /^(?:0|-?[1-9]\d{0,40})$/.test(json) ? BigInt(json) : undefined;
  if (value !== undefined && value >= least && value <= most) return value;
  return refuse(path, json, `an integer from ${least} to ${most} as a decimal string`);
}

/** Numbers that JSON has no digits for, by the text in their place. */
const unwritable: ReadonlyMap<string, number> = new Map([
  ["NaN", Number.NaN],
  ["-0", -0],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

function floatOf(json: unknown, size: 32 | 64, path: string): number {
  const value = typeof json === "string" ? unwritable.get(json) : json;
  if (typeof value === "number" && (size === 64 || Object.is(Math.fround(value), value))) return value;
  return refuse(path, json, size === 64 ? "a number" : "a number that a float of 32 bits has");
}

function bytesOf(json: unknown, count: number | undefined, path: string): Uint8Array {
  if (typeof json !== "string" || !/^(?:[\da-f]{2})*$/.test(json)) {
    return refuse(path, json, "bytes as lower-case hexadecimal digits");
  }
  if (count !== undefined && json.length !== 2 * count) return refuse(path, json, `${count} bytes`);
  return Uint8Array.from({ length: json.length / 2 }, (_, index) =>
    Number.parseInt(json.slice(2 * index, 2 * index + 2), 16),
  );
}

function listOf(
  json: unknown,
  count: number | undefined,
  path: string,
  each: (json: unknown, path: string) => unknown,
): unknown[] {
  if (!Array.isArray(json)) return refuse(path, json, "an array");
  if (count !== undefined && json.length !== count) return refuse(path, json, `an array of ${count} elements`);
  return Array.from(json as readonly unknown[], (entry, index) => each(entry, `${path}[${index}]`));
}

function scalarOf(type: JsonScalar, json: unknown, path: string): unknown {
  switch (type) {
    case "bool":
      return typeof json === "boolean" ? json : refuse(path, json, "true or false");
    case "text":
      return typeof json === "string" ? json : refuse(path, json, "a text");
    case "bytes":
      return bytesOf(json, undefined, path);
    case "f32":
      return floatOf(json, 32, path);
    case "f64":
      return floatOf(json, 64, path);
    default: {
      const bits = Number(type.slice(1));
      const sign = type.charAt(0);
      const signed = sign === "s" || sign === "S";
      if (sign === "U" || sign === "S") return decimalOf(json, bits, signed, path);
      // what is safe in a number is as far on both sides
      if (type === "s53") return integerOf(json, 54, true, path);
      return integerOf(json, bits, signed, path);
    }
  }
}

function readValue(type: JsonType, json: unknown, path: string): unknown {
  if (typeof type === "string") return scalarOf(type, json, path);
  if ("list" in type) {
    const list = listOf(json, type.count, path, (entry, at) => readValue(type.list, entry, at));
    return type.typed === undefined ? list : type.typed.from(list as never[]);
  }
  if ("bytes" in type) return bytesOf(json, type.bytes, path);
  if ("optional" in type) return json === undefined ? undefined : readValue(type.optional, json, path);
  if ("is" in type) return json === type.is ? json : refuse(path, json, JSON.stringify(type.is));
  if ("flags" in type) {
    return listOf(json, undefined, path, (flag, at) => {
      if (typeof flag === "string" && type.flags.includes(flag)) return flag;
      return type.wide ? decimalOf(flag, 64, false, at) : integerOf(flag, 32, false, at);
    });
  }
  if ("structs" in type) return readStruct(chosen(objectOf(json, path), type.property, type.structs, path), json, path);
  return readStruct(type, json, path);
}

/**
 * The value of which `toJSON` gave `json`, exactly.
 * @throws EncodeError with the path of the first member that is missing, too much, or none that `toJSON` gives
 */
export function fromJson<Out>(type: JsonType, json: unknown): Out {
  return readValue(type, json, "") as Out;
}
