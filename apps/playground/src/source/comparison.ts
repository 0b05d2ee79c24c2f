import { type Chosen, compareTypes, type Drift, ownTypes, type Picture, type TypeModule } from "rbgen";

/** A member of one version, and where it went. */
export interface JoinedMember {
  readonly path: string;
  readonly text: string;
  /** Bits from the start, in each version that has it. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** One type in two versions. */
export interface TypeComparison {
  readonly name: string;
  readonly differences: readonly Drift[];
  readonly members: readonly JoinedMember[];
}

export interface Comparison {
  readonly types: readonly TypeComparison[];
  readonly onlyBefore: readonly string[];
  readonly onlyAfter: readonly string[];
  readonly same: number;
}

interface Version {
  readonly module: TypeModule;
  readonly pictures: readonly Picture[];
}

/** What `rbgen diff` says of two versions, and the members of each type that differs, joined by their paths. */
export function compareVersions(before: Version, after: Version): Comparison {
  const [old, now] = [byName(before.module), byName(after.module)];
  const types: TypeComparison[] = [];
  let same = 0;
  for (const [name, { type }] of old) {
    const other = now.get(name);
    if (other === undefined) continue;
    const differences = compareTypes(type, other.type);
    if (differences.length === 0) same += 1;
    else types.push({ name, differences, members: joined(name, before.pictures, after.pictures) });
  }
  return {
    types,
    onlyBefore: [...old.keys()].filter((name) => !now.has(name)),
    onlyAfter: [...now.keys()].filter((name) => !old.has(name)),
    same,
  };
}

function byName(module: TypeModule): Map<string, Chosen> {
  return new Map(ownTypes(module).map((chosen) => [chosen.name, chosen]));
}

function joined(name: string, before: readonly Picture[], after: readonly Picture[]): readonly JoinedMember[] {
  const [old, now] = [membersOf(name, before), membersOf(name, after)];
  return [...new Set([...old.keys(), ...now.keys()])].map((path) => ({
    path,
    text: (now.get(path) ?? old.get(path))?.text ?? path,
    before: old.get(path)?.from,
    after: now.get(path)?.from,
  }));
}

function membersOf(name: string, pictures: readonly Picture[]): Map<string, { text: string; from: number }> {
  const members = new Map<string, { text: string; from: number }>();
  const visit = (lanes: Picture["lanes"]): void => {
    for (const { blocks } of lanes) {
      for (const { kind, path, text, from, lanes: inner } of blocks) {
        if (inner !== undefined) visit(inner);
        else if (kind !== "hole" && kind !== "padding") members.set(path, { text, from });
      }
    }
  };
  const picture = pictures.find((one) => one.name === name);
  if (picture !== undefined) visit(picture.lanes);
  return members;
}
