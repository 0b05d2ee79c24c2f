import {
  BtfError,
  type Datasec,
  type Endian,
  type Enum,
  type Enum64,
  type LayoutDescriptor,
  layoutOf,
  type NamedType,
  type Struct,
  type Type,
  type Union,
} from "@rbgen/btf";
import { noteTypePath } from "../diagnostics/type-path.ts";
import type { TypeModule } from "../module.ts";
import { planAliases } from "./aliases.ts";
import { AnnotationError, type Annotations, tagsOf } from "./annotations.ts";
import { constantsOf } from "./constants.ts";
import { cutHint, cutText, isCut } from "./cut-enum.ts";
import { identityOf } from "./identity.ts";
import { bareName } from "./look-up.ts";
import { type ElementPart, type ElementPlanner, planElements } from "./map-elements.ts";
import { missingType } from "./missing-type.ts";
import type { CompositePlan, FilePlan, Role, ScalarRecordPlan, Shape, StreamPlan } from "./model.ts";
import { type Name, type NameCase, reservedNames, Scope } from "./names.ts";
import { UnheldError } from "./outer-tag.ts";
import { Representer, type RepresentOptions } from "./represent.ts";
import { cText, locating, locationOf, resolve, ShapeError } from "./resolve.ts";
import { type Chosen, mayBeScalar, type RingOptions, ringsOf } from "./rings.ts";
import type { Selection } from "./select.ts";
import { type SharedVariants, shareVariants } from "./shared-variants.ts";
import { planStream } from "./tagged.ts";
import { type Unclaimed, unclaimedTags } from "./unclaimed.ts";

export interface RecordOptions extends RingOptions {
  readonly endian: "little" | "big";
  readonly int64: "bigint" | "number";
  readonly typedArrays: boolean;
  readonly case: NameCase;
  readonly annotations: Annotations;
  /** Those of global variables. */
  readonly sections: readonly Datasec[];
  /** Tells of a map whose keys or values have no codec, and why. */
  readonly untyped: (map: string, part: ElementPart, error: ShapeError) => void;
  readonly warn: (
    code: "RB3007" | "RB4004" | "RB4005" | "RB4007",
    message: string,
    hint: string,
    place: NamedType,
  ) => void;
}

/** A planned file, and what its descriptors refer to. */
export interface PlannedRecords {
  readonly plan: FilePlan;
  readonly scope: Scope;
  /** C names of what got a codec, in order. */
  readonly records: readonly string[];
  /** The const of the codec of a map's records. */
  readonly codecOfMap: ReadonlyMap<string, Name>;
  /** The const of the codec of a struct or union, by the identity of its type. */
  readonly codecOfType: ReadonlyMap<unknown, Name>;
  /** The const of the codec of a global variable, by `section name`. */
  readonly codecOfVariable: ReadonlyMap<string, Name>;
  /** How each of those is represented. */
  readonly shapeOfVariable: ReadonlyMap<string, Shape>;
  /** The const of the codec of a map's keys or values, by {@link elementKey}. */
  readonly codecOfElements: ReadonlyMap<string, Name>;
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

/** Runs `work`, whose refusals are told with the place that they are of: whether it held. */
type Attempt = (place: string, work: () => void) => boolean;

function attemptWith(fail: RecordOptions["fail"]): Attempt {
  return (place, work) => {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof ShapeError)) {
        noteTypePath(error, place);
        throw error;
      }
      fail(error, place);
      return false;
    }
  };
}

/** What each composite is in the file: a record, part of others, a variant of a stream. */
function rolesOf(
  { composites, nested }: Representer,
  records: ReadonlySet<CompositePlan>,
  { variants, choices }: SharedVariants,
  endian: Endian,
  attempt: Attempt,
): ReadonlyMap<CompositePlan, Role> {
  const roles = new Map<CompositePlan, Role>();
  for (const composite of composites) {
    const variant = variants.get(composite);
    const choice = choices.get(composite);
    const own = {
      nested: nested.has(composite),
      ...(variant === undefined ? {} : { variant }),
      ...(choice === undefined ? {} : { choice }),
    };
    roles.set(composite, own);
    if (!records.has(composite)) continue;
    attempt(composite.cName, () => {
      const layout = locating(composite.location, () => describe(composite.type, composite.cName, endian));
      roles.set(composite, { ...own, layout });
    });
  }
  return roles;
}

/** Turns the chosen types into everything that one file declares. */
export function planRecords(
  module: TypeModule,
  { types: selected, aliases: other, named }: Selection,
  reserved: Iterable<string>,
  options: RecordOptions,
): PlannedRecords {
  const scope = new Scope([...reservedNames, ...reserved]);
  const constants = constantsOf(module);
  const representing: RepresentOptions = {
    endian: options.endian,
    pointerSize: module.pointerSize,
    int64: options.int64,
    typedArrays: options.typedArrays,
    case: options.case,
    annotations: options.annotations,
    find: (name) => module.find(name),
    constants,
    missing: (what, name) => missingType(module, what, name),
    cut: cutEnums(module, options.warn),
    warn: (message, hint, type) => options.warn("RB4005", message, hint, type),
  };
  const representer = new Representer(representing, scope);
  const attempt = attemptWith(options.fail);
  const attemptOf = (type: NamedType, work: () => void): boolean =>
    attempt(type.name, () => locating(locationOf(type), work));
  // Records are named before what they contain.
  for (const type of selected) {
    attemptOf(type, () => {
      const core = resolve(type).type;
      if (core.kind === "struct" || core.kind === "union") representer.declare(core, type.name);
    });
  }
  // One that only others may hold is none by itself, where nobody asked for it.
  const recordOf = (core: Struct | Union, type: NamedType): CompositePlan | undefined => {
    try {
      return representer.record(core, type.name);
    } catch (error) {
      if (!(error instanceof UnheldError) || error.of !== core || named.has(identityOf(type))) throw error;
      options.warn("RB4004", `${error.message}; it is left out`, error.hint ?? "", type);
      return undefined;
    }
  };
  const chosen: Chosen[] = [];
  const scalars: ScalarRecordPlan[] = [];
  let whole = true;
  for (const type of selected) {
    const held = attemptOf(type, () => {
      const core = resolve(type).type;
      if (core.kind === "struct" || core.kind === "union") {
        const composite = recordOf(core, type);
        if (composite === undefined) return;
        chosen.push({ type, composite, annotations: options.annotations.ofType(composite.cName, tagsOf(type)) });
      } else if (core.kind === "enum" || core.kind === "enum64") representer.enum(core, type.name);
      else scalars.push(scalarOf(type, type.name, cText(type), representer, scope, options));
    });
    whole &&= held;
  }
  scalars.push(...enumRecords(module, representer, scope, options, scalars));
  const items = new Set([...representer.choices.values()].flatMap(({ variants }) => variants.map(({ body }) => body)));
  const rings = ringsOf(module, chosen, scalars, whole ? items : undefined, options);
  const codecOfMap = new Map(rings.codecs);
  const planned: StreamPlan[] = [];
  for (const [name, members] of rings.streams) {
    attempt(name, () => {
      const stream = planStream(name, members, scope, { case: options.case, constants });
      planned.push(stream);
      codecOfMap.set(name, stream.names.codec);
    });
  }
  const codecs = new Set(rings.codecs.values());
  const names = [...chosen.map(({ composite }) => composite.cName), ...scalars.map((record) => record.cName)];
  const variables = planVariables(representer, scope, options, attempt);
  const apart = new Scope();
  const elements = planElements(
    module.maps,
    elementPlanner(representer, scope, options),
    elementPlanner(new Representer({ ...representing, warn: () => {} }, apart), apart, options),
    scalars,
    ({ map, part }, error) => {
      // one whose tag lies around it is a mistake nowhere: it has no form by itself
      if (error instanceof AnnotationError && !(error instanceof UnheldError)) options.fail(error, map.name);
      else options.untyped(map.name, part, error);
    },
  );
  // variables and elements may have lists of several structs, too
  const shared = shareVariants(planned, representer.choices, ({ names }) => codecs.has(names.codec));
  const { streams } = shared;
  for (const unclaimed of unclaimedTags(streams)) warnOf(unclaimed, module, options);
  const records = new Set([
    ...chosen.map(({ composite }) => composite),
    ...variables.composites,
    ...elements.composites,
  ]);
  const roles = rolesOf(representer, records, shared, options.endian, attempt);
  const aliases = planAliases(other, [...records], representer.enums, scope, options.case);
  const plan: FilePlan = {
    endian: options.endian,
    pointerSize: module.pointerSize,
    enums: representer.enums,
    composites: representer.composites,
    roles,
    scalars: [...scalars, ...variables.scalars, ...elements.scalars],
    streams,
    aliases,
  };
  names.push(...aliases.filter(({ types }) => types.length > 0).map(({ cName }) => cName));
  const codecOfType = new Map(chosen.map(({ type, composite }) => [identityOf(type), composite.names.codec]));
  return {
    plan,
    scope,
    records: [...new Set(names)],
    codecOfMap,
    codecOfType,
    codecOfVariable: variables.codecs,
    shapeOfVariable: variables.shapes,
    codecOfElements: elements.codecs,
  };
}

/** How keys and values of maps become records of a scope; what has no layout is refused here. */
function elementPlanner(representer: Representer, scope: Scope, options: RecordOptions): ElementPlanner {
  return {
    composite(type, name) {
      const core = resolve(type).type;
      if (core.kind !== "struct" && core.kind !== "union") return undefined;
      const composite = representer.record(core, name);
      describe(core, composite.cName, options.endian);
      return composite;
    },
    scalar: (type, name) => scalarOf(type, name, cText(type), representer, scope, options),
  };
}

/** A record that is no struct. */
function scalarOf(
  type: Type,
  name: string,
  declaration: string,
  representer: Representer,
  scope: Scope,
  options: RecordOptions,
): ScalarRecordPlan {
  const shape = representer.whole(type, name);
  const names = scope.takeFamily(name, options.case);
  return { cName: name, names, shape, layout: describe(type, name, options.endian), declaration };
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

/** An enum is declared by itself; where a ring carries it, it is a record, too. */
function enumRecords(
  module: TypeModule,
  representer: Representer,
  scope: Scope,
  options: RecordOptions,
  scalars: readonly ScalarRecordPlan[],
): readonly ScalarRecordPlan[] {
  const names = [...options.maps.values()].flat().filter(mayBeScalar);
  return [...new Set(names.map(bareName))].flatMap((bare) => {
    const type = module.find(bare).find((found) => /^enum/.test(resolve(found).type.kind));
    if (type === undefined || scalars.some((record) => record.cName === bare)) return [];
    return [scalarOf(type, bare, cText(type), representer, scope, options)];
  });
}

/** Records that global variables need. */
interface PlannedVariables {
  readonly composites: readonly CompositePlan[];
  readonly scalars: readonly ScalarRecordPlan[];
  /** The const of each one's codec, by `section name`. */
  readonly codecs: ReadonlyMap<string, Name>;
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** Codecs of global variables: those of scalars and arrays are made here, those of structs that are records are shared. */
function planVariables(
  representer: Representer,
  scope: Scope,
  options: RecordOptions,
  attempt: Attempt,
): PlannedVariables {
  const composites: CompositePlan[] = [];
  const scalars: ScalarRecordPlan[] = [];
  const codecs = new Map<string, Name>();
  const shapes = new Map<string, Shape>();
  for (const section of options.sections) {
    for (const { variable } of section.variables) {
      if (variable.kind !== "var") continue;
      attempt(variable.name, () => {
        const core = resolve(variable.type).type;
        if (core.kind === "ptr" || core.kind === "func_proto" || core.kind === "void" || core.kind === "fwd") return;
        const key = `${section.name} ${variable.name}`;
        if (core.kind === "struct" || core.kind === "union") {
          const composite = representer.record(core, variable.name);
          composites.push(composite);
          codecs.set(key, composite.names.codec);
          shapes.set(key, { kind: "composite", size: composite.size, composite });
          return;
        }
        const { type, name } = variable;
        const scalar = scalarOf(type, name, cText(type, name), representer, scope, options);
        scalars.push(scalar);
        codecs.set(key, scalar.names.codec);
        shapes.set(key, scalar.shape);
      });
    }
  }
  return { composites, scalars, codecs, shapes };
}
