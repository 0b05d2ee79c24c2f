import type { Btf, Datasec, DebugInfo, Elf, NamedType, Type } from "@rbgen/btf";
import type { MapDefinition } from "../module.ts";
import { type Candidate, nameOf } from "./candidates.ts";
import type { ObjectCode } from "./object-code.ts";

/** What an object's code is read with. */
export interface ObjectParts {
  /** The object's name, as the user gave it. */
  readonly path: string;
  readonly btf: Btf;
  readonly elf: Elf;
  readonly types: () => Iterable<NamedType>;
  readonly maps: readonly MapDefinition[];
  readonly sections: readonly Datasec[];
  /** Absent where the object has none. */
  readonly debug?: DebugInfo | undefined;
}

/** What a call's bytes are held against. */
export interface Reading extends ObjectParts {
  readonly code: ObjectCode;
  readonly structs: () => readonly Candidate[];
}

/** What `--map` calls a type; undefined where functions define several of that name. */
export function oneName(type: Type, debug: DebugInfo | undefined): string | undefined {
  const name = nameOf(type);
  return name === undefined || debug?.types.isAmbiguous(name.replace(/^\w+ /, "")) === true ? undefined : name;
}
