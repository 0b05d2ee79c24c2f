import { bare, type Call, type Expression, unknown } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import { type BodyPlaces, isPointer, type RootUses } from "./body-places.ts";
import type { Place, Root } from "./place.ts";
import { type Frame, isRunning } from "./typing.ts";

/** Variables and functions that one record is followed over. */
const mostSteps = 10_000;

/** A root of memory, and the bits from where that begins, or points to, up to the record's start. */
type Handle = readonly [root: Root, start: number];

/** What the functions on the way to the call that sends a record call it, or a part of it. */
export class RecordHandles {
  readonly #bodies: BodyPlaces;
  readonly #top: Frame | undefined;
  readonly #found = new Map<Frame, Map<Root, number>>();
  /** Variables of the file: all functions have them. */
  readonly #ofFile = new Map<Root, number>();
  #steps = 0;
  #open = false;

  /** @param top the function above which it is not asked what the record goes by */
  constructor(bodies: BodyPlaces, top?: Frame) {
    this.#bodies = bodies;
    this.#top = top;
  }

  /** The functions that have a handle, the one that sends first. */
  get frames(): readonly Frame[] {
    return [...this.#found.keys()];
  }

  /** Whether the record goes by more than is looked at. */
  get cut(): boolean {
    return this.#steps > mostSteps;
  }

  /** Whether a function of the unit gives it that is not followed: anything may be stored there. */
  get open(): boolean {
    return this.#open;
  }

  /** Where in the record `place` lies, which `frame` names: bits; undefined where it is none of it. */
  inRecord(place: Place | undefined, frame: Frame): number | undefined {
    const start = place && (this.#found.get(frame)?.get(place.root) ?? this.#ofFile.get(place.root));
    return place === undefined || start === undefined ? undefined : place.bits - start;
  }

  /** Whether `root` is a name of the record in `frame`. */
  has(root: Root, frame: Frame): boolean {
    return this.#found.get(frame)?.has(root) === true || this.#ofFile.has(root);
  }

  /** What `frame` does with the record, by what it calls it there. */
  usesIn(frame: Frame): readonly RootUses[] {
    return this.rootsIn(frame).map(([root]) => this.#bodies.of(root, frame.body));
  }

  /** The record begins `start` bits behind where `root` does, or points to, in `frame`. */
  addRoot(root: Root, start: number, frame: Frame): this {
    this.#add(frame, [[root, start]]);
    return this;
  }

  /** The record is what `pointer` points to in `frame`. */
  addPointer(pointer: Expression, frame: Frame): this {
    const place = this.#bodies.places.behind(pointer);
    return place === undefined || place.within !== undefined ? this : this.addRoot(place.root, place.bits, frame);
  }

  /** Its names in `frame`, and the bits from where each begins, or points to, up to the record's start. */
  rootsIn(frame: Frame): readonly (readonly [root: Root, start: number])[] {
    return [...new Map([...(this.#found.get(frame) ?? []), ...this.#ofFile])];
  }

  /** The record is what the pointer that `call` returns points to, `start` bits on. */
  addResult(call: Call, frame: Frame, start = 0): this {
    if (++this.#steps > mostSteps) return this;
    const { locals, returns } = frame.body;
    const holders = locals.filter(({ values }) => values.some((value) => bare(value) === call));
    this.#add(
      frame,
      holders.map((local): Handle => [local, start]),
    );
    if (frame.call === undefined || frame.caller === undefined) return this;
    for (const value of returns.flatMap(chosen)) {
      const inRecord = value === call ? -start : this.inRecord(this.#bodies.places.behind(value), frame);
      if (inRecord !== undefined) return this.addResult(frame.call, frame.caller, -inRecord);
    }
    return this;
  }

  /** Adds handles of `frame`, what they are made of and copied to there, and those of its callers that they were handed as. */
  #add(frame: Frame, handles: readonly Handle[]): void {
    const own = this.#found.get(frame) ?? new Map<Root, number>();
    this.#found.set(frame, own);
    const waiting = [...handles];
    const given: Handle[] = [];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [root, start] = next;
      if (own.has(root)) continue;
      if (++this.#steps > mostSteps) return;
      own.set(root, start);
      if (typeof root === "number") this.#ofFile.set(root, start);
      const made = madeBy(root);
      if (made !== undefined) this.#enter(made, start, frame);
      waiting.push(...this.#madeOf(root, start), ...this.#copiesOf(root, start, frame));
      const place = this.#givenAs(root, frame);
      if (place !== undefined && place.within === undefined) given.push([place.root, place.bits + start]);
    }
    if (given.length === 0 || frame.caller === undefined || frame === this.#top) return;
    this.#add(frame.caller, given);
    this.#add(frame, this.#givenBeside(frame, frame.caller));
  }

  /** Parameters of `frame` that its caller hands the record as. */
  #givenBeside({ body, call }: Frame, caller: Frame): readonly Handle[] {
    return body.parameters.flatMap((parameter, index): readonly Handle[] => {
      const place = parameter.values.length > 0 ? undefined : this.#bodies.places.behind(call?.args[index] ?? unknown);
      const bits = place?.within === undefined ? this.inRecord(place, caller) : undefined;
      return bits === undefined ? [] : [[parameter, -bits]];
    });
  }

  /** Adds what the function that `call` runs calls the record, which its result points to, `start` bits on. */
  #enter(call: Call, start: number, frame: Frame): void {
    const body = this.#bodies.bodyOf(call);
    if (body === undefined || this.frames.some((own) => own.call === call && own.caller === frame)) return;
    if (isRunning(body, frame) || ++this.#steps > mostSteps) {
      this.#open = true;
      return;
    }
    const inner: Frame = { body, call, caller: frame };
    this.#found.set(inner, new Map());
    const [given, ...others] = body.returns.flatMap(chosen).filter((value) => !isNull(value));
    const place = given && this.#bodies.places.behind(given);
    const isSame = (value: Expression): boolean => {
      const other = this.#bodies.places.behind(value);
      return (
        other !== undefined && other.within === undefined && other.root === place?.root && other.bits === place.bits
      );
    };
    if (given?.kind === "call" && others.length === 0) this.#enter(given, start, inner);
    else if (given !== undefined && [given, ...others].every(isSame)) {
      this.#add(inner, [[place!.root, place!.bits + start]]);
    } else this.#open = true;
  }

  /** What the caller handed `frame` as a parameter that is never assigned. */
  #givenAs(root: Root, { call }: Frame): Place | undefined {
    if (typeof root === "number") return { root, bits: 0, type: undefined };
    if (!("values" in root) || root.parameter === undefined || root.values.length > 0) return undefined;
    const arg = call?.args[root.parameter];
    return arg && this.#bodies.places.behind(arg);
  }

  /** What a variable is made of: structs that it was copied from, or what it points to, where that is one thing. */
  #madeOf(root: Root, start: number): readonly Handle[] {
    if (typeof root === "number" || !("values" in root)) return [];
    if (!isPointer(root)) {
      return root.values.flatMap((value): readonly Handle[] => {
        const whole = wholeOf(value);
        return whole === undefined ? [] : [[whole, start]];
      });
    }
    const [value, ...others] = root.values;
    if (value === undefined || others.length > 0 || root.parameter !== undefined) return [];
    const place = this.#bodies.places.behind(value);
    return place === undefined || place.within !== undefined ? [] : [[place.root, place.bits + start]];
  }

  /** Pointers into it, and what is stored in it as a whole. */
  #copiesOf(root: Root, start: number, { body }: Frame): readonly Handle[] {
    const { pointers, stores } = this.#bodies.of(root, body);
    const parts = stores.flatMap(({ place, value }): Handle[] => {
      const part = wholeOf(value);
      return part === undefined ? [] : [[part, start - place.bits]];
    });
    const told = pointers.filter(({ place }) => place.within === undefined);
    return [...told.map(({ local, place }): Handle => [local, start - place.bits]), ...parts];
  }
}

/** The call that gives the only value of a variable. */
function madeBy(root: Root): Call | undefined {
  if (typeof root === "number" || !("values" in root) || root.parameter !== undefined) return undefined;
  const [value, ...others] = root.values;
  const made = value === undefined || others.length > 0 ? undefined : bare(value);
  return made?.kind === "call" ? made : undefined;
}

function isNull(value: Expression): boolean {
  return value.kind === "number" && value.value === 0n;
}

/** What `value` may be, without casts. */
function chosen(value: Expression): readonly Expression[] {
  const own = bare(value);
  return own.kind === "choice" ? [...chosen(own.then), ...chosen(own.otherwise)] : [own];
}

/** The struct that `value` copies. */
export function wholeOf(value: Expression): Root | undefined {
  let of = bare(value);
  // `*&e`, as what memcpy copies.
  if (of.kind === "target") {
    const pointer = bare(of.operand);
    if (pointer.kind === "address") of = bare(pointer.operand);
  }
  if (of.kind === "compound") return of;
  if (of.kind !== "name" || of.local === undefined) return undefined;
  const { kind } = stripped(of.local.type);
  return kind === "struct" || kind === "union" ? of.local : undefined;
}
