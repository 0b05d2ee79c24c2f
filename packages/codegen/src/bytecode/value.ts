/** A place that pointers point into; two pointers into one have the same. */
export type Region =
  | { readonly kind: "stack"; readonly key: string }
  /** What a call gave: a reserved sample, what a dynptr is over. A pointer that the dynptr gives may be null while that is there. */
  | { readonly kind: "sample"; readonly key: string; readonly dynptr?: true; readonly bytes?: bigint | undefined }
  /** The value of an element of a map, by the call that looked it up: others may have been the same. */
  | { readonly kind: "element"; readonly key: string; readonly map: string; readonly of: MapKind }
  /** A section of global variables. */
  | { readonly kind: "data"; readonly key: string; readonly section: string };

/** What maps have in common that may stand in the same slots of a map of maps (`bpf_map_meta_equal`). */
export interface MapKind {
  /** As in a map's definition; undefined where nothing says it. */
  readonly type: string | undefined;
  /** Bytes of a value, where they are known. */
  readonly valueBytes: number | undefined;
  /** It goes by the name of a map of maps, whose slots may hold any map of the kind. */
  readonly inSlot: boolean;
}

/** A number that only a run knows, and that is known where it comes up again. */
export interface Term {
  /** What gave it: two terms of one origin are the same number, as far as both keep its bits. */
  readonly origin: string;
  /** Bits of it that are kept, from the lowest on. */
  readonly bits: number;
  /** What it is multiplied by. */
  readonly times: bigint;
  /** Memory gave it, as it does where the code copies; that of a stack may hold pointers, too. */
  readonly loaded?: "memory" | "stack";
}

/** One thing that a register may hold. */
export type Atom =
  | { readonly kind: "unknown"; readonly key: "?" }
  | { readonly kind: "constant"; readonly key: string; readonly value: bigint }
  /** Not less than `least` as far as the code shows: an unknown number was added. */
  | { readonly kind: "sum"; readonly key: string; readonly least: bigint; readonly term?: Term }
  | { readonly kind: "map"; readonly key: string; readonly map: string }
  /** Into a region, to a byte of it that is known or not. */
  | { readonly kind: "pointer"; readonly key: string; readonly region: Region; readonly offset: number | undefined }
  | { readonly kind: "function"; readonly key: string; readonly section: number; readonly at: number };

/** All that a register may hold on the paths that lead to an instruction, by key. */
export type Value = ReadonlyMap<string, Atom>;

/** Things that a value is told apart into; beyond, it is unknown. */
const mostAtoms = 8;

export const unknownAtom: Atom = { kind: "unknown", key: "?" };
export const unknown: Value = new Map([["?", unknownAtom]]);

/** More things than are told apart, a pointer to anything among them: nothing is added to it. */
export const anything: Value = new Map([["*", unknownAtom]]);

export function one(atom: Atom): Value {
  return new Map([[atom.key, atom]]);
}

export function constantAtom(value: bigint): Atom {
  const wrapped = BigInt.asUintN(64, value);
  return { kind: "constant", key: `c${wrapped}`, value: wrapped };
}

export function constant(value: bigint): Value {
  return one(constantAtom(value));
}

/** @param term what is added; absent where it is not told from others */
export function sumAtom(least: bigint, term?: Term): Atom {
  const wrapped = BigInt.asUintN(64, least);
  if (term === undefined) return { kind: "sum", key: `s${wrapped}`, least: wrapped };
  const { origin, bits, times } = term;
  return { kind: "sum", key: `s${wrapped}+${times}*${origin}:${bits}`, least: wrapped, term };
}

/** A number that nothing is known of, but that it is the one which `origin` gave. */
export function numberFrom(origin: string, bits = 64, loaded?: Term["loaded"]): Value {
  return one(sumAtom(0n, { origin, bits, times: 1n, ...(loaded !== undefined && { loaded }) }));
}

/** Whether it may be a constant, or what memory held: several numbers side by side, as well as one. */
export function mayBeSeveral(value: Value): boolean {
  return [...value.values()].every((atom) => {
    if (atom.kind === "sum") return atom.least === 0n && atom.term?.times === 1n && atom.term.loaded !== undefined;
    return atom.kind === "constant";
  });
}

/** `value` where `origin` gives another number from now on. */
export function without(value: Value, origin: string): Value {
  if (![...value.values()].some((atom) => atom.kind === "sum" && atom.term?.origin === origin)) return value;
  return each(value, (atom) => (atom.kind === "sum" && atom.term?.origin === origin ? forgotten(atom) : atom));
}

/** `value` where pointers that the call `origin` gave before lead to one of the regions that it gives, at some byte. */
export function aged(value: Value, origin: string): Value {
  const isOld = (atom: Atom): boolean => atom.kind === "pointer" && isGivenBy(atom.region, origin);
  if (![...value.values()].some(isOld)) return value;
  return each(value, (atom) => (atom.kind === "pointer" && isOld(atom) ? pointerAtom(atom.region, undefined) : atom));
}

/** `value` where calls and numbers of the call `path` give others from now on: `aged`, or not told from others. */
export function agedWithin(value: Value, path: string): Value {
  const isOld = (atom: Atom): boolean => {
    const given = atom.kind === "pointer" ? atom.region.key : atom.kind === "sum" ? atom.term?.origin : undefined;
    return given?.startsWith(`${path}/`) === true;
  };
  if (![...value.values()].some(isOld)) return value;
  return each(value, (atom) => {
    if (!isOld(atom)) return atom;
    return atom.kind === "pointer" ? pointerAtom(atom.region, undefined) : atom.kind === "sum" ? forgotten(atom) : atom;
  });
}

/** `value` where pointers that are known to lead into a region are null, since there is none. */
export function nulled(value: Value, region: string): Value {
  const isInto = (atom: Atom): boolean =>
    atom.kind === "pointer" && atom.region.key === region && atom.offset !== undefined;
  return [...value.values()].some(isInto) ? each(value, (atom) => (isInto(atom) ? constantAtom(0n) : atom)) : value;
}

/** Whether a region is what the call `origin` gave. */
export function isGivenBy({ kind, key }: Region, origin: string): boolean {
  return (kind === "sample" && key === origin) || (kind === "element" && key.startsWith(`${origin}@`));
}

/** Whether two regions are elements that may be the same one. */
export function mayBeOneElement(a: Region, b: Region): boolean {
  if (a.kind !== "element" || b.kind !== "element") return false;
  if (a.map === b.map) return true;
  if (!a.of.inSlot && !b.of.inSlot) return false;
  const areOne = <T>(one: T | undefined, other: T | undefined): boolean =>
    one === undefined || other === undefined || one === other;
  return areOne(a.of.type, b.of.type) && areOne(a.of.valueBytes, b.of.valueBytes);
}

/** A sum of which the number is not told from others. */
function forgotten({ least }: Extract<Atom, { kind: "sum" }>): Atom {
  return least === 0n ? unknownAtom : sumAtom(least);
}

export function pointerAtom(region: Region, offset: number | undefined): Atom {
  return { kind: "pointer", key: `p${region.key}+${offset ?? "?"}`, region, offset };
}

export function mapAtom(map: string): Atom {
  return { kind: "map", key: `m${map}`, map };
}

export function functionAtom(section: number, at: number): Atom {
  return { kind: "function", key: `f${section}:${at}`, section, at };
}

/** What either of two paths brings. */
export function joined(a: Value, b: Value): Value {
  if (a === b || a.has("*")) return a;
  if (b.has("*")) return b;
  let all: Map<string, Atom> | undefined;
  for (const [key, atom] of b) {
    if (a.has(key)) continue;
    all ??= new Map(a);
    all.set(key, atom);
  }
  if (all === undefined) return a;
  const sums = [...all.values()].filter((atom) => atom.kind === "sum" || atom.kind === "unknown");
  // Numbers of which there are several are not told from each other any more.
  if (sums.length > 1) {
    for (const atom of sums) {
      if (atom.kind !== "sum" || atom.term === undefined) continue;
      all.delete(atom.key);
      const plain = forgotten(atom);
      all.set(plain.key, plain);
    }
    if (all.size === a.size && [...all.keys()].every((key) => a.has(key))) return a;
  }
  return all.size > mostAtoms ? anything : all;
}

/** `change` of each thing that the value may be. */
export function each(value: Value, change: (atom: Atom) => Atom): Value {
  const result = new Map<string, Atom>();
  for (const atom of value.values()) {
    const next = change(atom);
    result.set(next.key, next);
  }
  return result;
}

/** `change` of each pair of things that two values may be. */
export function eachPair(a: Value, b: Value, change: (a: Atom, b: Atom) => Atom): Value {
  if (a.size * b.size > mostAtoms) return anything;
  const result = new Map<string, Atom>();
  for (const left of a.values()) {
    for (const right of b.values()) {
      const next = change(left, right);
      result.set(next.key, next);
    }
  }
  return result;
}

/** The only number that a value can be. */
export function numberOf(value: Value): bigint | undefined {
  const [atom, ...others] = value.values();
  return others.length === 0 && atom?.kind === "constant" ? atom.value : undefined;
}
