import { type Endian, leavesOf, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import { areConstants, areOverlapping, constantsIn, type Places } from "./places.ts";

/** A record, and what each call that sends it stored in it. */
export interface StoredRecord {
  readonly type: Type;
  readonly samples: readonly Places[];
}

/** What one record holds in a member: constants, with the member's sign, or why and in which of its samples they are not known. */
export type Held = { readonly values: readonly bigint[] } | { readonly why: string; readonly sample: number };

/** A member that all records have at one place, and what each of them holds there, in the order of the records. */
export interface Candidate {
  readonly path: string;
  readonly held: readonly Held[];
}

/** A member that tells records apart, and the constants that each of them has there, in the order of the records. */
export interface Tag {
  readonly path: string;
  readonly values: readonly (readonly bigint[])[];
}

/**
 * The members that tell several records apart: integers of the same name, size and sign at one place of all, in which each
 * stores constants that no other one does. Where another is there, one that holds the record's own length is none. Where just
 * one tells them apart there are no `candidates`; else they are those that do, or of which constants are known of some record.
 */
export function tagsOf(
  records: readonly StoredRecord[],
  endian: Endian,
): { readonly tags: readonly Tag[]; readonly candidates: readonly Candidate[] } {
  const held = commonIntegers(records).map(
    (integer): Candidate => ({
      path: integer.path,
      held: records.map(({ samples }) => heldIn(samples, integer, endian)),
    }),
  );
  const told = held.flatMap(({ path, held: all }): Tag[] => {
    const values = all.map((own) => ("values" in own ? own.values : []));
    const seen = new Set<bigint>();
    const apart = values.every((own) => own.length > 0 && own.every((value) => !seen.has(value) && seen.add(value)));
    return apart ? [{ path, values }] : [];
  });
  const isLength = ({ values }: Tag): boolean =>
    values.every((own, index) => own.length === 1 && Number(own[0]) === sizeOf(records[index]!.type));
  const others = told.filter((tag) => !isLength(tag));
  const tags = others.length > 0 ? others : told;
  if (tags.length === 1) return { tags, candidates: [] };
  if (tags.length > 1) return { tags, candidates: held.filter(({ path }) => tags.some((tag) => tag.path === path)) };
  const known = (candidate: Candidate): number => candidate.held.filter((own) => "values" in own).length;
  const candidates = held.filter((candidate) => known(candidate) > 0);
  return { tags, candidates: candidates.sort((a, b) => known(b) - known(a)) };
}

interface Integer {
  readonly path: string;
  /** Bytes. */
  readonly offset: number;
  readonly size: number;
  readonly signed: boolean;
}

const keyOf = ({ path, offset, size, signed }: Integer): string => `${offset} ${size} ${signed} ${path}`;

/** The integers that all records have: of the names that arms of a union have for one place, the first. */
function commonIntegers(records: readonly StoredRecord[]): readonly Integer[] {
  const [head, ...others] = records.map(({ type }) => resolve(type));
  if (head === undefined || !isComposite(head) || others.length === 0 || !others.every(isComposite)) return [];
  const same = others.map((other) => new Set(integersOf(other).map(keyOf)));
  const taken = new Set<string>();
  return integersOf(head).filter((integer) => {
    const place = `${integer.offset} ${integer.size}`;
    if (taken.has(place) || !same.every((keys) => keys.has(keyOf(integer)))) return false;
    taken.add(place);
    return true;
  });
}

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

/** The constants that stand at a place in every sample, from the least on. */
function heldIn(samples: readonly Places[], { offset, size, signed }: Integer, endian: Endian): Held {
  const found = new Set<bigint>();
  for (const [sample, places] of samples.entries()) {
    const own = constantsIn(places, offset, size, endian);
    if (own === undefined) {
      const isOpen = [...places].some(
        ([at, { width, value }]) => areOverlapping(at, width, offset, size) && !areConstants(value),
      );
      const why = isOpen
        ? "what is stored there may be no constant"
        : "what stands there is not certain on each path that leads here";
      return { why: `not known, ${why}`, sample };
    }
    for (const atom of own.values()) {
      if (atom.kind === "constant") found.add(signed ? BigInt.asIntN(size * 8, atom.value) : atom.value);
    }
  }
  return { values: [...found].sort((a, b) => (a < b ? -1 : 1)) };
}
