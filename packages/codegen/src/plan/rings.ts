import type { NamedType } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { type Annotation, annotationOf } from "./annotations.ts";
import { identityOf } from "./identity.ts";
import { bareName, lookUp } from "./look-up.ts";
import type { MapTag } from "./map-tag.ts";
import type { CompositePlan, ScalarRecordPlan } from "./model.ts";
import type { Name } from "./names.ts";
import { ShapeError } from "./resolve.ts";
import type { StreamMember } from "./tagged.ts";

export interface RingOptions {
  /** Records by map, from `--map`, the maps' tags and the pointers of RB_RECORD. */
  readonly maps: ReadonlyMap<string, readonly string[]>;
  /** What tells the records of a map apart, where their annotations do not say it. */
  readonly tags: ReadonlyMap<string, MapTag>;
  /** Maps of `--map`: their records are those that it names, whatever types say of themselves. */
  readonly settled: ReadonlySet<string>;
  readonly fail: (error: ShapeError, place: string) => void;
}

/** A struct that is chosen as a record. */
export interface Chosen {
  readonly type: NamedType;
  readonly composite: CompositePlan;
  readonly annotations: readonly Annotation[];
}

/** What the maps carry. */
export interface Rings {
  /** The const of the codec of each one that carries one type. */
  readonly codecs: ReadonlyMap<string, Name>;
  /** The records of the others. */
  readonly streams: ReadonlyMap<string, readonly StreamMember[]>;
}

/** Whether a record of this name, as users write it, may be none of a struct: an array of them is none. */
export function mayBeScalar(name: string): boolean {
  return !/^(struct|union)\s/.test(name) || name.endsWith("]");
}

/** Which records each map carries. */
export function ringsOf(
  module: TypeModule,
  chosen: readonly Chosen[],
  scalars: readonly ScalarRecordPlan[],
  /** Variants of lists; undefined where a struct was refused, whose lists are not known. */
  items: ReadonlySet<CompositePlan> | undefined,
  options: RingOptions,
): Rings {
  const codecs = new Map<string, Name>();
  const byMap = new Map<string, Chosen[]>();
  const add = (map: string, entry: Chosen): void => {
    const list = byMap.get(map);
    if (list === undefined) byMap.set(map, [entry]);
    else if (!list.includes(entry)) list.push(entry);
  };
  const scalarsOf = new Map<string, string[]>();
  for (const [map, names] of options.maps) {
    for (const name of names) {
      const bare = bareName(name);
      const isScalar = ({ cName }: ScalarRecordPlan): boolean => cName === name || cName === bare;
      const scalar = mayBeScalar(name) ? scalars.find(isScalar) : undefined;
      if (scalar !== undefined) {
        codecs.set(map, scalar.names.codec);
        scalarsOf.set(map, [...(scalarsOf.get(map) ?? []), bare]);
      }
      const wanted = lookUp(module, name).map(identityOf);
      for (const entry of chosen) if (wanted.includes(identityOf(entry.type))) add(map, entry);
    }
  }
  const fallback = `${module.name.replace(/\..*$/, "")}_stream`;
  for (const entry of chosen) {
    const record = annotationOf(entry.annotations, "record");
    const isVariant = annotationOf(entry.annotations, "variant") !== undefined;
    if (record?.map !== undefined) {
      if (!options.settled.has(record.map)) add(record.map, entry);
      continue;
    }
    const isItem = items?.has(entry.composite) ?? true;
    if (isVariant && !isItem && ![...byMap.values()].some((list) => list.includes(entry))) add(fallback, entry);
  }
  for (const [map, names] of scalarsOf) {
    const others = (byMap.get(map) ?? []).map(({ composite }) => composite.cText);
    const all = [...names, ...others];
    if (all.length === 1) continue;
    byMap.delete(map);
    const error = new ShapeError(
      `${map} carries ${all.join(" and ")}: nothing in ${names[0]} can tell them apart`,
      "give each record a struct with a member for its tag",
    );
    options.fail(error, map);
  }
  const streams = new Map<string, readonly StreamMember[]>();
  for (const [map, list] of byMap) {
    const [only] = list;
    const tag = options.tags.get(map);
    if (tag !== undefined) {
      streams.set(
        map,
        list.map((entry) => taggedMember(entry, tag, module)),
      );
      continue;
    }
    const tagged = list.some((entry) => annotationOf(entry.annotations, "variant") !== undefined);
    if (list.length === 1 && !tagged && only !== undefined) codecs.set(map, only.composite.names.codec);
    else
      streams.set(
        map,
        list.map(({ composite, annotations }) => ({ composite, annotations })),
      );
  }
  return { codecs, streams };
}

/** A record of a map with a tag of its own, which stands for the annotations of the struct. */
function taggedMember({ type, composite }: Chosen, { path, paths, values }: MapTag, module: TypeModule): StreamMember {
  const isOwn = ([name]: readonly [string, unknown]): boolean =>
    lookUp(module, name).map(identityOf).includes(identityOf(type));
  const own = [...values].find(isOwn)?.[1];
  const annotations: Annotation[] = [{ kind: "tag", path: [...(paths ?? [])].find(isOwn)?.[1] ?? path }];
  if (own !== undefined) annotations.push({ kind: "variant", values: own });
  return { composite, annotations };
}
