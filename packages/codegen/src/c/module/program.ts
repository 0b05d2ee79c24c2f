import type { ProgramDefinition } from "../../module.ts";
import type { Declared } from "../parse/parser.ts";
import { stripped } from "../type/ctype.ts";

/**
 * Functions with a body that any of their declarations puts into a section: libbpf's macros (BPF_KPROBE, BPF_PROG and their
 * like) write the section at a prototype, and the body at a later declaration.
 */
export function programsOf(declared: readonly Declared[]): ProgramDefinition[] {
  const sections = new Map<string, string>();
  for (const { name, attributes } of declared) {
    if (attributes?.section !== undefined && !sections.has(name)) sections.set(name, attributes.section);
  }
  const programs = new Map<string, ProgramDefinition>();
  for (const { name, type, body } of declared) {
    const section = sections.get(name);
    const proto = stripped(type);
    if (section === undefined || body === undefined || proto.kind !== "func_proto") continue;
    programs.set(name, { name, section, proto: { kind: "func", name, proto, linkage: "global" } });
  }
  return [...programs.values()];
}
