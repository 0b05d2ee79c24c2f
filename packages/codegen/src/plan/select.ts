import type { NamedType, Type, Typedef } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import { carrierOf, type TypeModule } from "../module.ts";
import { tagsOf } from "./annotations.ts";
import { definitionsOf, isFlavour, reportNone, typesInUse } from "./candidates.ts";
import { findType, findTypes } from "./find-type.ts";
import { identityOf } from "./identity.ts";
import type { MapTag } from "./map-tag.ts";
import { anchorOf, type RecordNameOptions, recordNamesOf, variablesOf } from "./record-names.ts";
import { isComposite, isEnum, resolve } from "./resolve.ts";

export interface SelectOptions extends RecordNameOptions {
  readonly types: readonly string[];
  readonly all: boolean;
  readonly annotations?: Readonly<Record<string, readonly string[]>>;
  /** The program's code says what is a record: other structs of a source file are none by themselves. */
  readonly sent?: boolean;
  /** It was told of a map that nothing says what the code sends on it. */
  readonly untold?: boolean;
  /** That nothing says which types are records is a warning. */
  readonly recordless?: boolean;
  /** Records that code sends beside each other on one map. */
  readonly alsoSent?: readonly string[];
  /** What tells the records of a map apart, where neither they nor their annotations say it. */
  readonly tags?: ReadonlyMap<string, MapTag>;
}

/** Types that others of the list hold by value. */
function contained(types: readonly NamedType[]): Set<unknown> {
  const held = new Set<unknown>();
  const visit = (type: Type, depth: number): void => {
    const core = resolve(type).type;
    if ((core.kind !== "struct" && core.kind !== "union") || depth > 64) return;
    for (const member of core.members) {
      let at = resolve(member.type).type;
      while (at.kind === "array") at = resolve(at.element).type;
      if (at.kind !== "struct" && at.kind !== "union") continue;
      held.add(identityOf(at));
      if (at.name === "") visit(at, depth + 1);
    }
  };
  for (const type of types) visit(type, 0);
  return held;
}

function isAnnotated(type: NamedType, configured: SelectOptions["annotations"]): boolean {
  const name = type.name;
  const tags = [...tagsOf(type), ...((Object.hasOwn(configured ?? {}, name) ? configured?.[name] : undefined) ?? [])];
  return tags.some((tag) => /^(rbgen:)?\s*(record|variant)\b/.test(tag));
}

/** The types that get a codec, and further names of theirs. */
export interface Selection {
  readonly types: readonly NamedType[];
  /** Typedefs of chosen types: those that `--type` names, and each name of a struct or enum without a tag. */
  readonly aliases: readonly Typedef[];
  /** The types among them that are asked for by name: by a user, a map, code or an annotation. */
  readonly named: ReadonlySet<unknown>;
  /** Names of the records of each map, as users, the maps themselves and the types of their values say them. */
  readonly maps: ReadonlyMap<string, readonly string[]>;
}

/**
 * The types that get a codec: what `--type` names; else of a header the structs and unions that it defines and that
 * no other one there contains, of an object or a `.bpf.c` those that a map, an annotation or a pointer names, or that its code sends.
 * A header's enums are exported too: tags are declared there. Misses, ambiguous names and an input that names nothing
 * are reported.
 */
export function selectTypes(module: TypeModule, options: SelectOptions, report: Report): Selection {
  const maps = recordNamesOf(module, options);
  const said = [...maps.values()].flat();
  const chosen = [...said, ...(options.alsoSent ?? [])].flatMap((name) => findType(module, name, report) ?? []);
  // Where one is told, what else a program's source defines is what it works with.
  const told = options.sent === true || (module.maps.length > 0 && maps.size > 0);
  const unasked = chosen.length;
  // One by one: a pattern may match more types than a call takes arguments.
  const named = chosen.map(identityOf);
  for (const pattern of options.types) {
    const found = findTypes(module, pattern, report);
    for (const type of found) chosen.push(type);
    if (!/[*?[{]/.test(pattern)) named.push(...found.map(identityOf));
  }
  const asked = new Set(chosen.slice(unasked));
  if (options.types.length === 0) {
    for (const type of unnamedTypes(module, { ...options, sent: told }, chosen, report)) chosen.push(type);
  }
  const seen = new Set<unknown>();
  const types = chosen.filter((type) => {
    const key = isComposite(type) || isEnum(type) ? identityOf(type) : `${type.kind} ${type.name}`;
    return !seen.has(key) && seen.add(key);
  });
  const annotated = types.filter((type) => isAnnotated(type, options.annotations)).map(identityOf);
  return {
    types,
    named: new Set([...named, ...annotated]),
    aliases: chosen.filter((type) => isAlias(type, asked.has(type))),
    maps,
  };
}

/** Whether `type` is a name that a struct or enum has beside its tag; `asked` that a user named it. */
function isAlias(type: NamedType, asked: boolean): type is Typedef {
  if (type.kind !== "typedef") return false;
  const core = resolve(type).type;
  return "name" in core && core.kind !== "int" && core.kind !== "float" && (asked || core.name === "");
}

/**
 * Types of other files that are the input's as well: a program is compiled of its project's headers, and a header that is given with an
 * object is there for its types. What a header includes is an input of its own.
 */
export function belongingTypes(module: TypeModule): readonly NamedType[] {
  const isCompiled = module.kind === "btf" || /\.c$/i.test(module.name);
  return isCompiled ? [...(module.included?.() ?? [])] : [];
}

/** What is a record without being named; that nothing is one is reported. `named` is what is chosen by name. */
function unnamedTypes(
  module: TypeModule,
  options: SelectOptions,
  named: readonly NamedType[],
  report: Report,
): readonly NamedType[] {
  const definitions = definitionsOf(module);
  const types = [...module.types()];
  const own = types.filter((type) => isComposite(type) && !definitions.has(identityOf(type)));
  const held = options.all || module.kind === "btf" ? new Set() : contained(own);
  // Without a ring, what a program keeps is as little a record in its source as in its object.
  const carries = module.maps.some((map) => carrierOf(map) !== undefined);
  const used = new Set(carries ? [] : typesInUse(module).map(({ type }) => identityOf(type)));
  const stands = (type: NamedType): boolean =>
    module.kind === "header" &&
    options.sent !== true &&
    !held.has(identityOf(type)) &&
    !used.has(identityOf(type)) &&
    !isFlavour(type.name);
  const found = own.filter((type) => options.all || stands(type) || isAnnotated(type, options.annotations));
  found.push(
    ...belongingTypes(module).filter(
      (type) => isComposite(type) && (options.all || isAnnotated(type, options.annotations)),
    ),
  );
  if (module.kind === "header") for (const type of types) if (isEnum(type)) found.push(type);
  if (options.all) return found;
  for (const variable of variablesOf(module)) {
    const type = anchorOf(variable);
    if (type !== undefined) found.push(type);
  }
  const all = [...named, ...found];
  const compiled = module.kind === "btf" || module.maps.length > 0 || module.programs.length > 0;
  const nothing = compiled ? all.every(isEnum) : all.length + module.constants.length === 0;
  // What is said of each map says what to do, too.
  const says = named.length > 0 || Object.keys(options.maps).length > 0 || options.untold === true;
  if (nothing && !says) reportNone(module, options.recordless === true, report);
  return found;
}
