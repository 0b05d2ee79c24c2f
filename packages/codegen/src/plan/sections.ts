import type { Datasec } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";
import { isRecordPointer } from "./record-pointer.ts";

/**
 * Sections of global variables that a loader gives its user: those of an object with maps or programs. BTF by itself,
 * such as the kernel's, describes the variables of somebody else (`.data..percpu`). Pointers of RB_RECORD are left out, and
 * formats that libbpf's macros of `bpf_printk` and its like keep.
 */
export function loadedSections(module: TypeModule): readonly Datasec[] {
  if (module.maps.length === 0 && module.programs.length === 0) return [];
  return module.sections
    .filter(({ name }) => /^\.(rodata|data|bss|kconfig)(\.|$)/.test(name) && !name.startsWith(".rodata.str"))
    .map((section) => ({
      ...section,
      variables: section.variables.filter(
        ({ variable }) => !isRecordPointer(variable) && !/\._{3,4}fmt(?:\.\d+)?$/.test(variable.name),
      ),
    }));
}
