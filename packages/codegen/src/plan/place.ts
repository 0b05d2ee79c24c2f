import { AnnotationError } from "./annotations.ts";
import type { MemberPlan, OpenedNode, PlacePlan } from "./model.ts";
import type { Name } from "./names.ts";
import { fieldsOf } from "./nodes.ts";

/** A struct whose members may be named by a path. */
export interface Members {
  readonly cText: string;
  readonly nodes: readonly OpenedNode[];
}

/** The integer at `path` (`len`, `hdr.len`) of a composite. @throws AnnotationError where there is none; `what` names it. */
export function placeOf(plan: Members, path: string, what: string): PlacePlan {
  const names: Name[] = [];
  let offset = 0;
  let nodes = plan.nodes;
  const steps = path.split(".");
  for (const [index, step] of steps.entries()) {
    const members = fieldsOf(nodes);
    const found: MemberPlan | undefined = members.find((field) => field.cName === step);
    if (found === undefined) {
      const known = members.map((field) => field.cName).join(", ");
      throw new AnnotationError(`${plan.cText} has no member ${path}, which ${what} names`, `members there: ${known}`);
    }
    if (found.skipped) throw new AnnotationError(`${plan.cText}.${step} is skipped, and ${what} needs it`);
    names.push(found.name);
    const start = offset * 8 + found.bitOffset;
    offset = Math.floor(start / 8);
    const { shape } = found;
    if (index < steps.length - 1) {
      if (shape.kind !== "composite") throw new AnnotationError(`${plan.cText}.${step} is no struct, in ${what}`);
      nodes = shape.composite.nodes;
    } else if (shape.kind === "int" || shape.kind === "enum" || shape.kind === "bool") {
      if (shape.kind === "int" && shape.form !== undefined) {
        throw new AnnotationError(`${plan.cText}.${path} is ${shape.form.kind}, no plain integer, which ${what} needs`);
      }
      if (shape.size === 16) throw new AnnotationError(`${plan.cText}.${path} has 128 bits, too many for ${what}`);
      const bits = found.bitSize === undefined ? {} : { bits: { offset: start, size: found.bitSize } };
      return { path, names, offset, shape, ...bits };
    } else throw new AnnotationError(`${plan.cText}.${path} is no integer, which ${what} needs`);
  }
  throw new AnnotationError(`${what} names no member`);
}
