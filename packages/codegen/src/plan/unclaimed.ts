import type { EnumPlan, StreamPlan } from "./model.ts";

/** Enumerators of a tag that no record of the rings with that tag claims. */
export interface Unclaimed {
  readonly enum: EnumPlan;
  readonly names: readonly string[];
  /** C names of the rings. */
  readonly streams: readonly string[];
}

/** Enumerators that stand for no record by their name: bounds, counts and placeholders. */
const sentinel = /^__|_(?:MAX|UNSPEC|NR|COUNT)$/iu;

/**
 * What records of tagged rings would be "unknown" though their tag has a name: the struct was left out of BTF, or has no
 * annotation. Rings may share an enum, so an enumerator counts as claimed where one of them has a variant for it.
 */
export function unclaimedTags(streams: readonly StreamPlan[]): readonly Unclaimed[] {
  const byEnum = new Map<EnumPlan, { readonly streams: Set<string>; readonly values: Set<bigint> }>();
  for (const stream of streams) {
    if (stream.unknown === undefined) continue;
    for (const { tag, values } of stream.variants) {
      const { shape } = tag;
      if (shape.kind !== "enum" || shape.enum === undefined) continue;
      const claimed = byEnum.get(shape.enum) ?? { streams: new Set(), values: new Set() };
      byEnum.set(shape.enum, claimed);
      claimed.streams.add(stream.cName);
      for (const value of values) claimed.values.add(value);
    }
  }
  return [...byEnum].flatMap(([plan, claimed]) => {
    const names = plan.type.values
      .filter(({ name, value }) => !claimed.values.has(value) && !sentinel.test(name))
      .map(({ name }) => name);
    return names.length === 0 ? [] : [{ enum: plan, names, streams: [...claimed.streams] }];
  });
}
