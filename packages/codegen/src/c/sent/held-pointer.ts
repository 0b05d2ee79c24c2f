import { toldBy } from "../body/told.ts";
import { bare, type Expression, type Local, type Step } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Root } from "./place.ts";
import type { ReachedSteps } from "./reached-steps.ts";
import type { Frame } from "./typing.ts";

/** Steps that a variable is followed back over. */
const mostSteps = 10_000;

export function isPointerVariable(root: Root): root is Local {
  return typeof root !== "number" && "values" in root && stripped(root.type).kind === "ptr";
}

/**
 * Whether all that a variable of `frame` may hold at `step` is what `isOwn` takes: what it was assigned last, on every path. It is
 * told the step that assigns it, or none to ask whether it takes the value at all of them.
 */
export function holdsOnly(
  local: Local,
  isOwn: (value: Expression, at: Step | undefined) => boolean,
  step: Step,
  frame: Frame,
  reached: ReachedSteps,
): boolean {
  if (local.addressed === true) return false;
  const isTaken = (value: Expression): boolean => isOwn(value, undefined) || !reached.isAssigned(value, frame);
  if (local.parameter === undefined && local.values.every(isTaken)) return true;
  const seen = new Set<Step>();
  const waiting = [...step.before];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next) || !reached.isReached(next, frame)) continue;
    seen.add(next);
    if (seen.size > mostSteps) return false;
    const { effect } = next;
    if (effect?.kind === "obscure" && effect.locals.has(local)) return false;
    if (effect?.kind !== "assign" || effect.local !== local) waiting.push(...next.before);
    else if (!isOwn(effect.value, next)) return false;
  }
  return true;
}

/** A value that a variable may hold, and the step that gave it. */
export interface HeldValue {
  readonly value: Expression;
  readonly step: Step;
}

/**
 * What a variable of `frame` may hold at `step`: what it was assigned last, by each path, but for zeros on those where it is asked
 * whether it is zero. Undefined where that is not known: something else may set it, or there is a path on which nothing does.
 */
export function valuesAt(
  local: Local,
  step: Step,
  frame: Frame,
  reached: ReachedSteps,
): readonly HeldValue[] | undefined {
  if (local.addressed === true) return undefined;
  const found = new Map<Step, HeldValue>();
  /** Each with whether it is no zero from there on. */
  const seen = new Map<Step, boolean>();
  const waiting = step.before.map((before) => ({ step: before, isSet: false }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { step: at } = next;
    let { isSet } = next;
    const known = seen.get(at);
    if (known === false || known === isSet || !reached.isReached(at, frame)) continue;
    seen.set(at, isSet);
    if (seen.size > mostSteps || at === frame.body.steps.entry) return undefined;
    const { effect } = at;
    if (effect?.kind === "obscure" && effect.locals.has(local)) return undefined;
    if (effect?.kind === "assign" && effect.local === local) {
      if (!isSet || !isZero(effect.value)) found.set(at, { value: effect.value, step: at });
      continue;
    }
    if (effect?.kind === "branch") isSet ||= effect.conditions.some((one) => isToldSet(one, effect.holds, local));
    for (const before of at.before) waiting.push({ step: before, isSet });
  }
  return [...found.values()];
}

/** Whether a branch is taken where a variable is not zero. */
function isToldSet(condition: Expression, holds: boolean, local: Local): boolean {
  return toldBy(condition, holds).some(({ value, zero }) => {
    const told = bare(value);
    return !zero && told.kind === "name" && told.local === local;
  });
}

function isZero(value: Expression): boolean {
  const own = bare(value);
  return own.kind === "number" && own.value === 0n;
}
