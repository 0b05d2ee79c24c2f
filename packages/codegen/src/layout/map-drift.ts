import { compareLayouts, effectOf, layoutOf, resolve, sizeOf, type Type } from "@rbgen/btf";
import { counted } from "../diagnostics/counted.ts";
import { carrierOf, type MapDefinition } from "../module.ts";
import { compareTypes, type Drift, withArticle } from "./drift.ts";
import { chosenFrom, isLaid } from "./select.ts";

/** One difference of a map's two definitions. */
export type MapDrift = Omit<Drift, "kind"> & {
  /** What of the map: the map itself, what its keys or values are, or the maps in it. */
  readonly part: "map" | "key" | "value" | "inner";
  readonly kind: Drift["kind"] | "definition" | "type";
};

/** Maps whose keys are indexes: in which type C spells them changes nothing. */
const indexed: ReadonlySet<string> = new Set([
  "array",
  "percpu_array",
  "prog_array",
  "perf_event_array",
  "cgroup_array",
  "array_of_maps",
  "devmap",
  "cpumap",
  "xskmap",
  "sockmap",
  "reuseport_sockarray",
  "insn_array",
]);

/** Maps whose values are file descriptors to user space. */
const holdingDescriptors: ReadonlySet<string> = new Set([
  "prog_array",
  "perf_event_array",
  "cgroup_array",
  "array_of_maps",
  "hash_of_maps",
  "sockmap",
  "sockhash",
  "xskmap",
  "reuseport_sockarray",
]);

/** Maps that differ in what they do when they are full, not in what stands in them. */
const evicting: Readonly<Record<string, string>> = { lru_hash: "hash", lru_percpu_hash: "percpu_hash" };

/** Numbers of a definition beside its type and the sizes of its elements (libbpf `parse_btf_map_def`). */
const numbers = ["max_entries", "map_flags", "numa_node", "pinning", "map_extra"] as const;

/**
 * Every difference between two definitions of a map. A struct, union or enum of one name on both sides that is `told` of by
 * itself is one difference, which says no more than its name.
 * @throws BtfError for a key or value whose layout cannot be told.
 */
export function compareMaps(
  before: MapDefinition,
  after: MapDefinition,
  told: (name: string) => boolean,
): readonly MapDrift[] {
  return [
    ...definitionDrift(before, after),
    ...elementDrift("key", before, after, told),
    ...elementDrift("value", before, after, told),
    ...innerDrift(before, after, told),
  ];
}

function definitionDrift(before: MapDefinition, after: MapDefinition): MapDrift[] {
  const differences: MapDrift[] = [];
  if (before.type !== after.type) {
    const [old, now] = [evicting[before.type] ?? before.type, evicting[after.type] ?? after.type];
    const message = `it is ${mapInWords(after)}, was ${mapInWords(before)}`;
    differences.push({ part: "map", path: "", kind: "kind", affects: old === now ? "neither" : "both", message });
  }
  for (const field of numbers) {
    const [old, now] = [numberOf(before, field) ?? 0, numberOf(after, field) ?? 0];
    if (old === now) continue;
    const message = `${field} changed from ${old} to ${now}`;
    differences.push({ part: "map", path: "", kind: "definition", affects: "neither", message });
  }
  return differences;
}

/** What kind of map it is: "a hash", "an array". */
function mapInWords({ type }: Pick<MapDefinition, "type">): string {
  if (/^\d/.test(type)) return `a map of type ${type}`;
  return withArticle(type);
}

function numberOf(map: MapDefinition, field: string): number | undefined {
  if (field === "max_entries") return map.maxEntries;
  if (field === "map_flags") return map.mapFlags;
  const definition = map.definition && resolve(map.definition);
  if (definition?.kind !== "struct") return undefined;
  const member = definition.members.find(({ name }) => name === field);
  const type = member && resolve(member.type);
  if (type?.kind === "enum" || type?.kind === "enum64") return Number(type.values[0]?.value);
  const array = type?.kind === "ptr" ? resolve(type.target) : undefined;
  return array?.kind === "array" ? array.count : undefined;
}

function elementDrift(
  part: "key" | "value",
  before: MapDefinition,
  after: MapDefinition,
  told: (name: string) => boolean,
): MapDrift[] {
  const apart = part === "key" ? indexed : holdingDescriptors;
  const [old, now] = [before[part], after[part]];
  if (old !== undefined && now !== undefined && carrierOf(before) === before && carrierOf(after) === after) {
    // The value of a ring is no more than a name for its record; the kernel's own of a perf event array is an integer.
    if (part === "key" || ![old, now].every((type) => isLaid(resolve(type)))) return [];
  } else if (apart.has(before.type) && apart.has(after.type)) return [];
  if (old !== undefined && now !== undefined) {
    return compareValues(old, now, told).map((drift) => ({ part, ...drift }));
  }
  const [oldSize, nowSize] = [elementSize(before, part), elementSize(after, part)];
  if (oldSize === undefined || nowSize === undefined || oldSize === nowSize) return [];
  const message = `their size changed from ${counted(oldSize, "byte")} to ${counted(nowSize, "byte")}`;
  return [{ part, path: "", kind: "size", affects: "both", message }];
}

function elementSize(map: MapDefinition, part: "key" | "value"): number | undefined {
  const type = map[part];
  return type === undefined ? numberOf(map, `${part}_size`) : sizeOf(type);
}

/**
 * Every difference between the types of a value that has no name of its own in C: a key, a value, a variable.
 * @throws BtfError for a type whose layout cannot be told.
 */
export function compareValues(
  before: Type,
  after: Type,
  told: (name: string) => boolean,
): readonly (Omit<Drift, "kind"> & { readonly kind: Drift["kind"] | "type" })[] {
  const composite = [before, after].some((type) => ["struct", "union"].includes(resolve(type).kind));
  const differences = composite ? compareTypes(before, after) : compareScalars(before, after);
  const [name, other] = [nameOf(before), nameOf(after)];
  if (differences.length === 0 || name === undefined || name !== other || !told(name)) return differences;
  const kind = resolve(before).kind.replace("64", "");
  return [{ path: "", kind: "type", affects: effectOf(differences), message: `${kind} ${name} differs` }];
}

/** Of scalars and arrays, which their one leaf tells: that they grew, it says by itself. */
function compareScalars(before: Type, after: Type): readonly Drift[] {
  const differences = compareLayouts(layoutOf(before, "", "little"), layoutOf(after, "", "little"));
  const resized = differences.some(({ kind, path }) => kind === "resized" && path === "");
  return resized ? differences.filter(({ kind }) => kind !== "size") : differences;
}

/** What a struct, union or enum is called, by itself or by its typedef. */
function nameOf(type: Type): string | undefined {
  let name: string | undefined;
  const core = resolve(type, (typedef) => {
    name = chosenFrom(typedef)?.name ?? name;
  });
  if (!isLaid(core)) return undefined;
  return core.name === "" ? name : core.name;
}

function innerDrift(before: MapDefinition, after: MapDefinition, told: (name: string) => boolean): MapDrift[] {
  if (before.inner === undefined || after.inner === undefined) {
    if (before.inner === after.inner) return [];
    const message = `only the ${before.inner === undefined ? "new" : "old"} one says what they are`;
    return [{ part: "inner", path: "", kind: "definition", affects: "neither", message }];
  }
  const of = { map: "", key: "keys: ", value: "values: ", inner: "" };
  return compareMaps(before.inner, after.inner, told).map((drift) => ({
    ...drift,
    part: "inner",
    message: `${of[drift.part]}${drift.message}`,
  }));
}
