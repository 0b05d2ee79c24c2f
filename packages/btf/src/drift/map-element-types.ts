import type { Btf } from "../format/btf.ts";
import { resolve } from "../layout/strip.ts";
import type { Struct, Type } from "../types.ts";

/** Types of the elements of a map; one is absent where its definition gives no more than a size. */
export interface MapElementTypes {
  readonly key?: Type;
  readonly value?: Type;
}

/** Types of keys and values of the map that a variable in `SEC(".maps")` defines, by `__type(key, …)` and `__type(value, …)`. */
export function mapElementTypes(btf: Btf, map: string): MapElementTypes {
  for (const { variables } of btf.findKind("datasec", ".maps")) {
    for (const { variable } of variables) {
      if (variable.kind !== "var" || variable.name !== map) continue;
      const struct = resolve(variable.type);
      return struct.kind === "struct" ? typesIn(struct) : {};
    }
  }
  return {};
}

function typesIn(struct: Struct): MapElementTypes {
  const key = typeIn(struct, "key");
  const value = typeIn(struct, "value");
  return { ...(key !== undefined && { key }), ...(value !== undefined && { value }) };
}

/** `T *field` of `__type`. */
function typeIn({ members }: Struct, field: string): Type | undefined {
  const member = members.find(({ name }) => name === field);
  const type = member && resolve(member.type);
  return type?.kind === "ptr" ? type.target : undefined;
}
