import { type Endian, leavesOf, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import type { Places } from "./places.ts";

/** A record, and what each call that sends it stored in it. */
export interface StoredRecord {
  readonly type: Type;
  readonly samples: readonly Places[];
}

/** A member that tells records apart, and the constants that each of them has there, in the order of the records. */
export interface Tag {
  readonly path: string;
  readonly values: readonly (readonly bigint[])[];
}

/**
 * The members that tell several records apart: integers of the same name, size and sign at one place of all, in which each
 * stores constants that no other one does. Where another is there, one that holds the record's own length is none.
 */
export function tagsOf(records: readonly StoredRecord[], endian: Endian): readonly Tag[] {
  const [head, ...others] = records.map(({ type }) => resolve(type));
  if (head === undefined || !isComposite(head) || others.length === 0 || !others.every(isComposite)) return [];
  const same = others.map((other) => new Set(integersOf(other).map(keyOf)));
  const taken = new Set<string>();
  const found = integersOf(head).flatMap((integer): (Tag & { readonly length: boolean })[] => {
    const place = `${integer.offset} ${integer.size}`;
    if (taken.has(place) || !same.every((keys) => keys.has(keyOf(integer)))) return [];
    const values = records.map(({ samples }) => constantsAt(samples, integer, endian));
    const seen = new Set<bigint>();
    const told = values.every((own) => own.length > 0 && own.every((value) => !seen.has(value) && seen.add(value)));
    if (!told) return [];
    // Of the names that arms of a union have for one place, the first.
    taken.add(place);
    const length = values.every((own, index) => own.length === 1 && Number(own[0]) === sizeOf(records[index]!.type));
    return [{ path: integer.path, values, length }];
  });
  const telling = found.filter(({ length }) => !length);
  return telling.length > 0 ? telling : found;
}

interface Integer {
  readonly path: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

const keyOf = ({ path, offset, size, signed }: Integer): string => `${offset} ${size} ${signed} ${path}`;

function isComposite(type: Type): type is Struct | Union {
  return type.kind === "struct" || type.kind === "union";
}

function integersOf(type: Struct | Union): readonly Integer[] {
  return leavesOf(type).flatMap(({ path, type: own, bitOffset, bitSize, bitfield, dimensions }) => {
    const integer = resolve(own);
    const whole = !bitfield && dimensions.length === 0 && !path.includes("[");
    if (!whole || (integer.kind !== "int" && integer.kind !== "enum" && integer.kind !== "enum64")) return [];
    return [{ path, offset: bitOffset / 8, size: bitSize / 8, signed: integer.signed === true }];
  });
}

/** The constants that stand at a place in every sample, from the least on; empty where one has something else there. */
function constantsAt(samples: readonly Places[], { offset, size, signed }: Integer, endian: Endian): readonly bigint[] {
  const found = new Set<bigint>();
  for (const places of samples) {
    const own = wholeAt(places, offset, size, endian) ?? piecesAt(places, offset, size, endian);
    if (own === undefined) return [];
    for (const value of own) found.add(signed ? BigInt.asIntN(size * 8, value) : value);
  }
  return [...found].sort((a, b) => (a < b ? -1 : 1));
}

/** The constants of one store: compilers store neighbouring members at once. */
function wholeAt(places: Places, offset: number, size: number, endian: Endian): readonly bigint[] | undefined {
  const around = [...places].find(([at, { width }]) => at <= offset && offset + size <= at + width);
  if (around === undefined) return undefined;
  const [at, { width, value }] = around;
  const low = endian === "little" ? offset - at : at + width - offset - size;
  const found: bigint[] = [];
  for (const atom of value.values()) {
    if (atom.kind !== "constant") return undefined;
    found.push(BigInt.asUintN(size * 8, atom.value >> BigInt(low * 8)));
  }
  return found;
}

/** The constant of several stores, as compilers write members that may lie anywhere. */
function piecesAt(places: Places, offset: number, size: number, endian: Endian): readonly bigint[] | undefined {
  if (size === 1) return undefined;
  let whole = 0n;
  for (let byte = 0; byte < size; byte++) {
    const [value, ...others] = wholeAt(places, offset + byte, 1, endian) ?? [];
    if (value === undefined || others.length > 0) return undefined;
    whole |= value << BigInt((endian === "little" ? byte : size - 1 - byte) * 8);
  }
  return [whole];
}
