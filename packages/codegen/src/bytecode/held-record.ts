import { type DebugInfo, type FrameVariable, resolve, type Struct, sizeOf, type Type, type Union } from "@rbgen/btf";
import { nameOf } from "./candidates.ts";
import type { Carried } from "./carried.ts";
import { fits, fitsElement } from "./fit.ts";
import type { Places } from "./places.ts";
import type { Reading } from "./reading.ts";
import { isBuffer, isHeldBy, recordsAt } from "./records-at.ts";
import { variableAt } from "./variable-at.ts";

/** A type, and what `--map` calls it. */
export interface Named {
  readonly type: Type;
  readonly name: string;
}

/** A struct that a pointer to the bytes is declared to point to. */
export interface Declared extends Named {
  readonly type: Struct | Union;
}

/** Bytes of which it is asked what they are. */
export interface Asked {
  readonly carried: Carried;
  /** How many; undefined where code computes it. */
  readonly bytes: number | undefined;
  /** What the code does with them that tells. */
  readonly touched: Places;
  /** Structs as long that pointers to them are declared to point to. */
  readonly declared: readonly Declared[];
}

/** What a place of a known type says of the bytes: a record, or which ones they may be. */
export type Held = Named | { readonly candidates: readonly string[] };

/**
 * What bytes are by the type of what they lie in: the value of a map, a global variable, or a variable in a function's frame. Of
 * several members of a union it is the one that the code's stores fit. A pointer that is declared to another struct tells
 * that the place is mere room. Undefined where the place has no type, or is no record.
 */
export function heldRecord(asked: Asked, reading: Reading): Held | undefined {
  const { source } = asked.carried;
  if (source?.region.kind === "stack") return recordInFrame(asked, reading);
  const holder = source === undefined ? undefined : typeOfRegion(source.region, source.offset, reading);
  return holder === undefined ? undefined : recordIn(holder, asked);
}

interface Place {
  readonly type: Type;
  /** Bytes. */
  readonly offset: number;
}

function recordIn({ type, offset }: Place, asked: Asked): Held | undefined {
  const { bytes, touched, declared } = asked;
  const whole = arrayAt(type, offset, bytes);
  const there = whole === undefined ? recordsAt(type, offset, bytes).flatMap(named) : [whole];
  const isSaid = declared.some((one) => there.some((own) => isHeldBy(one.type, own.type)));
  if (there.length > 0 && declared.length > 0 && !isSaid) {
    const [only, ...others] = declared.filter((one) => fits(one.type, touched, true));
    return only !== undefined && others.length === 0 ? only : { candidates: namesOf([...declared, ...there], bytes) };
  }
  const [own, ...others] = there.filter((one) => canBe(one.type, touched));
  if (own !== undefined && others.length === 0) return own;
  return there.length > 1 ? { candidates: namesOf(there, bytes) } : undefined;
}

function named(type: Type): readonly Named[] {
  const name = nameOf(type);
  return name === undefined ? [] : [{ type, name }];
}

/** Those that are as long: of a longer one, less is sent than it has. */
function namesOf(all: readonly Named[], bytes: number | undefined): readonly string[] {
  const asLong = all.filter(({ type }) => bytes === undefined || sizeOf(type) === bytes);
  return [...new Set(asLong.map(({ name }) => name))];
}

/** Whether the code's stores may be those of a type that the place has. */
function canBe(type: Type, touched: Places): boolean {
  const bare = resolve(type);
  if (bare.kind === "array") return areElements(bare, touched);
  if (bare.kind !== "struct" && bare.kind !== "union") return true;
  // Beyond it there is more than this, where a run decides how much is sent.
  const inside = new Map([...touched].filter(([at, { width }]) => at + width <= bare.size));
  if (isBuffer(bare)) return [...inside.values()].every(({ alone, width }) => alone !== true || width === 1);
  return fits(bare, inside, true);
}

/**
 * What bytes in a function's frame are by its debug information: the record that the variable there is, or holds; where it is
 * a mere buffer, what the only pointer to it is declared to point to.
 */
function recordInFrame(asked: Asked, { debug }: Reading): Held | undefined {
  const { carried, touched, declared } = asked;
  const { frame, source } = carried;
  if (debug === undefined || frame === undefined || source === undefined) return undefined;
  const found = new Map<string, Named | undefined>();
  for (const place of placesInFrame(debug.variables.inFrame(frame.place), frame.depth, source.offset)) {
    const own = recordIn(place, asked);
    // Text is what a buffer is declared as, whatever is put into it.
    const isRecord = own !== undefined && "name" in own && !own.name.startsWith("char[");
    if (isRecord && isOnlyOne(own.name, debug)) found.set(own.name, own);
    else found.set("", undefined);
  }
  const [only, ...others] = found.values();
  if (only !== undefined && others.length === 0) return only;
  const [pointed, ...more] = declared.filter((one) => fits(one.type, touched, true));
  const isOpen = found.size === 0 || found.has("");
  if (pointed !== undefined && more.length === 0 && (isOpen || found.has(pointed.name))) return pointed;
  if (found.size === 0 && declared.length === 0) return undefined;
  const there = [...found.values()].filter((one) => one !== undefined);
  return { candidates: namesOf([...there, ...declared], asked.bytes) };
}

/** The variables that lie at byte `offset` from the end of a frame, and where that is in them: some are never there at once. */
function placesInFrame(locals: readonly FrameVariable[], depth: number, offset: number): readonly Place[] {
  const bytes = frameBytes(depth);
  // One that is not all of it in the frame tells that the code does not use the whole frame.
  if (locals.some((local) => local.offset < 0 || local.offset + sizeOf(local.type) > bytes)) return [];
  return locals
    .map((local): Place => ({ type: local.type, offset: offset + bytes - local.offset }))
    .filter((place) => place.offset >= 0 && place.offset < sizeOf(place.type));
}

/** Whether no other type is called so. */
function isOnlyOne(name: string, { types }: DebugInfo): boolean {
  return !types.isAmbiguous(name.replace(/^\w+ |\[\d+\]$/g, ""));
}

/** Bytes of a frame that is used to `depth` bytes below its end: it is aligned as numbers of 8 bytes are. */
const frameBytes = (depth: number): number => Math.ceil(depth / 8) * 8;

/** Where a region is of a type: the value of a map, or a global variable. */
function typeOfRegion(
  region: NonNullable<Carried["source"]>["region"],
  offset: number,
  reading: Reading,
): Place | undefined {
  if (region.kind === "element") {
    const value = reading.maps.find(({ name }) => name === region.map)?.value;
    return value && { type: value, offset };
  }
  if (region.kind !== "data") return undefined;
  return variableAt(reading.sections, region.section, offset);
}

/** Whether what the code stored in an array is in its elements: else it is room for something else. */
function areElements(array: Type, touched: Places): boolean {
  const bare = resolve(array);
  const element = bare.kind === "array" ? resolve(bare.element) : bare;
  if (element.kind === "struct" || element.kind === "union")
    return [...touched].every(([offset, stored]) => fitsElement(element, offset, stored, true));
  const each = sizeOf(element);
  return [...touched].every(([offset, { width, alone }]) => alone !== true || (width === each && offset % each === 0));
}

/** A variable that is an array of numbers or structs, and is sent whole. */
function arrayAt(type: Type, offset: number, bytes: number | undefined): Named | undefined {
  const bare = resolve(type);
  if (offset !== 0 || sizeOf(type) !== bytes || bare.kind !== "array") return undefined;
  const element = resolve(bare.element);
  const isRecord = element.kind === "int" || element.kind === "struct" || element.kind === "union";
  const name = isRecord ? nameOf(bare.element) : undefined;
  return name === undefined ? undefined : { type, name: `${name}[${bare.count}]` };
}
