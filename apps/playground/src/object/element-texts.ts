import { formatType, resolve, type Struct, type Type, type Union } from "@rbgen/btf";
import { type BtfModule, type Diagnostic, type GenerateOptions, generate } from "rbgen";
import { decodeSample } from "../codec/decoded.ts";
import { codecsOf, loadGenerated } from "../codec/generated-module.ts";
import { hexOf } from "../codec/hex.ts";

/** Bytes of a key or value, as text. */
export type ElementText = (bytes: Uint8Array) => string;

/** How the keys and values of a map read. */
export interface ElementTexts {
  readonly key: ElementText;
  readonly value: ElementText;
}

type Composite = Struct | Union;

/** How the elements of each map read: structs by the code that is generated of them, integers, enums and text by their types, all else in hex. */
export async function elementTexts(
  module: BtfModule,
  options: GenerateOptions,
): Promise<ReadonlyMap<string, ElementTexts>> {
  const named = new Map<string, Composite>();
  for (const { key, value } of module.maps) {
    for (const type of [key, value]) {
      const core = type && resolve(type);
      if (core !== undefined && isComposite(core) && core.name !== "") named.set(spelled(core), core);
    }
  }
  const readers = await readersOf(module, [...named.keys()], options);
  return new Map(
    module.maps.map(({ name, key, value }) => [name, { key: textOf(key, readers), value: textOf(value, readers) }]),
  );
}

function isComposite(type: Type): type is Composite {
  return type.kind === "struct" || type.kind === "union";
}

function spelled({ kind, name }: Composite): string {
  return `${kind} ${name}`;
}

/** How structs read: all of them generated at once, or where one of them cannot be, each by itself. */
async function readersOf(
  module: BtfModule,
  types: readonly string[],
  options: GenerateOptions,
): Promise<ReadonlyMap<string, ElementText>> {
  if (types.length === 0) return new Map();
  // What is wrong with a type is told of the records; of an element it means hex.
  const ignored = (_: Diagnostic): void => {};
  const generated = await generate(module, { ...options, types, maps: {}, infer: false }, ignored);
  if (generated === undefined) {
    if (types.length === 1) return new Map();
    const each = await Promise.all(types.map((type) => readersOf(module, [type], options)));
    return new Map(each.flatMap((readers) => [...readers]));
  }
  const codecs = codecsOf(await loadGenerated(generated.text));
  return new Map(
    types.flatMap((type): readonly (readonly [string, ElementText])[] => {
      const codec = codecs.find(({ name }) => name === type.replace(/^\w+ /, ""));
      if (codec === undefined) return [];
      const text: ElementText = (bytes) => {
        const decoded = decodeSample(codec, bytes);
        return "wrong" in decoded ? `${hexOf(bytes)} (${decoded.wrong})` : JSON.stringify(decoded.value);
      };
      return [[type, text]];
    }),
  );
}

function textOf(type: Type | undefined, readers: ReadonlyMap<string, ElementText>): ElementText {
  const core = type && resolve(type);
  switch (core?.kind) {
    case "struct":
    case "union":
      return readers.get(spelled(core)) ?? hexOf;
    case "int":
      return (bytes) => integerOf(bytes, core.signed).toString();
    case "enum":
    case "enum64":
      return (bytes) => {
        const number = integerOf(bytes, core.signed);
        return core.values.find(({ value }) => value === number)?.name ?? number.toString();
      };
    case "array":
      return formatType(core.element, "").trim() === "char" ? textOfChars : hexOf;
    default:
      return hexOf;
  }
}

/** Little-endian, as the machines are that objects run on here. */
function integerOf(bytes: Uint8Array, signed: boolean): bigint {
  let number = 0n;
  for (const byte of [...bytes].reverse()) number = (number << 8n) | BigInt(byte);
  return signed ? BigInt.asIntN(8 * bytes.byteLength, number) : number;
}

function textOfChars(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return JSON.stringify(new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end)));
}
