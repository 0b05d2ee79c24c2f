import type { Type } from "@rbgen/btf";
import { counted } from "../../diagnostics/counted.ts";
import { sizeOf } from "../type/abi.ts";
import type { Range } from "./definition.ts";
import type { Doubt } from "./doubt.ts";
import { type IntegerMember, integersAt, isIntegerAt, namedIntegers } from "./integer-member.ts";
import type { Held, StoredConstants } from "./stored-constants.ts";

/** Members of which it is looked whether they tell records apart. */
const mostMembers = 64;

/** A record, and what is stored into it at each place that sends it. */
export interface StoredRecord {
  readonly type: Type;
  readonly stored: readonly StoredConstants[];
}

/** What one record holds in a member: constants, with the member's sign, or what is not known. */
export type Told = { readonly values: readonly bigint[] } | Doubt;

/** A member that all records have at one place, and what each of them holds there, in the order of the records. */
export interface Candidate {
  readonly path: string;
  readonly paths?: readonly string[];
  readonly held: readonly Told[];
}

/** A member that tells records apart, and the constants that each of them has there, in the order of the records. */
export interface Tag {
  readonly path: string;
  /** Its path in each record, where that is not the same in all. */
  readonly paths?: readonly string[];
  readonly values: readonly (readonly bigint[])[];
}

/**
 * The members that tell several records apart: integers of the same name, size and sign at one place of all, in which each
 * holds constants that no other one does. A header that is sent alone has the member without the name of the header: where no
 * other member tells them apart, that is one, too. Members that are stored to before each of them is sent come before those that memory
 * of zeros says; where another is there, one that holds the record's own length is none. Where nothing tells them apart,
 * `candidates` are the members that they have in common, with what is known of each.
 */
export function tagsOf(records: readonly StoredRecord[]): {
  readonly tags: readonly Tag[];
  readonly candidates: readonly Candidate[];
} {
  const all = records.flatMap(({ stored }) => stored);
  const places = new Map(all.flatMap((stored) => [...stored.places]));
  const everywhere = [...places].filter(([key]) => all.every((stored) => stored.places.has(key)));
  const explicit = everywhere.slice(0, mostMembers).flatMap(([, place]) => candidateAt(records, place));
  const tags = telling(records, explicit);
  if (tags.length > 0) return { tags, candidates: severalOf(tags) };
  const rest = [...places].filter(([key]) => !all.every((stored) => stored.places.has(key)));
  const others = rest.slice(0, mostMembers).flatMap(([, place]) => candidateAt(records, place));
  const known = (candidate: Candidate): number => candidate.held.filter((own) => "values" in own).length;
  const candidates = [...explicit, ...others].map((one) => ({ ...one, held: one.held.map(unsure) }));
  candidates.sort((a, b) => known(b) - known(a));
  const implied = telling(records, others);
  if (implied.length === 0) {
    const headed = telling(
      records,
      everywhere.slice(0, mostMembers).flatMap(([, place]) => headedAt(records, place)),
    );
    if (headed.length === 1) return { tags: headed, candidates: [] };
  }
  return { tags: implied, candidates: implied.length > 0 ? severalOf(implied) : [...candidates, ...apart(records)] };
}

/** What is told where more than one member is a tag. */
function severalOf(tags: readonly Tag[]): readonly Candidate[] {
  return tags.length === 1
    ? []
    : tags.map(({ path, values }) => ({ path, held: values.map((own) => ({ values: own })) }));
}

function unsure(held: Told): Told {
  return "values" in held ? held : { ...held, why: `not known, ${held.why}` };
}

/** Members that records have under one name, and not as one integer at one place: those that are stored to. */
function apart(records: readonly StoredRecord[]): readonly Candidate[] {
  const members = records.map(({ type }) => namedIntegers(type));
  const [first = new Map<string, IntegerMember>(), ...others] = members;
  const paths = [...first.keys()].filter((path) => others.every((own) => own.has(path)));
  return paths.flatMap((path): readonly Candidate[] => {
    const all = members.map((own) => own.get(path)!);
    const [one] = all;
    const bits = all.some(({ width }) => width !== undefined);
    const elsewhere = all.some(
      (other) => other.bits !== one?.bits || other.size !== one.size || other.signed !== one.signed,
    );
    if (!bits && !elsewhere) return [];
    const why = (own: IntegerMember): string =>
      own.width !== undefined
        ? "a bit-field, which is no tag"
        : `${counted(own.size, "byte")}${own.signed ? " with a sign" : ""} at byte ${own.bits / 8}`;
    return [{ path, held: all.map((own) => ({ why: why(own), pos: undefined })) }];
  });
}

function candidateAt(records: readonly StoredRecord[], place: Range): readonly Candidate[] {
  const [first, ...others] = records;
  if (first === undefined || others.length === 0) return [];
  const member = integersAt(first.type, place).find(({ path, signed }) =>
    others.every(({ type }) => isIntegerAt(type, path, place, signed)),
  );
  return member === undefined ? [] : [{ path: member.path, held: heldAt(records, place, member.signed) }];
}

function heldAt(records: readonly StoredRecord[], place: Range, signed: boolean): readonly Told[] {
  return records.map(({ stored }) =>
    joined(
      stored.map((own) => own.at(place)),
      place,
      signed,
    ),
  );
}

/** An integer that some records have in a struct which others are: `hdr.kind` of an event, and `kind` of a header. */
function headedAt(records: readonly StoredRecord[], place: Range): readonly Candidate[] {
  const members = records.map(({ type }) => integersAt(type, place)[0]);
  const [first] = members;
  if (first === undefined || members.some((own) => own?.signed !== first.signed)) return [];
  const paths = members.map((own) => own?.path ?? "");
  const shortest = paths.reduce((a, b) => (b.length < a.length ? b : a));
  if (!paths.every((path) => path === shortest || path.endsWith(`.${shortest}`))) return [];
  return [{ path: first.path, paths, held: heldAt(records, place, first.signed) }];
}

/** Of one record sent at several places: what it holds at any of them. */
function joined(all: readonly Held[], { size }: Range, signed: boolean): Told {
  const values = new Set<bigint>();
  for (const held of all) {
    if (!("values" in held)) return held;
    for (const value of held.values) values.add(signed ? BigInt.asIntN(size * 8, value) : value);
  }
  return { values: [...values] };
}

/** Those of `candidates` that tell the records apart. */
function telling(records: readonly StoredRecord[], candidates: readonly Candidate[]): readonly Tag[] {
  const tags = candidates.flatMap(({ path, paths, held }): (Tag & { readonly length: boolean })[] => {
    const seen = new Set<bigint>();
    const values = held.map((own) => ("values" in own ? own.values : []));
    const told = values.every((own) => own.length > 0 && own.every((value) => !seen.has(value) && seen.add(value)));
    const length = values.every((own, index) => own.length === 1 && Number(own[0]) === sizeOf(records[index]!.type));
    return told ? [{ path, ...(paths && { paths }), values, length }] : [];
  });
  const others = tags.filter(({ length }) => !length);
  return others.length > 0 ? others : tags;
}
