import type { NamedType, Type } from "@rbgen/btf";
import type { SentMap, SentRecord, UntoldMember } from "../../module.ts";
import { type Body, bare, type Call, type Expression, unknown } from "../body/tree.ts";
import type { Declared, Parser } from "../parse/parser.ts";
import { BodyPlaces } from "./body-places.ts";
import { callbacksOf } from "./callbacks.ts";
import { CarriedTypes, type Site } from "./carried-types.ts";
import type { Code } from "./code.ts";
import { Flow } from "./flow.ts";
import { Functions } from "./functions.ts";
import { GivenArguments } from "./given.ts";
import { Integers } from "./integers.ts";
import { Places } from "./place.ts";
import { PointsTo } from "./points-to.ts";
import { ReachedSteps } from "./reached-steps.ts";
import { RecordNames } from "./record-names.ts";
import { type Sink, sinks } from "./sinks.ts";
import { type Candidate, tagsOf } from "./tag.ts";
import { type Frame, isRunning, Typing } from "./typing.ts";

/** Calls inside of each other that are followed. */
const deepest = 16;
/** Calls behind which those of one function with the same arguments are followed once: what they store is not known then. */
const mostAlike = 2000;
/** Calls that are followed in all. */
const mostFrames = 20_000;
/** Variables, calls and stores that are looked at, for each sink those of its function. */
const mostWork = 4_000_000;
/** Steps of functions that records are followed back over. */
const mostSteps = 4_000_000;
/** Of a pointer that {@link Flow} leaves. */
const tooLong = "is handed on over more assignments and calls than are looked at";

/** Of a call whose function only a run knows. */
const pointedTo = "a pointer says which function is called here";

/** One place that sends what is not known, or behind which more may be sent. */
interface Untold {
  readonly pos: number;
  readonly verb: Sink["verb"];
  readonly limit?: string;
  readonly nameless?: true;
  readonly array?: string;
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
  readonly #reached: ReachedSteps;
  readonly #flow: Flow;
  readonly #types: CarriedTypes;
  readonly #names: RecordNames;
  readonly #found = new Map<string, Found>();
  readonly #reaches = new Map<Body, boolean>();
  #frames = 0;
  readonly #given: GivenArguments;
  /** What functions were called with. */
  readonly #called = new Set<string>();
  /** Whether calls were left out that are like others. */
  #alike = false;
  /** Of the program that is followed. */
  #section = "";
  #work = 0;
  readonly #carriers: readonly string[];
  /** Where the code became too much to be followed: what is behind it may send anything on any map. */
  #cut: Untold | undefined;

  /**
   * @param maps value types of the unit's maps, by name
   * @param carriers names of those that records can be sent on
   * @param outer names of those whose values are maps
   */
  constructor(
    parser: Parser,
    declared: readonly Declared[],
    maps: ReadonlyMap<string, Type | undefined>,
    carriers: readonly string[],
    outer: ReadonlySet<string>,
  ) {
    this.#carriers = carriers;
    this.#parser = parser;
    this.#functions = new Functions(parser, declared);
    const apart = parser.apart();
    const typing = new Typing(apart);
    const integers = new Integers(typing, apart.scope);
    const bodies = new BodyPlaces(new Places(typing, integers), this.#functions, integers);
    this.#reached = new ReachedSteps(integers);
    this.#flow = new Flow(this.#functions, typing, this.#reached, maps);
    const code: Code = {
      functions: this.#functions,
      typing,
      integers,
      bodies,
      reached: this.#reached,
      flow: this.#flow,
      memory: new PointsTo(this.#functions, typing, this.#reached, this.#flow, outer),
      budget: { left: mostSteps },
    };
    this.#given = new GivenArguments(integers);
    this.#types = new CarriedTypes(code);
    this.#names = new RecordNames(parser);
  }

  /** Follows each of the functions `roots`, which nothing of the unit needs to call. */
  read(roots: readonly { readonly name: string; readonly section: string }[]): readonly SentMap[] {
    for (const { name, section } of roots) {
      this.#section = section;
      const body = this.#functions.body(name);
      if (body !== undefined) this.#walk({ body, call: undefined, caller: undefined }, 0);
    }
    if (this.#cut !== undefined) {
      for (const map of this.#carriers) this.#foundOn(map, false);
      for (const { untold } of this.#found.values()) untold.push(this.#cut);
    }
    return [...this.#found.values()].map((found) => this.#sentOn(found));
  }

  /** Types that functions define for themselves, as far as {@link read} found them sent, by the names that reach them. */
  get local(): ReadonlyMap<string, NamedType> {
    return this.#names.local;
  }

  #foundOn(name: string, iterator: boolean): Found {
    const key = `${iterator ? "program" : "map"} ${name}`;
    const found: Found = this.#found.get(key) ?? { name, iterator, sites: [], untold: [] };
    this.#found.set(key, found);
    return found;
  }

  /** Whether what has the name `id` sends, or a function below it. */
  #sends(id: number): boolean {
    const name = this.#functions.nameOf(id);
    if (sinks.has(name)) return true;
    const body = this.#functions.body(name);
    return body !== undefined && this.#mayReach(body);
  }

  #cutAt(call: Pick<Call, "pos"> | undefined, limit: string): void {
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
    for (const { pos, ids, deep } of frame.body.obscure) {
      if ([...ids].some((id) => this.#sends(id)))
        this.#cutAt({ pos }, deep === true ? "what stands here nests too deep" : "what stands here is not understood");
    }
    for (const call of frame.body.calls) {
      if (!this.#reached.isReached(frame.body.steps.ofCalls.get(call), frame)) continue;
      const body = this.#functions.bodyOf(call);
      if (body !== undefined) {
        if (!this.#mayReach(body)) continue;
        if (isRunning(body, frame)) this.#cutAt(call, "a function that calls itself is followed once");
        else this.#call({ body, call, caller: frame }, depth + 1);
        continue;
      }
      const sink = sinks.get(this.#functions.calleeOf(call));
      if (sink !== undefined) this.#take(sink, call, frame);
      else if (this.#functions.isIndirect(call)) this.#cutAt(call, pointedTo);
      // A function that is handed to a helper (bpf_loop, bpf_for_each_map_elem, timers) runs, too.
      const { bodies, open } = callbacksOf(call, frame, this.#functions);
      for (const callback of bodies) {
        if (this.#mayReach(callback) && !isRunning(callback, frame))
          this.#walk({ body: callback, call: undefined, caller: frame, runBy: call }, depth + 1);
      }
      if (open) this.#cutAt(call, pointedTo);
    }
  }

  #call(frame: Frame, depth: number): void {
    const given = this.#given.of(frame);
    if (this.#frames > mostAlike && this.#called.has(given)) {
      this.#alike = true;
      return;
    }
    this.#called.add(given);
    this.#walk(frame, depth);
  }

  /** Whether a sink is called below `body`. */
  #mayReach(body: Body): boolean {
    const known = this.#reaches.get(body);
    if (known !== undefined) return known;
    this.#reaches.set(body, false);
    const hidden = body.obscure.some(({ ids }) => [...ids].some((id) => this.#sends(id)));
    const reaches =
      hidden ||
      body.calls.some((call) => {
        const inner = this.#functions.bodyOf(call);
        if (inner !== undefined) return this.#mayReach(inner);
        if (sinks.has(this.#functions.calleeOf(call)) || this.#functions.isIndirect(call)) return true;
        const { bodies, open } = callbacksOf(call, undefined, this.#functions);
        return open || bodies.some((callback) => this.#mayReach(callback));
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
    else if ([...names].length === 0 && mayBeMap(call.args[sink.map ?? 0] ?? unknown))
      this.#cutAt(call, "which map is meant here is not followed");
    const { sites, cut, discarded } = this.#types.of(sink, call, frame, this.#section);
    if (discarded && !cut) return;
    for (const name of names) {
      const found = this.#foundOn(name, iterator);
      found.sites.push(...sites);
      if (cut) found.untold.push({ pos: call.pos, verb: sink.verb, limit: `what is sent ${tooLong}` });
      else if (sites.length === 0) {
        const array = this.#types.bytesOf(sink, call, frame);
        found.untold.push({ pos: call.pos, verb: sink.verb, ...(array !== undefined && { array }) });
      }
    }
  }

  #sentOn({ name: map, iterator, sites, untold }: Found): SentMap {
    const { complaints } = this.#parser;
    const groups = new Map<string, Site[]>();
    for (const site of sites) {
      const name = this.#names.of(site.type, site.owner);
      if (name === undefined) untold.push({ pos: site.pos, verb: site.verb, nameless: true });
      else groups.set(name, [...(groups.get(name) ?? []), site]);
    }
    const { tags, candidates } = this.#tagsOf([...groups.values()]);
    const [tag, ...otherTags] = tags;
    const records = [...groups].map(([type, group], index): SentRecord => {
      const first = group[0]!;
      return {
        type,
        verb: first.verb,
        span: complaints.map.span(first.pos),
        calls: group.map(({ pos, verb }) => ({ verb, span: complaints.map.span(pos) })),
        sizes: group.map(({ sizes }) => sizes),
        ...(tag !== undefined &&
          otherTags.length === 0 && { tag: { path: tag.paths?.[index] ?? tag.path, values: [...tag.values[index]!] } }),
      };
    });
    return {
      map,
      ...(iterator && { iterator }),
      records,
      ...(otherTags.length > 0 && { tags: tags.map(({ path }) => path) }),
      ...(candidates.length > 0 && { candidates: this.#candidates(candidates, [...groups.keys()]) }),
      untold: untold.map(({ pos, verb, limit, nameless, array }) => ({
        verb,
        ...(nameless !== undefined && { nameless }),
        ...(array !== undefined && { array }),
        span: complaints.map.span(pos),
        ...(limit !== undefined && { limit }),
      })),
    };
  }

  #tagsOf(groups: readonly (readonly Site[])[]): ReturnType<typeof tagsOf> {
    const records = groups.map((group) => ({
      type: group[0]!.type,
      stored: group.flatMap(({ stored }) => stored ?? []),
    }));
    const told =
      !this.#alike && groups.length > 1 && groups.every((group) => group.every(({ stored }) => stored !== undefined));
    return told ? tagsOf(records) : { tags: [], candidates: [] };
  }

  #candidates(candidates: readonly Candidate[], types: readonly string[]): readonly UntoldMember[] {
    const { map } = this.#parser.complaints;
    return candidates.map(({ path, held }) => ({
      path,
      records: held.map((own, index) => {
        const type = types[index]!;
        if ("values" in own) return { type, values: own.values };
        return { type, why: own.why, ...(own.pos !== undefined && { span: map.span(own.pos) }) };
      }),
    }));
  }
}

/** Whether an argument that names no map may be one: what is loaded or given may, a variable's own address may not. */
function mayBeMap(argument: Expression): boolean {
  const value = bare(argument);
  if (value.kind === "number") return false;
  return value.kind !== "address" || bare(value.operand).kind !== "name";
}

/** The program that a function runs in. */
function programOf(frame: Frame): string {
  let at = frame;
  while (at.caller !== undefined) at = at.caller;
  return at.body.name;
}
