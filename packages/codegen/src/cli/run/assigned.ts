import {
  type ArrayType,
  didYouMean,
  type Member,
  resolve,
  type Struct,
  sizeOf,
  type Type,
  type Union,
} from "@rbgen/btf";
import { memberName } from "../../plan/names.ts";
import { UsageError } from "../exit-code.ts";
import type { NamedValue } from "./options.ts";

/** What `--set` names: a variable, and members and indices of it. */
export interface Assignment {
  readonly variable: string;
  /** `.tgid` and `[2]`, one by one. */
  readonly path: readonly (string | number)[];
}

/** Splits `limits.slots[2]=7` at the longest name of a variable: those of functions have dots of their own. @throws UsageError */
export function assignmentOf({ name }: NamedValue, variables: Iterable<string>): Assignment {
  const all = [...variables];
  const held = all
    .filter((one) => name === one || name.startsWith(`${one}.`) || name.startsWith(`${one}[`))
    .sort((one, other) => other.length - one.length);
  const [variable] = held;
  if (variable === undefined) throw unknownVariable(name, all);
  const rest = name.slice(variable.length);
  const parts = rest.match(/\.[^.[\]]+|\[\d{1,9}\]/g) ?? [];
  if (parts.join("") !== rest) throw new UsageError(`--set ${name}: members are .NAME and elements [NUMBER]`);
  return { variable, path: parts.map((part) => (part.startsWith(".") ? part.slice(1) : Number(part.slice(1, -1)))) };
}

function unknownVariable(name: string, variables: readonly string[]): UsageError {
  const [first = name] = /^[^.[]+/.exec(name) ?? [];
  const meant =
    didYouMean(first, variables) ?? (variables.length === 0 ? "it has none" : `it has ${variables.join(", ")}`);
  return new UsageError(`--set ${name}: the object has no global variable "${first}": ${meant}`);
}

/** Where a value lies among the bytes of its variable. */
interface Place {
  readonly type: Type;
  readonly bitOffset: number;
  /** Of a bit-field. */
  readonly bitSize?: number | undefined;
}

/** The bytes of a variable of this type, with what `--set` gives in them. @throws UsageError */
export function assigned(now: Uint8Array, type: Type, { path }: Assignment, { name, value }: NamedValue): Uint8Array {
  const bytes = now.slice();
  let place: Place = { type, bitOffset: 0 };
  for (const step of path) place = typeof step === "number" ? element(place, step, name) : member(place, step, name);
  new Writer(bytes, name).text(place, value);
  return bytes;
}

function element({ type, bitOffset }: Place, index: number, name: string): Place {
  const array = resolve(type);
  if (array.kind !== "array") throw new UsageError(`--set ${name}: ${kindOf(array)} has no elements`);
  if (index >= array.count) throw new UsageError(`--set ${name}: there are ${array.count} elements, from 0 on`);
  return { type: array.element, bitOffset: bitOffset + index * sizeOf(array.element) * 8 };
}

function member({ type, bitOffset }: Place, wanted: string, name: string): Place {
  const composite = resolve(type);
  if (composite.kind !== "struct" && composite.kind !== "union") {
    throw new UsageError(`--set ${name}: ${kindOf(composite)} has no members`);
  }
  const all = opened(composite.members, bitOffset);
  const found =
    all.find((one) => one.name === wanted) ?? all.find((one) => (memberName(one.name, "camel") as string) === wanted);
  if (found !== undefined) return found;
  const names = all.map((one) => one.name);
  const meant = didYouMean(wanted, names) ?? `it has ${names.join(", ")}`;
  throw new UsageError(`--set ${name}: there is no member ${wanted}: ${meant}`);
}

/** Members with names, those of anonymous ones in their place. */
function opened(members: readonly Member[], start: number): readonly (Place & { readonly name: string })[] {
  return members.flatMap(({ name, type, bitOffset, bitSize }) => {
    const bare = resolve(type);
    if (name !== "") return [{ name, type, bitOffset: start + bitOffset, bitSize }];
    return bare.kind === "struct" || bare.kind === "union" ? opened(bare.members, start + bitOffset) : [];
  });
}

class Writer {
  readonly #bytes: Uint8Array;
  readonly #name: string;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#name = name;
  }

  /** A value as a command line has it: text alone is one of an array of `char`. */
  text(place: Place, text: string): void {
    const type = resolve(place.type);
    if (isText(type)) this.#chars(place, text);
    else if (type.kind === "struct" || type.kind === "union" || type.kind === "array")
      this.#document(place, type, text);
    else this.#scalar(place, text);
  }

  #document(place: Place, type: Struct | Union | ArrayType, text: string): void {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      const example = type.kind === "array" ? "[1, 2]" : '{"member": 7}';
      const part = type.kind === "array" ? "[0]=1" : `.${firstOf(type.members)}=7`;
      this.#fail(
        `"${text}" is no value of ${kindOf(type)}: give JSON, ${example}, or a part, --set ${this.#name}${part}`,
      );
    }
    this.#json(place, value);
  }

  /** A value of JSON; members and elements that are left out stay what they are. */
  #json(place: Place, value: unknown): void {
    const type = resolve(place.type);
    if (type.kind === "struct" || type.kind === "union") {
      if (typeof value !== "object" || value === null || Array.isArray(value)) this.#fail(notOne(value, type));
      for (const [name, one] of Object.entries(value)) this.#json(member(place, name, this.#name), one);
    } else if (type.kind === "array" && !(isText(type) && typeof value === "string")) {
      if (!Array.isArray(value)) this.#fail(notOne(value, type));
      for (const [at, one] of value.entries()) this.#json(element(place, at, `${this.#name}[${at}]`), one);
    } else if (type.kind === "array") this.#chars(place, value as string);
    else if (typeof value === "string") this.#scalar(place, value.replace(/^(-?\d+)n$/, "$1"));
    else if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
      this.#fail(`${value} is not exact as a number of JSON: write it as text, "${value}"`);
    } else if (typeof value === "number" || typeof value === "boolean") this.#scalar(place, String(value));
    else this.#fail(notOne(value, type));
  }

  #chars({ type, bitOffset }: Place, text: string): void {
    const encoded = new TextEncoder().encode(text);
    const size: number = sizeOf(type);
    if (encoded.length > size) this.#fail(`it holds ${size} bytes, not ${encoded.length}`);
    this.#bytes.fill(0, bitOffset / 8, bitOffset / 8 + size).set(encoded, bitOffset / 8);
  }

  #scalar({ type, bitOffset, bitSize }: Place, text: string): void {
    const bare = resolve(type);
    if (bare.kind === "ptr") this.#fail("it is a pointer, which the program alone can set");
    if (bare.kind === "float") {
      this.#float(sizeOf(bare), bitOffset / 8, text);
      return;
    }
    if (bare.kind !== "int" && bare.kind !== "enum" && bare.kind !== "enum64") this.#fail(`it is ${kindOf(bare)}`);
    const width = bitSize ?? sizeOf(bare) * 8;
    const named = bare.kind === "int" ? undefined : bare.values.find(({ name }) => name === text)?.value;
    const value = named ?? wholeOf(text, bare.kind === "int" && bare.bool);
    if (value === undefined)
      this.#fail(`"${text}" is no ${bare.kind === "int" ? "number" : "enumerator and no number"}`);
    const [least, most] =
      bare.kind === "int" && bare.bool
        ? [0n, 1n]
        : bare.signed
          ? [-(1n << BigInt(width - 1)), (1n << BigInt(width - 1)) - 1n]
          : [0n, (1n << BigInt(width)) - 1n];
    if (value < least || value > most) this.#fail(`it holds ${least} to ${most}, not ${value}`);
    this.#bits(bitOffset, width, value);
  }

  #float(size: number, at: number, text: string): void {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset);
    const value = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
    if (value === undefined) this.#fail(`"${text}" is no number`);
    if (size === 4) view.setFloat32(at, value, true);
    else if (size === 8) view.setFloat64(at, value, true);
    else this.#fail(`it is a floating-point number of ${size} bytes`);
  }

  #bits(bitOffset: number, width: number, value: bigint): void {
    for (let bit = 0; bit < width; bit += 1) {
      const [at, mask] = [(bitOffset + bit) >> 3, 1 << ((bitOffset + bit) & 7)];
      const isSet = ((value >> BigInt(bit)) & 1n) === 1n;
      this.#bytes[at] = isSet ? this.#bytes[at]! | mask : this.#bytes[at]! & ~mask;
    }
  }

  #fail(why: string): never {
    throw new UsageError(`--set ${this.#name}: ${why}`);
  }
}

function isText(type: Type): boolean {
  if (type.kind !== "array") return false;
  const element = resolve(type.element);
  return element.kind === "int" && element.char;
}

function wholeOf(text: string, isBool: boolean): bigint | undefined {
  if (isBool && (text === "true" || text === "false")) return text === "true" ? 1n : 0n;
  if (!/^-?(\d+|0x[0-9a-fA-F]+)$/.test(text)) return undefined;
  return text.startsWith("-") ? -BigInt(text.slice(1)) : BigInt(text);
}

function firstOf(members: readonly Member[]): string {
  return opened(members, 0)[0]?.name ?? "member";
}

function notOne(value: unknown, type: Type): string {
  return `${JSON.stringify(value)} is no value of ${kindOf(type)}`;
}

/** "struct limits", "an array of 4". */
function kindOf(type: Type): string {
  if (type.kind === "array") return `an array of ${type.count}`;
  if (type.kind === "struct" || type.kind === "union") return `${type.kind} ${type.name}`.trimEnd();
  if (type.kind === "int" || type.kind === "float") return type.name;
  return type.kind === "ptr" ? "a pointer" : `a ${type.kind}`;
}
