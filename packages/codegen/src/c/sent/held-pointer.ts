import type { Expression, Local, Step } from "../body/tree.ts";
import { stripped } from "../type/ctype.ts";
import type { Root } from "./place.ts";

/** Steps that a variable is followed back over. */
const mostSteps = 10_000;

export function isPointerVariable(root: Root): root is Local {
  return typeof root !== "number" && "values" in root && stripped(root.type).kind === "ptr";
}

/** Whether all that a variable may hold at `step` is what `isOwn` takes: what it was assigned last, on every path. */
export function holdsOnly(local: Local, isOwn: (value: Expression) => boolean, step: Step): boolean {
  if (local.addressed === true) return false;
  if (local.parameter === undefined && local.values.every(isOwn)) return true;
  const seen = new Set<Step>();
  const waiting = [...step.before];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    if (seen.size > mostSteps) return false;
    const { effect } = next;
    if (effect?.kind === "obscure" && effect.locals.has(local)) return false;
    if (effect?.kind !== "assign" || effect.local !== local) waiting.push(...next.before);
    else if (!isOwn(effect.value)) return false;
  }
  return true;
}
