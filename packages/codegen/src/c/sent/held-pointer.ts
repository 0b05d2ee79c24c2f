import type { Expression, Local, Step } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Root } from "./place.ts";
import type { ReachedSteps } from "./reached-steps.ts";
import type { Frame } from "./typing.ts";

/** Steps that a variable is followed back over. */
const mostSteps = 10_000;

export function isPointerVariable(root: Root): root is Local {
  return typeof root !== "number" && "values" in root && stripped(root.type).kind === "ptr";
}

/** Whether all that a variable of `frame` may hold at `step` is what `isOwn` takes: what it was assigned last, on every path. */
export function holdsOnly(
  local: Local,
  isOwn: (value: Expression) => boolean,
  step: Step,
  frame: Frame,
  reached: ReachedSteps,
): boolean {
  if (local.addressed === true) return false;
  const isTaken = (value: Expression): boolean => isOwn(value) || !reached.isAssigned(value, frame);
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
    else if (!isOwn(effect.value)) return false;
  }
  return true;
}

/** A value that a variable may hold, and the step that gave it. */
export interface HeldValue {
  readonly value: Expression;
  readonly step: Step;
}

/**
 * What a variable of `frame` may hold at `step`: what it was assigned last, by each path. Undefined where that is not known:
 * something else may set it, or there is a path on which nothing does.
 */
export function valuesAt(
  local: Local,
  step: Step,
  frame: Frame,
  reached: ReachedSteps,
): readonly HeldValue[] | undefined {
  if (local.addressed === true) return undefined;
  const found: HeldValue[] = [];
  const seen = new Set<Step>();
  const waiting = [...step.before];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next) || !reached.isReached(next, frame)) continue;
    seen.add(next);
    if (seen.size > mostSteps || next === frame.body.steps.entry) return undefined;
    const { effect } = next;
    if (effect?.kind === "obscure" && effect.locals.has(local)) return undefined;
    if (effect?.kind === "assign" && effect.local === local) found.push({ value: effect.value, step: next });
    else waiting.push(...next.before);
  }
  return found;
}
