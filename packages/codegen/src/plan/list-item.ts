import { counted } from "../diagnostics/counted.ts";
import { AnnotationError } from "./annotations.ts";
import type { CompositePlan, Ending, FieldPlan } from "./model.ts";
import { startOfTail } from "./nodes.ts";

function refused({ cText }: CompositePlan, why: string, hint?: string): AnnotationError {
  return new AnnotationError(`${cText} ${why}, so that a list of it cannot be walked`, hint);
}

/** Refuses an arm that does not say how long it is: by its own length, or as a struct that ends in one. */
function checkArm(item: CompositePlan, { cName, shape, variable }: FieldPlan): void {
  if (variable?.length !== undefined && variable.length.clamp === undefined) return;
  if (shape.kind === "composite" && variable === undefined) {
    const { composite } = shape;
    const { ending } = composite.extent;
    if (ending.kind === "arms") throw refused(item, `has an arm, ${cName}, which ends in a union of its own`);
    checkEnd(composite, ending);
    return;
  }
  throw refused(item, `has an arm, ${cName}, which does not say how long it is`, "say so: @rbgen length=MEMBER");
}

/** An item that ends in a union: its tag says which arm, and so how long it is. */
function checkArms(item: CompositePlan, { open, tails }: Extract<Ending, { kind: "arms" }>): void {
  const tagged = item.tagged.find(({ union }) => union === open);
  if (tagged === undefined) {
    const hint = "say which member does: @rbgen tag=MEMBER on the union";
    throw refused(item, "ends in a union that nothing tells apart", hint);
  }
  for (const tail of tails) checkArm(item, tail);
  if (tagged.variants.some((variant) => variant.tails.length > 1)) throw refused(item, "has an arm with several ends");
}

/** A struct whose last member says where it ends. */
function checkEnd(item: CompositePlan, ending: Ending): void {
  const { tail } = ending;
  const told = tail?.variable?.length ?? tail?.variable?.present ?? tail?.variable?.pieces;
  if (ending.kind !== "tail" || tail === undefined || told === undefined) {
    const hint = "let its last member be a flexible array with a length: @rbgen length=MEMBER";
    throw refused(item, "does not say how long it is", hint);
  }
  const start = startOfTail(ending);
  if (item.size !== start) {
    const first = ending.chain?.[0] ?? tail;
    throw new AnnotationError(
      `${item.cText} has ${counted(item.size, "byte")} but ${first.cName} starts at ${start}, so items of a list would overlap`,
      "declare the item packed",
    );
  }
  if (item.extent.overlying.length > 0) {
    throw new AnnotationError(
      `${item.cText} holds elements that lie over what follows, so its own length does not end it`,
    );
  }
}

/** A struct that each of a list's items is. @throws AnnotationError where it does not say where it ends */
export function listItem(item: CompositePlan): CompositePlan {
  const { ending, hasLength, endsOpen } = item.extent;
  if (!hasLength && !endsOpen) {
    if (item.size > 0) return item;
    throw new AnnotationError(`${item.cText} has no bytes, so that a list of it never ends`);
  }
  if (ending.kind === "arms") checkArms(item, ending);
  else checkEnd(item, ending);
  return item;
}
