import { type Told, toldBy } from "../body/told.ts";
import { type Branch, bare, type Call, type Expression, type Local, type Step, unknown } from "../body/tree.ts";
import type { Code } from "./code.ts";
import { holdsOnly, isPointerVariable } from "./held-pointer.ts";
import type { Context, RecordContexts } from "./record-contexts.ts";
import type { Frame } from "./typing.ts";

/** Variables that one pointer is followed back over, each a copy of the next. */
const mostCopies = 8;

/** Helpers behind which the memory is nobody's, with it as their first argument. */
const releases: ReadonlySet<string> = new Set([
  "bpf_ringbuf_submit",
  "bpf_ringbuf_discard",
  "bpf_ringbuf_submit_dynptr",
  "bpf_ringbuf_discard_dynptr",
]);

/** A step of a function that has the record. */
interface At {
  readonly context: Context;
  readonly step: Step;
}

/** The memory of a record that a call gives: where a path has it, and where it has none. */
export class GivenMemory {
  readonly #code: Code;
  readonly #contexts: RecordContexts;
  readonly #call: Call | undefined;
  readonly #where: Frame;
  /** Whether the call says whether it did, and gives no pointer. */
  readonly #givesStatus: boolean;

  /**
   * @param call reserves it; undefined where others look it up
   * @param where the function that `call` stands in
   */
  constructor(code: Code, contexts: RecordContexts, call: Call | undefined, where: Frame) {
    this.#code = code;
    this.#contexts = contexts;
    this.#call = call;
    this.#where = where;
    this.#givesStatus = call !== undefined && code.functions.calleeOf(call) === "bpf_ringbuf_reserve_dynptr";
  }

  /** Whether `call` is the one that reserves it. */
  isMadeBy(call: Call, { frame }: Context): boolean {
    return call === this.#call && frame === this.#where;
  }

  /** Whether a branch is taken where it could not be given. */
  isMissingOn({ conditions, holds }: Branch, at: At): boolean {
    return conditions.some((condition) => toldBy(condition, holds).some((told) => this.#isMissing(told, at)));
  }

  #isMissing({ value, zero }: Told, at: At): boolean {
    const { context, step } = at;
    const told = bare(value);
    if (zero) return this.#isPointer(told, at);
    const isStatus = (own: Expression): boolean => {
      const made = bare(own);
      return this.#givesStatus && made.kind === "call" && this.isMadeBy(made, context);
    };
    if (told.kind !== "name" || told.local === undefined) return isStatus(told);
    const { local } = told;
    if (local.parameter !== undefined || local.values.length === 0) return false;
    return holdsOnly(local, isStatus, step, context.frame, this.#code.reached);
  }

  /** Whether it is submitted or discarded by `call`. */
  isReleasedBy(call: Call, at: At): boolean {
    if (this.#call === undefined || !releases.has(this.#code.functions.calleeOf(call))) return false;
    const given = bare(call.args[0] ?? unknown);
    if (!this.#givesStatus) return this.#isPointer(given, at);
    return at.context.handles.inRecord(this.#code.bodies.places.behind(given), at.context.frame) === 0;
  }

  /** Whether `pointer` points to it at a step, or is null where it could not be given, and cannot point elsewhere. */
  #isPointer(pointer: Expression, at: At): boolean {
    if (pointer.kind === "call") return this.#isReturnedBy(pointer, at.context);
    return pointer.kind === "name" && pointer.local !== undefined && this.#isHeldBy(pointer.local, at);
  }

  #isReturnedBy(call: Call, context: Context): boolean {
    if (this.#givesStatus) return false;
    return this.isMadeBy(call, context) || this.#contexts.calledBy(call, context) !== undefined;
  }

  /** Whether a helper gives it that reserves nothing. */
  #isLookedUpBy(call: Call): boolean {
    return this.#call === undefined && this.#code.functions.bodyOf(call) === undefined;
  }

  #isHeldBy(local: Local, { context, step }: At): boolean {
    if (!isPointerVariable(local) || !context.handles.has(local, context.frame)) return false;
    const holds = (value: Expression, copies: number): boolean => {
      const made = bare(value);
      if (made.kind === "call") return this.#isReturnedBy(made, context) || this.#isLookedUpBy(made);
      const other = made.kind === "name" ? made.local : undefined;
      if (other === undefined || copies > mostCopies) return false;
      // What is set once is the same at the step that copies it.
      const { addressed, parameter, values } = other;
      if (addressed === true || values.length !== (parameter === undefined ? 1 : 0)) return false;
      if (parameter !== undefined) return context.handles.has(other, context.frame);
      return values.every((own) => holds(own, copies + 1));
    };
    return holdsOnly(local, (value) => holds(value, 0), step, context.frame, this.#code.reached);
  }
}
