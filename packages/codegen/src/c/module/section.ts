import type { Bytes, Datasec, SectionVariable, Type } from "@rbgen/btf";
import { isDataSection } from "../../btf/data-sections.ts";
import type { Declared } from "../parse/parser.ts";
import { sizeOf } from "../type/abi.ts";
import { asBytes, stripped } from "../type/ctype.ts";

/**
 * Sections of the global variables of a `.bpf.c`, where the declaration tells: its `section` attribute, else
 * `.rodata` for a constant, `.data` for a variable with a value and `.bss` for the rest; what the kernel's configuration
 * gives (`.kconfig`) is declared and never defined. Offsets are 0 and mean
 * nothing: only the compiled object tells them.
 */
export function sectionsOf(declared: readonly Declared[]): Datasec[] {
  const sections = new Map<string, SectionVariable[]>();
  // A tentative definition and the one that follows it are one variable.
  const variablesByName = new Map<string, Declared>();
  for (const one of declared) {
    const elsewhere = one.extern && !one.defined && one.attributes?.section !== ".kconfig";
    if (stripped(one.type).kind === "func_proto" || elsewhere) continue;
    if (variablesByName.get(one.name)?.defined !== true) variablesByName.set(one.name, one);
  }
  for (const { name, type, attributes, static: isStatic, extern, defined, zero } of variablesByName.values()) {
    const size = sizeOf(type);
    const section = attributes?.section ?? (isConstant(type) ? ".rodata" : defined && !zero ? ".data" : ".bss");
    if (!isDataSection(section) || size === undefined) continue;
    const variables = sections.get(section) ?? [];
    sections.set(section, variables);
    variables.push({
      variable: {
        kind: "var",
        name,
        type,
        linkage: isStatic ? "static" : extern && !defined ? "extern" : "global",
        ...(attributes !== undefined && attributes.tags.length > 0 && { tags: attributes.tags }),
      },
      offset: asBytes(0),
      size: asBytes(size),
    });
  }
  // In the order of an object's sections.
  return [...sections]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, variables]) => ({
      kind: "datasec",
      name,
      variables,
      size: asBytes(variables.reduce((sum, { size }) => sum + size, 0)) as Bytes,
    }));
}

/** Whether the object itself is const, seen through typedefs, qualifiers and arrays. */
function isConstant(type: Type): boolean {
  switch (type.kind) {
    case "const":
      return true;
    case "array":
      return isConstant(type.element);
    case "typedef":
    case "volatile":
    case "restrict":
    case "type_tag":
      return isConstant(type.target);
    default:
      return false;
  }
}
