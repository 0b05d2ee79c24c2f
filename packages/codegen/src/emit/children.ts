import type { CompositePlan, FieldPlan, NodePlan } from "../plan/model.ts";
import { named, Scope } from "../plan/names.ts";
import { type Code, code, quote } from "./code.ts";
import { type EmitContext, use } from "./context.ts";
import { type Placed, placed, unionsOf } from "./members.ts";
import type { Span } from "./span.ts";

/** A contained struct's own cursor, made when first asked for and moved along from then on. */
export interface Child {
  readonly field: FieldPlan;
  readonly composite: CompositePlan;
  readonly property: Code;
  readonly type: Code;
  /** From the record's first byte, bytes. */
  readonly at: number;
  /** Bytes that are its own; undefined where it has all of the sample. */
  readonly length: number | undefined;
  /**
   * Bytes of the record that an arm needs which a short sample may not hold: checked when it is asked for, and left behind
   * when the cursor moves.
   */
  readonly needed: number | undefined;
}

/** Members of arms that a short sample may not hold, with the bytes of the record that their arm needs. */
export function neededByArms({ tagged }: CompositePlan): ReadonlyMap<NodePlan, number> {
  const needed = new Map<NodePlan, number>();
  for (const { variants, trailing } of tagged) {
    if (!trailing) continue;
    for (const variant of variants) {
      const end = variant.least;
      for (const { field } of placed(variant.body)) needed.set(field, end);
      for (const inner of unionsOf(variant.body)) needed.set(inner, end);
    }
  }
  return needed;
}

/** The members of a composite that are structs or unions. */
export function childrenOf(
  composite: CompositePlan,
  members: readonly Placed[],
  typeOf: (composite: CompositePlan) => Code,
): Child[] {
  const scope = new Scope(["#lease", "#at", "#length", "#view", "#offset", "#end", "#used"]);
  const arms = neededByArms(composite);
  return members.flatMap(({ field }): Child[] => {
    if (field.shape.kind !== "composite" || field.variable !== undefined) return [];
    const own = arms.has(field) ? field.shape.size : (field.room ?? field.shape.size);
    const toEnd = field.reachesEnd || field.overlies;
    return [
      {
        field,
        composite: field.shape.composite,
        property: scope.take(named`#${field.name}`),
        type: typeOf(field.shape.composite),
        at: field.bitOffset / 8,
        length: toEnd ? undefined : own,
        needed: arms.get(field),
      },
    ];
  });
}

/** The check of an arm that a short sample may not hold. */
export function armCheck(context: EmitContext, composite: CompositePlan, where: Span, needed: number): Code {
  return code`${use(context, "checkLeft")}(${quote(composite.cName)}, ${where.length}, ${needed});`;
}
