import type { Elf } from "../elf/elf.ts";
import { BtfError } from "../error.ts";
import type { Btf } from "../format/btf.ts";
import type { NamedType } from "../types.ts";
import { DebugFile } from "./file.ts";
import { DebugTypes, type KnownType } from "./types.ts";
import { DebugVariables } from "./variables.ts";

/** What an object's debug information says beyond its BTF, which lacks types that only variables of functions have. */
export interface DebugInfo {
  readonly types: DebugTypes;
  readonly variables: DebugVariables;
}

/**
 * Reads the debug information of an object; types that its BTF defines are those. Undefined where there is none, where it is
 * of another version than 5, and where it contradicts itself: then the object tells what it tells without.
 */
export function readDebugInfo(elf: Elf, btf: Btf): DebugInfo | undefined {
  return readAs(elf, btf, (file, types) => ({ types, variables: new DebugVariables(file, types) }));
}

/** The types alone of {@link readDebugInfo}: who compares layouts need not carry what finds variables. */
export function readDebugTypes(elf: Elf, btf: Btf): DebugTypes | undefined {
  return readAs(elf, btf, (_, types) => types);
}

function readAs<T>(elf: Elf, btf: Btf, as: (file: DebugFile, types: DebugTypes) => T): T | undefined {
  try {
    const file = new DebugFile(elf);
    return file.units.length === 0 ? undefined : as(file, new DebugTypes(file, knownIn(btf)));
  } catch (error) {
    if (!(error instanceof BtfError)) throw error;
    return undefined;
  }
}

function knownIn(btf: Btf): KnownType {
  return (kind, name, size) => {
    const isMeant = (type: NamedType): boolean =>
      (type.kind === kind || (kind === "enum" && type.kind === "enum64")) &&
      (size === undefined || ("size" in type && type.size === size));
    const [found, ...others] = btf.find(name).filter(isMeant);
    return others.length === 0 ? found : undefined;
  };
}
