import { type Btf, mapTypeName, resolve, type Struct, sizeOf, type Type } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { MapDefinition } from "../maps/vm-map.ts";

/**
 * Maps that variables in `SEC(".maps")` define, as libbpf reads them (`parse_btf_map_def`).
 * @throws RingBufError EINVAL
 */
export function mapDefinitions(btf: Btf): readonly MapDefinition[] {
  const section = btf.findKind("datasec", ".maps")[0];
  return (section?.variables ?? []).flatMap(({ variable }) =>
    variable.kind === "var" ? [definitionOf(variable.name, variable.type, 0)] : [],
  );
}

function definitionOf(name: string, declared: Type, depth: number): MapDefinition {
  const struct = resolve(declared);
  if (struct.kind !== "struct" || depth > 1) throw malformed(name, "is no definition of a map");
  const number = (field: string): number | undefined => numberIn(struct, field, name);
  const type = number("type");
  if (type === undefined) throw malformed(name, "has no __uint(type, …)");
  return {
    name,
    type: mapTypeName(type) as MapDefinition["type"],
    keySize: number("key_size") ?? sizeIn(struct, "key") ?? 0,
    valueSize:
      number("value_size") ??
      sizeIn(struct, "value") ??
      (/of_maps|prog_array|perf_event/.test(mapTypeName(type)) ? 4 : 0),
    maxEntries: number("max_entries") ?? 0,
    flags: number("map_flags") ?? 0,
    lockOffset: kernelMemberIn(struct, "bpf_spin_lock"),
    timerOffset: kernelMemberIn(struct, "bpf_timer"),
    inner: innerOf(struct, name, depth),
  };
}

/** `int (*field)[N]` of `__uint`, or the enumerator of `__ulong`. */
function numberIn(struct: Struct, field: string, map: string): number | undefined {
  const member = struct.members.find((one) => one.name === field);
  if (member === undefined) return undefined;
  const type = resolve(member.type);
  if (type.kind === "enum" || type.kind === "enum64") return Number(type.values[0]?.value ?? 0n);
  const array = type.kind === "ptr" ? resolve(type.target) : undefined;
  if (array?.kind !== "array") throw malformed(map, `: ${field} is no __uint(${field}, …)`);
  return array.count;
}

/** `T *field` of `__type`. */
function sizeIn(struct: Struct, field: string): number | undefined {
  const member = struct.members.find((one) => one.name === field);
  const type = member && resolve(member.type);
  return type?.kind === "ptr" ? sizeOf(type.target) : undefined;
}

/** Where the struct that a map holds has its member of one of the kernel's own types; undefined where it has none. */
function kernelMemberIn(struct: Struct, type: "bpf_spin_lock" | "bpf_timer"): number | undefined {
  const member = struct.members.find((one) => one.name === "value");
  const pointer = member && resolve(member.type);
  const value = pointer?.kind === "ptr" ? resolve(pointer.target) : undefined;
  if (value?.kind !== "struct") return undefined;
  const found = value.members.find(({ type: declared }) => {
    const bare = resolve(declared);
    return bare.kind === "struct" && bare.name === type;
  });
  return found && found.bitOffset / 8;
}

/** The template in `__array(values, struct { … })`. */
function innerOf(struct: Struct, name: string, depth: number): MapDefinition | undefined {
  const member = struct.members.find((one) => one.name === "values");
  const array = member && resolve(member.type);
  const pointer = array?.kind === "array" ? resolve(array.element) : undefined;
  const target = pointer?.kind === "ptr" ? resolve(pointer.target) : undefined;
  return target?.kind === "struct" ? definitionOf(`${name}.inner`, target, depth + 1) : undefined;
}

function malformed(name: string, what: string): RingBufError {
  return new RingBufError(`map "${name}" ${what}`, { code: "EINVAL", syscall: "bpf_object__open" });
}
