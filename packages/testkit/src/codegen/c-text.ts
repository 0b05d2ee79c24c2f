import { type CComposite, type CEnum, type CMember, type CType, definitionsOf, flatten } from "./c-type.ts";

function attributes(node: { readonly packed?: boolean; readonly align?: number; readonly declTag?: string }): string {
  const list: string[] = [];
  if (node.packed === true) list.push("packed");
  if (node.align !== undefined) list.push(`aligned(${node.align})`);
  if (node.declTag !== undefined) list.push(`btf_decl_tag(${JSON.stringify(node.declTag)})`);
  return list.length === 0 ? "" : ` __attribute__((${list.join(", ")}))`;
}

function body(type: CComposite, indent: string): string {
  const members = type.members.map((member) => `${indent}\t${memberText(member, `${indent}\t`)};\n`);
  return `{\n${members.join("")}${indent}}${attributes(type)}`;
}

/** The specifier and the declarator of one member or variable, without the semicolon. */
function declaration(type: CType, name: string, indent: string): string {
  const { element, dimensions } = flatten(type);
  const suffix = dimensions.map((array) => array.flexible ?? `[${array.count}]`).join("");
  const plain = (specifier: string) => (name + suffix === "" ? specifier : `${specifier} ${name}${suffix}`);
  switch (element.kind) {
    case "int":
      return plain(element.text);
    case "bool":
      return plain("_Bool");
    case "float":
      return plain(element.size === 4 ? "float" : "double");
    case "enum":
      return plain(`enum ${element.tag}`);
    case "pointer":
      if (element.to === "function") return `int (*${name}${suffix})(void *, unsigned int)`;
      return `${element.to === "struct" ? "struct opaque" : element.to} *${name}${suffix}`;
    case "struct":
    case "union":
      if (element.tag === "") return plain(`${element.kind} ${body(element, indent)}`);
      return plain(element.typedef === true ? element.tag : `${element.kind} ${element.tag}`);
    case "array":
      throw new Error("an array's innermost element is no array");
  }
}

function memberText(member: CMember, indent: string): string {
  const width = member.width === undefined ? "" : ` : ${member.width}`;
  return declaration(member.type, member.name, indent) + width + attributes(member);
}

function enumText(type: CEnum): string {
  const values = type.values.map((value, index) => {
    // The least 64-bit integer has no literal of its own in C.
    const literal =
      value === -(1n << 63n) ? "(-9223372036854775807LL - 1)" : `${value}${value >= 1n << 63n ? "ULL" : "LL"}`;
    const small = value >= -(1n << 31n) && value < 1n << 31n;
    return `\t${type.tag}_V${index} = ${small ? value : literal},\n`;
  });
  return `enum ${type.size < 4 ? "__attribute__((packed)) " : ""}${type.tag} {\n${values.join("")}};\n`;
}

/** How C names `type` in an expression. */
export function typeText(type: CType): string {
  return declaration(type, "", "");
}

/** Definitions of `type` and of all that it holds, in an order that C takes. */
export function definitionText(type: CComposite): string {
  let text = "";
  for (const definition of definitionsOf(type)) {
    if (definition.kind === "enum") text += enumText(definition);
    else if (definition.kind === "struct" || definition.kind === "union") {
      text +=
        definition.typedef === true
          ? `typedef ${definition.kind} ${body(definition, "")} ${definition.tag};\n`
          : `${definition.kind} ${definition.tag} ${body(definition, "")};\n`;
    }
  }
  return text;
}

/** A header that defines `records`. */
export function headerText(records: readonly CComposite[]): string {
  return `#include <linux/types.h>\n\n${records.map(definitionText).join("\n")}`;
}
