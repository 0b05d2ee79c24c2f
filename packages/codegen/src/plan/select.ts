import type { NamedType } from "@rbgen/btf";
import type { Report } from "../diagnostics/diagnostic.ts";
import type { TypeModule } from "../module.ts";
import { resolve } from "./resolve.ts";

export interface SelectOptions {
  readonly types: readonly string[];
  readonly all: boolean;
  readonly maps: Readonly<Record<string, string>>;
}

function globOf(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "u");
}

function isComposite(type: NamedType): boolean {
  const core = resolve(type).type;
  return core.kind === "struct" || core.kind === "union";
}

/** Types that other types of the list hold by value. */
function contained(types: readonly NamedType[]): Set<unknown> {
  const held = new Set<unknown>();
  const visit = (type: NamedType): void => {
    const core = resolve(type).type;
    if (core.kind !== "struct" && core.kind !== "union") return;
    for (const member of core.members) {
      let at = resolve(member.type).type;
      while (at.kind === "array") at = resolve(at.element).type;
      if (at.kind !== "struct" && at.kind !== "union") continue;
      held.add(at.id ?? at);
      if (at.name === "") visit(at as NamedType);
    }
  };
  for (const type of types) visit(type);
  return held;
}

/** The records that the user asked for, or those that the input names. */
export function selectTypes(module: TypeModule, options: SelectOptions, report: Report): NamedType[] {
  const chosen: NamedType[] = [];
  for (const pattern of options.types) {
    if (/[*?]/.test(pattern)) {
      const glob = globOf(pattern);
      for (const name of module.names()) {
        if (glob.test(name)) chosen.push(...module.find(name).filter((type) => type.kind !== "fwd"));
      }
      continue;
    }
    const bare = pattern.replace(/^(struct|union|enum)\s+/, "");
    const found = module.find(bare).filter((type) => type.kind !== "fwd");
    if (found[0] !== undefined) chosen.push(found[0]);
    else report({ code: "RB4001", severity: "error", message: `no type is called ${bare}`, at: module.name });
  }
  if (options.types.length === 0) {
    const own = [...module.types()].filter(isComposite);
    const held = contained(own);
    for (const type of own) {
      const core = resolve(type).type;
      if (options.all || !held.has(core.id ?? core)) chosen.push(type);
    }
  }
  const seen = new Set<unknown>();
  return chosen.filter((type) => {
    const core = resolve(type).type;
    const key = core.id ?? core;
    return !seen.has(key) && seen.add(key);
  });
}
