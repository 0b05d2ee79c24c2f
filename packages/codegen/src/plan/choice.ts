import type { Struct } from "@rbgen/btf";
import { AnnotationError } from "./annotations.ts";
import type { Constants } from "./constants.ts";
import type { ChoicePlan, CompositePlan } from "./model.ts";
import type { NameCase, Scope } from "./names.ts";
import { endOf } from "./place.ts";
import { ShapeError } from "./resolve.ts";
import { planChoice, type StreamMember } from "./tagged.ts";

/** One of several structs, as what holds it sees it, and what tells them apart. */
export interface Choice {
  readonly composite: CompositePlan;
  readonly plan: ChoicePlan;
}

/** What tells the structs of a list apart. @throws AnnotationError where nothing does */
function told(list: string, members: readonly StreamMember[], constants: Constants): ChoicePlan {
  try {
    return planChoice(list, members, "item", constants);
  } catch (error) {
    if (!(error instanceof ShapeError) || error instanceof AnnotationError) throw error;
    throw new AnnotationError(error.message, error.hint);
  }
}

/** The struct that has no members of its own, but is one of `members`: the tag says which. @throws AnnotationError for annotations that do not fit */
export function choiceOf(
  members: readonly StreamMember[],
  scope: Scope,
  options: { readonly case: NameCase; readonly constants: Constants },
): Choice {
  const cNames = members.map(({ composite }) => composite.cName);
  const twice = cNames.find((name, index) => cNames.indexOf(name) < index);
  const list = `list=${cNames.join("|")}`;
  if (twice !== undefined) throw new AnnotationError(`${list} names ${twice} twice`);
  const plan = told(list, members, options.constants);
  const cName = cNames.join("_or_");
  const type: Struct = { kind: "struct", name: cName, size: 0 as Struct["size"], members: [] };
  const composite: CompositePlan = {
    type,
    cName,
    cText: members.map(({ composite: each }) => each.cText).join(" or "),
    names: scope.takeFamily(cName, options.case),
    size: 0,
    nodes: [],
    tagged: [],
    extent: {
      ending: { kind: "fixed" },
      minByteLength: endOf(plan.tag),
      fixedEnd: 0,
      endsOpen: false,
      hasLength: true,
      readsToEnd: true,
      endsTruncated: false,
      endsClamped: plan.variants.some(({ body }) => body.extent.endsClamped),
      chained: false,
      overlying: [],
      overlies: false,
    },
  };
  return { composite, plan };
}
