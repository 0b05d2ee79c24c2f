import type { NamedType } from "@rbgen/btf";
import type { TypeModule } from "../module.ts";

/** The types of an input and of the headers that it includes: of the kernel's, a source has those alone that it uses. */
export function* writtenTypes(module: TypeModule): Generator<NamedType> {
  yield* module.types();
  yield* module.included?.() ?? [];
}
