import {
  BtfError,
  type Endian,
  type Enum,
  type Enum64,
  type LayoutDescriptor,
  layoutOf,
  type NamedType,
  type Type,
} from "@rbgen/btf";
import { noteTypePath } from "../diagnostics/type-path.ts";
import type { TypeModule } from "../module.ts";
import { planAliases } from "./aliases.ts";
import { type Annotation, type Annotations, annotationOf, tagsOf } from "./annotations.ts";
import { cutHint, cutText, isCut } from "./cut-enum.ts";
import { identityOf } from "./identity.ts";
import { bareName, lookUp } from "./look-up.ts";
import type { MapTag } from "./map-tag.ts";
import type { CompositePlan, FilePlan, ScalarRecordPlan, StreamPlan } from "./model.ts";
import { type Name, type NameCase, reservedNames, Scope } from "./names.ts";
import { Representer } from "./represent.ts";
import { cText, locating, locationOf, resolve, ShapeError } from "./resolve.ts";
import { loadedSections } from "./sections.ts";
import type { Selection } from "./select.ts";
import { planStream, type StreamMember } from "./tagged.ts";
import { type Unclaimed, unclaimedTags } from "./unclaimed.ts";

export interface RecordOptions {
  readonly endian: "little" | "big";
  readonly int64: "bigint" | "number";
  readonly case: NameCase;
  readonly annotations: Annotations;
  /** Records by map, from `--map`, the maps' tags and the pointers of RB_RECORD. */
  readonly maps: ReadonlyMap<string, readonly string[]>;
  /** What tells the records of a map apart, where their annotations do not say it. */
  readonly tags: ReadonlyMap<string, MapTag>;
  /** Maps of `--map`: their records are those that it names, whatever types say of themselves. */
  readonly settled: ReadonlySet<string>;
  readonly fail: (error: ShapeError, place: string) => void;
  readonly warn: (code: "RB3007" | "RB4005" | "RB4007", message: string, hint: string, place: NamedType) => void;
}

/** A planned file, and what its descriptors refer to. */
export interface PlannedRecords {
  readonly plan: FilePlan;
  readonly scope: Scope;
  /** C names of what got a codec, in order. */
  readonly records: readonly string[];
  /** The const of the codec of a map's records. */
  readonly codecOfMap: ReadonlyMap<string, Name>;
  /** The const of the codec of a global variable, by `section name`. */
  readonly codecOfVariable: ReadonlyMap<string, Name>;
}

/** Values of enumerators and integer `#define`s, looked up when the first annotation needs one. */
function constantsOf(module: TypeModule): (name: string) => bigint | undefined {
  let values: Map<string, bigint> | undefined;
  return (name) => {
    const known = module.constant?.(name)?.value;
    if (typeof known === "bigint") return known;
    // The kernel's names are not walked through: each would be taken for one that is used.
    if (module.constant !== undefined) return undefined;
    if (values === undefined) {
      values = new Map();
      for (const typeName of module.names()) {
        for (const type of module.find(typeName)) {
          const core = type.kind === "typedef" ? resolve(type).type : type;
          if ((core.kind !== "enum" && core.kind !== "enum64") || isCut(module, core)) continue;
          for (const entry of core.values) values.set(entry.name, entry.value);
        }
      }
      for (const { name: constant, value } of module.constants) {
        if (typeof value === "bigint") values.set(constant, value);
      }
    }
    return values.get(name);
  };
}

/** Tells which enums are cut, and of each once. */
function cutEnums(module: TypeModule, warn: RecordOptions["warn"]): (type: Enum | Enum64) => boolean {
  const told = new Set<unknown>();
  return (type) => {
    if (!isCut(module, type)) return false;
    const key = identityOf(type);
    if (!told.has(key)) {
      told.add(key);
      warn("RB3007", `${cutText(type)}: it is left out`, cutHint("generate"), type);
    }
    return true;
  };
}

/** The layout that a codec carries. */
function describe(type: Type, name: string, endian: Endian): LayoutDescriptor {
  try {
    return layoutOf(type, name, endian);
  } catch (error) {
    if (error instanceof BtfError) throw new ShapeError(`${name}: ${error.message}`);
    throw error;
  }
}

interface Chosen {
  readonly type: NamedType;
  readonly composite: CompositePlan;
  readonly annotations: readonly Annotation[];
}

/** Turns the chosen types into everything that one file declares. */
export function planRecords(
  module: TypeModule,
  { types: selected, aliases: named }: Selection,
  reserved: Iterable<string>,
  options: RecordOptions,
): PlannedRecords {
  const scope = new Scope([...reservedNames, ...reserved]);
  const constant = constantsOf(module);
  const representer = new Representer(
    {
      endian: options.endian,
      pointerSize: module.pointerSize,
      int64: options.int64,
      case: options.case,
      annotations: options.annotations,
      find: (name) => module.find(name),
      constant,
      cut: cutEnums(module, options.warn),
      warn: (message, hint, type) => options.warn("RB4005", message, hint, type),
    },
    scope,
  );
  const attempt = (place: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof ShapeError)) {
        noteTypePath(error, place);
        throw error;
      }
      options.fail(error, place);
    }
  };
  const attemptOf = (type: NamedType, work: () => void): void =>
    attempt(type.name, () => locating(locationOf(type), work));
  const chosen: Chosen[] = [];
  const scalars: ScalarRecordPlan[] = [];
  for (const type of selected) {
    attemptOf(type, () => {
      const core = resolve(type).type;
      if (core.kind !== "struct" && core.kind !== "union") return;
      const composite = representer.declare(core, type.name);
      composite.record = true;
      chosen.push({ type, composite, annotations: options.annotations.ofType(composite.cName, tagsOf(type)) });
    });
  }
  for (const type of selected) {
    attemptOf(type, () => {
      const core = resolve(type).type;
      if (core.kind === "struct" || core.kind === "union") representer.composite(core, type.name);
      else if (core.kind === "enum" || core.kind === "enum64") representer.enum(core, type.name);
      else {
        const shape = representer.shape(type, type.name);
        const names = scope.takeFamily(type.name, options.case);
        const layout = describe(type, type.name, options.endian);
        scalars.push({ cName: type.name, names, shape, layout, declaration: cText(type) });
      }
    });
  }
  addEnumRecords(module, representer, scope, options, scalars);
  const codecOfMap = new Map<string, Name>();
  const streams: StreamPlan[] = [];
  for (const [name, members] of ringsOf(module, chosen, scalars, options, codecOfMap)) {
    attempt(name, () => {
      const stream = planStream(name, members, scope, { case: options.case, constant });
      streams.push(stream);
      codecOfMap.set(name, stream.names.codec);
    });
  }
  for (const unclaimed of unclaimedTags(streams)) warnOf(unclaimed, module, options);
  const records = [...chosen.map(({ composite }) => composite.cName), ...scalars.map((record) => record.cName)];
  const codecOfVariable = planVariables(module, representer, scalars, scope, options, attempt);
  for (const composite of representer.composites) {
    if (!composite.record) continue;
    attempt(composite.cName, () => {
      locating(composite.location, () => {
        composite.layout = describe(composite.type, composite.cName, options.endian);
      });
    });
  }
  const aliases = planAliases(named, representer.composites, representer.enums, scope, options.case);
  const plan: FilePlan = {
    endian: options.endian,
    pointerSize: module.pointerSize,
    enums: representer.enums,
    composites: representer.composites,
    scalars,
    streams,
    aliases,
  };
  const names = [...records, ...aliases.filter(({ types }) => types.length > 0).map(({ cName }) => cName)];
  return { plan, scope, records: [...new Set(names)], codecOfMap, codecOfVariable };
}

function warnOf({ enum: tag, names, streams }: Unclaimed, module: TypeModule, options: RecordOptions): void {
  const [first = "", ...others] = names;
  const shown = names.slice(0, 10).join(", ") + (names.length > 10 ? `, and ${names.length - 10} more` : "");
  const have = others.length === 0 ? "has" : "have";
  options.warn(
    "RB4007",
    `${shown} of ${tag.type.name === "" ? "" : "enum "}${tag.cName} ${have} no variant in ${streams.join(" or ")}: ` +
      'such records are read as "unknown"',
    `say which struct ${first} means: RB_VARIANT(${first})` +
      (module.kind === "btf"
        ? `\nand keep it in BTF, where compilers drop what nothing refers to: RB_RECORD(${streams[0]}, struct …);`
        : ""),
    tag.type,
  );
}

function mayBeScalar(name: string): boolean {
  return !/^(struct|union)\s/.test(name);
}

/** An enum is declared by itself; where a ring carries it, it is a record, too. */
function addEnumRecords(
  module: TypeModule,
  representer: Representer,
  scope: Scope,
  options: RecordOptions,
  scalars: ScalarRecordPlan[],
): void {
  const names = [...options.maps.values()].flat().filter(mayBeScalar);
  for (const bare of new Set(names.map(bareName))) {
    const type = module.find(bare).find((found) => /^enum/.test(resolve(found).type.kind));
    if (type === undefined || scalars.some((record) => record.cName === bare)) continue;
    const shape = representer.shape(type, bare);
    const layout = describe(type, bare, options.endian);
    scalars.push({ cName: bare, names: scope.takeFamily(bare, options.case), shape, layout, declaration: cText(type) });
  }
}

/** Rings of several types; those of one type go straight to `codecOfMap`. */
function ringsOf(
  module: TypeModule,
  chosen: readonly Chosen[],
  scalars: readonly ScalarRecordPlan[],
  options: RecordOptions,
  codecOfMap: Map<string, Name>,
): Map<string, StreamMember[]> {
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
      const scalar = mayBeScalar(name) ? scalars.find((record) => record.cName === bare) : undefined;
      if (scalar !== undefined) {
        codecOfMap.set(map, scalar.names.codec);
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
    } else if (isVariant && ![...byMap.values()].some((list) => list.includes(entry))) add(fallback, entry);
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
  const streams = new Map<string, StreamMember[]>();
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
    if (list.length === 1 && !tagged && only !== undefined) codecOfMap.set(map, only.composite.names.codec);
    else
      streams.set(
        map,
        list.map(({ composite, annotations }) => ({ composite, annotations })),
      );
  }
  return streams;
}

/** A record of a map with a tag of its own, which stands for the annotations of the struct. */
function taggedMember({ type, composite }: Chosen, { path, values }: MapTag, module: TypeModule): StreamMember {
  const own = [...values].find(([name]) => lookUp(module, name).map(identityOf).includes(identityOf(type)))?.[1];
  const annotations: Annotation[] = [{ kind: "tag", path }];
  if (own !== undefined) annotations.push({ kind: "variant", values: own });
  return { composite, annotations };
}

/** Codecs of global variables: those of scalars and arrays are made here, those of structs that are records are shared. */
function planVariables(
  module: TypeModule,
  representer: Representer,
  scalars: ScalarRecordPlan[],
  scope: Scope,
  options: RecordOptions,
  attempt: (place: string, work: () => void) => void,
): Map<string, Name> {
  const codecs = new Map<string, Name>();
  for (const section of loadedSections(module)) {
    for (const { variable } of section.variables) {
      if (variable.kind !== "var") continue;
      attempt(variable.name, () => {
        const core = resolve(variable.type).type;
        if (core.kind === "ptr" || core.kind === "func_proto" || core.kind === "void" || core.kind === "fwd") return;
        const key = `${section.name} ${variable.name}`;
        if (core.kind === "struct" || core.kind === "union") {
          const composite = representer.composite(core, variable.name);
          composite.record = true;
          codecs.set(key, composite.names.codec);
          return;
        }
        const shape = representer.shape(variable.type, variable.name);
        const names = scope.takeFamily(variable.name, options.case);
        const layout = describe(variable.type, variable.name, options.endian);
        const declaration = cText(variable.type, variable.name);
        scalars.push({ cName: variable.name, names, shape, layout, declaration });
        codecs.set(key, names.codec);
      });
    }
  }
  return codecs;
}
