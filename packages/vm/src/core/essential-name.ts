/**
 * A name without its flavour: `task_struct___old` and `task_struct` are the same to CO-RE. What follows the last three
 * underscores that stand between other characters is the flavour (libbpf `bpf_core_essential_name_len`).
 */
export function essentialName(name: string): string {
  for (let at = name.length - 5; at >= 0; at--) {
    if (name[at] !== "_" && name.startsWith("___", at + 1) && name[at + 4] !== "_") return name.slice(0, at + 1);
  }
  return name;
}

/** Name of a type, empty for one without. */
export function nameOf(type: { readonly kind: string; readonly name?: string }): string {
  return type.name ?? "";
}
