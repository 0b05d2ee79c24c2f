import { type Btf, type Elf, mapTypeName, resolve, type Struct, sizeOf, type Type, type Var } from "@rbgen/btf";
import { RingBufError } from "@rbgen/runtime";
import type { MapDefinition } from "../maps/vm-map.ts";

/** A map that a variable in `SEC(".maps")` defines. */
export interface DeclaredMap {
  readonly definition: MapDefinition;
  /** Where the variable begins, bytes from the start of its section. */
  readonly offset: number;
  /** Bytes of the variable with what it is initialized with. */
  readonly size: number;
  /** Where its `values` begin, bytes from the start of the variable; undefined where it has none. */
  readonly valuesOffset: number | undefined;
}

/**
 * Maps that variables in `SEC(".maps")` define, as libbpf reads them (`parse_btf_map_def`), in the order of the section.
 * @throws RingBufError EINVAL, ENOTSUP
 */
export function declaredMaps(btf: Btf, elf: Elf): readonly DeclaredMap[] {
  const section = btf.findKind("datasec", ".maps")[0];
  const declared = (section?.variables ?? []).flatMap(({ variable, size }) =>
    variable.kind === "var" ? [declaredMap(variable, size, elf)] : [],
  );
  // what a map holds from the start is made before it: libbpf goes by the place, not by the order in the types
  return declared.sort((one, other) => one.offset - other.offset);
}

function declaredMap({ name, type, linkage }: Var, size: number, elf: Elf): DeclaredMap {
  if (linkage !== "global") throw malformed(name, `is ${linkage}, and has to be global`, "ENOTSUP");
  const definition = definitionOf(name, type, 0);
  const symbol = elf.symbols.find((one) => one.section?.name === ".maps" && one.name === name);
  if (symbol === undefined) throw malformed(name, "has no symbol in .maps");
  const struct = resolve(type);
  const values = struct.kind === "struct" ? struct.members.find((one) => one.name === "values") : undefined;
  return { definition, offset: Number(symbol.value), size, valuesOffset: values && values.bitOffset / 8 };
}

function definitionOf(name: string, declared: Type, depth: number): MapDefinition {
  const struct = resolve(declared);
  if (struct.kind !== "struct") throw malformed(name, "is no definition of a map");
  const number = (field: string): number | undefined => numberIn(struct, field, name);
  const typeNumber = number("type");
  if (typeNumber === undefined) throw malformed(name, "has no __uint(type, …)");
  const type = mapTypeName(typeNumber) as MapDefinition["type"];
  const valueSize = number("value_size") ?? sizeIn(struct, "value");
  const inner = innerOf(struct, { name, type, valueSize }, depth);
  return {
    name,
    type,
    keySize: number("key_size") ?? sizeIn(struct, "key") ?? 0,
    valueSize: valueSize ?? (/of_maps|prog_array|perf_event/.test(type) ? 4 : 0),
    maxEntries: number("max_entries") ?? 0,
    flags: number("map_flags") ?? 0,
    lockOffset: kernelMemberIn(struct, "bpf_spin_lock"),
    timerOffset: kernelMemberIn(struct, "bpf_timer"),
    inner,
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

/** The template in `__array(values, struct { … })`; undefined where there is none, and in the values of a prog_array. */
function innerOf(
  struct: Struct,
  { name, type, valueSize }: Pick<MapDefinition, "name" | "type"> & { readonly valueSize: number | undefined },
  depth: number,
): MapDefinition | undefined {
  const member = struct.members.find((one) => one.name === "values");
  if (member === undefined) return undefined;
  if (depth > 0) throw malformed(name, "has values itself: maps inside of a map hold no maps", "ENOTSUP");
  if (member !== struct.members.at(-1)) throw malformed(name, "has members behind its values, which come last");
  const programs = type === "prog_array";
  if (!programs && type !== "array_of_maps" && type !== "hash_of_maps") {
    throw malformed(
      name,
      `declares what its values point to, and has type ${type}: a map of maps or a prog_array does`,
      "ENOTSUP",
    );
  }
  if (valueSize !== undefined && valueSize !== 0 && valueSize !== 4) {
    throw malformed(name, `has values of ${valueSize} bytes, and has to have them of 4`);
  }
  const array = resolve(member.type);
  if (array.kind !== "array" || array.count !== 0) throw malformed(name, "has values that are no __array(values, …)");
  const pointer = resolve(array.element);
  const target = pointer.kind === "ptr" ? resolve(pointer.target) : undefined;
  if (target?.kind === "func_proto" && programs) return undefined;
  if (target?.kind === "struct" && !programs) return definitionOf(`${name}.inner`, target, depth + 1);
  throw malformed(name, `has values that point to no ${programs ? "function" : "definition of a map"}`);
}

function malformed(name: string, what: string, code: "EINVAL" | "ENOTSUP" = "EINVAL"): RingBufError {
  return new RingBufError(`map "${name}" ${what}`, { code, syscall: "bpf_object__open" });
}
