import { BtfError } from "../error.ts";
import { bitSizeOf } from "../layout/members.ts";
import { sizeOf } from "../layout/size.ts";
import { resolve } from "../layout/strip.ts";
import type { Datasec, DeclTag, Func, FuncProto, Member, Struct, Type, Union } from "../types.ts";

/** `BTF_MAX_TYPE`: ids that the kernel takes. */
const maxTypes = 0xfffff;
/** `BTF_MAX_VLEN` before kernel 7.1: members, values or parameters of one type. */
const maxElements = 0xffff;
/** `KSYM_NAME_LEN`: bytes of a name. */
const maxName = 511;

/**
 * Refuses what `BPF_BTF_LOAD` refuses, with the kernel's rule (`kernel/bpf/btf.c`): names, linkages, sections, members,
 * tags, types without a size. So the reason is known without a kernel, and before anything is loaded.
 * @throws `BtfError` `kernel-rule`.
 */
export function checkKernelRules(types: readonly Type[]): void {
  if (types.length > maxTypes) refuse(undefined, `at most ${maxTypes} types, not ${types.length}`);
  for (const type of types) checkType(type);
}

function refuse(type: Type | undefined, rule: string): never {
  const name = type === undefined ? "" : `${type.kind}${"name" in type && type.name !== "" ? ` ${type.name}` : ""}: `;
  throw new BtfError("kernel-rule", `the kernel refuses ${name}${rule}`, { typeId: type?.id });
}

function checkType(type: Type): void {
  switch (type.kind) {
    case "int": {
      const flags = type.encoding ?? (type.signed ? 1 : 0) | (type.bool ? 4 : 0);
      if ((flags & (flags - 1)) !== 0) refuse(type, "an integer has one encoding at most");
      break;
    }
    case "struct":
    case "union":
      optionalName(type, type.name);
      checkMembers(type);
      break;
    case "enum":
    case "enum64":
      optionalName(type, type.name);
      if (type.values.length > maxElements) refuse(type, `at most ${maxElements} values`);
      for (const { name } of type.values) requiredName(type, name);
      break;
    case "fwd":
    case "typedef":
    case "var":
    case "func":
      requiredName(type, type.name);
      break;
    case "type_tag":
      if (type.value === "") refuse(type, "a tag has a text");
      break;
  }
  switch (type.kind) {
    case "array":
      checkArray(type);
      break;
    case "var":
      if (type.linkage === "extern") refuse(type, "a variable is static or global, not extern");
      sized(type, type.type, "a variable's type has a size");
      break;
    case "func":
      checkFunc(type);
      break;
    case "func_proto":
      checkProto(type);
      break;
    case "datasec":
      checkSection(type);
      break;
    case "decl_tag":
      checkTag(type);
      break;
  }
}

function requiredName(type: Type, name: string): void {
  if (name === "") refuse(type, "it has a name");
  optionalName(type, name);
}

function optionalName(type: Type, name: string): void {
  if (name === "") return;
  if (!/^[A-Za-z_.][\w.]*$/.test(name)) refuse(type, `${JSON.stringify(name)} is not an identifier`);
  if (name.length > maxName) refuse(type, `a name has at most ${maxName} bytes`);
}

function sized(type: Type, of: Type, rule: string): number {
  try {
    const bare = resolve(of);
    // Written as an enum of 4 bytes that has no values.
    if (bare.kind === "fwd" && bare.of === "enum") return 4;
    return sizeOf(of);
  } catch (error) {
    if (error instanceof BtfError) refuse(type, `${rule} (${error.message})`);
    throw error;
  }
}

function checkMembers(type: Struct | Union): void {
  if (type.members.length > maxElements) refuse(type, `at most ${maxElements} members`);
  let last = 0;
  for (const member of type.members) {
    optionalName(type, member.name);
    if (type.kind === "union" && member.bitOffset !== 0) refuse(type, `${member.name}: a union's members start at 0`);
    if (member.bitOffset < last) refuse(type, `${member.name}: members are in order of offsets`);
    last = member.bitOffset;
    sized(type, member.type, `${member.name}: a member's type has a size`);
    if (member.bitSize !== undefined) checkBitField(type, member);
    else if (member.bitOffset % 8 !== 0) refuse(type, `${member.name}: only bit-fields start within a byte`);
    if (member.bitOffset + bitSizeOf(member) > type.size * 8)
      refuse(type, `${member.name}: members end within the whole`);
  }
}

function checkBitField(type: Struct | Union, member: Member): void {
  const of = resolve(member.type);
  const width = member.bitSize ?? 0;
  if (of.kind === "int") {
    if (width > (of.bits?.size ?? of.size * 8)) refuse(type, `${member.name}: a bit-field is no wider than its type`);
  } else if (of.kind === "enum" || of.kind === "enum64") {
    if (width > of.size * 8) refuse(type, `${member.name}: a bit-field is no wider than its type`);
  } else refuse(type, `${member.name}: a bit-field is an integer or an enum`);
}

function checkArray(type: Extract<Type, { kind: "array" }>): void {
  if (type.index !== undefined && resolve(type.index).kind !== "int") refuse(type, "an array's index is an integer");
  if (sized(type, type.element, "an array's element has a size") * type.count > 0xffff_ffff) {
    refuse(type, "an array's size fits in 32 bits");
  }
}

function checkFunc(type: Func): void {
  if (type.linkage === "extern") refuse(type, "a function is static or global, not extern");
  for (const param of type.proto.params) {
    if (param.name === "" && param.type.kind !== "void") refuse(type, "a function's parameters have names");
    if (param.name !== "") optionalName(type, param.name);
  }
}

function checkProto(type: FuncProto): void {
  if (type.params.length > maxElements) refuse(type, `at most ${maxElements} parameters`);
  if (type.result.kind !== "void") sized(type, type.result, "a result has a size, or is void");
  for (const [i, param] of type.params.entries()) {
    if (param.type.kind !== "void") sized(type, param.type, "a parameter has a size");
    else if (i < type.params.length - 1 || param.name !== "") refuse(type, "only the last parameter is `...`");
  }
}

function checkSection(type: Datasec): void {
  if (!/^[\x20-\x7e]+$/.test(type.name)) refuse(type, "a section has a printable name");
  if (type.name.length > maxName) refuse(type, `a name has at most ${maxName} bytes`);
  if (type.size === 0) refuse(type, "a section has a size");
  if (type.variables.length > maxElements) refuse(type, `at most ${maxElements} variables`);
  let end = 0;
  for (const { variable, offset, size } of type.variables) {
    if (variable.kind !== "var") refuse(type, `${variable.name} is a function: a section holds variables`);
    if (offset < end) refuse(type, `${variable.name}: variables are in order of offsets and share no byte`);
    if (size === 0) refuse(type, `${variable.name}: a variable has a size`);
    end = offset + size;
    if (end > type.size) refuse(type, `${variable.name}: variables end within the section`);
    if (sized(type, variable.type, `${variable.name}: a variable's type has a size`) > size) {
      refuse(type, `${variable.name}: its type is larger than its place`);
    }
  }
}

function checkTag(type: DeclTag): void {
  if (type.value === "") refuse(type, "a tag has a text");
  const { target, component } = type;
  let count = 0;
  if (target.kind === "struct" || target.kind === "union") count = target.members.length;
  else if (target.kind === "func") count = target.proto.params.length;
  if (component < -1 || component >= count) refuse(type, `component ${component} of ${count}`);
}
