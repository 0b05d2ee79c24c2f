import { didYouMean } from "@rbgen/btf";
import type { CompositePlan, Ending, MemberPlan, NodeOf, OpenedNode, Shape, UnionOf, VariablePlan } from "./model.ts";
import type { Name } from "./names.ts";

/** Every field of these nodes, arms of unions included. */
export function fieldsOf<Member extends MemberPlan>(nodes: readonly NodeOf<Member>[]): Member[] {
  return nodes.flatMap((node) => (node.kind === "field" ? [node] : node.arms.flatMap((arm) => fieldsOf(arm))));
}

/** What to do about a member that there is not: which one may have been meant, and which there are. */
export function membersThere(name: string, known: readonly string[]): string {
  const meant = didYouMean(name, known);
  const there = `members there: ${known.join(", ")}`;
  return meant === undefined ? there : `${meant}\n${there}`;
}

/** The last field of each arm, through unions in unions. */
export function endsOf<Member extends MemberPlan>(arms: UnionOf<Member>["arms"]): Member[] {
  return arms.flatMap((arm) => {
    const last = arm.at(-1);
    if (last === undefined) return [];
    return last.kind === "field" ? [last] : endsOf(last.arms);
  });
}

/** The struct that a value is, or that its arrays are made of. */
export function structOf(shape: Shape): CompositePlan | undefined {
  if (shape.kind === "array") return structOf(shape.element);
  return shape.kind === "composite" ? shape.composite : undefined;
}

/** Whether a value is made of structs whose elements may lie over what follows them. */
export function holdsOverlying(shape: Shape): boolean {
  return structOf(shape)?.extent.overlies === true;
}

/** The least bytes, from the composite's start, in which every arm of a union can be read; `tails` end it. */
export function leastEnd(nodes: readonly OpenedNode[], tails: readonly MemberPlan[]): number {
  let end = 0;
  for (const node of nodes) {
    if (node.kind === "union") {
      for (const arm of node.arms) end = Math.max(end, leastEnd(arm, tails));
      continue;
    }
    const { shape, bitOffset, bitSize } = node;
    const least = shape.kind === "composite" ? shape.composite.extent.minByteLength : 0;
    const size = tails.includes(node) ? least : shape.size;
    end = Math.max(end, bitSize === undefined ? bitOffset / 8 + size : Math.ceil((bitOffset + bitSize) / 8));
  }
  return end;
}

/** The property that tells whether an array was cut, of one that may be. */
export function cutName({ variable }: { readonly variable?: VariablePlan }): Name | undefined {
  return variable?.length?.clamp ?? variable?.pieces?.clamp;
}

/** Bytes from a composite's start up to the fields that vary at its end. */
export function startOfTail({ tail, chain }: Extract<Ending, { kind: "tail" }>): number {
  return (chain?.[0] ?? tail).bitOffset / 8;
}
