import type { Datasec, Endian, Func, Location, NamedType, Type } from "@rbgen/btf";
import type { Span } from "./diagnostics/diagnostic.ts";

/** An object-like macro of a header whose value is an integer or a string, or an enumerator of an enum without a name. */
export interface Constant {
  readonly name: string;
  readonly value: bigint | string;
  /** It was declared in `enum { … };`, by no `#define`. */
  readonly enumerator?: true;
  readonly doc?: string;
  readonly span?: Span;
}

/** A map of an object or of a `.bpf.c`, as far as its definition tells. */
export interface MapDefinition {
  readonly name: string;
  /** `BPF_MAP_TYPE_*` in lower case without the prefix: "ringbuf", "user_ringbuf", "array_of_maps"; the number as text where it has no name here. */
  readonly type: string;
  readonly maxEntries: number;
  readonly mapFlags: number;
  readonly key?: Type;
  readonly value?: Type;
  /** The template of an array or hash of maps. */
  readonly inner?: MapDefinition;
  /** Names of the maps that its slots hold from the start. */
  readonly slots?: readonly string[];
  /** The struct whose members say all this: it is no record. */
  readonly definition?: Type;
  /** `btf_decl_tag` strings on the map's variable. */
  readonly tags?: readonly string[];
}

const carrying: ReadonlySet<string> = new Set(["ringbuf", "user_ringbuf", "perf_event_array"]);

/** What records come over: the ring or perf event array that a map is, or the template of its slots. */
export function carrierOf(map: MapDefinition): MapDefinition | undefined {
  if (carrying.has(map.type)) return map;
  const { type, inner } = map;
  if (inner === undefined || (type !== "array_of_maps" && type !== "hash_of_maps")) return undefined;
  return carrying.has(inner.type) ? inner : undefined;
}

/** Whether a section holds maps as libbpf before 1.0, and those before it, had them defined: "maps", or "maps/events" for each. */
export function isLegacyMaps(section: string): boolean {
  return section === "maps" || section.startsWith("maps/");
}

/** A call that carries bytes over a map. */
export interface CarryingCall {
  readonly verb: "reserved" | "sent" | "received" | "written";
  /** Where it stands. */
  readonly span?: Span;
  /** The same, where no source tells it: program and instruction. */
  readonly at?: string;
}

/** How long a sample is, as far as code shows that computes it. */
export interface SampleSize {
  /** Constant part; 0 where nothing is known. */
  readonly bytes: bigint;
  /** Whether a number is added to it that only a run knows. */
  readonly open: boolean;
  /** The member of the record that holds this number, and how many bytes it counts by. */
  readonly length?: { readonly path: string; readonly each: bigint };
}

/** A record that a program's code carries over a map. */
export interface SentRecord extends CarryingCall {
  /** As `--map` takes it: "struct event", "__u64". */
  readonly type: string;
  /** Every call that carries one, this one first. */
  readonly calls?: readonly CarryingCall[];
  /** What the samples of each of {@link calls} may be as long as: several where a run chooses, none where nothing computes it. */
  readonly sizes?: readonly (readonly SampleSize[])[];
  /** Its bytes, where only they tell that it is this one. */
  readonly bySize?: number;
  /** The member that tells the map's records apart, and the constants that this one has there; absent where none was found. */
  readonly tag?: { readonly path: string; readonly values: readonly bigint[] };
}

/** Bytes that a program's code carries over a map, of which nothing says what they are. */
export interface UntoldRecord extends CarryingCall {
  /** How many, where the code has a constant. */
  readonly bytes?: bigint;
  /** How many at least, where a run adds to it. */
  readonly least?: bigint;
  /** Structs that they may be, the likely ones first. */
  readonly candidates?: readonly string[];
  /** The struct that begins there, of which they are too few. */
  readonly startOf?: string;
  /** It is a struct that has no name. */
  readonly nameless?: true;
  /** It is an array of bytes or text, as `--map` takes it: "u8[16]", "char[16]". */
  readonly array?: string;
  /** Why the code is followed no further from here on, where it is not: more may be sent than is known. */
  readonly limit?: string;
}

/** A member that the records of one map have at one place, and that does not tell them apart. */
export interface UntoldMember {
  /** "hdr.kind" */
  readonly path: string;
  /** The constants that each record holds there, or why they are not known, and where that is seen. */
  readonly records: readonly {
    readonly type: string;
    readonly values?: readonly bigint[];
    readonly why?: string;
    readonly span?: Span;
  }[];
}

/** What code carries over one map. */
export interface SentMap {
  readonly map: string;
  /** It is no map, but the iterator program of that name, which writes to whoever reads its file. */
  readonly iterator?: true;
  /** The map by whose slots alone it is sent on: of that one it is told what is not known. */
  readonly by?: string;
  readonly records: readonly SentRecord[];
  /** Members that tell the records apart, where several do, so that none of them is *the* tag. */
  readonly tags?: readonly string[];
  /** Where none does: members that all have at one place, and what is known of each. */
  readonly candidates?: readonly UntoldMember[];
  readonly untold: readonly UntoldRecord[];
}

/** A BPF program of an object. */
export interface ProgramDefinition {
  readonly name: string;
  /** Its section, which tells its type: "tracepoint/sched/sched_process_exec". */
  readonly section: string;
  readonly proto?: Func;
}

/** Where a type of a module came from, for `rbgen list` and `-v`. */
export type Origin =
  | { readonly kind: "input" }
  | { readonly kind: "include"; readonly file: string }
  | { readonly kind: "prelude" }
  | { readonly kind: "kernel"; readonly file: string };

/**
 * What a front-end read from one input: the only thing that front-ends and the plan share beside the type graph.
 * `types()` may be large (a vmlinux holds some 100 000 types) and is made when asked for; `find` is cheap.
 */
export interface TypeModule {
  readonly kind: "header" | "btf";
  /** The input's file name without folders, so that output does not depend on where it ran. */
  readonly name: string;
  /** The input as it was given, for what is told of it; of what has none, its name stands. */
  readonly path?: string;
  /** It was compiled for BPF, of a source that its user may change. */
  readonly compiled?: boolean;
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
  /** Named structs, unions, enums and typedefs that the input itself defines, in order. */
  types(): Iterable<NamedType>;
  /** Named types of the project's headers that a source file includes: not of the system's, nor the kernel's. */
  included?(): Iterable<NamedType>;
  /**
   * All types of that name, also those of included files and of a split BTF's base. Where source was read the kernel is asked for
   * what no file defines: with `tag` for one called so, though a typedef has its name.
   */
  find(name: string, tag?: "struct" | "union" | "enum"): readonly NamedType[];
  /** Whether an object's type is one of the kernel's, which its code reads there: no program sends it. Absent where that is not told. */
  isKernels?(type: NamedType): boolean;
  /** Every name that `find` knows, for globs and suggestions. */
  names(): Iterable<string>;
  origin(type: NamedType): Origin;
  /** The text that a location of this module's types stands for; absent where there is no text (BTF). */
  spanOf?(location: Location): Span | undefined;
  readonly constants: readonly Constant[];
  /** The constant `name`, also of an included file, where source was read. */
  constant?(name: string): Constant | undefined;
  readonly maps: readonly MapDefinition[];
  /** What the code of a source file or an object sends on its maps, found when it is asked for; absent where there is no code. */
  sent?(): readonly SentMap[];
  readonly programs: readonly ProgramDefinition[];
  /** Sections of global variables (`.rodata`, `.data`, `.bss`, …), `.maps` left out. Of a header, offsets mean nothing. */
  readonly sections: readonly Datasec[];
  /** Lines of the generated file's preamble that say what else the output depends on (hash of a kernel's BTF). */
  readonly provenance: readonly string[];
}

/** How diagnostics call the input. */
export function shownName({ path, name }: Pick<TypeModule, "path" | "name">): string {
  return path ?? name;
}
/** Sections of programs that have a packet, of which the kernel may put bytes behind what they send (`BPF_F_CTXLEN_MASK`). */
const withPacket =
  /^\??(?:tc|tcx|classifier|action|netkit|xdp|cgroup|cgroup_skb|sk_|socket|lwt_|flow_dissector|netfilter|f(?:entry|exit|mod_ret)|tp_btf|lsm|iter)/;

/** Whether the kernel may put bytes of a packet behind what the programs of a section send to a perf event array. */
export function hasPacket(section: string): boolean {
  return withPacket.test(section);
}

/** Bytes of its packet that the flags of such a call ask for. */
export function packetBytes(flags: bigint): bigint {
  return (flags >> 32n) & 0xf_ffffn;
}
