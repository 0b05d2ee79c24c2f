import type { ChoicePlan, CompositePlan, Role, StreamPlan } from "./model.ts";
import { type Name, named as name } from "./names.ts";

/** The streams and choices of a file, and what each struct is in them. */
export interface SharedVariants {
  readonly streams: readonly StreamPlan[];
  readonly choices: ReadonlyMap<CompositePlan, ChoicePlan>;
  readonly variants: ReadonlyMap<CompositePlan, NonNullable<Role["variant"]>>;
}

/**
 * Settles what structs are that several maps or lists carry: one property tells them apart in all of these, and where they have another
 * tag on each, or a map carries nothing else, their own codecs say none: the streams write it.
 *
 * @param alone whether a map carries a struct and nothing else
 */
export function shareVariants(
  plans: readonly StreamPlan[],
  choices: ReadonlyMap<CompositePlan, ChoicePlan>,
  alone: (composite: CompositePlan) => boolean,
): SharedVariants {
  const all = [...plans, ...choices.values()];
  const named = <Plan extends ChoicePlan>(plan: Plan): Plan => ({ ...plan, kindName: kindNameOf(plan, all) });
  const variants = new Map<CompositePlan, NonNullable<Role["variant"]>>();
  const told = new Set<CompositePlan>();
  for (const { kindName, variants: own } of all.map(named)) {
    for (const { body, kind, tag, values, isDefault } of own) {
      const other = variants.get(body);
      const same = other === undefined || (other.tag.path === tag.path && other.values.join() === values.join());
      // What all other tags mean depends on which others the ring has.
      if (!same || alone(body) || isDefault) told.add(body);
      variants.set(body, { kindName, kind, tag, values });
    }
  }
  for (const body of told) variants.set(body, { ...variants.get(body)!, values: [] });
  const settled = <Plan extends ChoicePlan>(plan: Plan): Plan => ({
    ...named(plan),
    variants: plan.variants.map((variant) => ({ ...variant, writesTag: told.has(variant.body) })),
  });
  return {
    streams: plans.map(settled),
    choices: new Map([...choices].map(([composite, plan]) => [composite, settled(plan)])),
    variants,
  };
}

/** The discriminator of a stream, which is that of all whose structs it shares, directly or by others. */
function kindNameOf(plan: ChoicePlan, plans: readonly ChoicePlan[]): Name {
  const bodies = new Set(plan.variants.map(({ body }) => body));
  const reached = new Set([plan]);
  for (let size = 0; size < reached.size; ) {
    size = reached.size;
    for (const other of plans) {
      if (reached.has(other) || !other.variants.some(({ body }) => bodies.has(body))) continue;
      reached.add(other);
      for (const { body } of other.variants) bodies.add(body);
    }
  }
  return [...reached].find(({ kindName }) => kindName !== name`kind`)?.kindName ?? plan.kindName;
}
