import { didYouMean } from "@rbgen/btf";
import type { CompositePlan, FieldPlan, FilePlan, Shape } from "../../plan/model.ts";
import { memberName } from "../../plan/names.ts";
import { boolOf, byteOf, bytesOf, floatOf, integerOf } from "./scalar-text.ts";
import { type Properties, type Property, propertiesOf, StructChange } from "./struct-change.ts";

/** A value with a shape: a member, an element, a variable. */
export type Place = Pick<FieldPlan, "shape"> & Partial<Pick<FieldPlan, "variable" | "dataloc">>;

/** What a change makes of the value of a member. */
type Change = (place: Place, now: unknown) => unknown;

type Struct = Readonly<Record<string, unknown>>;

/**
 * Changes of a decoded value, given as people write them: what `toJSON` of its codec gives, or what its `encode` takes. What is left
 * out stays as it is; of a union and of arms that a tag tells, what is given says which arm it is.
 */
export class ChangedValue {
  readonly #roles: FilePlan["roles"];
  readonly #refuse: (why: string) => never;
  readonly #name: string;

  /**
   * @param name of what is changed, for messages
   * @param refuse ends with what is wrong with it, in words
   */
  constructor({ roles }: Pick<FilePlan, "roles">, name: string, refuse: (why: string) => never) {
    this.#roles = roles;
    this.#name = name;
    this.#refuse = refuse;
  }

  /** The value with `given` at the end of a path of members and indices. */
  at(place: Place, now: unknown, path: readonly (string | number)[], given: string): unknown {
    const [step, ...rest] = path;
    if (step === undefined) return this.#value(place, now, documentOf(place, given));
    const change: Change = (inner, value) => this.at(inner, value, rest, given);
    if (typeof step === "number") return this.#element(place, now, step, change);
    if (place.shape.kind !== "composite" || place.variable?.list !== undefined) {
      return this.#refuse(`${kindOf(place)} has no members`);
    }
    return this.#struct(place.shape.composite, now, new Map([[step, change]]));
  }

  #element(place: Place, now: unknown, index: number, change: Change): unknown {
    const { shape } = place;
    if (now === undefined) return this.#refuse("it has no elements yet: give it as a whole");
    if (!(Array.isArray(now) || ArrayBuffer.isView(now))) return this.#refuse(`${kindOf(place)} has no elements`);
    const elements = Array.from(now as ArrayLike<unknown>);
    if (index >= elements.length) this.#refuse(`there are ${elements.length} elements, from 0 on`);
    if (shape.kind === "bytes" && place.variable?.pieces === undefined) {
      elements[index] = byteOf(change({ shape: byte }, elements[index]), this.#refuse);
      return Uint8Array.from(elements as number[]);
    }
    const inner = this.#elementPlace(place);
    if (inner === undefined) return this.#refuse(`${kindOf(place)} has no elements`);
    elements[index] = change(inner, elements[index]);
    return elements;
  }

  /** What the elements of an array are; undefined for what is none. */
  #elementPlace({ shape, variable }: Place): Place | undefined {
    if (variable?.list !== undefined) {
      const { item } = variable.list;
      return { shape: { kind: "composite", size: item.size, composite: item } };
    }
    if (variable?.pieces !== undefined) return { shape };
    if (shape.kind === "array") return { shape: shape.element };
    return shape.kind === "strings" ? { shape: { ...shape, kind: "string" } } : undefined;
  }

  /** A value of JSON, or the text of a command line. */
  #value(place: Place, now: unknown, given: unknown): unknown {
    const { shape, dataloc } = place;
    if (dataloc !== undefined) return dataloc.text ? this.#text(given) : bytesOf({}, now, given, this.#refuse);
    const element = this.#elementPlace(place);
    if (element !== undefined) return this.#list(place, element, now, given);
    switch (shape.kind) {
      case "composite":
        return this.#members(place, shape.composite, now, given);
      case "string":
        return this.#text(given);
      case "bytes":
        return bytesOf(shape, now, given, this.#refuse);
      case "bool":
        return boolOf(given, this.#refuse);
      case "float":
        return floatOf(given, this.#refuse);
      case "int":
      case "enum":
      case "pointer":
        return integerOf(shape, given, this.#refuse);
      case "array":
      case "strings":
        throw new Error("an array has elements");
    }
  }

  #text(given: unknown): string {
    return typeof given === "string" ? given : this.#refuse(`${JSON.stringify(given)} is no text`);
  }

  /** Of an array of a fixed length the first elements; one whose length varies as a whole. */
  #list(place: Place, element: Place, now: unknown, given: unknown): unknown {
    if (!Array.isArray(given)) {
      return this.#refuse(
        typeof given === "string"
          ? `"${given}" is no value of ${kindOf(place)}: give JSON, [1, 2], or a part, --set ${this.#name}[0]=1`
          : `${JSON.stringify(given)} is no value of ${kindOf(place)}`,
      );
    }
    const elements = now === undefined ? [] : Array.from(now as ArrayLike<unknown>);
    const values = given.map((one, at) => this.#value(element, elements[at], one));
    const { shape, variable } = place;
    if (shape.kind !== "array" || variable !== undefined) return values;
    if (given.length > shape.count) this.#refuse(`there are ${shape.count} elements, not ${given.length}`);
    return [...values, ...elements.slice(values.length)];
  }

  #members(place: Place, composite: CompositePlan, now: unknown, given: unknown): unknown {
    if (typeof given !== "object" || given === null || Array.isArray(given)) {
      const example = propertiesOf(composite, this.#roles)[0]?.name ?? "member";
      return this.#refuse(
        typeof given === "string"
          ? `"${given}" is no value of ${kindOf(place)}: give JSON, {"member": 7}, or a part, --set ${this.#name}.${example}=7`
          : `${JSON.stringify(given)} is no value of ${kindOf(place)}`,
      );
    }
    const changes = Object.entries(given).map(([name, one]): [string, Change] => [
      name,
      (inner, value) => this.#value(inner, value, one),
    ]);
    return this.#struct(composite, now, new Map(changes));
  }

  #struct(composite: CompositePlan, now: unknown, changes: ReadonlyMap<string, Change>): unknown {
    const choice = this.#roles.get(composite)?.choice;
    if (choice !== undefined) return this.#chosen(choice, now as Struct | undefined, changes);
    const all = propertiesOf(composite, this.#roles);
    const change = new StructChange(composite, all, now as Struct | undefined);
    const kinds = new Map<Property, string>();
    for (const [name, one] of changes) {
      const told = all.find((each) => each.name === name && each.kinds !== undefined);
      if (told?.kinds === undefined) continue;
      const kind = this.#text(one(text, undefined));
      if (!told.kinds.includes(kind)) this.#refuse(`${name} is one of ${told.kinds.join(", ")}, not "${kind}"`);
      kinds.set(told, kind);
    }
    change.choose(
      kinds,
      [...changes.keys()].map((name) => named(all, name)),
    );
    for (const [name, one] of changes) {
      const found = named(all, name).find((each) => change.has(each)) ?? this.#unknown(name, change.present());
      if (found.kinds === undefined) change.set(found, one(found.place, change.valueOf(found)));
    }
    return change.value();
  }

  /** Of structs that a kind tells apart, the one that is given, or is there. */
  #chosen(
    { kindName, variants }: NonNullable<ReturnType<FilePlan["roles"]["get"]>>["choice"] & object,
    now: Struct | undefined,
    changes: ReadonlyMap<string, Change>,
  ): unknown {
    const kind = changes.get(kindName)?.(text, undefined) ?? now?.[kindName];
    const found = variants.find((each) => each.kind === kind);
    if (found === undefined) {
      return this.#refuse(`${kindName} is one of ${variants.map((each) => each.kind).join(", ")}`);
    }
    return this.#struct(found.body, kind === now?.[kindName] ? now : { [kindName]: kind }, changes);
  }

  #unknown(name: string, present: Properties): never {
    const names = present.map(({ cName, name: property }) => cName ?? property);
    const meant = didYouMean(name, names) ?? `it has ${names.join(", ")}`;
    return this.#refuse(`there is no member ${name}: ${meant}`);
  }
}

const text: Place = { shape: { kind: "string", size: 0, of: "char" } };
const byte: Shape = { kind: "int", size: 1, signed: false, endian: "little", policy: "bigint", char: false };

/** Properties of a name: as the codec calls them, as C does, or as they would be called otherwise. */
function named(all: Properties, name: string): Properties {
  const ways: ((property: Property) => boolean)[] = [
    (property) => property.name === name,
    ({ cName }) => cName === name,
    ({ cName }) => cName !== undefined && memberName(cName, "camel") === name,
  ];
  return ways.flatMap((is) => all.filter(is));
}

/** What a text of a command line is in JSON: a document where the value is one, a text in quotes, else the text itself. */
function documentOf({ shape, variable }: Place, text: string): unknown {
  if (!/^\s*["[{]/.test(text)) return text;
  try {
    const value: unknown = JSON.parse(text);
    const isText = shape.kind === "string" && variable?.pieces === undefined;
    return isText && typeof value !== "string" ? text : value;
  } catch {
    return text;
  }
}

/** "struct limits", "an array of 4". */
function kindOf({ shape, variable }: Place): string {
  if (variable?.list !== undefined) return "a list";
  switch (shape.kind) {
    case "composite":
      return shape.composite.cText;
    case "array":
      return variable === undefined ? `an array of ${shape.count}` : "an array";
    case "string":
      return "a text";
    case "strings":
      return "a list of texts";
    case "bytes":
      return "an array of bytes";
    case "int":
    case "enum":
    case "float":
      return "a number";
    case "bool":
      return "a boolean";
    case "pointer":
      return "a pointer";
  }
}
