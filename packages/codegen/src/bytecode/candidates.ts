import {
  type Btf,
  btfExtOf,
  type Datasec,
  type NamedType,
  resolve,
  type Struct,
  strip,
  type Type,
  type Union,
} from "@rbgen/btf";
import type { MapDefinition } from "../module.ts";

/** A struct or union that may be a record, by the name that `--map` takes. */
export interface Candidate {
  readonly name: string;
  readonly type: Struct | Union;
  readonly size: number;
  /** Bytes from its start to the array that ends it, in which samples may end; undefined where none does. */
  readonly tail: number | undefined;
  /** Whether that array has elements of no number. */
  readonly open: boolean;
  /** Whether another one holds it by value, as a header does. */
  readonly contained: boolean;
  /** Whether the object says that it is there for its own sake: a global pointer keeps it, or it comes from a header that was given. */
  readonly kept: boolean;
}

/** Types that are looked at to tell which are the kernel's. */
const mostVisited = 200_000;

/**
 * The structs and unions of an object that its program may send: with a name, and none that define maps, are keys or values of
 * one, are what a program is called with, or are the kernel's, which CO-RE relocations tell.
 */
export function candidatesOf(
  btf: Btf,
  types: Iterable<NamedType>,
  maps: readonly MapDefinition[],
  contexts: readonly Type[],
  sections: readonly Datasec[],
): readonly Candidate[] {
  const foreign = new Set<unknown>();
  const keep = (type: Type | undefined): void => {
    const bare = type === undefined ? undefined : pointee(type);
    if (bare !== undefined) foreign.add(identityOf(bare));
  };
  for (const { definition, inner, key, value } of maps) {
    for (const type of [definition, inner?.definition, key, value, inner?.key, inner?.value]) keep(type);
  }
  for (const identity of kernelTypesOf(btf, contexts)) foreign.add(identity);
  return recordsOf(types, foreign, keptBy(sections));
}

/** Identities of what global pointers point to: since compilers drop what nothing refers to, that is how a program keeps its records. */
function keptBy(sections: readonly Datasec[]): ReadonlySet<unknown> {
  const pointers = sections.flatMap(({ variables }) =>
    variables.flatMap(({ variable }) => (variable.kind === "var" ? [resolve(variable.type)] : [])),
  );
  return new Set(pointers.flatMap((type) => (type.kind === "ptr" ? [identityOf(resolve(type.target))] : [])));
}

/** Identities of the kernel's types: what CO-RE relocations are about, and what programs are called with, and all behind these. */
export function kernelTypesOf(btf: Btf, contexts: readonly Type[]): ReadonlySet<unknown> {
  const relocated = (btfExtOf(btf)?.relocations ?? []).flatMap(({ records }) =>
    records.map(({ typeId }) => btf.typeById(typeId)),
  );
  return reached([...relocated, ...contexts]);
}

/** Types of the arguments that the functions `programs` of an object are called with. */
export function contextsOf(btf: Btf, programs: readonly { readonly name: string }[]): readonly Type[] {
  return programs.flatMap(({ name }) => {
    const own = btf.findKind("func", name)[0];
    return own === undefined ? [] : own.proto.params.map((param) => param.type);
  });
}

/** `struct bpf_dynptr`, `struct bpf_timer` and their like, which helpers take: no program sends one. */
function isKernels(name: string): boolean {
  return name.startsWith("bpf_");
}

/** Structs and unions by name, each once, but those of `foreign`. */
function recordsOf(
  types: Iterable<NamedType>,
  foreign: ReadonlySet<unknown>,
  pointed: ReadonlySet<unknown>,
): readonly Candidate[] {
  const found = new Map<unknown, Omit<Candidate, "contained">>();
  const held = new Set<unknown>();
  for (const named of types) {
    const type = resolve(named);
    if ((type.kind !== "struct" && type.kind !== "union") || type.size === 0) continue;
    const identity = identityOf(type);
    if (foreign.has(identity) || isKernels(named.name)) continue;
    const own = type.name !== "";
    if (found.has(identity) && !(own && named === type)) continue;
    const name = own ? `${type.kind} ${type.name}` : named.name;
    // Types of a header have no number in the object.
    const kept = type.id === undefined || pointed.has(identity);
    found.set(identity, { name, type, ...shapeOf(type), kept });
  }
  for (const { type } of found.values()) {
    for (const { type: member } of type.members) {
      let at = resolve(member);
      while (at.kind === "array") at = resolve(at.element);
      held.add(identityOf(at));
    }
  }
  return [...found].map(([identity, one]) => ({ ...one, contained: held.has(identity) }));
}

/** How long samples of a struct or union may be. */
export function shapeOf(type: Struct | Union): Pick<Candidate, "size" | "tail" | "open"> {
  const last = type.members.at(-1);
  const end = last === undefined ? undefined : resolve(last.type);
  const isArray = type.kind === "struct" && last !== undefined && end?.kind === "array";
  return { size: type.size, tail: isArray ? last.bitOffset / 8 : undefined, open: isArray && end.count === 0 };
}

/** What tells one type from another: nodes of BTF may be made anew each time. */
export function identityOf(type: Type): unknown {
  return ("id" in type ? type.id : undefined) ?? type;
}

function pointee(type: Type): Type {
  const bare = resolve(type);
  return bare.kind === "ptr" ? resolve(bare.target) : bare;
}

/** Everything that types hold or point to, themselves among it. */
function reached(roots: readonly Type[]): ReadonlySet<unknown> {
  const seen = new Set<unknown>();
  const pending = [...roots];
  for (let next = pending.pop(); next !== undefined && seen.size < mostVisited; next = pending.pop()) {
    const type = resolve(next);
    const identity = identityOf(type);
    // A malformed pointer may lead to itself.
    if (seen.has(identity)) continue;
    seen.add(identity);
    if (type.kind === "ptr") pending.push(type.target);
    else if (type.kind === "array") pending.push(type.element);
    else if (type.kind === "struct" || type.kind === "union") {
      for (const { type: member } of type.members) pending.push(member);
    }
  }
  return seen;
}

/** A type as `--map` takes it; undefined where it has no name. */
export function nameOf(type: Type): string | undefined {
  const { type: bare, typedefs } = strip(type);
  if (bare.kind === "struct" || bare.kind === "union" || bare.kind === "enum" || bare.kind === "enum64") {
    return bare.name === "" ? typedefs[0]?.name : `${bare.kind} ${bare.name}`;
  }
  if (bare.kind === "int") return typedefs[0]?.name ?? bare.name;
  return undefined;
}
