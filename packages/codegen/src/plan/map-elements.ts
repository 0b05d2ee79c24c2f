import type { Type } from "@rbgen/btf";
import type { MapDefinition } from "../module.ts";
import { identityOf } from "./identity.ts";
import type { CompositePlan, ScalarRecordPlan } from "./model.ts";
import type { Name } from "./names.ts";
import { cText, isEnum, resolve, ShapeError } from "./resolve.ts";

const hashes: ReadonlySet<string> = new Set(["hash", "percpu_hash", "lru_hash", "lru_percpu_hash", "lpm_trie"]);

/** What a map is whose elements user space gets and sets by a descriptor; undefined for any other map. */
export function elementsOf({ type }: MapDefinition): "array" | "hash" | undefined {
  if (type === "array" || type === "percpu_array") return "array";
  return hashes.has(type) ? "hash" : undefined;
}

/** A key or value of a map. */
export type ElementPart = "key" | "value";

/** Keys or values of one map. */
interface Elements {
  readonly map: MapDefinition;
  readonly part: ElementPart;
  readonly type: Type;
}

/** Types of keys and values that have descriptors: an array's keys are its indexes. */
export function elementTypes(maps: readonly MapDefinition[]): readonly Elements[] {
  return maps.flatMap((map) => {
    const kind = elementsOf(map);
    if (kind === undefined) return [];
    const { key, value } = map;
    return [
      ...(kind === "hash" && key !== undefined ? [{ map, part: "key", type: key } as const] : []),
      ...(value === undefined ? [] : [{ map, part: "value", type: value } as const]),
    ];
  });
}

/** Makes records of types; `name` is for those that have none. */
export interface ElementPlanner {
  composite(type: Type, name: string): CompositePlan | undefined;
  scalar(type: Type, name: string): ScalarRecordPlan;
}

/** Records that keys and values need. */
export interface PlannedElements {
  readonly composites: readonly CompositePlan[];
  readonly scalars: readonly ScalarRecordPlan[];
  /** The const of each one's codec, by `map part`. */
  readonly codecs: ReadonlyMap<string, Name>;
}

/**
 * Codecs of keys and values: a struct has the one of its record, scalars of one type and name share one, which may be `known`.
 * `trial` plans each first, apart from the file: what it refuses has no codec, and is told.
 */
export function planElements(
  maps: readonly MapDefinition[],
  planner: ElementPlanner,
  trial: ElementPlanner,
  known: readonly ScalarRecordPlan[],
  refused: (elements: Elements, error: ShapeError) => void,
): PlannedElements {
  const composites = new Set<CompositePlan>();
  const scalars: ScalarRecordPlan[] = [];
  const codecs = new Map<string, Name>();
  const shared: { readonly name: string; readonly identity: unknown; readonly codec: Name }[] = [];
  const scalarOf = (type: Type, name: string): Name => {
    const identity = identityOf(type);
    const declaration = cText(type);
    const same =
      shared.find((one) => one.name === name && one.identity === identity)?.codec ??
      known.find((one) => one.cName === name && one.declaration === declaration)?.names.codec;
    if (same !== undefined) return same;
    const scalar = planner.scalar(type, name);
    scalars.push(scalar);
    shared.push({ name, identity, codec: scalar.names.codec });
    return scalar.names.codec;
  };
  for (const elements of elementTypes(maps)) {
    const { map, part, type } = elements;
    try {
      const name = nameOf(elements);
      if (trial.composite(type, name) === undefined) {
        trial.scalar(type, name);
        codecs.set(elementKey(map, part), scalarOf(type, name));
        continue;
      }
      const composite = planner.composite(type, name);
      if (composite === undefined) continue;
      composites.add(composite);
      codecs.set(elementKey(map, part), composite.names.codec);
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error;
      refused(elements, error);
    }
  }
  return { composites: [...composites], scalars, codecs };
}

/** What the codec of a map's keys or values goes by. */
export function elementKey({ name }: MapDefinition, part: ElementPart): string {
  return `${name} ${part}`;
}

/** As its type is called; what has no name of its own, or one that an enum's values have, is called after its map. */
function nameOf({ map, part, type }: Elements): string {
  const { type: core, typedefs } = resolve(type);
  const own = `${map.name}_${part}`;
  if (core.kind === "struct" || core.kind === "union") return core.name === "" ? (typedefs.at(-1) ?? own) : core.name;
  if (isEnum(core)) return own;
  return typedefs[0] ?? ("name" in core && core.name !== "" ? core.name : own);
}
