import type { Datasec, SectionVariable } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { keepsType } from "./record-pointer.ts";

/**
 * Sections of global variables that a loader gives its user: those of an object with maps or programs. BTF by itself,
 * such as the kernel's, describes the variables of somebody else (`.data..percpu`).
 */
export function loadedSections(module: TypeModule): readonly Datasec[] {
  if (module.maps.length === 0 && module.programs.length === 0) return [];
  return module.sections
    .filter(({ name }) => /^\.(rodata|data|bss|kconfig)(\.|$)/.test(name) && !name.startsWith(".rodata.str"))
    .map((section) => ({ ...section, variables: declaredVariables(section) }));
}

/** Variables that a person declared to use them: no pointer that only keeps a type, no format that `bpf_printk` and its like keep. */
export function declaredVariables(section: Datasec): readonly SectionVariable[] {
  return section.variables.filter(
    ({ variable }) => !keepsType(variable) && !/\._{3,4}fmt(?:\.\d+)?$/.test(variable.name),
  );
}
