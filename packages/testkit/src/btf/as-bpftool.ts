import type { Int, Type } from "@rbgen/btf";
import type { BpftoolType } from "./bpftool.ts";

const anonymous = "(anon)";

/** The type as `bpftool btf dump -j` would print it, so that every field can be compared with what it does print. */
export function asBpftool(type: Type): BpftoolType {
  const id = type.id ?? Number.NaN;
  const kind = type.kind.toUpperCase();
  const head = (name: string) => ({ id, kind, name: name === "" ? anonymous : name });
  switch (type.kind) {
    case "void":
      return head("");
    case "int":
      return {
        ...head(type.name),
        size: type.size,
        bits_offset: type.bits?.offset ?? 0,
        nr_bits: type.bits?.size ?? type.size * 8,
        encoding: encodingOf(type),
      };
    case "float":
      return { ...head(type.name), size: type.size };
    case "ptr":
    case "const":
    case "volatile":
    case "restrict":
      return { ...head(""), type_id: type.target.id };
    case "typedef":
      return { ...head(type.name), type_id: type.target.id };
    case "type_tag":
      return { ...head(type.value), type_id: type.target.id };
    case "array":
      return { ...head(""), type_id: type.element.id, index_type_id: type.index?.id, nr_elems: type.count };
    case "struct":
    case "union":
      return {
        ...head(type.name),
        size: type.size,
        vlen: type.members.length,
        members: type.members.map((member) => ({
          name: member.name === "" ? anonymous : member.name,
          type_id: member.type.id,
          bits_offset: member.bitOffset,
          ...(member.bitSize === undefined ? {} : { bitfield_size: member.bitSize }),
        })),
      };
    case "enum":
    case "enum64":
      return {
        ...head(type.name),
        encoding: type.signed ? "SIGNED" : "UNSIGNED",
        size: type.size,
        vlen: type.values.length,
        values: type.values.map(({ name, value }) => ({ name, val: printed(value, type) })),
      };
    case "fwd":
      // BTF has no declaration of an enum: it is one of no bytes.
      if (type.of === "enum") {
        return { ...head(type.name), kind: "ENUM", encoding: "UNSIGNED", size: 0, vlen: 0, values: [] };
      }
      return { ...head(type.name), fwd_kind: type.of };
    case "func_proto":
      return {
        ...head(""),
        ret_type_id: type.result.id,
        vlen: type.params.length,
        params: type.params.map((param) => ({
          name: param.name === "" ? anonymous : param.name,
          type_id: param.type.id,
        })),
      };
    case "func":
      return { ...head(type.name), type_id: type.proto.id, linkage: type.linkage };
    case "var":
      return { ...head(type.name), type_id: type.type.id, linkage: type.linkage };
    case "datasec":
      return {
        ...head(type.name),
        size: type.size,
        vlen: type.variables.length,
        vars: type.variables.map(({ variable, offset, size }) => ({ type_id: variable.id, offset, size })),
      };
    case "decl_tag":
      return { ...head(type.value), type_id: type.target.id, component_idx: type.component };
  }
}

function encodingOf(type: Int): string {
  const flags = type.encoding ?? (type.signed ? 1 : 0) | (type.bool ? 4 : 0);
  return { 0: "(none)", 1: "SIGNED", 2: "CHAR", 4: "BOOL" }[flags] ?? "UNKN";
}

/** bpftool prints an unsigned 32-bit enumerator with its top bit extended to 64 bits. */
function printed(value: bigint, type: Extract<Type, { kind: "enum" | "enum64" }>): string {
  return String(type.kind === "enum" && !type.signed ? BigInt.asUintN(64, BigInt.asIntN(32, value)) : value);
}
