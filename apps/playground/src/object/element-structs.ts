import { resolve, type Struct, type Type, type Union } from "@rbgen/btf";

type Composite = Struct | Union;

/** The maps of a module, as far as their elements have types. */
export interface TypedMap {
  readonly name: string;
  readonly key?: Type | undefined;
  readonly value?: Type | undefined;
}

function isComposite(type: Type): type is Composite {
  return type.kind === "struct" || type.kind === "union";
}

/** "struct key". */
export function spelled({ kind, name }: Composite): string {
  return `${kind} ${name}`;
}

/** The structs and unions with a name that keys and values are, "struct key", each once. */
export function structsOfElements(maps: readonly TypedMap[]): readonly string[] {
  const named = new Set<string>();
  for (const { key, value } of maps) {
    for (const type of [key, value]) {
      const core = type && resolve(type);
      if (core !== undefined && isComposite(core) && core.name !== "") named.add(spelled(core));
    }
  }
  return [...named];
}
