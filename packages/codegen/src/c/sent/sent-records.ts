import type { NamedType, Type } from "@rbgen/btf";
import type { SampleSize, SentMap, SentRecord } from "../../module.ts";
import { type Body, bare, type Call, type Expression, type Local, unknown } from "../body/tree.ts";
import type { Declared, Parser } from "../parse/parser.ts";
import { sizeOf } from "../type/abi.ts";
import { stripped } from "../type/ctype.ts";
import { Flow } from "./flow.ts";
import { Functions } from "./functions.ts";
import { SampleSizes } from "./sample-size.ts";
import { type Sink, sinks } from "./sinks.ts";
import { type StoredConstants, Tags, tagOf } from "./tags.ts";
import { type Frame, isRunning, Typing, tells } from "./typing.ts";

/** Calls inside of each other that are followed. */
const deepest = 16;
/** Calls that are followed in all. */
const mostFrames = 20_000;
/** Variables, calls and stores that are looked at, for each sink those of its function. */
const mostWork = 4_000_000;
/** Of a pointer that {@link Flow} leaves. */
const tooLong = "is handed on over more assignments and calls than are looked at";

/** One place that sends a record. */
interface Site {
  readonly type: Type;
  readonly pos: number;
  readonly verb: Sink["verb"];
  readonly stored: StoredConstants;
  readonly size: SampleSize | undefined;
}

/** One place that sends what is not known, or behind which more may be sent. */
interface Untold {
  readonly pos: number;
  readonly verb: Sink["verb"];
  readonly limit?: string;
}

/** What is known of one map. */
interface Found {
  readonly name: string;
  readonly sites: Site[];
  /** Where something is sent whose type is not found. */
  readonly untold: Untold[];
  /** Not a map, but a program. */
  readonly iterator: boolean;
}

/** What the code of a translation unit sends on which map, followed from the functions that the kernel runs. */
export class SentRecords {
  readonly #parser: Parser;
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #flow: Flow;
  readonly #tags: Tags;
  readonly #sizes: SampleSizes;
  readonly #found = new Map<string, Found>();
  readonly #reaches = new Map<Body, boolean>();
  #frames = 0;
  #work = 0;
  /** Whether a record of the present call is made of more than is looked at. */
  #flowCut = false;
  readonly #carriers: readonly string[];
  /** Types that functions define for themselves and that are sent, by name. */
  readonly #local = new Map<string, NamedType>();
  /** Where the code became too much to be followed: what is behind it may send anything on any map. */
  #cut: Untold | undefined;

  /**
   * @param maps value types of the unit's maps, by name
   * @param carriers names of those that records can be sent on
   */
  constructor(
    parser: Parser,
    declared: readonly Declared[],
    maps: ReadonlyMap<string, Type | undefined>,
    carriers: readonly string[],
  ) {
    this.#carriers = carriers;
    this.#parser = parser;
    this.#functions = new Functions(parser, declared);
    this.#typing = new Typing(parser.apart());
    this.#flow = new Flow(this.#functions, this.#typing, maps);
    this.#tags = new Tags(this.#functions, this.#typing);
    this.#sizes = new SampleSizes(this.#typing);
  }

  /** Follows each of the functions `roots`, which nothing of the unit needs to call. */
  read(roots: readonly string[]): readonly SentMap[] {
    for (const name of roots) {
      const body = this.#functions.body(name);
      if (body !== undefined) this.#walk({ body, call: undefined, caller: undefined }, 0);
    }
    if (this.#cut !== undefined) {
      for (const map of this.#carriers) this.#foundOn(map, false);
      for (const { untold } of this.#found.values()) untold.push(this.#cut);
    }
    return [...this.#found.values()].map((found) => this.#sentOn(found));
  }

  /** Types that functions define for themselves, as far as {@link read} found them sent, by name. */
  get local(): ReadonlyMap<string, NamedType> {
    return this.#local;
  }

  /**
   * What `type` is called, and whether that name is this type's throughout the unit: another body's, or the file's own of the
   * same name, would be read in its place.
   */
  #reachable(type: Type): string | undefined {
    const name = nameOf(type);
    const own = name === undefined ? undefined : definedIn(type);
    if (own === undefined) return name;
    const { scope, cursor, foreign } = this.#parser;
    const id = cursor.idOf(own.name);
    const symbol = scope.symbols[id];
    const known = own.kind === "typedef" ? (symbol?.kind === "typedef" ? symbol.type : undefined) : scope.tags[id];
    if (known !== undefined) return stripped(known as Type) === stripped(own) ? name : undefined;
    if (foreign.fromKernel.has(own) || foreign.fromPrelude.has(own)) return name;
    const other = this.#local.get(own.name);
    if (other !== undefined && stripped(other) !== stripped(own)) return undefined;
    this.#local.set(own.name, own);
    return name;
  }

  #foundOn(name: string, iterator: boolean): Found {
    const key = `${iterator ? "program" : "map"} ${name}`;
    const found: Found = this.#found.get(key) ?? { name, iterator, sites: [], untold: [] };
    this.#found.set(key, found);
    return found;
  }

  #cutAt(call: Call | undefined, limit: string): void {
    if (call !== undefined) this.#cut ??= { pos: call.pos, verb: "sent", limit };
  }

  #walk(frame: Frame, depth: number): void {
    if (depth > deepest) {
      this.#cutAt(frame.call ?? frame.caller?.call, `calls are followed ${deepest} deep`);
      return;
    }
    if (++this.#frames > mostFrames) {
      this.#cutAt(frame.call ?? frame.caller?.call, `no more than ${mostFrames} calls are followed`);
      return;
    }
    for (const call of frame.body.calls) {
      const body = this.#functions.bodyOf(call);
      if (body !== undefined) {
        if (this.#mayReach(body) && !isRunning(body, frame)) this.#walk({ body, call, caller: frame }, depth + 1);
        continue;
      }
      const sink = sinks.get(this.#functions.calleeOf(call));
      if (sink !== undefined) this.#take(sink, call, frame);
      // A function that is handed to a helper (bpf_loop, bpf_for_each_map_elem, timers) runs, too.
      for (const arg of call.args) {
        const callback = this.#functions.named(arg);
        if (callback === undefined || !this.#mayReach(callback) || isRunning(callback, frame)) continue;
        this.#walk({ body: callback, call: undefined, caller: frame }, depth + 1);
      }
    }
  }

  /** Whether a sink is called below `body`. */
  #mayReach(body: Body): boolean {
    const known = this.#reaches.get(body);
    if (known !== undefined) return known;
    this.#reaches.set(body, false);
    const reaches = body.calls.some((call) => {
      const inner = this.#functions.bodyOf(call);
      if (inner !== undefined) return this.#mayReach(inner);
      if (sinks.has(this.#functions.calleeOf(call))) return true;
      return call.args.some((arg) => {
        const callback = this.#functions.named(arg);
        return callback !== undefined && this.#mayReach(callback);
      });
    });
    this.#reaches.set(body, reaches);
    return reaches;
  }

  #take(sink: Sink, call: Call, frame: Frame): void {
    const { calls, stores, locals } = frame.body;
    this.#work += calls.length + stores.length + locals.length;
    if (this.#work > mostWork) {
      this.#cutAt(call, "the functions that send are larger than is looked at");
      return;
    }
    const iterator = sink.map === undefined;
    const names = iterator ? [programOf(frame)] : this.#flow.mapsOf(call.args[sink.map] ?? unknown, frame);
    if (!iterator && this.#flow.cut) this.#cutAt(call, `the map ${tooLong}`);
    this.#flowCut = false;
    const sites = this.#typesAt(sink, call, frame);
    for (const name of names) {
      const found = this.#foundOn(name, iterator);
      found.sites.push(...sites);
      if (this.#flowCut) found.untold.push({ pos: call.pos, verb: sink.verb, limit: `what is sent ${tooLong}` });
      else if (sites.length === 0) found.untold.push({ pos: call.pos, verb: sink.verb });
    }
  }

  #pointees(pointer: Expression, frame: Frame): readonly Type[] {
    const found = this.#flow.pointees(pointer, frame);
    this.#flowCut ||= this.#flow.cut;
    return found;
  }

  #uses(call: Call, frame: Frame): readonly Type[] {
    const found = this.#flow.uses(call, frame);
    this.#flowCut ||= this.#flow.cut;
    return found;
  }

  /** The records that one call of a helper carries. */
  #typesAt(sink: Sink, call: Call, frame: Frame): readonly Site[] {
    const size = argument(call, sink.size);
    const at: Taking = (types, bytes, roots, where) => {
      const stored = this.#tags.storedIn(where, roots);
      const length = size === undefined ? undefined : this.#sizes.of(size, where, roots);
      return this.#agreed(types, bytes, where).map(
        (type): Site => ({ type, pos: call.pos, verb: sink.verb, stored, size: length }),
      );
    };
    if (sink.data !== undefined) {
      const data = call.args[sink.data] ?? unknown;
      return at(this.#pointees(data, frame), size, rootOf(data), frame);
    }
    if (sink.callback !== undefined) {
      const callback = this.#functions.named(call.args[sink.callback] ?? unknown);
      const dynptr = callback?.parameters[0];
      if (callback === undefined || dynptr === undefined) return [];
      return this.#overDynptr(dynptr, { body: callback, call: undefined, caller: frame }, at);
    }
    if (sink.dynptr !== undefined) {
      const [dynptr] = rootOf(call.args[sink.dynptr] ?? unknown);
      return dynptr === undefined ? [] : this.#overDynptr(dynptr, frame, at);
    }
    return at(this.#uses(call, frame), size, holdersOf(call, frame.body), frame);
  }

  /** What is read from the start of a dynptr that `dynptr` is or points to, or written there. */
  #overDynptr(dynptr: Local, frame: Frame, at: Taking): readonly Site[] {
    return frame.body.calls.flatMap((call) => {
      const piece = dynptrPieces.get(this.#functions.calleeOf(call));
      if (piece === undefined || !rootOf(call.args[piece.dynptr] ?? unknown).has(dynptr)) return [];
      this.#typing.restart();
      // What lies further on is a part of what begins there.
      if (this.#typing.valueOf(call.args[piece.offset] ?? unknown, frame) !== 0n) return [];
      const size = call.args[piece.size];
      if (piece.data === undefined) {
        return at(this.#uses(call, frame), size, holdersOf(call, frame.body), frame);
      }
      const pointer = call.args[piece.data] ?? unknown;
      return at(this.#pointees(pointer, frame), size, rootOf(pointer), frame);
    });
  }

  /** Of the types that a pointer may have, those that agree with the size that is sent. */
  #agreed(types: readonly Type[], size: Expression | undefined, frame: Frame): readonly Type[] {
    if (size === undefined) return types;
    this.#typing.restart();
    const bytes = this.#typing.valueOf(size, frame);
    const measured = this.#typing.measured(size, frame).filter(tells);
    if (types.length === 0) {
      // Only sizeof tells: a struct of exactly that size.
      const structs = measured.filter((type) => isRecord(type) && (bytes === undefined || sizeIs(type, bytes)));
      return structs.length === 1 ? structs : [];
    }
    return types.flatMap((type): readonly Type[] => {
      if (bytes === undefined || sizeIs(type, bytes)) return [type];
      if (isRecord(type)) {
        // Another struct of that size, whose start this one is, or the sample is a part of it, or longer.
        const other = measured.find((one) => isRecord(one) && sizeIs(one, bytes) && stripped(one) !== stripped(type));
        return [other !== undefined && startsWith(other, type) ? other : type];
      }
      const each = BigInt(sizeOf(type) ?? 0);
      if (each === 0n || bytes % each !== 0n || bytes / each > 1_000_000n || bytes <= each) return [];
      return [{ kind: "array", element: type, count: Number(bytes / each) }];
    });
  }

  #sentOn({ name: map, iterator, sites, untold }: Found): SentMap {
    const { complaints } = this.#parser;
    const groups = new Map<string, Site[]>();
    for (const site of sites) {
      const name = this.#reachable(site.type);
      if (name === undefined) untold.push(site);
      else groups.set(name, [...(groups.get(name) ?? []), site]);
    }
    const stored = [...groups.values()].map((group) => joinedConstants(group.map((site) => site.stored)));
    const tag = tagOf([...groups.values()].map((group, index) => ({ type: group[0]!.type, stored: stored[index]! })));
    const records = [...groups].map(([type, group], index): SentRecord => {
      const first = group[0]!;
      return {
        type,
        verb: first.verb,
        span: complaints.map.span(first.pos),
        calls: group.map(({ pos, verb }) => ({ verb, span: complaints.map.span(pos) })),
        sizes: group.flatMap(({ size }) => size ?? []),
        ...(tag !== undefined && { tag: { path: tag, values: [...stored[index]!.get(tag)!] } }),
      };
    });
    return {
      map,
      ...(iterator && { iterator }),
      records,
      untold: untold.map(({ pos, verb, limit }) => ({
        verb,
        span: complaints.map.span(pos),
        ...(limit !== undefined && { limit }),
      })),
    };
  }
}

/** Makes sites of types, and of the bytes that show which. */
type Taking = (
  types: readonly Type[],
  bytes: Expression | undefined,
  roots: ReadonlySet<Local>,
  where: Frame,
) => readonly Site[];

/** Helpers that lead to the bytes of a dynptr, by their arguments. */
const dynptrPieces: ReadonlyMap<
  string,
  { readonly dynptr: number; readonly offset: number; readonly size: number; readonly data?: number }
> = new Map([
  ["bpf_dynptr_data", { dynptr: 0, offset: 1, size: 2 }],
  ["bpf_dynptr_write", { dynptr: 0, offset: 1, data: 2, size: 3 }],
  ["bpf_dynptr_read", { data: 0, size: 1, dynptr: 2, offset: 3 }],
]);

/** Of one record sent at several places: what each of them stores. */
function joinedConstants(all: readonly StoredConstants[]): StoredConstants {
  const [first = new Map<string, ReadonlySet<bigint>>(), ...others] = all;
  const joined = new Map<string, ReadonlySet<bigint>>();
  for (const [path, values] of first) {
    if (!others.every((other) => other.has(path))) continue;
    joined.set(path, new Set([...values, ...others.flatMap((other) => [...other.get(path)!])]));
  }
  return joined;
}

function argument(call: Call, index: number | undefined): Expression | undefined {
  return index === undefined ? undefined : call.args[index];
}

/** The program that a function runs in. */
function programOf(frame: Frame): string {
  let at = frame;
  while (at.caller !== undefined) at = at.caller;
  return at.body.name;
}

/** The variable that a pointer is, or whose address it is. */
function rootOf(expression: Expression): ReadonlySet<Local> {
  const value = bare(expression);
  const name = value.kind === "address" ? bare(value.operand) : value;
  return new Set(name.kind === "name" && name.local !== undefined ? [name.local] : []);
}

/** Variables that hold what `call` returns. */
function holdersOf(call: Call, body: Body): ReadonlySet<Local> {
  return new Set(body.locals.filter((local) => local.values.some((value) => bare(value) === call)));
}

function isRecord(type: Type): boolean {
  const plain = stripped(type);
  return plain.kind === "struct" || plain.kind === "union";
}

function sizeIs(type: Type, bytes: bigint): boolean {
  return sizeOf(type) === Number(bytes);
}

/** Whether the first member of `outer`, or its own first one, is an `inner`. */
function startsWith(outer: Type, inner: Type): boolean {
  let at = stripped(outer);
  for (let depth = 0; depth < 16 && (at.kind === "struct" || at.kind === "union"); depth++) {
    const first = at.members[0];
    if (first === undefined) return false;
    at = stripped(first.type);
    if (at === stripped(inner)) return true;
  }
  return false;
}

/** The struct, union or enum behind `type`, or the typedef where that has no name; undefined for scalars. */
function definedIn(type: Type): NamedType | undefined {
  let typedef: NamedType | undefined;
  for (let at = type; ; ) {
    switch (at.kind) {
      case "array":
        at = at.element;
        continue;
      case "typedef":
        typedef ??= at;
        at = at.target;
        continue;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        continue;
      case "struct":
      case "union":
      case "enum":
      case "enum64":
        return at.name === "" ? typedef : at;
      default:
        return undefined;
    }
  }
}

/** `type` as `--map` takes it; undefined where it has no name. */
function nameOf(type: Type): string | undefined {
  let typedef: string | undefined;
  let dimensions = "";
  for (let at = type; ; ) {
    switch (at.kind) {
      case "array":
        dimensions += `[${at.count}]`;
        at = at.element;
        continue;
      case "typedef":
        typedef ??= at.name;
        at = at.target;
        continue;
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        at = at.target;
        continue;
      case "struct":
      case "union":
        return at.name === "" ? typedef : `${at.kind} ${at.name}`;
      case "enum":
      case "enum64":
        return at.name === "" ? typedef : `enum ${at.name}`;
      case "int":
      case "float":
        return (typedef ?? at.name) + dimensions;
      default:
        return undefined;
    }
  }
}
