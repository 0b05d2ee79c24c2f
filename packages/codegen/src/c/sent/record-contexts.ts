import { type Call, type Expression, unknown } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { BodyPlaces } from "./body-places.ts";
import type { Functions } from "./functions.ts";
import { RecordHandles, wholeOf } from "./handles.ts";
import type { Place, Root } from "./place.ts";
import { type Frame, isRunning } from "./typing.ts";

/** Calls that one record is followed into. */
const mostCalls = 1000;
/** Calls inside of each other. */
const deepest = 6;

/** A function on the way of a record, and where the record came into it from. */
export interface Context {
  readonly frame: Frame;
  readonly handles: RecordHandles;
  readonly outside: { readonly context: Context; readonly call: Call; readonly part: Root | undefined } | undefined;
  readonly depth: number;
  /** Structs that parts of the record are copied from, and pointers to them, each with that struct. */
  readonly parts: ReadonlyMap<Root, Root>;
}

/** How a call hands a record on. */
export type Entered =
  | { readonly kind: "entered"; readonly context: Context }
  /** It hands it to no function whose body is known. */
  | { readonly kind: "none" }
  /** It does, and that is not followed. */
  | { readonly kind: "cut"; readonly why: string };

/** The functions that have a record: those on the way to the call that sends it, and those that it is handed to. */
export class RecordContexts {
  readonly #functions: Functions;
  readonly #bodies: BodyPlaces;
  readonly #own = new Map<Frame, Context>();
  readonly #inner = new Map<Context, Map<Call, Map<Root | undefined, Entered>>>();
  #calls = 0;

  constructor(functions: Functions, bodies: BodyPlaces, record: RecordHandles) {
    this.#functions = functions;
    this.#bodies = bodies;
    for (const frame of record.frames) this.#make(frame, record);
  }

  #make(frame: Frame, record: RecordHandles): Context | undefined {
    if (!record.frames.includes(frame)) return undefined;
    const known = this.#own.get(frame);
    if (known !== undefined) return known;
    const caller = frame.caller === undefined ? undefined : this.#make(frame.caller, record);
    const outside =
      caller === undefined || frame.call === undefined
        ? undefined
        : { context: caller, call: frame.call, part: undefined };
    const context = { frame, handles: record, outside, depth: 0, parts: partsOf(record, frame, this.#bodies) };
    this.#own.set(frame, context);
    return context;
  }

  /** Those on the way to the call that sends the record. */
  get own(): Iterable<Context> {
    return this.#own.values();
  }

  of(frame: Frame): Context | undefined {
    return this.#own.get(frame);
  }

  /** The function on the record's own way that `call` runs. */
  calledBy(call: Call, context: Context): Context | undefined {
    for (const other of this.#own.values()) {
      if (other.frame.call === call && other.frame.caller === context.frame) return other;
    }
    return undefined;
  }

  /**
   * The function that `call` hands the record to, or where `part` is told, the struct that a part of it is copied from.
   *
   * @param isAt whether what an argument points to, at an index that a run decides, may be what is looked for
   */
  enter(call: Call, context: Context, part: Root | undefined, isAt: (place: Place) => boolean): Entered {
    const body = this.#functions.bodyOf(call);
    if (body === undefined || isRunning(body, context.frame)) return { kind: "none" };
    const places = body.parameters.map((_, index) => this.#bodies.places.behind(call.args[index] ?? unknown));
    const isElement = places.some(
      (place) => place?.within !== undefined && inRecord(place, context, part) !== undefined && isAt(place),
    );
    if (isElement) return { kind: "cut", why: `${body.name} is handed an element of it that a run decides` };
    const ofContext = this.#inner.get(context) ?? new Map<Call, Map<Root | undefined, Entered>>();
    this.#inner.set(context, ofContext);
    const ofCall = ofContext.get(call) ?? new Map<Root | undefined, Entered>();
    ofContext.set(call, ofCall);
    const known = ofCall.get(part);
    if (known !== undefined) return known;
    const frame: Frame = { body, call, caller: context.frame };
    const handles = new RecordHandles(this.#bodies, frame);
    let given = false;
    for (const [index, parameter] of body.parameters.entries()) {
      const place = places[index];
      const bits = inRecord(place, context, part);
      if (bits === undefined || place?.within !== undefined) continue;
      handles.addRoot(parameter, -bits, frame);
      given = true;
    }
    // Variables of the file need no argument.
    for (const [root, start] of handlesOf(context, part)) {
      if (typeof root !== "number" || !this.#functions.mentions(body, root)) continue;
      handles.addRoot(root, start, frame);
      given = true;
    }
    let entered: Entered = { kind: "none" };
    if (given) {
      if (context.depth >= deepest) entered = { kind: "cut", why: `calls are followed ${deepest} deep` };
      else if (++this.#calls > mostCalls || handles.cut) entered = { kind: "cut", why: "too many calls are handed it" };
      else {
        const outside = { context, call, part };
        const parts = partsOf(handles, frame, this.#bodies);
        entered = { kind: "entered", context: { frame, handles, outside, depth: context.depth + 1, parts } };
      }
    }
    ofCall.set(part, entered);
    return entered;
  }
}

/** Whether `root` names what is looked for: the record, or the struct that a part of it was copied from. */
export function isNameOf(root: Root, { handles, frame, parts }: Context, part: Root | undefined): boolean {
  return parts.get(root) === part && handles.has(root, frame);
}

/** Where in the record `place` lies, by the names that count. */
export function inRecord(place: Place | undefined, context: Context, part: Root | undefined): number | undefined {
  if (place === undefined || context.parts.get(place.root) !== part) return undefined;
  return context.handles.inRecord(place, context.frame);
}

function handlesOf({ handles, frame, parts }: Context, part: Root | undefined): readonly (readonly [Root, number])[] {
  return handles.rootsIn(frame).filter(([root]) => parts.get(root) === part);
}

/** Structs that parts of the record are copied from, and pointers to those. */
function partsOf(handles: RecordHandles, frame: Frame, bodies: BodyPlaces): ReadonlyMap<Root, Root> {
  const parts = new Map<Root, Root>();
  const add = (value: Expression): void => {
    const part = wholeOf(value);
    if (part !== undefined) parts.set(part, part);
  };
  for (const { stores } of handles.usesIn(frame)) for (const { value } of stores) add(value);
  const pointers = frame.body.locals.filter((local) => handles.has(local, frame));
  for (const local of pointers) if (stripped(local.type).kind !== "ptr") local.values.forEach(add);
  for (let grown = parts.size > 0; grown; ) {
    grown = false;
    for (const local of pointers) {
      if (parts.has(local) || stripped(local.type).kind !== "ptr") continue;
      const part = local.values.map((value) => parts.get(bodies.places.behind(value)?.root ?? local)).find(Boolean);
      if (part === undefined) continue;
      parts.set(local, part);
      grown = true;
    }
  }
  return parts;
}
