import type { Body, Branch, Expression, Step } from "../body/tree.ts";
import type { Integers } from "./integers.ts";
import type { Frame } from "./typing.ts";

/** Steps and branches that are looked at in all, behind which each may run. */
const mostSteps = 1_000_000;

/** Tells what of a function runs when it is called with certain constants: behind which of its branches. */
export class ReachedSteps {
  readonly #integers: Integers;
  readonly #edges = new Map<Body, Edges | undefined>();
  readonly #assignments = new Map<Body, ReadonlyMap<Expression, Step>>();
  readonly #reached = new WeakMap<Frame, ReadonlySet<Step>>();
  #left = mostSteps;

  constructor(integers: Integers) {
    this.#integers = integers;
  }

  /** Whether a branch may be taken in `frame`. */
  isTaken({ conditions, holds }: Branch, frame: Frame): boolean {
    return conditions.every((condition) => {
      if (--this.#left < 0) return true;
      const values = this.#integers.valuesOf(condition, frame);
      return values === undefined || [...values].some((value) => (value !== 0n) === holds);
    });
  }

  /** Whether `step` may run in `frame`; what has no step may. */
  isReached(step: Step | undefined, frame: Frame | undefined): boolean {
    return step === undefined || frame === undefined || this.#in(frame)?.has(step) !== false;
  }

  /** What the function may return in `frame`. */
  returns(frame: Frame): readonly Expression[] {
    const { returns, steps } = frame.body;
    return returns.filter((value) => this.isReached(steps.ofReturns.get(value), frame));
  }

  /** Whether a variable of the function may be assigned `value` in `frame`. */
  isAssigned(value: Expression, frame: Frame | undefined): boolean {
    return frame === undefined || this.isReached(this.#assignmentsOf(frame.body).get(value), frame);
  }

  /** What of `condition ? then : otherwise` may be meant in `frame`. */
  arms(choice: Extract<Expression, { kind: "choice" }>, frame: Frame | undefined): readonly Expression[] {
    const { condition, then, otherwise } = choice;
    if (frame === undefined) return [then, otherwise];
    const isMeant = (holds: boolean): boolean =>
      this.isTaken({ kind: "branch", conditions: [condition], holds }, frame);
    return [...(isMeant(true) ? [then] : []), ...(isMeant(false) ? [otherwise] : [])];
  }

  #assignmentsOf(body: Body): ReadonlyMap<Expression, Step> {
    let known = this.#assignments.get(body);
    if (known === undefined) {
      const found = new Map<Expression, Step>();
      for (const step of body.steps.all) if (step.effect?.kind === "assign") found.set(step.effect.value, step);
      known = found;
      this.#assignments.set(body, known);
    }
    return known;
  }

  /** Undefined where all of it may run. */
  #in(frame: Frame): ReadonlySet<Step> | undefined {
    const edges = this.#edgesOf(frame.body);
    if (this.#left < 0 || edges === undefined) return undefined;
    const known = this.#reached.get(frame);
    if (known !== undefined) return known;
    const reached = new Set<Step>();
    const waiting = [frame.body.steps.entry];
    for (let step = waiting.pop(); step !== undefined; step = waiting.pop()) {
      if (reached.has(step)) continue;
      if (step.effect?.kind === "branch" && !this.isTaken(step.effect, frame)) continue;
      reached.add(step);
      this.#left--;
      waiting.push(...(edges.get(step) ?? []));
    }
    this.#reached.set(frame, reached);
    return reached;
  }

  #edgesOf(body: Body): Edges | undefined {
    if (!this.#edges.has(body)) this.#edges.set(body, edgesOf(body));
    return this.#edges.get(body);
  }
}

/** What may run just behind each step. */
type Edges = ReadonlyMap<Step, readonly Step[]>;

/** Undefined where nothing branches, or where what is not understood may lead anywhere. */
function edgesOf({ obscure, steps }: Body): Edges | undefined {
  if (obscure.length > 0 || !steps.all.some(({ effect }) => effect?.kind === "branch")) return undefined;
  const edges = new Map<Step, Step[]>();
  for (const step of steps.all) {
    for (const before of step.before) {
      const behind = edges.get(before);
      if (behind === undefined) edges.set(before, [step]);
      else behind.push(step);
    }
  }
  return edges;
}
