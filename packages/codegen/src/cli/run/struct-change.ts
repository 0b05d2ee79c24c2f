import type {
  CompositePlan,
  FieldPlan,
  FilePlan,
  NodePlan,
  Shape,
  TaggedUnionPlan,
  UnionPlan,
} from "../../plan/model.ts";
import { cutName } from "../../plan/nodes.ts";

/** An arm around a property: of a union, or of one whose arms a tag tells. */
type Arm =
  | { readonly union: UnionPlan; readonly arm: number }
  | { readonly tagged: TaggedUnionPlan; readonly kind: string };

/** A property of a decoded struct or union. */
export interface Property {
  readonly name: string;
  /** Its member's name; absent for one that no member has. */
  readonly cName?: string;
  readonly place: Pick<FieldPlan, "shape"> & Partial<Pick<FieldPlan, "variable" | "dataloc">>;
  /** From the outermost one on. */
  readonly arms: readonly Arm[];
  /** The property is the bytes of this union, which win over its arms. */
  readonly bytesOf?: UnionPlan;
  /** It says which of these it is. */
  readonly kinds?: readonly string[];
  /** … of the arms of this union. */
  readonly tells?: TaggedUnionPlan;
}

export type Properties = readonly Property[];

const text: Shape = { kind: "string", size: 0, of: "char" };
const flag: Shape = { kind: "bool", size: 1, endian: "little" };

function bytes(size: number): Shape {
  return { kind: "bytes", size, of: "bytes" };
}

/** All properties that values of a struct or union may have. */
export function propertiesOf(composite: CompositePlan, roles: FilePlan["roles"]): Properties {
  const all: Property[] = [];
  const variant = roles.get(composite)?.variant;
  if (variant !== undefined) {
    all.push({ name: variant.kindName, place: { shape: text }, arms: [], kinds: [variant.kind] });
  }
  const walk = (nodes: readonly NodePlan[], arms: readonly Arm[]): void => {
    for (const node of nodes) {
      if (node.kind === "union") walkUnion(node, arms);
      else if (!node.hidden) {
        const { name, cName, shape, variable, dataloc } = node;
        all.push({ name, cName, place: { shape, ...(variable && { variable }), ...(dataloc && { dataloc }) }, arms });
        const cut = cutName(node);
        if (cut !== undefined) all.push({ name: cut, place: { shape: flag }, arms });
      }
    }
  };
  const walkUnion = (union: UnionPlan, arms: readonly Arm[]): void => {
    const tagged = composite.tagged.find((each) => each.union === union);
    if (tagged === undefined) {
      for (const [arm, nodes] of union.arms.entries()) walk(nodes, [...arms, { union, arm }]);
      all.push({ name: union.bytesName, place: { shape: bytes(union.size) }, arms, bytesOf: union });
      return;
    }
    const { kindName, variants, unknown } = tagged;
    const kinds = [...variants.map(({ kind }) => kind), ...(unknown === undefined ? [] : [unknown.kind])];
    all.push({ name: kindName, place: { shape: text }, arms, kinds, tells: tagged });
    for (const { kind, body } of variants) walk(body, [...arms, { tagged, kind }]);
    if (unknown === undefined) return;
    const place = { shape: bytes(union.size) };
    all.push({ name: union.bytesName, place, arms: [...arms, { tagged, kind: unknown.kind }] });
  };
  walk(composite.nodes, []);
  return all;
}

/** A decoded struct or union while it changes, so that what is given wins over what is there. */
export class StructChange {
  readonly #composite: CompositePlan;
  readonly #all: Properties;
  readonly #before: Readonly<Record<string, unknown>>;
  readonly #now: Map<string, unknown>;
  readonly #set = new Set<Property>();
  readonly #kinds = new Map<TaggedUnionPlan, unknown>();
  /** Those whose kind was given, or follows from the members that are. */
  readonly #told = new Set<TaggedUnionPlan>();

  /** @param now the value, absent where there is none yet */
  constructor(composite: CompositePlan, all: Properties, now: Readonly<Record<string, unknown>> = {}) {
    this.#composite = composite;
    this.#all = all;
    this.#before = now;
    this.#now = new Map(Object.entries(now));
    for (const tagged of composite.tagged) this.#kinds.set(tagged, now[tagged.kindName]);
  }

  /**
   * Settles which arms count: by the kinds that are given, else by the members of arms that are.
   * @param given of each name the properties that it may mean
   */
  choose(kinds: ReadonlyMap<Property, string>, given: readonly Properties[]): void {
    for (const tagged of this.#composite.tagged) {
      const told = [...kinds].find(([{ tells }]) => tells === tagged)?.[1] ?? this.#impliedKind(tagged, given);
      if (told === undefined) continue;
      this.#told.add(tagged);
      if (told === this.#kinds.get(tagged)) continue;
      this.#drop(tagged);
      this.#now.set(tagged.kindName, told);
      this.#kinds.set(tagged, told);
      // the tag of the other arm, which encoding writes
      if (tagged.tag.outer !== true && tagged.tag.index === undefined) this.#leaveOut(tagged.tag.names);
    }
  }

  /** The kind of the only arm that has the members which are given, where the one that counts does not. */
  #impliedKind(tagged: TaggedUnionPlan, given: readonly Properties[]): string | undefined {
    const kindOf = ({ arms }: Property): string | undefined =>
      arms.flatMap((arm) => ("tagged" in arm && arm.tagged === tagged ? [arm.kind] : []))[0];
    for (const meant of given) {
      const kinds = meant.map(kindOf);
      if (kinds.includes(undefined)) continue;
      if (kinds.some((kind) => kind === this.#kinds.get(tagged))) continue;
      const [kind, ...others] = new Set(kinds);
      if (kind !== undefined && others.length === 0) return kind;
    }
    return undefined;
  }

  /** Whether a value of the kinds that are chosen has the property. */
  has({ arms }: Property): boolean {
    return arms.every((arm) => !("tagged" in arm) || this.#kinds.get(arm.tagged) === arm.kind);
  }

  present(): Properties {
    return this.#all.filter((property) => this.has(property));
  }

  valueOf({ name }: Property): unknown {
    return this.#now.get(name);
  }

  set(property: Property, value: unknown): void {
    this.#set.add(property);
    this.#now.set(property.name, value);
  }

  /** What is encoded: of unions with a member that was set, its arm alone; of a tag that was set, what it says. */
  value(): Readonly<Record<string, unknown>> {
    for (const tagged of this.#composite.tagged) {
      if (!this.#told.has(tagged) && this.#isTagChanged(tagged)) {
        this.#drop(tagged);
        this.#now.delete(tagged.kindName);
      }
    }
    const kept = new Set([...this.#set].flatMap(({ bytesOf }) => (bytesOf === undefined ? [] : [bytesOf])));
    const touched = new Map<UnionPlan, Set<number>>();
    for (const { arms } of this.#set) {
      for (const arm of arms) {
        if (!("union" in arm) || kept.has(arm.union)) continue;
        touched.set(arm.union, (touched.get(arm.union) ?? new Set()).add(arm.arm));
      }
    }
    for (const property of this.#all) {
      const { arms, bytesOf, name } = property;
      const isBytes = bytesOf !== undefined && touched.has(bytesOf);
      const isOther = arms.some((arm) => "union" in arm && touched.get(arm.union)?.has(arm.arm) === false);
      if ((isBytes || isOther) && !this.#set.has(property)) this.#now.delete(name);
    }
    return Object.fromEntries(this.#now);
  }

  /** Leaves out all members of the arms that a tag tells. */
  #drop(tagged: TaggedUnionPlan): void {
    for (const property of this.#all) {
      const isOfArm = property.arms.some((arm) => "tagged" in arm && arm.tagged === tagged);
      if (isOfArm && !this.#set.has(property)) this.#now.delete(property.name);
    }
  }

  #leaveOut([first, ...rest]: readonly string[]): void {
    if (first === undefined) return;
    const value = this.#now.get(first);
    if (rest.length === 0) this.#now.delete(first);
    else if (typeof value === "object" && value !== null) this.#now.set(first, without(value as object, rest));
  }

  #isTagChanged({ tag }: TaggedUnionPlan): boolean {
    if (tag.outer === true || tag.index !== undefined) return false;
    const [first] = tag.names;
    if (![...this.#set].some(({ name }) => name === first)) return false;
    return memberAt(this.#before, tag.names) !== memberAt(Object.fromEntries(this.#now), tag.names);
  }
}

function without(value: object, [first = "", ...rest]: readonly string[]): object {
  const { [first]: inner, ...others } = value as Record<string, unknown>;
  return rest.length === 0 || typeof inner !== "object" || inner === null
    ? others
    : { ...others, [first]: without(inner, rest) };
}

function memberAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], value);
}
