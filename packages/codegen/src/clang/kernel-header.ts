import { type Btf, formatDefinitions } from "@rbgen/btf";

/** Enumerators as `formatDefinitions` writes them. */
const written = /^\s*(\w+) = /gm;

/**
 * A kernel's types as the text of a `vmlinux.h` that clang compiles for BPF: every type that has a name, and the
 * enumerators of enums that have none and that no type leads to.
 * @throws {@link BtfError} where the BTF is malformed.
 */
export function kernelHeader(btf: Btf): string {
  const defined: readonly string[] = ["struct", "union", "enum", "enum64", "typedef"];
  const types = [...btf.types()].filter((type) => defined.includes(type.kind) && "name" in type && type.name !== "");
  const text = formatDefinitions(types);
  const names = new Set([...text.matchAll(written)].map((match) => match[1]));
  const lines = [];
  for (const type of [...btf.findAll("enum"), ...btf.findAll("enum64")]) {
    for (const { name, value } of type.name === "" ? type.values : []) {
      if (names.has(name) || /^(?:bool|true|false)$/.test(name)) continue;
      names.add(name);
      lines.push(`enum { ${name} = ${value} };`);
    }
  }
  return `#pragma once\n#define __VMLINUX_H__\n${text}\n${lines.join("\n")}\n#define true 1\n#define false 0\n`;
}
