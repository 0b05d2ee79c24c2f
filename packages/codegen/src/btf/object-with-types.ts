import type { Location, NamedType } from "@rbgen/btf";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Origin, TypeModule } from "../module.ts";

/** What a header adds to an object, whose compiler dropped the types that nothing refers to. */
export interface AddedTypes {
  /** Definitions of a name that the object does not define. */
  find(name: string): readonly NamedType[];
  types(): Iterable<NamedType>;
  names(): Iterable<string>;
  origin(type: NamedType): Origin | undefined;
  spanOf(location: Location): Span | undefined;
}

/** The types of `header` that `object` has no definition of: what the object says of its own is what was compiled. */
export function addedTypes(header: TypeModule, defines: (name: string) => boolean): AddedTypes {
  const own = new Set<NamedType>();
  const keep = (types: readonly NamedType[]): readonly NamedType[] => {
    for (const type of types) own.add(type);
    return types;
  };
  return {
    find: (name) => (defines(name) ? [] : keep(header.find(name))),
    *types() {
      for (const type of header.types()) if (!defines(type.name)) yield* keep([type]);
    },
    names: () => header.names(),
    origin: (type) => (own.has(type) ? header.origin(type) : undefined),
    spanOf: (location) => header.spanOf?.(location),
  };
}
