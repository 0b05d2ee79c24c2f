import { effectOf, type LayoutEffect, type Var } from "@rbgen/btf";
import type { Drift } from "../layout/drift.ts";
import { compareMaps, compareValues, type MapDrift } from "../layout/map-drift.ts";
import type { TypeModule } from "../module.ts";
import { loadedSections } from "../plan/sections.ts";

/** A map or variable that both programs have, and how it differs. */
export interface Changed<Difference> {
  readonly name: string;
  readonly affects: LayoutEffect;
  readonly differences: readonly Difference[];
}

/** Maps or variables of two programs. */
export interface DeclarationDrift<Entry> {
  readonly changed: readonly Entry[];
  readonly onlyOld: readonly string[];
  readonly onlyNew: readonly string[];
  /** Of a source, what its object may lack, since compilers drop what nothing refers to. */
  readonly dropped: readonly string[];
  /** How many are the same. */
  readonly same: number;
}

/** `type` is as the new one has it. */
export type ChangedMap = Changed<MapDrift> & { readonly type: string };

/** One difference of a variable's two declarations. */
export type VariableDrift = Omit<Drift, "kind"> & { readonly kind: Drift["kind"] | "type" | "section" };

export interface ProgramDrift {
  readonly maps: DeclarationDrift<ChangedMap>;
  readonly variables: DeclarationDrift<Changed<VariableDrift>>;
}

interface Variable {
  readonly name: string;
  readonly variable: Var;
  readonly storage: string;
}

/** How many maps or variables are not the same. */
export function countDifferent({ changed, onlyOld, onlyNew }: DeclarationDrift<unknown>): number {
  return changed.length + onlyOld.length + onlyNew.length;
}

/**
 * Maps and global variables of two programs; undefined where one of them is none, as a header of records, which says
 * nothing of either. Types that are `told` of by themselves are only named.
 * @throws BtfError for a type whose layout cannot be told.
 */
export function comparePrograms(
  old: TypeModule,
  now: TypeModule,
  told: (name: string) => boolean,
): ProgramDrift | undefined {
  if (!isProgram(old) || !isProgram(now)) return undefined;
  const maps = join(old.maps, now.maps, (before, after) => compareMaps(before, after, told));
  const types = new Map(now.maps.map(({ name, type }) => [name, type]));
  const oneSource = old.kind !== now.kind;
  const [before, after] = [variablesOf(old, oneSource), variablesOf(now, oneSource)];
  const variables = join(before, after, (one, other) => compareVariables(one, other, told));
  // A variable that is not static stays, whoever refers to it.
  const lasting = new Set([...before, ...after].filter(isGlobal).map(({ name }) => name));
  const isDropped = (name: string, lacking: TypeModule): boolean =>
    oneSource && lacking.kind === "btf" && !lasting.has(name);
  return {
    maps: { ...maps, changed: maps.changed.map((map) => ({ ...map, type: types.get(map.name) ?? "" })), dropped: [] },
    variables: {
      ...variables,
      onlyOld: variables.onlyOld.filter((name) => !isDropped(name, now)),
      onlyNew: variables.onlyNew.filter((name) => !isDropped(name, old)),
      dropped: [
        ...variables.onlyOld.filter((name) => isDropped(name, now)),
        ...variables.onlyNew.filter((name) => isDropped(name, old)),
      ],
    },
  };
}

function isProgram({ maps, programs }: TypeModule): boolean {
  return maps.length + programs.length > 0;
}

function isGlobal({ variable }: Variable): boolean {
  return variable.linkage === "global";
}

/** Where a source is held against an object, no variables of functions, which an object has (`function.name`) and a source does not list. */
function variablesOf(module: TypeModule, oneSource: boolean): readonly Variable[] {
  return loadedSections(module).flatMap(({ name: section, variables }) =>
    variables.flatMap(({ variable }) => {
      if (variable.kind !== "var" || (oneSource && variable.name.includes("."))) return [];
      return [{ name: variable.name, variable, storage: storageOf(section) }];
    }),
  );
}

/** What user space may do with the variables of a section: `.data` and `.bss` are told apart by a first value alone. */
function storageOf(section: string): string {
  if (section.startsWith(".rodata")) return "a constant";
  return section.startsWith(".kconfig") ? "of the kernel's configuration" : "writable";
}

function compareVariables(
  before: Variable,
  after: Variable,
  told: (name: string) => boolean,
): readonly VariableDrift[] {
  const differences: VariableDrift[] = [];
  if (before.storage !== after.storage) {
    const message = `it is ${after.storage}, was ${before.storage}`;
    const affects = after.storage === "writable" ? "neither" : "encode";
    differences.push({ path: "", kind: "section", affects, message });
  }
  return [...differences, ...compareValues(before.variable.type, after.variable.type, told)];
}

/** What both have is compared; of several that share a name (statics of linked files) each with the one that is most like it. */
function join<Declaration extends { readonly name: string }, Difference extends Pick<Drift, "affects">>(
  old: readonly Declaration[],
  now: readonly Declaration[],
  compare: (before: Declaration, after: Declaration) => readonly Difference[],
): Omit<DeclarationDrift<Changed<Difference>>, "dropped"> {
  const [before, after] = [byName(old), byName(now)];
  const changed: Changed<Difference>[] = [];
  let same = 0;
  for (const [name, candidates] of before) {
    const others = after.get(name);
    if (others === undefined) continue;
    const best = candidates.map((one) =>
      others.map((other) => compare(one, other)).reduce((least, next) => (next.length < least.length ? next : least)),
    );
    const differences = best.reduce((most, next) => (next.length > most.length ? next : most));
    if (differences.length === 0) same += 1;
    else changed.push({ name, affects: effectOf(differences), differences });
  }
  return {
    changed,
    onlyOld: [...before.keys()].filter((name) => !after.has(name)),
    onlyNew: [...after.keys()].filter((name) => !before.has(name)),
    same,
  };
}

function byName<Declaration extends { readonly name: string }>(
  declarations: readonly Declaration[],
): ReadonlyMap<string, readonly Declaration[]> {
  const found = new Map<string, Declaration[]>();
  for (const declaration of declarations) {
    const { name } = declaration;
    found.set(name, [...(found.get(name) ?? []), declaration]);
  }
  return found;
}
