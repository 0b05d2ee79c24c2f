import {
  type Btf,
  BtfError,
  type Datasec,
  type Elf,
  type NamedType,
  resolve,
  type Struct,
  sizeOf,
  type Type,
  type Union,
} from "@rbgen/btf";
import type { MapDefinition, SentMap } from "../module.ts";
import { type Candidate, candidatesOf, contextsOf, identityOf, nameOf, recordAt, shapeOf } from "./candidates.ts";
import type { Carried } from "./carried.ts";
import type { DebugInfo } from "./dwarf/debug-info.ts";
import { fits } from "./fit.ts";
import { Flow } from "./flow.ts";
import { typesHanded } from "./handed.ts";
import { sampleSize } from "./length.ts";
import { ObjectCode } from "./object-code.ts";
import type { Places } from "./places.ts";
import { type Found, sentOn } from "./sent-map.ts";
import { SourceLines } from "./source-lines.ts";
import { numberOf } from "./value.ts";

/** What an object's code is read with. */
export interface ObjectParts {
  /** The object's name, as the user gave it. */
  readonly path: string;
  readonly btf: Btf;
  readonly elf: Elf;
  readonly types: () => Iterable<NamedType>;
  readonly maps: readonly MapDefinition[];
  readonly sections: readonly Datasec[];
  /** Absent where the object has none. */
  readonly debug?: DebugInfo | undefined;
}

/**
 * What the code of an object sends on which map: the type of the map's value or variable that it sends from, or which a function
 * takes it for, else the only struct of the program that is as long as what is sent, where it is kept for its own sake and the code
 * touches it as one.
 * @throws BtfError for code that contradicts the object, `limit` for code that is too large to be followed.
 */
export function sentByObject(parts: ObjectParts): readonly SentMap[] {
  const code = new ObjectCode(parts.elf);
  const variables = parts.debug?.variables;
  const flow = new Flow(code, (place) => variables?.pointersAt(place) ?? []);
  const carried = flow.read();
  // What was not looked at may send anything.
  if (flow.cut) throw new BtfError("limit", "its code takes more steps to follow than are made");
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
  const found = withoutShared(carried.map((one) => identify(one, reading)));
  const names = new Set(found.flatMap((one) => one.carried.maps));
  const iterators = new Set(found.flatMap(({ carried }) => (carried.verb === "written" ? [carried.program] : [])));
  const onMaps = [...names].map((map) => ({ map, own: found.filter((one) => one.carried.maps.includes(map)) }));
  const byPrograms = [...iterators].map((map) => ({
    map,
    iterator: true as const,
    own: found.filter(({ carried }) => carried.verb === "written" && carried.program === map),
  }));
  return [...onMaps, ...byPrograms].map(({ own, ...target }) => ({ ...target, ...sentOn(own, lines, code) }));
}

/** What a call's bytes are held against. */
interface Reading extends ObjectParts {
  readonly code: ObjectCode;
  readonly structs: () => readonly Candidate[];
}

function identify(carried: Carried, reading: Reading): Found {
  const { source, size } = carried;
  const exact = numberOf(size);
  const bytes = exact === undefined ? undefined : Number(exact);
  const holder = source === undefined ? undefined : typeOfRegion(source.region, source.offset, reading);
  if (holder !== undefined) {
    const type = recordAt(holder.type, holder.offset, bytes);
    const name = type === undefined ? undefined : nameOf(type);
    if (type !== undefined && name !== undefined) return { carried, type, name };
    const whole = scalarsOf(holder.type, holder.offset, bytes);
    if (whole !== undefined && areElements(whole.type, telling(carried.stored))) return { carried, ...whole };
  }
  const sum = [...size.values()].find((atom) => atom.kind === "sum" && atom.least > 0n);
  const wanted = bytes ?? (sum?.kind === "sum" ? Number(sum.least) : undefined);
  if (wanted === undefined || wanted === 0) return { carried };
  const touched = telling(carried.verb === "received" ? carried.loaded : carried.stored);
  const declared = declaredRecords(carried, reading, bytes);
  const local = localRecord(carried, reading, bytes, touched, declared);
  if (local !== undefined) return { carried, ...local };
  const [own, ...rest] = declared;
  // On the stack, one variable may lie where another one did.
  const sure = source?.region.kind !== "stack";
  if (own !== undefined && sure && rest.length === 0 && fits(own.type, touched)) return { carried, ...own };
  const sized = reading.structs().filter((one) => isAsLong(one, carried, bytes));
  const likely = sized.filter((one) => !one.contained && fits(one.type, touched));
  const known = likely.filter(
    (one) => one.kept || declared.some(({ type }) => identityOf(type) === identityOf(one.type)),
  );
  const [only] = known;
  // By its size alone anything may be a record of the size of another: the code must touch its members, too.
  const least = wanted <= 8 ? 2 : 1;
  if (only !== undefined && sized.length === 1 && touched.size >= least) {
    return { carried, type: only.type, name: only.name, bySize: wanted };
  }
  const ranked = new Set([...declared, ...known, ...likely, ...sized].map(({ name }) => name));
  return { carried, candidates: [...ranked] };
}

/** Structs that functions of the program take the bytes for, of those that are as long. */
function declaredRecords(
  carried: Carried,
  { code, btf, debug }: Reading,
  bytes: number | undefined,
): readonly { readonly type: Struct | Union; readonly name: string }[] {
  const found = new Map<string, { readonly type: Struct | Union; readonly name: string }>();
  for (const declared of [...typesHanded(carried.handed, code, btf), ...carried.declared]) {
    const [type, name] = [resolve(declared), oneName(declared, debug)];
    if ((type.kind !== "struct" && type.kind !== "union") || name === undefined) continue;
    if (isAsLong({ type, ...shapeOf(type) }, carried, bytes)) found.set(name, { type, name });
  }
  return [...found.values()];
}

/** What `--map` calls a type; undefined where functions define several of that name. */
function oneName(type: Type, debug: DebugInfo | undefined): string | undefined {
  const name = nameOf(type);
  return name === undefined || debug?.types.isAmbiguous(name.replace(/^\w+ /, "")) === true ? undefined : name;
}

/**
 * The variable that bytes in a function's frame are, by its debug information: the only one in scope that is as long, or of
 * several the one that a pointer to them is declared as.
 */
function localRecord(
  carried: Carried,
  { debug }: Reading,
  bytes: number | undefined,
  touched: Places,
  declared: readonly { readonly type: Type; readonly name: string }[],
): { readonly type: Type; readonly name: string } | undefined {
  if (debug === undefined || carried.frame === undefined) return undefined;
  const found = new Map<string, { readonly type: Type; readonly name: string }>();
  for (const local of debug.variables.inFrame(carried.frame)) {
    const [type, name] = [resolve(local), oneName(local, debug)];
    if (type.kind === "struct" || type.kind === "union") {
      if (name === undefined || !isAsLong({ type, ...shapeOf(type) }, carried, bytes)) continue;
      if (fits(type, touched)) found.set(name, { type: local, name });
    } else if (name !== undefined && type.kind === "int" && sizeOf(local) === bytes)
      found.set(name, { type: local, name });
    else {
      const whole = scalarsOf(local, 0, bytes);
      // Text is what a buffer is declared as, whatever is put into it.
      if (whole !== undefined && !whole.name.startsWith("char[") && areElements(whole.type, touched))
        found.set(whole.name, whole);
    }
  }
  const pointed = declared.filter(({ name }) => found.size === 0 || found.has(name));
  const [only, ...others] = found.size === 1 ? found.values() : pointed;
  if (only === undefined || others.length > 0) return undefined;
  const type = resolve(only.type);
  return (type.kind === "struct" || type.kind === "union") && !fits(type, touched) ? undefined : only;
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
    const { name, bySize, carried } = one;
    if (name === undefined || bySize === undefined || (maps.get(name)?.size ?? 0) < 2) return one;
    return { carried, candidates: [name] };
  });
}

/** Whether a sample of `bytes`, or of a size that only a run knows, may be this struct: whole, or with a part of the array that ends it. */
function isAsLong(
  { type, size, tail, open: flexible }: Pick<Candidate, "type" | "size" | "tail" | "open">,
  carried: Carried,
  bytes: number | undefined,
): boolean {
  if (bytes !== undefined) return size === bytes;
  if (tail === undefined) return false;
  const { bytes: least, length } = sampleSize(carried.size, type, carried.stored);
  const last = resolve(type.members.at(-1)?.type ?? type);
  const each = last.kind === "array" ? BigInt(sizeOf(last.element)) : 0n;
  if (length !== undefined && length.each !== 1n && length.each !== each) return false;
  return Number(least) === tail || (flexible && Number(least) === size);
}

/** Places that say what is there: 0 clears any bytes, and what is left of a store has no beginning of its own. */
function telling(places: Places): Places {
  return new Map([...places].filter(([, { value, rest }]) => numberOf(value) !== 0n && rest !== true));
}

/** Where a region is of a type: the value of a map, or a global variable. */
function typeOfRegion(
  region: NonNullable<Carried["source"]>["region"],
  offset: number,
  parts: ObjectParts,
): { readonly type: Type; readonly offset: number } | undefined {
  if (region.kind === "element") {
    const value = parts.maps.find(({ name }) => name === region.map)?.value;
    return value && { type: value, offset };
  }
  if (region.kind !== "data") return undefined;
  const section = parts.sections.find(({ name }) => name === region.section);
  const entry = section?.variables.filter((one) => one.offset <= offset).at(-1);
  if (entry?.variable.kind !== "var" || offset >= entry.offset + sizeOf(entry.variable.type)) return undefined;
  return { type: entry.variable.type, offset: offset - entry.offset };
}

/** Whether each number that the code stored in an array is an element of it: else it is room for something else. */
function areElements(array: Type, touched: Places): boolean {
  const bare = resolve(array);
  const each = bare.kind === "array" ? sizeOf(bare.element) : 0;
  return [...touched].every(([offset, { width, alone }]) => alone !== true || (width === each && offset % each === 0));
}

/** A global integer, or an array of them, that is sent whole. */
function scalarsOf(type: Type, offset: number, bytes: number | undefined): { type: Type; name: string } | undefined {
  const bare = resolve(type);
  if (offset !== 0 || sizeOf(type) !== bytes || bare.kind !== "array") return undefined;
  const name = resolve(bare.element).kind === "int" ? nameOf(bare.element) : undefined;
  return name === undefined ? undefined : { type, name: `${name}[${bare.count}]` };
}
