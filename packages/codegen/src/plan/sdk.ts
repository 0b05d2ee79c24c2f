import type { Datasec } from "@rbgen/btf";
import { carrierOf, type MapDefinition, type TypeModule } from "../module.ts";
import { elementKey, elementsOf } from "./map-elements.ts";
import { memberName, memberScope, type Name, type NameCase } from "./names.ts";

/** A map that records come over, and the const of its codec where its record is known. */
export interface RingMapPlan {
  readonly property: Name;
  readonly map: MapDefinition;
  /** The ring or perf event array itself: the map, or the template of its slots. */
  readonly ring: MapDefinition;
  readonly codec: Name | undefined;
  /** How the program's code told its records: "struct event, reserved in probe.bpf.c". */
  readonly found: string | undefined;
}

/** An array or hash, and the consts of the codecs of its keys and values, where those are known. */
export interface ElementMapPlan {
  readonly property: Name;
  readonly map: MapDefinition;
  readonly elements: "array" | "hash";
  readonly key: Name | undefined;
  readonly value: Name | undefined;
}

export interface ProgramPlan {
  readonly property: Name;
  readonly name: string;
  readonly section: string;
  /** Of an iterator that writes records of one type. */
  readonly codec: Name | undefined;
}

export interface VariablePlan {
  readonly property: Name;
  readonly name: string;
  readonly section: string;
  /** Unknown where C source was read. */
  readonly offset: number | undefined;
  readonly size: number;
  readonly codec: Name | undefined;
}

/** What an object exports beside its records. */
export interface SdkPlan {
  readonly maps: readonly (RingMapPlan | ElementMapPlan)[];
  readonly programs: readonly ProgramPlan[];
  readonly variables: readonly VariablePlan[];
}

/** The descriptors of a module and its sections of global variables; `codecOf` tells the const of a record's codec by map or by variable, `codecOfElements` that of keys and values. */
export function planSdk(
  module: TypeModule,
  sections: readonly Datasec[],
  nameCase: NameCase,
  codecOfMap: (map: string) => Name | undefined,
  codecOfElements: ReadonlyMap<string, Name>,
  codecOfVariable: (section: string, name: string) => Name | undefined,
  found: ReadonlyMap<string, string> = new Map(),
  codecOfIterator: ReadonlyMap<string, Name> = new Map(),
): SdkPlan {
  const mapScope = memberScope();
  const maps = module.maps.flatMap((map): (RingMapPlan | ElementMapPlan)[] => {
    const elements = elementsOf(map);
    const take = (): Name => mapScope.take(memberName(map.name, nameCase));
    if (elements !== undefined) {
      const [key, value] = [elementKey(map, "key"), elementKey(map, "value")].map((one) => codecOfElements.get(one));
      return [{ property: take(), map, elements, key, value }];
    }
    const ring = carrierOf(map);
    if (ring === undefined) return [];
    return [
      {
        property: take(),
        map,
        ring,
        codec: codecOfMap(map.name),
        found: found.get(map.name),
      },
    ];
  });
  const programScope = memberScope();
  const programs = module.programs.map(({ name, section }) => ({
    property: programScope.take(memberName(name, nameCase)),
    name,
    section,
    codec: codecOfIterator.get(name),
  }));
  const variableScope = memberScope();
  const variables = sections.flatMap((section) =>
    section.variables.flatMap(({ variable, offset, size }): VariablePlan[] => {
      if (variable.kind !== "var") return [];
      return [
        {
          property: variableScope.take(memberName(variable.name, nameCase)),
          name: variable.name,
          section: section.name,
          offset: module.kind === "header" ? undefined : offset,
          size,
          codec: codecOfVariable(section.name, variable.name),
        },
      ];
    }),
  );
  return { maps, programs, variables };
}
