import { bare, type Call, type Expression, type Local, type Step, unknown } from "../body/tree.ts";
import type { Code } from "./code.ts";
import { Uncertain } from "./doubt.ts";
import { givenBy, heldBy } from "./given-by.ts";
import { holdsOnly, isPointerVariable } from "./held-pointer.ts";
import { HeldRecord } from "./held-record.ts";
import type { Place, Root } from "./place.ts";
import type { Context, RecordContexts } from "./record-contexts.ts";
import type { Sending } from "./sending.ts";
import type { Frame } from "./typing.ts";

/** Variables that one pointer is followed back over, each a copy of the next. */
const mostCopies = 8;

/** A step of a function that has the record. */
interface At {
  readonly context: Context;
  readonly step: Step;
}

/** Tells whether the variables that point into a record do so at a step. */
export class RecordPointers {
  readonly #code: Code;
  readonly #contexts: RecordContexts;
  readonly #call: Call;
  readonly #sending: Sending;
  /** Undefined where the record is not in memory that a call reserves for it. */
  readonly #held: HeldRecord | undefined;

  constructor(code: Code, contexts: RecordContexts, sending: Sending) {
    const { call, sent } = sending;
    this.#code = code;
    this.#sending = sending;
    this.#contexts = contexts;
    this.#call = call;
    this.#held = sent ? undefined : new HeldRecord(code, contexts, call);
  }

  /** Whether the pointer that `place` goes by has another record at a step; ends the search where it may have either. */
  isAnothers(place: Place | undefined, { context, step }: At): boolean {
    const root = place?.root;
    if (root === undefined || !isPointerVariable(root)) return false;
    if (this.#held === undefined) {
      this.#checkSent(root, { context, step });
      return false;
    }
    const holding = this.#held.at(root, step, context);
    if (holding === "either") throw new Uncertain(`${root.name} may point elsewhere`, step.pos);
    return holding === "other";
  }

  /** Ends the search where a variable that is set to one thing after another has not what is sent. */
  #checkSent(root: Local, { context, step }: At): void {
    const { frame, handles } = context;
    const { places } = this.#code.bodies;
    const others = root.values.filter((value) => {
      const made = bare(value);
      return made.kind !== "number" && handles.inRecord(places.behind(value), frame) === undefined;
    });
    if (others.length + (root.parameter === undefined ? 0 : 1) < 2) return;
    const { pointer, call, where } = this.#sending;
    const at = where.body.steps.ofCalls.get(call);
    const sent = pointer && at && givenBy(pointer, at, where, this.#code);
    const held = heldBy(root, step, frame, this.#code);
    const isSent = pointer !== undefined && this.#isHandedBy(root, pointer, context);
    if (
      sent === undefined || held === undefined
        ? isSent
        : [...held].every((one) => sent.has(one)) && (isSent || sent.size === 1)
    )
      return;
    throw new Uncertain(`${root.name} may point elsewhere`, step.pos);
  }

  /** Whether `root` is what a function hands the record on by. */
  #isHandedBy(root: Local, pointer: Expression, { frame }: Context): boolean {
    const { places } = this.#code.bodies;
    if (frame === this.#sending.where) return places.behind(pointer)?.root === root;
    for (let at: Frame | undefined = this.#sending.where; at !== undefined; at = at.caller) {
      if (at.caller === frame) return at.call?.args.some((arg) => places.behind(arg)?.root === root) === true;
    }
    return false;
  }

  /** Ends the search where a variable that points into the record may point elsewhere at a step. */
  checkPointer(root: Root, { context, step }: At): void {
    if (isPointerVariable(root) && !this.#holds(root, { context, step }, 0))
      throw new Uncertain(`${root.name} may point elsewhere`, step.pos);
  }

  #holds(root: Local, { context, step }: At, copies: number): boolean {
    if (copies > mostCopies) return false;
    const { places } = this.#code.bodies;
    const derived = (value: Expression): boolean =>
      context.handles.inRecord(places.behind(value), context.frame) !== undefined;
    // A variable that is made of no other one is what the record goes by.
    if (!root.values.some(derived)) return true;
    const own = (value: Expression, at: Step | undefined): boolean =>
      this.isSameRecord(root, value, context) && this.#isOwnCopy(root, value, at, context, copies);
    return holdsOnly(root, own, step, context.frame, this.#code.reached);
  }

  /** Whether the variable that `value` copies, if it is one that is set more than once, has the record at the step `at`. */
  #isOwnCopy(local: Local, value: Expression, at: Step | undefined, context: Context, copies: number): boolean {
    const root = this.#code.bodies.places.behind(value)?.root;
    if (root === undefined || !isPointerVariable(root)) return true;
    if (root !== local && root.values.length <= (root.parameter === undefined ? 1 : 0)) return true;
    return at !== undefined && this.#holds(root, { context, step: at }, copies + 1);
  }

  /** Whether `value` makes a variable point to the record as its handle says. */
  isSameRecord(local: Local, value: Expression, context: Context): boolean {
    const made = bare(value);
    if (made === this.#call) return true;
    if (made.kind === "number") return made.value === 0n;
    if (made.kind === "call") return this.#contexts.calledBy(made, context) !== undefined;
    const place = this.#code.bodies.places.behind(value);
    const start = context.handles.inRecord({ root: local, bits: 0, type: undefined }, context.frame);
    return place?.within === undefined && context.handles.inRecord(place, context.frame) === start;
  }

  /** Whether nothing but a variable has the record before it is set. */
  isOnlyName(local: Local, { frame, handles, outside }: Context): boolean {
    // What a function was handed, its caller has, too.
    if (local.parameter !== undefined && outside !== undefined) return false;
    return handles.rootsIn(frame).length === 1;
  }

  /** Whether `made` gives a pointer into the memory of a dynptr that is the record. */
  isSlice(made: Expression, { handles, frame }: Context): boolean {
    if (made.kind !== "call" || this.#code.functions.calleeOf(made) !== "bpf_dynptr_data") return false;
    return handles.inRecord(this.#code.bodies.places.behind(made.args[0] ?? unknown), frame) !== undefined;
  }
}
