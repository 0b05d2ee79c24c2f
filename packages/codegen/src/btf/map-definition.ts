import { type Member, mapTypeName, resolve, type Struct, type Type } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { MapDefinition } from "../module.ts";

/** Fields of a map definition that say nothing of its records (libbpf `parse_btf_map_def`). */
const otherFields: ReadonlySet<string> = new Set(["key_size", "value_size", "numa_node", "pinning", "map_extra"]);

/** A definition that cannot be read: which field, and why. */
class MalformedMap extends Error {}

/**
 * The number in a field: `int (*name)[N]` of `__uint`, or an enumerator's of `__ulong` (libbpf
 * `get_map_field_int`, `get_map_field_long`).
 */
function numberIn(member: Member): number {
  const type = resolve(member.type);
  if (type.kind === "enum" || type.kind === "enum64") {
    const value = type.values[0]?.value;
    if (value === undefined) throw new MalformedMap(`${member.name} is an enum without a value`);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw new MalformedMap(`${member.name} is ${value}, which is no size`);
    }
    return Number(value);
  }
  const array = type.kind === "ptr" ? resolve(type.target) : undefined;
  if (array?.kind !== "array") {
    throw new MalformedMap(`${member.name} is neither __uint(${member.name}, …) nor __ulong(${member.name}, …)`);
  }
  return array.count;
}

/** The type in a field: `T *name` of `__type`. */
function typeIn(member: Member): Type {
  const type = resolve(member.type);
  if (type.kind !== "ptr") throw new MalformedMap(`${member.name} is not __type(${member.name}, …)`);
  return type.target;
}

/** The template in `__array(values, struct { … })`; undefined for the programs of a prog_array. */
function templateIn(member: Member): Struct | undefined {
  const array = resolve(member.type);
  const pointer = array.kind === "array" ? resolve(array.element) : undefined;
  const target = pointer?.kind === "ptr" ? resolve(pointer.target) : undefined;
  if (target?.kind === "struct") return target;
  if (target?.kind === "func_proto" || target?.kind === "func") return undefined;
  throw new MalformedMap("values is not __array(values, struct { … })");
}

function decode(name: string, type: Struct, tags: readonly string[] | undefined, depth: number): MapDefinition {
  let mapType: number | undefined;
  let maxEntries = 0;
  let mapFlags = 0;
  let key: Type | undefined;
  let value: Type | undefined;
  let inner: MapDefinition | undefined;
  for (const member of type.members) {
    switch (member.name) {
      case "type":
        mapType = numberIn(member);
        break;
      case "max_entries":
        maxEntries = numberIn(member);
        break;
      case "map_flags":
        mapFlags = numberIn(member);
        break;
      case "key":
        key = typeIn(member);
        break;
      case "value":
        value = typeIn(member);
        break;
      case "values": {
        const template = templateIn(member);
        if (template === undefined) break;
        if (depth > 0) throw new MalformedMap("an inner map holds maps itself, which the kernel does not allow");
        inner = decode(`${name}.inner`, template, undefined, depth + 1);
        break;
      }
      default:
        if (!otherFields.has(member.name)) {
          throw new MalformedMap(`"${member.name}" is not a field of a map definition`);
        }
    }
  }
  if (mapType === undefined) throw new MalformedMap("it has no __uint(type, …)");
  return {
    name,
    type: mapTypeName(mapType),
    maxEntries,
    mapFlags,
    ...(key === undefined ? {} : { key }),
    ...(value === undefined ? {} : { value }),
    ...(inner === undefined ? {} : { inner }),
    ...(tags === undefined || tags.length === 0 ? {} : { tags }),
    definition: type,
  };
}

/**
 * Reads a map that a variable in `SEC(".maps")` defines, as libbpf does (`parse_btf_map_def`); `type` is the variable's.
 * What libbpf refuses is an RB3005, and the map is left out.
 */
export function readMapDefinition(
  name: string,
  type: Type,
  tags: readonly string[] | undefined,
  at: string,
  report: Report,
): MapDefinition | undefined {
  try {
    const struct = resolve(type);
    if (struct.kind !== "struct") throw new MalformedMap(`its type is of kind ${struct.kind}, not a struct`);
    return decode(name, struct, tags, 0);
  } catch (error) {
    if (!(error instanceof MalformedMap)) throw error;
    report({
      code: "RB3005",
      severity: "error",
      at,
      message: `map "${name}" cannot be read: ${error.message}`,
      hint: 'write it with the macros of bpf_helpers.h: struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 1 << 18); } events SEC(".maps");',
    });
    return undefined;
  }
}
