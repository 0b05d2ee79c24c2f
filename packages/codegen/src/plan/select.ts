import { bytes, type Func, type Int, type NamedType, type Type, type Typedef, type Var } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import { didYouMean, suggest } from "../diagnostics/suggest.ts";
import { literalPart, withoutDimensions } from "../glob.ts";
import { carrierOf, shownName, type TypeModule } from "../module.ts";
import { annotationOf, parseAnnotations, tagsOf } from "./annotations.ts";
import { identityOf } from "./identity.ts";
import { bareName, lookUp, namesMatching, typesNamed } from "./look-up.ts";
import type { MapTag } from "./map-tag.ts";
import { isRecordPointer } from "./record-pointer.ts";
import { resolve } from "./resolve.ts";

export interface SelectOptions {
  readonly types: readonly string[];
  readonly all: boolean;
  readonly maps: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, readonly string[]>>;
  /** The program's code says what is a record: other structs of a source file are none by themselves. */
  readonly sent?: boolean;
  /** It was told of a map that nothing says what the code sends on it. */
  readonly untold?: boolean;
  /** Records that code sends beside each other on one map. */
  readonly alsoSent?: readonly string[];
  /** What tells the records of a map apart, where neither they nor their annotations say it. */
  readonly tags?: ReadonlyMap<string, MapTag>;
  /** Maps of which code tells what they carry, whatever the type of their value is. */
  readonly byCode?: ReadonlySet<string>;
}

const scalars: readonly (readonly [readonly string[], number, boolean])[] = [
  [["u8", "__u8", "uint8_t", "unsigned char"], 1, false],
  [["s8", "__s8", "int8_t", "signed char"], 1, true],
  [["u16", "__u16", "uint16_t", "unsigned short"], 2, false],
  [["s16", "__s16", "int16_t", "short"], 2, true],
  [["u32", "__u32", "uint32_t", "unsigned int"], 4, false],
  [["s32", "__s32", "int32_t", "int"], 4, true],
  [["u64", "__u64", "uint64_t", "unsigned long long"], 8, false],
  [["s64", "__s64", "int64_t", "long long"], 8, true],
];

/** A scalar by the names that everybody knows, for inputs that do not hold it. */
function wellKnown(name: string): Int | undefined {
  const [, size, signed] = scalars.find(([names]) => names.includes(name)) ?? [];
  if (size === undefined || signed === undefined) return undefined;
  return { kind: "int", name, size: bytes(size), signed, char: false, bool: false };
}

function isComposite(type: Type): boolean {
  const core = resolve(type).type;
  return core.kind === "struct" || core.kind === "union";
}

function isEnum(type: Type): boolean {
  const core = resolve(type).type;
  return core.kind === "enum" || core.kind === "enum64";
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

/** A type by the name that a user writes: `event`, `struct event`, `__u64`, `__u64[4]`. */
function findType(module: TypeModule, text: string, report: Report): NamedType | undefined {
  const dimensions = [...text.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
  const plain = withoutDimensions(text).trim();
  const name = bareName(plain);
  const found = lookUp(module, plain);
  if (found.length > 1) {
    const ids = found.map((type) => (type.id === undefined ? type.kind : `${type.kind} [${type.id}]`)).join(", ");
    report({
      code: "RB4003",
      severity: "error",
      message: `${found.length} types are called ${name}: ${ids}`,
      at: shownName(module),
      hint: name === plain ? `say which: --type "struct ${name}"` : "the input itself must hold one only",
    });
    return undefined;
  }
  const type = found[0] ?? wellKnown(name);
  if (type === undefined) {
    reportMissing(module, name, report);
    return undefined;
  }
  if (dimensions.length === 0) return type;
  const target = dimensions.reduceRight<Type>((element, count) => ({ kind: "array", element, count }), type);
  return { kind: "typedef", name: text, target };
}

function reportMissing(module: TypeModule, name: string, report: Report): void {
  const near = suggest(name, module.names());
  const similar = near.length === 0 ? [] : [`did you mean ${near.map((other) => `"${other}"`).join(" or ")}?`];
  const anchor =
    module.compiled === true
      ? [
          `compilers drop types that nothing refers to; keep it with: const struct ${name} *unused_${name} __attribute__((unused));`,
        ]
      : [];
  const hint = [...similar, ...anchor].join("\n");
  report({
    code: "RB5004",
    severity: "error",
    message: `there is no type "${name}"`,
    at: shownName(module),
    ...(hint === "" ? {} : { hint }),
  });
}

function reportUnmatched(module: TypeModule, glob: string, report: Report): void {
  const hint = didYouMean(literalPart(bareName(glob)), module.names());
  report({
    code: "RB5004",
    severity: "error",
    message: `there is no struct, union or enum that matches "${glob}"`,
    at: shownName(module),
    ...(hint !== undefined && { hint }),
  });
}

/** The struct that a global variable points to: the line that keeps a record in BTF. */
function anchorOf(variable: Var | Func): NamedType | undefined {
  if (variable.kind !== "var") return undefined;
  const type = resolve(variable.type).type;
  if (type.kind !== "ptr") return undefined;
  const { type: core, typedefs } = resolve(type.target);
  if (core.kind !== "struct" && core.kind !== "union") return undefined;
  if (core.name !== "") return core;
  const typedef = typedefs.at(-1);
  return typedef === undefined ? undefined : { kind: "typedef", name: typedef, target: core };
}

/** The type that `RB_RECORD` ties to a map, as a user writes it: a scalar may be a record, too. */
function recordName(variable: Var | Func): string | undefined {
  const struct = anchorOf(variable);
  if (struct !== undefined) return struct.kind === "typedef" ? struct.name : `${struct.kind} ${struct.name}`;
  if (!isRecordPointer(variable) || variable.kind !== "var") return undefined;
  const pointer = resolve(variable.type).type;
  if (pointer.kind !== "ptr") return undefined;
  const { type, typedefs } = resolve(pointer.target);
  const [written = "name" in type ? type.name : ""] = typedefs;
  return written === "" ? undefined : written;
}

/** Global variables of the program itself: `.data..percpu` and its like are the kernel's. */
function variablesOf(module: TypeModule): (Var | Func)[] {
  return module.sections
    .filter(({ name }) => !name.includes(".."))
    .flatMap((section) => section.variables.map(({ variable }) => variable));
}

/** The structs that define maps, and the maps that others hold. */
function definitionsOf(module: TypeModule): Set<unknown> {
  const definitions = module.maps.flatMap(({ definition, inner }) => [definition, inner?.definition]);
  return new Set(definitions.flatMap((type) => (type === undefined ? [] : [identityOf(type)])));
}

/** `task_struct___old`: what CO-RE takes for another version of `task_struct` (libbpf `bpf_core_essential_name_len`). */
function isFlavour(name: string): boolean {
  return /[^_]___[^_]/.test(name);
}

function isAnnotated(type: NamedType, configured: SelectOptions["annotations"]): boolean {
  const name = type.name;
  const tags = [...tagsOf(type), ...((Object.hasOwn(configured ?? {}, name) ? configured?.[name] : undefined) ?? [])];
  return tags.some((tag) => /^(rbgen:)?\s*(record|variant)\b/.test(tag));
}

/** Structs that may be records, by name. */
interface Candidates {
  readonly names: readonly string[];
  /** They are none of a source's own: they stand in the headers of its project. */
  readonly included: boolean;
}

function candidatesOf(module: TypeModule): Candidates {
  // What code sends is as long as one of these.
  const own: string[] = (module.sent?.() ?? [])
    .flatMap(({ untold }) => untold.flatMap(({ candidates = [] }) => candidates))
    .map((name) => name.replace(/^(?:struct|union) /u, ""))
    .filter((name, index, all) => all.indexOf(name) === index);
  const definitions = definitionsOf(module);
  const add = (type: NamedType): void => {
    if (type.kind !== "struct" || type.size === 0 || own.length > 2000 || definitions.has(identityOf(type))) return;
    // Those that helpers take are nobody's records.
    const nobodys = type.name.startsWith("bpf_") || isFlavour(type.name) || module.isKernels?.(type) === true;
    if (!nobodys && !own.includes(type.name)) own.push(type.name);
  };
  for (const type of module.types()) add(type);
  if (own.length > 0 || module.kind !== "header") return { names: own, included: false };
  for (const type of module.included?.() ?? []) add(type);
  return { names: own, included: true };
}

function reportNone(module: TypeModule, report: Report): void {
  const { names: own, included } = candidatesOf(module);
  const shown = own.slice(0, 10);
  const example = shown[0] ?? "event";
  const ring = module.maps.find((map) => map.type === "ringbuf")?.name ?? "events";
  const byName = `name them: rbgen ${shownName(module)} --type ${example}`;
  const named =
    `${byName}\n` +
    `or keep a pointer to each in the C source: const struct ${example} *unused_${example} __attribute__((unused));\n` +
    "or say in it which ring carries one";
  // Maps, programs and variables are worth a file of their own, where no map wants a record, or no struct is left that could be one.
  const wanted = own.length > 0 && !included && module.maps.some((map) => carrierOf(map) !== undefined);
  const without = !wanted && module.maps.length + module.programs.length > 0;
  report({
    code: "RB4001",
    severity: without ? "warning" : "error",
    message: "nothing says which types are records",
    at: shownName(module),
    notes: [
      shown.length === 0
        ? module.kind === "header"
          ? "neither it nor a header of its project that it includes defines a struct"
          : "the input holds no struct"
        : `structs there: ${shown.join(", ")}${own.length > shown.length ? `, and ${own.length - shown.length} more` : ""}`,
    ],
    hint:
      own.length === 0 && module.kind === "header"
        ? "declare them in it, or give the header that does"
        : module.kind === "btf" && module.compiled !== true && own.length > 0
          ? byName
          : `${own.length === 0 ? "compilers drop types that nothing refers to; keep one in the C source" : named}: ` +
            `RB_RECORD(${ring}, struct ${example}); of rbgen.h`,
  });
}

/** The struct of `__type(value, struct event)`, which the kernel does not want of such a map: it is there to be read. */
export function valueName(value: Type | undefined): string | undefined {
  if (value === undefined || !isComposite(value)) return undefined;
  const { type, typedefs } = resolve(value);
  const name = "name" in type ? type.name : "";
  return name === "" ? typedefs.at(-1) : `${type.kind} ${name}`;
}

/** Names of the records that `--map` and the maps' own tags and value types give. */
export function recordNamesOf(
  module: TypeModule,
  options: Pick<SelectOptions, "maps" | "byCode">,
): Map<string, readonly string[]> {
  const names = new Map<string, readonly string[]>();
  for (const map of module.maps) {
    const record = annotationOf(parseAnnotations(map.tags ?? []), "record")?.map;
    const told = options.byCode?.has(map.name) === true;
    const value = carrierOf(map) === map && !told ? valueName(map.value) : undefined;
    const said = record ?? value;
    if (said !== undefined) names.set(map.name, [said]);
  }
  // RB_RECORD(map, type) of rbgen.h: a pointer that is tagged with the map.
  for (const variable of variablesOf(module)) {
    const map = annotationOf(parseAnnotations(variable.tags ?? []), "record")?.map;
    const name = map === undefined ? undefined : recordName(variable);
    if (map === undefined || name === undefined) continue;
    names.set(map, [...(names.get(map) ?? []).filter((other) => other !== name), name]);
  }
  for (const [map, records] of Object.entries(options.maps)) {
    names.set(
      map,
      records.split(",").map((name) => name.trim()),
    );
  }
  return names;
}

/** The types that get a codec, and further names of theirs. */
export interface Selection {
  readonly types: readonly NamedType[];
  /** Typedefs of chosen types: those that `--type` names, and each name of a struct or enum without a tag. */
  readonly aliases: readonly Typedef[];
}

/**
 * The types that get a codec: what `--type` names; else of a header the structs and unions that it defines and that
 * no other one there contains, of an object or a `.bpf.c` those that a map, an annotation or a pointer names, or that its code sends.
 * A header's enums are exported too: tags are declared there. Misses, ambiguous names and an input that names nothing
 * are reported.
 */
export function selectTypes(module: TypeModule, options: SelectOptions, report: Report): Selection {
  const chosen: NamedType[] = [];
  const add = (name: string): void => {
    const type = findType(module, name, report);
    if (type !== undefined) chosen.push(type);
  };
  const said = recordNamesOf(module, options);
  for (const names of said.values()) names.forEach(add);
  for (const name of options.alsoSent ?? []) add(name);
  // Where one is told, what else a program's source defines is what it works with.
  const told = options.sent === true || (module.maps.length > 0 && said.size > 0);
  const unasked = chosen.length;
  for (const pattern of options.types) {
    const matched = namesMatching(module, pattern);
    if (matched === undefined) {
      add(pattern);
      continue;
    }
    const found = matched.flatMap((name) =>
      typesNamed(module, name).filter((type) => isComposite(type) || isEnum(type)),
    );
    if (found.length === 0) reportUnmatched(module, pattern, report);
    // One by one: a pattern may match more types than a call takes arguments.
    for (const type of found) chosen.push(type);
  }
  const asked = new Set(chosen.slice(unasked));
  if (options.types.length === 0) addUnnamed(module, { ...options, sent: told }, chosen, report);
  const seen = new Set<unknown>();
  const types = chosen.filter((type) => {
    const key = isComposite(type) || isEnum(type) ? identityOf(type) : `${type.kind} ${type.name}`;
    return !seen.has(key) && seen.add(key);
  });
  return { types, aliases: chosen.filter((type) => isAlias(type, asked.has(type))) };
}

/** Whether `type` is a name that a struct or enum has beside its tag; `asked` that a user named it. */
function isAlias(type: NamedType, asked: boolean): type is Typedef {
  if (type.kind !== "typedef") return false;
  const core = resolve(type).type;
  return "name" in core && core.kind !== "int" && core.kind !== "float" && (asked || core.name === "");
}

function addUnnamed(module: TypeModule, options: SelectOptions, chosen: NamedType[], report: Report): void {
  const named = chosen.length > 0 || Object.keys(options.maps).length > 0;
  const definitions = definitionsOf(module);
  const types = [...module.types()];
  const own = types.filter((type) => isComposite(type) && !definitions.has(identityOf(type)));
  const held = options.all || module.kind === "btf" ? new Set() : contained(own);
  for (const type of own) {
    const stands =
      module.kind === "header" && options.sent !== true && !held.has(identityOf(type)) && !isFlavour(type.name);
    const chosenByItself = options.all || stands;
    if (chosenByItself || isAnnotated(type, options.annotations)) chosen.push(type);
  }
  if (module.kind === "header") for (const type of types) if (isEnum(type)) chosen.push(type);
  if (options.all) return;
  for (const variable of variablesOf(module)) {
    const type = anchorOf(variable);
    if (type !== undefined) chosen.push(type);
  }
  const compiled = module.kind === "btf" || module.maps.length > 0 || module.programs.length > 0;
  const nothing = compiled ? !chosen.some((type) => !isEnum(type)) : chosen.length + module.constants.length === 0;
  // What is said of each map says what to do, too.
  if (nothing && !named && options.untold !== true) reportNone(module, report);
}
