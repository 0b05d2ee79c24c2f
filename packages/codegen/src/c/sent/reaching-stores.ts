import type { Type } from "@rbgen/btf";
import { bare, type Call, type Effect, type Expression, type Step, unknown } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyPlaces } from "./body-places.ts";
import type { Functions } from "./functions.ts";
import { RecordHandles, wholeOf } from "./handles.ts";
import { bitsOf, type Place, type Root } from "./place.ts";
import { type Frame, isRunning, type Typing } from "./typing.ts";

/** Steps that one record is followed back over. */
const mostSteps = 200_000;
/** Calls that it is followed into. */
const mostCalls = 1000;
/** Calls inside of each other. */
const deepest = 6;

/** Helpers that write to what they are handed, however it is declared: it is no constant. */
const writers =
  /^bpf_(?:probe_read|copy_from|core_read|get_stack|get_current_comm|skb_load_bytes|xdp_load_bytes|dynptr_read)/;

/** The call that sends a record, or that reserves the memory of one that is submitted later. */
export interface Sending {
  readonly call: Call;
  readonly where: Frame;
  /** Whether {@link call} is the one behind which nothing counts; else those are that submit it. */
  readonly sent: boolean;
}

/** A function on the way, and where the record came into it from. */
interface Context {
  readonly frame: Frame;
  readonly handles: RecordHandles;
  readonly outside: { readonly context: Context; readonly call: Call; readonly part: Root | undefined } | undefined;
  readonly depth: number;
  /** Structs that parts of the record are copied from. */
  readonly parts: ReadonlySet<Root>;
}

/** A step to be looked at, whether for the record, or for the struct that a part of it was copied from. */
interface Waiting {
  readonly context: Context;
  readonly step: Step;
  readonly part: Root | undefined;
}

/** Ends a search: what lies there is no constant, or not known. */
class Uncertain extends Error {}

/** Follows a record back from where it is sent, on every path, to the stores that its integers hold then. */
export class ReachingStores {
  readonly #functions: Functions;
  readonly #typing: Typing;
  readonly #bodies: BodyPlaces;
  readonly #sending: Sending;
  readonly #contexts = new Map<Frame, Context>();
  readonly #inner = new Map<Context, Map<Call, Map<Root | undefined, Context>>>();
  #starts: readonly Waiting[] | undefined;
  #steps = 0;
  #calls = 0;
  /** Of the present search. */
  #bits = 0;
  #size = 0;
  #values = new Set<bigint>();
  #waiting: Waiting[] = [];

  constructor(functions: Functions, typing: Typing, bodies: BodyPlaces, record: RecordHandles, sending: Sending) {
    this.#functions = functions;
    this.#typing = typing;
    this.#bodies = bodies;
    this.#sending = sending;
    for (const frame of record.frames) this.#contextOf(frame, record);
  }

  /** The constants that an integer of `size` bytes may hold when the record is sent; undefined where it may be anything. */
  at(bits: number, size: number): ReadonlySet<bigint> | undefined {
    this.#bits = bits;
    this.#size = size;
    this.#values = new Set();
    try {
      this.#starts ??= this.#findStarts();
      this.#waiting = [...this.#starts];
      this.#search();
    } catch (error) {
      if (!(error instanceof Uncertain)) throw error;
      return undefined;
    }
    return new Set([...this.#values].sort((a, b) => (a < b ? -1 : 1)));
  }

  #contextOf(frame: Frame, record: RecordHandles): Context | undefined {
    if (!record.frames.includes(frame)) return undefined;
    const known = this.#contexts.get(frame);
    if (known !== undefined) return known;
    const caller = frame.caller === undefined ? undefined : this.#contextOf(frame.caller, record);
    const outside =
      caller === undefined || frame.call === undefined
        ? undefined
        : { context: caller, call: frame.call, part: undefined };
    const context = { frame, handles: record, outside, depth: 0, parts: partsOf(record, frame) };
    this.#contexts.set(frame, context);
    return context;
  }

  /** The calls that send the record. */
  #findStarts(): readonly Waiting[] {
    const { call, where, sent } = this.#sending;
    const found: Waiting[] = [];
    if (sent) {
      const context = this.#contexts.get(where);
      const step = context?.frame.body.steps.ofCalls.get(call);
      if (context !== undefined && step !== undefined) this.#before(context, step, undefined, found);
    } else for (const context of this.#contexts.values()) this.#addSubmits(context, found);
    if (found.length === 0) throw new Uncertain();
    return found;
  }

  #addSubmits(context: Context, found: Waiting[]): void {
    const calls = new Set(context.handles.usesIn(context.frame).flatMap(({ args }) => args.map(({ call }) => call)));
    for (const call of calls) {
      const step = context.frame.body.steps.ofCalls.get(call);
      if (step === undefined) continue;
      if (this.#functions.calleeOf(call) === "bpf_ringbuf_submit") this.#before(context, step, undefined, found);
      const inner = this.#frameOf(call, context) === undefined ? this.#enter(call, context, undefined) : undefined;
      if (inner !== undefined) this.#addSubmits(inner, found);
    }
  }

  /** The function on the record's own way that `call` runs. */
  #frameOf(call: Call, context: Context): Context | undefined {
    for (const other of this.#contexts.values()) {
      if (other.frame.call === call && other.frame.caller === context.frame) return other;
    }
    return undefined;
  }

  #before(context: Context, { before }: Step, part: Root | undefined, into: Waiting[]): void {
    for (const step of before) into.push({ context, step, part });
  }

  #search(): void {
    const seen = new Map<Context, Map<Step, Set<Root | undefined>>>();
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      const { context, step, part } = next;
      const steps = seen.get(context) ?? new Map<Step, Set<Root | undefined>>();
      seen.set(context, steps);
      const parts = steps.get(step) ?? new Set();
      if (parts.has(part)) continue;
      steps.set(step, parts.add(part));
      if (++this.#steps > mostSteps) throw new Uncertain();
      const { entry } = context.frame.body.steps;
      if (step === entry) this.#leave(context, part);
      else if (step.effect === undefined) this.#before(context, step, part, this.#waiting);
      else this.#take(step.effect, context, step, part);
    }
  }

  /** Goes on before the call of a function. */
  #leave({ outside }: Context, part: Root | undefined): void {
    // Nothing is stored on this path, or elsewhere.
    if (outside === undefined || part !== undefined) throw new Uncertain();
    const step = outside.context.frame.body.steps.ofCalls.get(outside.call);
    if (step !== undefined) this.#before(outside.context, step, outside.part, this.#waiting);
  }

  #take(effect: Effect, context: Context, step: Step, part: Root | undefined): void {
    const goOn = (from = part): void => this.#before(context, step, from, this.#waiting);
    switch (effect.kind) {
      case "call":
        this.#call(effect, context, goOn, part);
        break;
      case "clear": {
        const place = this.#bodies.places.of(effect.target);
        if (this.#covers(place, context, part)) this.#values.add(0n);
        else goOn();
        break;
      }
      case "assign":
        this.#assign(effect, context, goOn, part);
        break;
      case "store":
        if (this.#pointsInto(effect.value, context)) throw new Uncertain();
        this.#store(this.#bodies.places.of(effect.target), effect.value, context, goOn, part);
    }
  }

  /** Where in the record `place` lies, by the names that count. */
  #inRecord(place: Place | undefined, context: Context, part: Root | undefined): number | undefined {
    if (place === undefined) return undefined;
    const counts = part === undefined ? !context.parts.has(place.root) : place.root === part;
    return counts ? context.handles.inRecord(place, context.frame) : undefined;
  }

  /** Whether a pointer into the record is stored where others may take it from. */
  #pointsInto(value: Expression, context: Context): boolean {
    const type = this.#typing.typeOf(value);
    const pointer = type !== undefined && stripped(type).kind === "ptr";
    return pointer && context.handles.inRecord(this.#bodies.places.behind(value), context.frame) !== undefined;
  }

  #covers(place: Place | undefined, context: Context, part: Root | undefined): boolean {
    const bits = this.#inRecord(place, context, part);
    const length = place === undefined || place.within !== undefined ? undefined : bitsOf(place);
    return bits !== undefined && length !== undefined && bits <= this.#bits && this.#end <= bits + length;
  }

  #overlaps(place: Place | undefined, context: Context, part: Root | undefined): boolean {
    const bits = this.#inRecord(place, context, part);
    if (place === undefined || bits === undefined) return false;
    return bits < this.#end && this.#bits < bits + (bitsOf(place) ?? Number.POSITIVE_INFINITY);
  }

  get #end(): number {
    return this.#bits + this.#size * 8;
  }

  #store(
    place: Place | undefined,
    value: Expression,
    context: Context,
    goOn: (part?: Root) => void,
    part: Root | undefined,
  ): void {
    if (place === undefined || !this.#overlaps(place, context, part)) {
      goOn();
      return;
    }
    const whole = wholeOf(value);
    if (whole !== undefined && context.handles.has(whole, context.frame) && this.#covers(place, context, part)) {
      goOn(whole);
      return;
    }
    const plain = place.type && stripped(place.type);
    const integer = plain?.kind === "int" || plain?.kind === "enum" || plain?.kind === "enum64";
    const same = integer && plain.size === this.#size && this.#inRecord(place, context, part) === this.#bits;
    if (!same || place.width !== undefined || place.within !== undefined) throw new Uncertain();
    this.#typing.restart();
    const values = this.#typing.valuesOf(value, context.frame);
    if (values === undefined) throw new Uncertain();
    for (const one of values) this.#values.add(BigInt.asUintN(this.#size * 8, one));
  }

  #assign(
    { local, value }: Extract<Effect, { kind: "assign" }>,
    context: Context,
    goOn: (part?: Root) => void,
    part: Root | undefined,
  ): void {
    const { frame, handles } = context;
    if (!handles.has(local, frame)) {
      goOn();
      return;
    }
    if (stripped(local.type).kind !== "ptr") {
      this.#store({ root: local, bits: 0, type: local.type }, value, context, goOn, part);
      return;
    }
    const behind = this.#bodies.places.behind(value);
    const made = bare(value);
    if (part !== undefined || handles.inRecord(behind, frame) !== undefined) {
      if (part === undefined && behind?.within !== undefined) throw new Uncertain();
      goOn();
    } else if (made === this.#sending.call || (made.kind === "call" && this.#frameOf(made, context) !== undefined))
      goOn();
    // From here on it is another record's, or none.
    else if (made.kind === "number" || (made.kind === "call" && !this.#sending.sent)) return;
    else throw new Uncertain();
  }

  #call(call: Call, context: Context, goOn: () => void, part: Root | undefined): void {
    const { frame, handles } = context;
    if (!this.#sending.sent && call === this.#sending.call && frame === this.#sending.where) throw new Uncertain();
    const inner = this.#frameOf(call, context) ?? this.#enter(call, context, part);
    if (inner !== undefined) {
      for (const step of inner.frame.body.steps.ends) this.#waiting.push({ context: inner, step, part: undefined });
      return;
    }
    const places = call.args.map((arg) => this.#bodies.places.behind(arg));
    const given = places.some((place) => handles.inRecord(place, frame) !== undefined);
    // A callback that is handed the record may do anything with it, and so may what calls itself.
    const runs = [...call.args, call.callee].some((arg) => this.#functions.named(arg) !== undefined);
    if (given && runs) throw new Uncertain();
    for (const [index, place] of places.entries()) {
      if (place === undefined || !this.#overlaps(place, context, part)) continue;
      const integer = /^(?:int|enum|enum64)$/.test(place.type === undefined ? "" : stripped(place.type).kind);
      const writes = writers.test(this.#functions.calleeOf(call));
      if (writes || (integer && !this.#readsOnly(call, index))) throw new Uncertain();
    }
    goOn();
  }

  /** Whether a function declares that it leaves what the argument points to. */
  #readsOnly(call: Call, index: number): boolean {
    const callee = this.#typing.typeOf(bare(call.callee));
    let proto = callee && stripped(callee);
    if (proto?.kind === "ptr") proto = stripped(proto.target);
    const pointer = proto?.kind === "func_proto" ? stripped(proto.params[index]?.type ?? { kind: "void" }) : undefined;
    return pointer?.kind === "ptr" && isConst(pointer.target);
  }

  /** The function that `call` hands the record to; undefined where it hands it to none. */
  #enter(call: Call, context: Context, part: Root | undefined): Context | undefined {
    const body = this.#functions.bodyOf(call);
    if (body === undefined || isRunning(body, context.frame)) return undefined;
    const ofContext = this.#inner.get(context) ?? new Map<Call, Map<Root | undefined, Context>>();
    this.#inner.set(context, ofContext);
    const ofCall = ofContext.get(call) ?? new Map<Root | undefined, Context>();
    ofContext.set(call, ofCall);
    const known = ofCall.get(part);
    if (known !== undefined) return known;
    const frame: Frame = { body, call, caller: context.frame };
    const handles = new RecordHandles(this.#bodies, frame);
    let given = false;
    for (const [index, parameter] of body.parameters.entries()) {
      const place = this.#bodies.places.behind(call.args[index] ?? unknown);
      const bits = this.#inRecord(place, context, part);
      if (bits === undefined) continue;
      if (place?.within !== undefined) throw new Uncertain();
      handles.addRoot(parameter, -bits, frame);
      given = true;
    }
    if (!given) return undefined;
    if (context.depth >= deepest || ++this.#calls > mostCalls || handles.cut) throw new Uncertain();
    const outside = { context, call, part };
    const inner = { frame, handles, outside, depth: context.depth + 1, parts: partsOf(handles, frame) };
    ofCall.set(part, inner);
    return inner;
  }
}

function partsOf(handles: RecordHandles, frame: Frame): ReadonlySet<Root> {
  const parts = new Set<Root>();
  for (const { stores } of handles.usesIn(frame)) {
    for (const { value } of stores) {
      const part = wholeOf(value);
      if (part !== undefined) parts.add(part);
    }
  }
  for (const local of frame.body.locals) {
    if (!handles.has(local, frame) || stripped(local.type).kind === "ptr") continue;
    for (const value of local.values) {
      const part = wholeOf(value);
      if (part !== undefined) parts.add(part);
    }
  }
  return parts;
}

function isConst(type: Type): boolean {
  for (let at = type; ; ) {
    if (at.kind === "const") return true;
    if (at.kind !== "typedef" && at.kind !== "volatile" && at.kind !== "restrict" && at.kind !== "type_tag")
      return false;
    at = at.target;
  }
}
