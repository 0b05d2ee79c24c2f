import * as T from "../text/token.ts";
import type { Call, Effect, Expression, Step } from "./tree.ts";

/** A statement that is left by `break`, and, where it is a loop, gone on with by `continue`. */
interface Breakable {
  readonly exit: Step;
  readonly next: Step | undefined;
  readonly dispatch: Dispatch | undefined;
  /** Cleanups of the blocks around it. */
  readonly cleanups: number;
  hasDefault: boolean;
}

/** Where the value of a `switch` is known. */
interface Dispatch {
  readonly step: Step;
  readonly value: Expression;
  /** Conditions of its cases. */
  readonly cases: Expression[];
}

/** Builds the steps of a function while its statements are read one behind the other. */
export class StepBuilder {
  readonly entry: Step;
  /** Where the function returns. */
  readonly ends: Step[] = [];
  readonly ofCalls: Map<Call, Step> = new Map<Call, Step>();
  readonly ofReturns: Map<Expression, Step> = new Map<Expression, Step>();
  readonly all: Step[] = [];
  /** The last step; undefined where nothing reaches what stands next. */
  at: Step | undefined;
  readonly #open: Breakable[] = [];
  readonly #labels = new Map<string, Step>();
  readonly #pos: () => number;

  /** @param pos where the text that is being read stands */
  constructor(pos: () => number) {
    this.#pos = pos;
    this.entry = this.meet();
    this.at = this.entry;
  }

  get depth(): number {
    return this.#open.length;
  }

  add(effect: Effect): void {
    const pos = effect.kind === "call" || effect.kind === "obscure" ? effect.pos : this.#pos();
    const step: Step = { effect, before: this.at === undefined ? [] : [this.at], pos };
    this.all.push(step);
    if (effect.kind === "call") this.ofCalls.set(effect, step);
    if (this.at !== undefined) this.at = step;
  }

  /** A step that paths meet in, from here. */
  meet(...from: readonly (Step | undefined)[]): Step {
    const step: Step = { effect: undefined, before: from.filter((one) => one !== undefined), pos: this.#pos() };
    this.all.push(step);
    return step;
  }

  /** Goes on behind `from`, whichever of them was taken. */
  join(...from: readonly (Step | undefined)[]): void {
    const [one, ...others] = new Set(from.filter((step) => step !== undefined));
    this.at = others.length === 0 ? one : this.meet(one, ...others);
  }

  /** Goes on here, or to each of `labels`. */
  fork(labels: readonly string[]): void {
    if (this.at === undefined) return;
    for (const label of labels) this.#labelled(label).before.push(this.at);
  }

  /** Goes on here, or leaves or repeats what was opened last. */
  mayBreak(): void {
    const { at } = this;
    this.break();
    this.at = at;
    this.continue();
    this.at = at;
  }

  /** Goes from here to `target`; nothing goes on behind it. */
  jump(target: Step | undefined): void {
    if (this.at !== undefined) target?.before.push(this.at);
    this.at = undefined;
  }

  return(value?: Expression): void {
    if (this.at !== undefined) {
      this.ends.push(this.at);
      if (value !== undefined) this.ofReturns.set(value, this.at);
    }
    this.at = undefined;
  }

  /** Opens a loop, or a `switch` over `value`, in blocks that have so many cleanups. */
  open(next: Step | undefined, cleanups: number, value?: Expression): Step {
    const dispatch = value && { step: this.at ?? this.meet(), value, cases: [] };
    const exit = this.meet();
    this.#open.push({ exit, next, dispatch, cleanups, hasDefault: false });
    return exit;
  }

  /** Ends what was opened last; where a `switch` goes on that has no case for its value. */
  close(): Step | undefined {
    const closed = this.#open.pop();
    if (closed?.dispatch === undefined || closed.hasDefault) return undefined;
    return this.#branch(closed.dispatch, { kind: "branch", conditions: closed.dispatch.cases, holds: false });
  }

  #branch({ step }: Dispatch, effect: Effect): Step {
    const branch: Step = { effect, before: [step], pos: this.#pos() };
    this.all.push(branch);
    return branch;
  }

  /** Forgets what was opened above `depth`: the statement was not understood. */
  unwind(depth: number): void {
    this.#open.length = depth;
  }

  break(): void {
    this.jump(this.#open.at(-1)?.exit);
  }

  continue(): void {
    this.jump(this.#loop?.next);
  }

  get #loop(): Breakable | undefined {
    return this.#open.filter(({ next }) => next !== undefined).at(-1);
  }

  /** How many cleanups are left pending by a `break`, or a `continue`. */
  cleanupsAt(leaves: boolean): number {
    return (leaves ? this.#open.at(-1) : this.#loop)?.cleanups ?? 0;
  }

  /** A case of the values from `first` to `last`, or of one of them. */
  case(first: Expression, last?: Expression): void {
    const dispatch = this.#open.filter((one) => one.dispatch !== undefined).at(-1)?.dispatch;
    if (dispatch === undefined) return;
    const { value, cases } = dispatch;
    const compared = (operator: number, right: Expression): Expression => ({
      kind: "binary",
      operator,
      left: value,
      right,
    });
    const condition =
      last === undefined
        ? compared(T.EQUAL_EQUAL, first)
        : ({
            kind: "binary",
            operator: T.AND_AND,
            left: compared(T.GREATER_EQUAL, first),
            right: compared(T.LESS_EQUAL, last),
          } as const);
    cases.push(condition);
    this.join(this.at, this.#branch(dispatch, { kind: "branch", conditions: [condition], holds: true }));
  }

  default(): void {
    const inside = this.#open.filter(({ dispatch }) => dispatch !== undefined).at(-1);
    if (inside?.dispatch === undefined) return;
    inside.hasDefault = true;
    this.join(
      this.at,
      this.#branch(inside.dispatch, { kind: "branch", conditions: inside.dispatch.cases, holds: false }),
    );
  }

  goto(label: string): void {
    this.jump(this.#labelled(label));
  }

  label(name: string): void {
    const step = this.#labelled(name);
    this.jump(step);
    this.at = step;
  }

  #labelled(name: string): Step {
    const step = this.#labels.get(name) ?? this.meet();
    this.#labels.set(name, step);
    return step;
  }
}
