import { mapTypeName, type Type } from "@rbgen/btf";
import { legacyHint, legacyMaps } from "../../btf/legacy-maps.ts";
import { isLegacyMaps, type MapDefinition } from "../../module.ts";
import type { Declared, Parser } from "../parse/parser.ts";
import * as T from "../text/token.ts";
import { type CArray, stripped } from "../type/ctype.ts";

/** Reads the maps that a `.bpf.c` defines in `SEC(".maps")` with `__uint`, `__type`, `__array` and `__ulong`. */
export function readMaps(parser: Parser, declared: readonly Declared[]): MapDefinition[] {
  const maps: MapDefinition[] = [];
  for (const variable of declared) {
    if (variable.attributes?.section !== ".maps") continue;
    const type = stripped(variable.type);
    if (type.kind !== "struct") {
      if (type.kind !== "fwd" || !parser.scope.poisoned.has(type)) {
        parser.complaints.add("RB2020", variable.pos, `map '${variable.name}' is not a struct`);
      }
      continue;
    }
    const map = readMap(parser, variable.name, type, variable.pos, 0);
    if (map === undefined) continue;
    const { tags } = variable.attributes;
    const slots = slotsOf(parser, variable, declared);
    maps.push({ ...map, ...(tags.length > 0 && { tags }), ...(slots.length > 0 && { slots }) });
  }
  return maps;
}

/** Maps that the initialiser of a map names: only its slots can have a value, `.values = { &first, [2] = &second }`. */
function slotsOf({ cursor }: Parser, { value }: Declared, declared: readonly Declared[]): string[] {
  if (value === undefined || cursor.kinds[value] !== T.LBRACE) return [];
  const maps = new Set(declared.filter(({ attributes }) => attributes?.section === ".maps").map(({ name }) => name));
  const named = new Set<string>();
  for (let at = value; at < cursor.behind(value); at++) {
    const name = cursor.isName(at) && cursor.kinds[at - 1] !== T.DOT ? cursor.textAt(at) : "";
    if (maps.has(name)) named.add(name);
  }
  return [...named];
}

/**
 * Names of the maps in `SEC("maps")` (`struct bpf_map_def`), which carry no types and which libbpf 1.0 refuses: that is told,
 * and records that are sent on them are found all the same.
 */
export function readLegacyMaps(parser: Parser, declared: readonly Declared[]): string[] {
  const legacy = declared.filter(
    ({ attributes, type }) => isLegacyMaps(attributes?.section ?? "") && stripped(type).kind !== "func_proto",
  );
  const [first] = legacy;
  if (first !== undefined) {
    const names = legacy.map(({ name }) => name).join(", ");
    parser.complaints.add("RB3004", first.pos, `${legacyMaps}: ${names}`, { severity: "warning", hint: legacyHint });
  }
  return legacy.map(({ name }) => name);
}

function readMap(parser: Parser, name: string, type: Type, pos: number, depth: number): MapDefinition | undefined {
  const wrong = (why: string): undefined => {
    parser.complaints.add("RB2020", pos, `map '${name}' ${why}`, {
      hint: "__uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 256 * 1024);",
    });
    return undefined;
  };
  if (type.kind !== "struct") return wrong("is not a struct");
  const numbers = new Map<string, number>();
  const types = new Map<string, Type>();
  let inner: MapDefinition | undefined;
  for (const member of type.members) {
    const shape = stripped(member.type);
    if (member.name === "values") {
      const element = shape.kind === "array" ? stripped(shape.element) : undefined;
      const target = element?.kind === "ptr" ? stripped(element.target) : undefined;
      if (target?.kind === "struct" && depth === 0) inner = readMap(parser, `${name}.inner`, target, pos, 1);
      continue;
    }
    if (member.name === "key" || member.name === "value") {
      if (shape.kind !== "ptr") return wrong(`has a ${member.name} that is not made by __type`);
      types.set(member.name, shape.target);
      continue;
    }
    const value = numberOf(shape);
    if (value === undefined) return wrong(`has a '${member.name}' that is not made by __uint or __ulong`);
    numbers.set(member.name, value);
  }
  const kind = numbers.get("type");
  if (kind === undefined) return wrong("has no type");
  const key = types.get("key");
  const value = types.get("value");
  return {
    name,
    type: mapTypeName(kind),
    maxEntries: numbers.get("max_entries") ?? 0,
    mapFlags: numbers.get("map_flags") ?? 0,
    ...(key !== undefined && { key }),
    ...(value !== undefined && { value }),
    ...(inner !== undefined && { inner }),
    definition: type,
  };
}

/** The number that `int (*name)[number]` or `enum { x = number } name` says. */
function numberOf(type: Type): number | undefined {
  if (type.kind === "ptr") {
    const array = stripped(type.target);
    return array.kind === "array" && (array as CArray).unsized !== true ? array.count : undefined;
  }
  if ((type.kind === "enum" || type.kind === "enum64") && type.values.length === 1)
    return Number(type.values[0]!.value);
  return undefined;
}
