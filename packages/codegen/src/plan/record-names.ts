import type { Func, NamedType, Type, Var } from "@rbgen/btf";
import { carrierOf, type TypeModule } from "../module.ts";
import { annotationOf, parseAnnotations } from "./annotations.ts";
import { isRecordPointer } from "./record-pointer.ts";
import { isComposite, resolve } from "./resolve.ts";

/** What says which records maps carry, beside the input. */
export interface RecordNameOptions {
  /** `--map MAP=RECORD`. */
  readonly maps: Readonly<Record<string, string>>;
  /** Maps of which code tells what they carry, whatever the type of their value is. */
  readonly byCode?: ReadonlySet<string>;
}

/** The struct that a global variable points to: the line that keeps a record in BTF. */
export function anchorOf(variable: Var | Func): NamedType | undefined {
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
export function variablesOf(module: TypeModule): (Var | Func)[] {
  return module.sections
    .filter(({ name }) => !name.includes(".."))
    .flatMap((section) => section.variables.map(({ variable }) => variable));
}

/** The struct of `__type(value, struct event)`, which the kernel does not want of such a map: it is there to be read. */
export function valueName(value: Type | undefined): string | undefined {
  if (value === undefined || !isComposite(value)) return undefined;
  const { type, typedefs } = resolve(value);
  const name = "name" in type ? type.name : "";
  return name === "" ? typedefs.at(-1) : `${type.kind} ${name}`;
}

/** Names of the records that `--map` and the maps' own tags and value types give. */
export function recordNamesOf(module: TypeModule, options: RecordNameOptions): Map<string, readonly string[]> {
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
