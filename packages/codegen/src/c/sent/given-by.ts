import { bare, type Call, type Expression, type Local, type Step } from "../body/tree.ts";
import type { Code } from "./code.ts";
import { isPointerVariable, valuesAt } from "./held-pointer.ts";
import type { Frame } from "./typing.ts";

/** Variables that one pointer is followed back over, each a copy of the next. */
const mostCopies = 8;

/** The calls that give what `pointer` points to at a step; undefined where something else may. */
export function givenBy(pointer: Expression, step: Step, frame: Frame, code: Code): ReadonlySet<Call> | undefined {
  const calls = new Set<Call>();
  return adds(pointer, step, frame, code, calls, 0) ? calls : undefined;
}

/** The same of what a variable holds. */
export function heldBy(local: Local, step: Step, frame: Frame, code: Code): ReadonlySet<Call> | undefined {
  const calls = new Set<Call>();
  return addsHeld(local, step, frame, code, calls, 0) ? calls : undefined;
}

function adds(pointer: Expression, step: Step, frame: Frame, code: Code, calls: Set<Call>, copies: number): boolean {
  const made = bare(pointer);
  if (made.kind === "number") return made.value === 0n;
  if (made.kind === "call") {
    calls.add(made);
    return true;
  }
  const root = code.bodies.places.behind(pointer)?.root;
  return root !== undefined && isPointerVariable(root) && addsHeld(root, step, frame, code, calls, copies + 1);
}

function addsHeld(local: Local, step: Step, frame: Frame, code: Code, calls: Set<Call>, copies: number): boolean {
  if (copies > mostCopies) return false;
  if (local.parameter !== undefined) {
    const { call, caller } = frame;
    const given = local.values.length > 0 ? undefined : call?.args[local.parameter];
    const at = call && caller?.body.steps.ofCalls.get(call);
    return (
      given !== undefined && caller !== undefined && at !== undefined && adds(given, at, caller, code, calls, copies)
    );
  }
  const values = valuesAt(local, step, frame, code.reached);
  return values?.every(({ value, step: set }) => adds(value, set, frame, code, calls, copies)) === true;
}
