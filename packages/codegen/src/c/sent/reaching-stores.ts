import { bare, type Call, type Effect, type Expression, type Obscure, type Step, unknown } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import { Aliases } from "./aliases.ts";
import type { Code } from "./code.ts";
import type { Definition, Range } from "./definition.ts";
import { type Doubt, Uncertain } from "./doubt.ts";
import { GivenMemory } from "./given-memory.ts";
import { handOver } from "./handed-over.ts";
import { type RecordHandles, wholeOf } from "./handles.ts";
import { isOnlyDiscarded } from "./only-discarded.ts";
import { bitsOf, type Place, type Root } from "./place.ts";
import { type Context, inRecord, isNameOf, RecordContexts } from "./record-contexts.ts";
import { RecordMemory } from "./record-memory.ts";
import { RecordPointers } from "./record-pointers.ts";
import type { Sending } from "./sending.ts";

/** Steps that one member of a record is followed back over. */
const mostSteps = 200_000;
/** Changes of one member (`|=`), each of what another one left. */
const mostChanges = 64;

/** A step to be looked at, whether for the record, or for the struct that a part of it was copied from. */
interface Waiting {
  readonly context: Context;
  readonly step: Step;
  readonly part: Root | undefined;
}

/** Tells at which effects a search ends, beside stores. */
type Until = (effect: Effect, context: Context) => boolean;

/** Follows a record back from where it is sent, on every path, to what was stored last in its members. */
export class ReachingStores {
  readonly #code: Code;
  readonly #aliases: Aliases;
  readonly #sending: Sending;
  readonly #contexts: RecordContexts;
  readonly #memory: RecordMemory;
  readonly #given: GivenMemory;
  readonly #pointers: RecordPointers;
  readonly #found = new Map<string, readonly Definition[] | Doubt>();
  #starts: readonly Waiting[] | undefined;
  #steps = 0;
  /** Of the present search. */
  #range: Range = { bits: 0, size: 0 };
  #definitions: Definition[] = [];
  #until: Until = () => false;
  #waiting: Waiting[] = [];
  /** What is stored before steps that change it; undefined while that is looked for. */
  #changes = new Map<Context, Map<Step, Map<Root | undefined, readonly Definition[] | undefined>>>();
  /** Changes inside of each other. */
  #depth = 0;

  constructor(code: Code, record: RecordHandles, sending: Sending) {
    this.#code = code;
    this.#aliases = new Aliases(code.functions, code.typing, code.bodies.places);
    this.#sending = sending;
    this.#contexts = new RecordContexts(code.functions, code.bodies, record);
    const { call, where, sent, memory } = sending;
    this.#memory = new RecordMemory(code, this.#aliases, this.#contexts, memory);
    this.#given = new GivenMemory(code, this.#contexts, sent ? undefined : call, where);
    this.#pointers = new RecordPointers(code, this.#contexts, sending);
  }

  /** All that an integer may have been stored as last when the record is sent. */
  at(range: Range): readonly Definition[] | Doubt {
    const key = `${range.bits} ${range.size}`;
    const found = this.#found.get(key) ?? this.#search(range, () => false);
    this.#found.set(key, found);
    return found;
  }

  /** Whether nothing changes those bits from where `until` holds on up to where the record is sent, on all paths. */
  isUnchangedSince(range: Range, until: Until): boolean {
    const found = this.#search(range, until);
    return Array.isArray(found) && found.length === 0;
  }

  /** Whether `is` holds of something that runs between what was stored there last and where the record is sent. */
  isReachedBefore(range: Range, is: Until): boolean {
    let reached = false;
    this.#search(range, (effect, context) => {
      reached ||= is(effect, context);
      return false;
    });
    return reached;
  }

  #search(range: Range, until: Until): readonly Definition[] | Doubt {
    this.#range = range;
    this.#until = until;
    this.#definitions = [];
    this.#steps = 0;
    this.#changes = new Map();
    this.#depth = 0;
    try {
      this.#starts ??= this.#findStarts();
      this.#waiting = [...this.#starts];
      this.#follow();
    } catch (error) {
      if (!(error instanceof Uncertain)) throw error;
      return { why: error.message, pos: error.pos };
    }
    return this.#definitions;
  }

  /** What runs just before the calls that send the record. */
  #findStarts(): readonly Waiting[] {
    const { call, where, sent } = this.#sending;
    const found: Waiting[] = [];
    if (sent) {
      const context = this.#contexts.of(where);
      const step = context?.frame.body.steps.ofCalls.get(call);
      if (context !== undefined && step !== undefined) this.#before(context, step, undefined, found);
    } else for (const context of this.#contexts.own) this.#addSubmits(context, found);
    if (found.length === 0)
      throw new Uncertain(sent ? "how it comes there is not followed" : "no call that submits it is found", call.pos);
    return found;
  }

  /** Whether what is reserved is discarded, and never submitted, and all that it is handed to is followed. */
  get isOnlyDiscarded(): boolean {
    return isOnlyDiscarded(this.#sending.call, this.#contexts, this.#aliases, this.#code);
  }

  #addSubmits(context: Context, found: Waiting[]): void {
    const calls = new Set(context.handles.usesIn(context.frame).flatMap(({ args }) => args.map(({ call }) => call)));
    for (const call of calls) {
      const step = context.frame.body.steps.ofCalls.get(call);
      if (step === undefined) continue;
      const name = this.#code.functions.calleeOf(call);
      const submits = name === "bpf_ringbuf_submit" || name === "bpf_ringbuf_submit_dynptr";
      if (
        submits &&
        !this.#pointers.isAnothers(this.#code.bodies.places.behind(call.args[0] ?? unknown), { context, step })
      )
        this.#before(context, step, undefined, found);
      if (this.#contexts.calledBy(call, context) !== undefined) continue;
      const inner = this.#contexts.enter(call, context, undefined, () => true);
      if (inner.kind === "cut") throw new Uncertain(inner.why, call.pos);
      if (inner.kind === "entered") this.#addSubmits(inner.context, found);
    }
  }

  #before(context: Context, { before }: Step, part: Root | undefined, into: Waiting[]): void {
    for (const step of before) into.push({ context, step, part });
  }

  #follow(): void {
    const seen = new Map<Context, Map<Step, Set<Root | undefined>>>();
    for (let next = this.#waiting.pop(); next !== undefined; next = this.#waiting.pop()) {
      const { context, step, part } = next;
      const steps = seen.get(context) ?? new Map<Step, Set<Root | undefined>>();
      seen.set(context, steps);
      const parts = steps.get(step) ?? new Set();
      if (parts.has(part)) continue;
      steps.set(step, parts.add(part));
      if (++this.#steps > mostSteps || --this.#code.budget.left < 0)
        throw new Uncertain("the code is too much to be followed", step.pos);
      if (!this.#code.reached.isReached(step, context.frame)) continue;
      const { effect } = step;
      if (step === context.frame.body.steps.entry) this.#leave(context, part);
      else if (effect === undefined) this.#before(context, step, part, this.#waiting);
      else if (!this.#until(effect, context)) this.#take(effect, { context, step, part });
    }
  }

  /** Goes on before the call of a function. */
  #leave({ outside, frame }: Context, part: Root | undefined): void {
    if (outside === undefined || part !== undefined)
      throw new Uncertain(`nothing is stored there on a path through ${frame.body.name}`, this.#sending.call.pos);
    const { context, call } = outside;
    const step = context.frame.body.steps.ofCalls.get(call);
    // Arguments are worked out just before it.
    if (step !== undefined && !this.#until(call, context)) this.#before(context, step, outside.part, this.#waiting);
  }

  #goOn({ context, step, part }: Waiting, from: Root | undefined = part): void {
    this.#before(context, step, from, this.#waiting);
  }

  #take(effect: Effect, at: Waiting): void {
    const { part } = at;
    switch (effect.kind) {
      case "call":
        this.#call(effect, at);
        break;
      case "clear": {
        const { target, bytes } = effect;
        if (this.#touches(target, bytes, at) === undefined) this.#goOn(at);
        else if (this.#covers(this.#placeOf(target, bytes, at), at)) this.#definitions.push({ kind: "zero" });
        else throw new Uncertain("a part of it is cleared", at.step.pos);
        break;
      }
      case "assign":
        this.#assign(effect, at);
        break;
      case "store":
        this.#copied(effect.value, at);
        this.#store(effect.target, effect.bytes, effect.value, at);
        break;
      case "branch":
        if (!this.#code.reached.isTaken(effect, at.context.frame)) break;
        // Where none is given, none is sent.
        if (part !== undefined || !this.#given.isMissingOn(effect, at)) this.#goOn(at);
        break;
      case "obscure":
        this.#obscure(effect, at);
    }
  }

  #placeOf(target: Expression, bytes: Expression | undefined, { context }: Waiting): Place | undefined {
    const place = this.#code.bodies.places.of(target);
    if (place === undefined || bytes === undefined) return place;
    const count = this.#code.integers.valueOf(bytes, context.frame);
    return { ...place, span: count === undefined ? Number.POSITIVE_INFINITY : Number(count) * 8 };
  }

  /** The place that a store changes, where it lies in what is looked for; ends the search where that may be. */
  #touches(target: Expression, bytes: Expression | undefined, at: Waiting): Place | undefined {
    const { context, step, part } = at;
    const place = this.#placeOf(target, bytes, at);
    if (place === undefined) {
      const mayLie = this.#aliases.mayLieIn(target, (root) => isNameOf(root, context, part));
      if (mayLie || this.#memory.mayHave(target, context.frame, part))
        throw new Uncertain("a pointer that is not followed may change it", step.pos);
      return undefined;
    }
    if (inRecord(place, context, part) === undefined) {
      if (this.#memory.mayHave(target, context.frame, part))
        throw new Uncertain("another pointer to it may change it", step.pos);
      return undefined;
    }
    if (part === undefined && this.#pointers.isAnothers(place, at)) return undefined;
    this.#pointers.checkPointer(place.root, at);
    return this.#overlaps(place, at) ? place : undefined;
  }

  #covers(place: Place | undefined, { context, part }: Waiting): boolean {
    const bits = inRecord(place, context, part);
    const length = place === undefined || place.within !== undefined ? undefined : bitsOf(place);
    if (length === Number.POSITIVE_INFINITY) return false;
    return bits !== undefined && length !== undefined && bits <= this.#range.bits && this.#end <= bits + length;
  }

  #overlaps(place: Place | undefined, { context, part }: Waiting): boolean {
    const bits = inRecord(place, context, part);
    if (place === undefined || bits === undefined) return false;
    return bits < this.#end && this.#range.bits < bits + (bitsOf(place) ?? Number.POSITIVE_INFINITY);
  }

  get #end(): number {
    return this.#range.bits + this.#range.size * 8;
  }

  /** Ends the search where a pointer into the record is stored where others may take it from. */
  #copied(value: Expression, { context, step }: Waiting): void {
    const { handles, frame } = context;
    if (this.#aliases.mayPoint(value, (root) => handles.has(root, frame)))
      throw new Uncertain("a pointer to it is stored elsewhere", step.pos);
  }

  #store(target: Expression, bytes: Expression | undefined, value: Expression, at: Waiting): void {
    const place = this.#touches(target, bytes, at);
    if (place === undefined) this.#goOn(at);
    else this.#define(place, value, at);
  }

  /** `value` is what `place` holds, which lies in the record, from `at` on. */
  #define(place: Place, value: Expression, at: Waiting): void {
    const { context, step, part } = at;
    const whole = wholeOf(value);
    if (whole !== undefined && context.handles.has(whole, context.frame) && this.#covers(place, at)) {
      this.#goOn(at, whole);
      return;
    }
    if (place.span !== undefined) throw new Uncertain("memory is copied there", step.pos);
    const plain = place.type && stripped(place.type);
    const integer = plain?.kind === "int" || plain?.kind === "enum" || plain?.kind === "enum64";
    const same = integer && plain.size === this.#range.size && inRecord(place, context, part) === this.#range.bits;
    if (plain?.kind === "struct" || plain?.kind === "union")
      throw new Uncertain(`a ${plain.kind} that is not followed is copied over it`, step.pos);
    if (!same || place.width !== undefined || place.within !== undefined)
      throw new Uncertain("other bits are stored over it", step.pos);
    const { frame } = context;
    const { pos } = step;
    const made = bare(value);
    const former = made.kind === "binary" ? this.#code.bodies.places.of(made.left) : undefined;
    if (made.kind === "binary" && former?.root === place.root && isSamePlace(former, place)) {
      const { operator, right: operand } = made;
      this.#definitions.push({
        kind: "changed",
        before: this.#beforeChange(at),
        operator,
        operand,
        type: plain,
        frame,
        pos,
      });
    } else this.#definitions.push({ kind: "value", value, type: plain, step, frame, pos });
  }

  /** What is stored there before a step that changes it. */
  #beforeChange(at: Waiting): readonly Definition[] {
    const { context, step, part } = at;
    const steps =
      this.#changes.get(context) ?? new Map<Step, Map<Root | undefined, readonly Definition[] | undefined>>();
    this.#changes.set(context, steps);
    const parts = steps.get(step) ?? new Map<Root | undefined, readonly Definition[] | undefined>();
    steps.set(step, parts);
    const known = parts.get(part);
    if (known !== undefined) return known;
    if (parts.has(part)) throw new Uncertain("it is changed in a loop", step.pos);
    if (++this.#depth > mostChanges) throw new Uncertain("it is changed too often", step.pos);
    parts.set(part, undefined);
    const [definitions, waiting] = [this.#definitions, this.#waiting];
    [this.#definitions, this.#waiting] = [[], []];
    this.#goOn(at);
    this.#follow();
    const found = this.#definitions;
    [this.#definitions, this.#waiting] = [definitions, waiting];
    this.#depth--;
    parts.set(part, found);
    return found;
  }

  #assign({ local, value }: Extract<Effect, { kind: "assign" }>, at: Waiting): void {
    const { context, step, part } = at;
    const { frame, handles } = context;
    const { places } = this.#code.bodies;
    if (!handles.has(local, frame)) {
      const place = places.behind(value);
      // A pointer to an element at an index that a run decides stays in its array.
      if (place?.within !== undefined && !this.#overlaps(place, at)) this.#goOn(at);
      else {
        this.#copied(value, at);
        this.#goOn(at);
      }
      return;
    }
    if (stripped(local.type).kind !== "ptr") {
      if (!isNameOf(local, context, part)) this.#goOn(at);
      else this.#define({ root: local, bits: 0, type: local.type }, value, at);
      return;
    }
    const made = bare(value);
    if (part !== undefined) this.#goOn(at);
    else if (handles.inRecord(places.behind(value), frame) !== undefined) {
      if (!this.#pointers.isSameRecord(local, value, context))
        throw new Uncertain(`${local.name} may point elsewhere`, step.pos);
      this.#goOn(at);
    } else if (made === this.#sending.call || this.#pointers.isSlice(made, context)) this.#goOn(at);
    else if (made.kind === "call" && this.#contexts.calledBy(made, context) !== undefined) this.#goOn(at);
    else if (this.#aliases.mayPoint(value, (root) => handles.has(root, frame)))
      throw new Uncertain(`where ${local.name} points to is not followed`, step.pos);
    // From here on it is another record's, or none, unless another variable has it.
    else if (made.kind === "number" || (made.kind === "call" && !this.#sending.sent)) {
      if (!this.#pointers.isOnlyName(local, context)) this.#goOn(at);
    } else throw new Uncertain(`nothing is stored there before ${local.name} is set`, step.pos);
  }

  #obscure({ locals, ids, anything, pos }: Obscure, at: Waiting): void {
    const { handles, frame } = at.context;
    const named = handles
      .rootsIn(frame)
      .some(([root]) => (typeof root === "number" ? ids.has(root) : "values" in root && locals.has(root)));
    if (anything || named) throw new Uncertain("what this does is not understood", pos);
    this.#goOn(at);
  }

  #call(call: Call, at: Waiting): void {
    const { context, part } = at;
    const { functions, bodies } = this.#code;
    if (part === undefined && this.#given.isMadeBy(call, context))
      throw new Uncertain("nothing is stored there on one path", call.pos);
    if (part === undefined && this.#given.isReleasedBy(call, at)) return;
    const own = this.#contexts.calledBy(call, context);
    const entered = own ?? this.#enter(call, at);
    if (entered !== undefined) {
      for (const step of entered.frame.body.steps.ends) this.#waiting.push({ context: entered, step, part: undefined });
      return;
    }
    const written = bodies.writtenByDynptr(call);
    if (written !== undefined && inRecord(written.place, context, part) !== undefined) {
      if (this.#overlaps(written.place, at)) this.#define(written.place, written.value, at);
      else this.#goOn(at);
      return;
    }
    const isName = (root: Root): boolean => isNameOf(root, context, part);
    const overlaps = (place: Place): boolean => this.#overlaps(place, at);
    const { frame } = context;
    const mayBeBehind = (pointer: Expression): boolean => this.#memory.mayBeBehind(pointer, frame, part);
    handOver(call, { frame, isName, mayBeBehind, overlaps }, this.#aliases, this.#code);
    if (this.#memory.mayBeChangedBy(call, frame, part)) {
      const name = functions.calleeOf(call);
      throw new Uncertain(`${name === "" ? "what is called here" : name} may change it`, call.pos);
    }
    this.#goOn(at);
  }

  #enter(call: Call, at: Waiting): Context | undefined {
    if (this.#code.functions.bodyOf(call) === undefined) return undefined;
    for (const arg of call.args) {
      const place = this.#code.bodies.places.behind(arg);
      if (inRecord(place, at.context, at.part) !== undefined) this.#pointers.checkPointer(place!.root, at);
    }
    const entered = this.#contexts.enter(call, at.context, at.part, (place) => this.#overlaps(place, at));
    if (entered.kind === "cut") throw new Uncertain(entered.why, call.pos);
    return entered.kind === "entered" ? entered.context : undefined;
  }
}

function isSamePlace(a: Place, b: Place): boolean {
  return a.bits === b.bits && a.within === undefined && a.width === undefined && bitsOf(a) === bitsOf(b);
}
