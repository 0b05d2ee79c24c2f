import { resolve, sizeOf, type Type } from "@rbgen/btf";
import type { SentMap } from "../module.ts";
import { type Candidate, candidatesOf, contextsOf, identityOf, shapeOf } from "./candidates.ts";
import type { Carried } from "./carried.ts";
import { fits } from "./fit.ts";
import { Flow } from "./flow.ts";
import { typesHanded } from "./handed.ts";
import { type Declared, heldRecord } from "./held-record.ts";
import { type SizedRecord, sampleSize } from "./length.ts";
import { ObjectCode } from "./object-code.ts";
import { areConstants, type Places } from "./places.ts";
import { type ObjectParts, oneName, type Reading } from "./reading.ts";
import { isHeldBy } from "./records-at.ts";
import { roomOf } from "./room.ts";
import { type Found, sentOn } from "./sent-map.ts";
import { SourceLines } from "./source-lines.ts";
import { numberOf } from "./value.ts";

/**
 * What the code of an object sends on which map: the type of the map's value or variable that it sends from, or which a function
 * takes it for, else the only struct of the program that is as long as what is sent, where it is kept for its own sake and the code
 * touches it as one.
 * @throws BtfError for code that contradicts the object.
 */
export function sentByObject(parts: ObjectParts): readonly SentMap[] {
  const code = new ObjectCode(parts.elf);
  const variables = parts.debug?.variables;
  const carried = Flow.read({ code, maps: parts.maps, pointersAt: (place) => variables?.pointersAt(place) ?? [] });
  if (carried.length === 0) return [];
  const lines = new SourceLines(parts.btf, code, parts.path);
  const contexts = contextsOf(parts.btf, code.programs);
  let structs: readonly Candidate[] | undefined;
  const { btf, types, maps, sections } = parts;
  const reading: Reading = {
    ...parts,
    code,
    structs: () => (structs ??= candidatesOf(btf, types(), maps, contexts, sections)),
  };
  const identified = carried.map((one) => ({ carried: one, room: roomOf(one, reading), ...identify(one, reading) }));
  const found = withoutShared(identified.filter((one) => !isPartOfOther(one, identified)));
  const defined = new Set(maps.map(({ name }) => name));
  const isMap = (name: string): boolean => defined.has(name) || !code.isElsewhere(name);
  const names = new Set(found.flatMap((one) => one.carried.maps).filter(isMap));
  const iterators = new Set(found.flatMap(({ carried }) => (carried.verb === "written" ? [carried.program] : [])));
  const onMaps = [...names].map((map) => ({ map, own: found.filter((one) => one.carried.maps.includes(map)) }));
  const byPrograms = [...iterators].map((map) => ({
    map,
    iterator: true as const,
    own: found.filter(({ carried }) => carried.verb === "written" && carried.program === map),
  }));
  return [...onMaps, ...byPrograms].map(({ own, ...target }) => ({ ...target, ...sentOn(own, lines, code) }));
}

/** What bytes are said to be. */
type Identity = Omit<Found, "carried" | "room">;

function identify(carried: Carried, reading: Reading): Identity {
  const { source, size } = carried;
  if (carried.part !== undefined || carried.mixed === true || carried.limit !== undefined) return {};
  const exact = numberOf(size);
  const bytes = exact === undefined ? undefined : Number(exact);
  const touched = telling(carried.verb === "received" ? carried.loaded : carried.stored);
  const declared = declaredRecords(carried, reading, bytes);
  const held = heldRecord({ carried, bytes, touched, declared }, reading);
  if (held !== undefined) return held;
  const sum = [...size.values()].find((atom) => atom.kind === "sum" && atom.least > 0n);
  const wanted = bytes ?? (sum?.kind === "sum" ? Number(sum.least) : undefined);
  if (wanted === undefined || wanted === 0) return {};
  const [own, ...rest] = declared;
  // On the stack, one variable may lie where another one did.
  const sure = source?.region.kind !== "stack";
  if (own !== undefined && sure && rest.length === 0 && fits(own.type, touched, true)) return own;
  const room = roomOf(carried, reading);
  const sized = reading.structs().filter((one) => isAsLong(one, { ...carried, room }, bytes));
  const likely = sized.filter((one) => !one.contained && fits(one.type, touched));
  const known = likely.filter(
    (one) => one.kept || declared.some(({ type }) => identityOf(type) === identityOf(one.type)),
  );
  const [only] = known;
  // By its size alone anything may be a record of the size of another: the code must touch its members, too, not the whole alone.
  const least = wanted <= 8 ? 2 : 1;
  const members = [...touched].filter(([, { width, value }]) => width !== bytes || areConstants(value));
  const isGuess = sized.length === 1 && members.length >= least && !isOfOther(only?.type, carried, reading);
  if (only !== undefined && isGuess) {
    return { type: only.type, name: only.name, bySize: wanted };
  }
  const ranked = new Set([...declared, ...known, ...likely, ...sized].map(({ name }) => name));
  return { candidates: [...ranked] };
}

/** Structs that functions and variables of the program take the bytes for. */
function structsDeclared(carried: Carried, { code, btf, debug }: Reading): readonly Declared[] {
  const found = new Map<string, Declared>();
  for (const declared of [...typesHanded(carried.handed, code, btf), ...carried.declared]) {
    const [type, name] = [resolve(declared), oneName(declared, debug)];
    if ((type.kind === "struct" || type.kind === "union") && name !== undefined) found.set(name, { type, name });
  }
  return [...found.values()];
}

/** {@link structsDeclared} that are as long. */
function declaredRecords(carried: Carried, reading: Reading, bytes: number | undefined): readonly Declared[] {
  const sized = { ...carried, room: roomOf(carried, reading) };
  return structsDeclared(carried, reading).filter(({ type }) => isAsLong({ type, ...shapeOf(type) }, sized, bytes));
}

/** Whether the program says that the bytes are a part of something else: of a sample of its own, or of a struct that does not lie in `type`. */
function isOfOther(type: Type | undefined, carried: Carried, reading: Reading): boolean {
  const region = carried.source?.region;
  if (carried.verb === "sent" && region?.kind === "sample" && region.bytes !== numberOf(carried.size)) return true;
  return (
    type !== undefined &&
    structsDeclared(carried, reading).some((one) => one.type.size > 0 && !isHeldBy(one.type, type))
  );
}

/** Whether the code looks at a part of what it looks at as a record of the map, too. */
function isPartOfOther({ carried: { part, maps, size } }: Found, all: readonly Found[]): boolean {
  const bytes = numberOf(size);
  const at = part?.at;
  if (at === undefined || bytes === undefined) return false;
  return all.some(
    ({ carried, type }) =>
      type !== undefined && maps.every((map) => carried.maps.includes(map)) && at + bytes <= BigInt(sizeOf(type)),
  );
}

/**
 * A struct that nothing but its size tells is the record of one map: two that share it may as well differ in what compilers
 * dropped.
 */
function withoutShared(found: readonly Found[]): readonly Found[] {
  const maps = new Map<string, Set<string>>();
  for (const { name, bySize, carried } of found) {
    if (name === undefined || bySize === undefined) continue;
    maps.set(name, (maps.get(name) ?? new Set()).add([...carried.maps].sort().join(" ")));
  }
  return found.map((one) => {
    const { name, bySize, carried, room } = one;
    if (name === undefined || bySize === undefined || (maps.get(name)?.size ?? 0) < 2) return one;
    return { carried, room, candidates: [name] };
  });
}

/** Whether a sample of `bytes`, or of a size that only a run knows, may be this struct: whole, or with a part of the array that ends it. */
function isAsLong(
  { type, size, tail, open: flexible }: Pick<Candidate, "type" | "size" | "tail" | "open">,
  { size: sent, ...record }: Omit<SizedRecord, "type"> & Pick<Carried, "size">,
  bytes: number | undefined,
): boolean {
  if (bytes !== undefined) return size === bytes;
  if (tail === undefined) return false;
  const { bytes: least, length } = sampleSize(sent, { ...record, type });
  const last = resolve(type.members.at(-1)?.type ?? type);
  const each = last.kind === "array" ? BigInt(sizeOf(last.element)) : 0n;
  if (length !== undefined && length.each !== 1n && length.each !== each) return false;
  return Number(least) === tail || (flexible && Number(least) === size);
}

/** Places that say what is there: 0 clears any bytes, and what is left of a store has no beginning of its own. */
function telling(places: Places): Places {
  return new Map([...places].filter(([, { value, rest }]) => numberOf(value) !== 0n && rest !== true));
}
