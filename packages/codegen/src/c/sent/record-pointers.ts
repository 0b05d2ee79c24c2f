import { bare, type Call, type Expression, type Local, type Step, unknown } from "../body/tree.ts";
import type { Code } from "./code.ts";
import { Uncertain } from "./doubt.ts";
import { holdsOnly, isPointerVariable } from "./held-pointer.ts";
import { HeldRecord } from "./held-record.ts";
import type { Place, Root } from "./place.ts";
import type { Context, RecordContexts } from "./record-contexts.ts";
import type { Sending } from "./sending.ts";

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
  /** Undefined where the record is not in memory that a call reserves for it. */
  readonly #held: HeldRecord | undefined;

  constructor(code: Code, contexts: RecordContexts, { call, sent }: Sending) {
    this.#code = code;
    this.#contexts = contexts;
    this.#call = call;
    this.#held = sent ? undefined : new HeldRecord(code, contexts, call);
  }

  /** Whether the pointer that `place` goes by has another record at a step; ends the search where it may have either. */
  isAnothers(place: Place | undefined, { context, step }: At): boolean {
    const root = place?.root;
    if (this.#held === undefined || root === undefined || !isPointerVariable(root)) return false;
    const holding = this.#held.at(root, step, context);
    if (holding === "either") throw new Uncertain(`${root.name} may point elsewhere`, step.pos);
    return holding === "other";
  }

  /** Ends the search where a variable that points into the record may point elsewhere at a step. */
  checkPointer(root: Root, { context, step }: At): void {
    if (!isPointerVariable(root)) return;
    const { places } = this.#code.bodies;
    const derived = (value: Expression): boolean =>
      context.handles.inRecord(places.behind(value), context.frame) !== undefined;
    // A variable that is made of no other one is what the record goes by.
    if (!root.values.some(derived)) return;
    const own = (value: Expression): boolean => this.isSameRecord(root, value, context);
    if (!holdsOnly(root, own, step, context.frame, this.#code.reached))
      throw new Uncertain(`${root.name} may point elsewhere`, step.pos);
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
