import { type Body, bare, type Expression, type Local, type Step } from "../body/tree.ts";

/** Steps that may stand between two assignments. */
const mostBetween = 8;

/** A value of a pointer, and that of a size which is chosen with it. */
export interface Pair {
  readonly pointer: Expression;
  readonly size: Expression;
}

/**
 * The values of a pointer and a size that are chosen together: `p = &e; n = sizeof(e);` on each path. Undefined where they are no two
 * variables of which just these pairs are assigned, each of a pair wherever the other is.
 */
export function chosenTogether(pointer: Expression, size: Expression, body: Body): readonly Pair[] | undefined {
  const [of, by] = [variable(pointer), variable(size)];
  if (of === undefined || by === undefined || of.values.length < 2 || of.values.length !== by.values.length)
    return undefined;
  const [pointers, sizes] = [assignments(of, body), assignments(by, body)];
  if (pointers.length !== of.values.length || sizes.length !== by.values.length) return undefined;
  const next = successors(body);
  const pairs = pointers.flatMap(([pointerStep, own]): Pair[] => {
    const found = sizes.find(([step]) => follows(step, pointerStep, next) || follows(pointerStep, step, next));
    return found === undefined ? [] : [{ pointer: own, size: found[1] }];
  });
  return pairs.length === pointers.length && new Set(pairs.map((pair) => pair.size)).size === pairs.length
    ? pairs
    : undefined;
}

function variable(expression: Expression): Local | undefined {
  const name = bare(expression);
  if (name.kind !== "name" || name.local === undefined) return undefined;
  const { local } = name;
  return local.addressed === true || local.parameter !== undefined ? undefined : local;
}

function assignments(local: Local, body: Body): readonly (readonly [Step, Expression])[] {
  return body.steps.all.flatMap((step) =>
    step.effect?.kind === "assign" && step.effect.local === local ? [[step, step.effect.value] as const] : [],
  );
}

/** How many steps may run just behind each. */
function successors(body: Body): ReadonlyMap<Step, number> {
  const counts = new Map<Step, number>();
  for (const { before } of body.steps.all) for (const step of before) counts.set(step, (counts.get(step) ?? 0) + 1);
  return counts;
}

/** Whether `step` runs wherever `first` has, and nowhere else. */
function follows(step: Step, first: Step, next: ReadonlyMap<Step, number>): boolean {
  let at = step;
  for (let count = 0; count < mostBetween; count++) {
    const [before, ...others] = at.before;
    if (before === undefined || others.length > 0 || (next.get(before) ?? 0) !== 1) return false;
    if (before === first) return true;
    at = before;
  }
  return false;
}
