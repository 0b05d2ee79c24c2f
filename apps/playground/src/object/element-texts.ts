import { formatType, resolve, type Type } from "@rbgen/btf";
import { decodeSample } from "../codec/decoded.ts";
import { codecsOf, loadGenerated, type RunScript } from "../codec/generated-module.ts";
import { hexOf } from "../codec/hex.ts";
import type { ElementScript } from "../reader/protocol.ts";
import { spelled, type TypedMap } from "./element-structs.ts";

/** Bytes of a key or value, as text. */
export type ElementText = (bytes: Uint8Array) => string;

/** How the keys and values of a map read. */
export interface ElementTexts {
  readonly key: ElementText;
  readonly value: ElementText;
}

/** How the elements of each map read: structs by the code that was generated of them, integers, enums and text by their types, all else in hex. */
export async function elementTexts(
  maps: readonly TypedMap[],
  scripts: readonly ElementScript[],
  run: RunScript,
): Promise<ReadonlyMap<string, ElementTexts>> {
  const readers = new Map((await Promise.all(scripts.map((one) => readersOf(one, run)))).flat());
  return new Map(
    maps.map(({ name, key, value }) => [name, { key: textOf(key, readers), value: textOf(value, readers) }]),
  );
}

/** How structs read. */
async function readersOf(
  { types, script }: ElementScript,
  run: RunScript,
): Promise<readonly (readonly [string, ElementText])[]> {
  const codecs = codecsOf(await loadGenerated(script, run));
  return types.flatMap((type): readonly (readonly [string, ElementText])[] => {
    const codec = codecs.find(({ name }) => name === type.replace(/^\w+ /, ""));
    if (codec === undefined) return [];
    const text: ElementText = (bytes) => {
      const decoded = decodeSample(codec, bytes);
      return "wrong" in decoded ? `${hexOf(bytes)} (${decoded.wrong})` : decoded.text;
    };
    return [[type, text]];
  });
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
