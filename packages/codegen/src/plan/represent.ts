import type { Endian, Enum, Enum64, Member, NamedType, Struct, Type, Union } from "@rbgen/btf";
import { type Annotation, AnnotationError, type Annotations, annotationOf, nameOf, tagsOf } from "./annotations.ts";
import { checkBitOrders } from "./bit-order.ts";
import { choiceOf } from "./choice.ts";
import type { Constants } from "./constants.ts";
import { checkEffects } from "./effects.ts";
import { extentOf } from "./extent.ts";
import { formBytes } from "./form.ts";
import { Holders } from "./holders.ts";
import { kernelDocOf } from "./kernel-doc.ts";
import { listItem } from "./list-item.ts";
import { checkedOrder, meantShape, readsIntegers } from "./meaning.ts";
import type {
  ChoicePlan,
  CompositePlan,
  Declared,
  EnumPlan,
  MemberPlan,
  OpenedNode,
  OpenedUnion,
  Shape,
} from "./model.ts";
import { memberScope, type Name, type NameCase, named, type Scope } from "./names.ts";
import type { OpenedArms, OpenedStruct, UnionFrame } from "./opened.ts";
import { armAnnotations, cutNames, type Ends, maxNesting, memberNames, type Opening, propertyOf } from "./opening.ts";
import { checkHolder, outerTagOf, UnheldError } from "./outer-tag.ts";
import { presentType } from "./present.ts";
import { cText, locating, locationOf, resolve, ShapeError, sizeOf } from "./resolve.ts";
import { type Reading, type Shapes, shapeOf, skippedShape, textOrBytes } from "./shape.ts";
import { taggedUnion, toldUnions } from "./tagged.ts";
import { withTypedArrays } from "./typed-array.ts";

export interface RepresentOptions {
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
  readonly int64: "bigint" | "number";
  /** Arrays of numbers become typed arrays. */
  readonly typedArrays: boolean;
  readonly case: NameCase;
  readonly annotations: Annotations;
  /** Types by name, for annotations that name one. */
  readonly find: (name: string) => readonly NamedType[];
  /** What to do about a type of that name which there is not. */
  readonly missing: (what: "enum" | "struct", name: string) => string;
  readonly constants: Constants;
  /** Whether the values of an enum are not told whole, so that it cannot be declared. */
  readonly cut: (type: Enum | Enum64) => boolean;
  readonly warn: (message: string, hint: string, type: Struct | Union) => void;
}

/** Turns types into shapes, and declares each struct, union and enum that they need once. */
export class Representer {
  /** Contained ones before those that hold them. */
  readonly composites: CompositePlan[] = [];
  /** Those of them that others hold. */
  readonly nested: Set<CompositePlan> = new Set();
  readonly enums: EnumPlan[] = [];
  /** What is one of several structs. */
  readonly choices: Map<CompositePlan, ChoicePlan> = new Map();
  readonly #chosen = new Map<string, CompositePlan>();
  readonly #options: RepresentOptions;
  readonly #scope: Scope;
  readonly #shapes: Shapes;
  readonly #declared = new Map<unknown, Declared>();
  readonly #composites = new Map<Declared, CompositePlan>();
  readonly #enums = new Map<unknown, EnumPlan>();
  readonly #open = new Set<Declared>();
  /** The members whose types are looked into, the innermost one last. */
  readonly #holders = new Holders();

  constructor(options: RepresentOptions, scope: Scope) {
    this.#options = options;
    this.#scope = scope;
    const { endian, pointerSize } = options;
    this.#shapes = {
      endian,
      pointerSize,
      enum: (type, nameHint) => this.enum(type, nameHint),
      held: (type, nameHint) => this.#held(type, nameHint),
    };
  }

  /** Settles the names of a struct or union without looking into it, so that records come before what they contain. */
  declare(type: Struct | Union, nameHint: string): Declared {
    const key = type.id ?? type;
    const known = this.#declared.get(key);
    if (known !== undefined) return known;
    const cName = type.name === "" ? nameHint : type.name;
    const doc = kernelDocOf(type.doc ?? "", new Set(memberNames(type)));
    const plan: Declared = {
      type,
      cName,
      cText: type.name === "" ? cName : `${type.kind} ${type.name}`,
      names: this.#scope.takeFamily(cName, this.#options.case),
      size: type.size,
      ...(type.location === undefined ? {} : { location: type.location }),
      ...(doc.own === "" ? {} : { doc: doc.own }),
    };
    this.#declared.set(key, plan);
    return plan;
  }

  /** The same of one that is a record of its own. @throws AnnotationError where its tag lies in a struct around it */
  record(type: Struct | Union, nameHint: string): CompositePlan {
    const composite = this.composite(type, nameHint);
    const outer = outerTagOf(composite);
    if (outer === undefined) return composite;
    throw new UnheldError(composite, outer.path);
  }

  /** A struct or union with all of its members represented. */
  composite(type: Struct | Union, nameHint: string): CompositePlan {
    const declared = this.declare(type, nameHint);
    const known = this.#composites.get(declared);
    if (known !== undefined) return known;
    if (this.#open.has(declared)) throw new ShapeError(`${declared.cText} contains itself`);
    if (this.#open.size >= maxNesting) throw new ShapeError(`structs nest deeper than ${maxNesting}`);
    this.#open.add(declared);
    try {
      const plan = locating(locationOf(type), () => this.#filled(declared, type), declared.cName);
      this.#composites.set(declared, plan);
      this.composites.push(plan);
      return plan;
    } finally {
      this.#open.delete(declared);
    }
  }

  #held(type: Struct | Union, nameHint: string): CompositePlan {
    const composite = this.composite(type, nameHint);
    this.nested.add(composite);
    return composite;
  }

  #filled(plan: Declared, type: Struct | Union): CompositePlan {
    const annotations = this.#options.annotations.ofType(plan.cName, tagsOf(type));
    const policy = annotationOf(annotations, "int64")?.policy ?? this.#options.int64;
    const { members: docs } = kernelDocOf(type.doc ?? "", new Set(memberNames(type)));
    const opening: Opening = { plan, policy, scope: memberScope(), docs, fields: [], arms: [], owner: plan.cName };
    const nodes =
      type.kind === "union"
        ? [this.#union(opening, type, 0, named`$bytes`, { record: true, arm: false }, undefined).union]
        : this.#sequence(opening, type.members, 0, { record: true, arm: false }, undefined);
    const { commonType, told } = toldUnions({ ...plan, nodes }, opening.arms, {
      take: (name) => this.#scope.take(name),
      takeMember: (name) => opening.scope.take(name),
      case: this.#options.case,
      constants: this.#options.constants,
      outer: (path) =>
        this.#holders.outerPlace(plan, path, (aside, member, bitOffset) =>
          this.#node(aside, member, bitOffset, { record: false, arm: false }, undefined),
        ),
    });
    const struct: OpenedStruct = { cText: plan.cText, size: plan.size, nodes, told: opening.arms };
    const arms = new Set(opening.arms.flatMap(({ union }) => union.arms.flat()));
    checkEffects(struct, type, annotations, opening.fields, arms);
    checkBitOrders(struct.cText, nodes);
    for (const member of opening.fields) locating(member.location, () => checkHolder(struct, member));
    const tagMember = opening.fields
      .map(({ field, annotations: own }) => {
        if (annotationOf(own, "tag") !== undefined) return field.cName;
        const inner = field.shape.kind === "composite" ? field.shape.composite.tagMember : undefined;
        return inner === undefined ? undefined : `${field.cName}.${inner}`;
      })
      .find((path) => path !== undefined);
    const names = { constants: this.#options.constants, cut: cutNames(opening, this.#options.case) };
    const measured = extentOf(struct, opening.fields, (items) => this.#itemOf(items), names);
    for (const { message, hint } of measured.warnings) this.#options.warn(message, hint, type);
    return {
      ...plan,
      nodes: measured.nodes,
      extent: measured.extent,
      tagged: told.flatMap((union) => {
        const node = measured.nodes[nodes.indexOf(union.arms.union)];
        return node?.kind === "union" ? [taggedUnion(union, node, measured.extent.ending)] : [];
      }),
      ...(commonType === undefined ? {} : { commonType }),
      ...(tagMember === undefined ? {} : { tagMember }),
    };
  }

  /** The struct that each item of a list is, or what says which of several. */
  #itemOf(names: readonly string[]): CompositePlan {
    const members = names.map((name) => {
      const found = this.#options.find(name)[0];
      const type = found === undefined ? undefined : resolve(found).type;
      if (found === undefined || type?.kind !== "struct") {
        throw new AnnotationError(
          `no struct is called ${name}, which list=${names.join("|")} names`,
          this.#options.missing("struct", name),
        );
      }
      const composite = listItem(this.#holders.holding(undefined, () => this.#held(type, name)));
      return { composite, annotations: this.#options.annotations.ofType(composite.cName, tagsOf(found)) };
    });
    const [only, other] = members;
    if (only !== undefined && other === undefined) return only.composite;
    const key = members.map(({ composite }) => composite.cName).join("|");
    const known = this.#chosen.get(key);
    if (known !== undefined) return known;
    const { composite, plan } = choiceOf(members, this.#scope, this.#options);
    this.#chosen.set(key, composite);
    this.composites.push(composite);
    this.nested.add(composite);
    this.choices.set(composite, plan);
    return composite;
  }

  enum(type: Enum | Enum64, nameHint: string | undefined): EnumPlan | undefined {
    const cName = type.name === "" ? nameHint : type.name;
    if (cName === undefined) return undefined;
    const key = type.id ?? type;
    const known = this.#enums.get(key);
    if (known !== undefined) return known;
    if (this.#options.cut(type)) return undefined;
    const plan: EnumPlan = { type, cName, name: this.#scope.takeFamily(cName, this.#options.case).type };
    this.#enums.set(key, plan);
    this.enums.push(plan);
    return plan;
  }

  /** How a record that is no struct is represented, as {@link shape} has it. */
  whole(type: Type, nameHint: string): Shape {
    const shape = this.shape(type, nameHint);
    return this.#options.typedArrays ? withTypedArrays(shape) : shape;
  }

  /** How a value of `type` is represented; `nameHint` names it where it is anonymous and no typedef does. */
  shape(type: Type, nameHint: string, reading: Reading = { policy: this.#options.int64, integers: false }): Shape {
    return shapeOf(this.#shapes, type, nameHint, reading);
  }

  #sequence(
    opening: Opening,
    members: readonly Member[],
    base: number,
    ends: Ends,
    around: UnionFrame | undefined,
  ): readonly OpenedNode[] {
    const nodes: OpenedNode[] = [];
    for (const [index, member] of members.entries()) {
      const last = index === members.length - 1 ? ends : { record: false, arm: false };
      const bitOffset = base + member.bitOffset;
      const about = member.name === "" ? undefined : `${opening.owner}.${member.name}`;
      nodes.push(...locating(member.location, () => this.#node(opening, member, bitOffset, last, around), about));
    }
    return nodes;
  }

  #node(
    opening: Opening,
    member: Member,
    bitOffset: number,
    last: Ends,
    around: UnionFrame | undefined,
  ): readonly OpenedNode[] {
    if (member.name !== "") return this.#named(opening, member, bitOffset, last, around);
    const core = resolve(member.type).type;
    // An unnamed bit-field is padding; an anonymous struct or union opens into what holds it.
    if (core.kind === "struct") return this.#sequence(opening, core.members, bitOffset, last, around);
    if (core.kind !== "union") return [];
    return [this.#opened(opening, member, core, bitOffset, last, around)];
  }

  /** A union whose arms are members of what holds it; a tag annotation on it tells them apart. */
  #opened(
    opening: Opening,
    member: Member,
    type: Union,
    bitOffset: number,
    last: Ends,
    around: UnionFrame | undefined,
  ): OpenedUnion {
    const { union, frame } = this.#union(opening, type, bitOffset / 8, named`$bytes${bitOffset / 8}`, last, around);
    this.#noteArms(opening, member, type, { union, frame, trailing: last.record });
    return union;
  }

  #noteArms(opening: Opening, member: Member, type: Union, opened: OpenedArms): void {
    const own: readonly Annotation[] = [
      ...this.#options.annotations.ofMember(
        opening.owner,
        member.name === "" ? "(union)" : member.name,
        member.tags ?? [],
      ),
      ...(member.name === "" ? this.#options.annotations.ofType("", tagsOf(type)) : []),
    ];
    const other = own.find(({ kind }) => kind !== "tag");
    if (other !== undefined) {
      const name = member.name === "" ? "its union without a name" : `the union ${member.name}`;
      throw new AnnotationError(
        `${nameOf(other)} on ${opening.plan.cText} means nothing: ${name} is no member beside its arms`,
      );
    }
    const path = annotationOf(own, "tag")?.path;
    if (path === undefined) return;
    const arms = type.members.map((arm, index) => ({
      member: arm,
      annotations: armAnnotations(this.#options.annotations, opening, member.name, arm, index),
      size: sizeOf(arm.type),
    }));
    opening.arms.push({ ...opened, name: member.name, path, arms });
  }

  #union(
    opening: Opening,
    type: Union,
    offset: number,
    bytesName: Name,
    last: Ends,
    around: UnionFrame | undefined,
  ): { readonly union: OpenedUnion; readonly frame: UnionFrame } {
    // Of unions at the ends of arms of unions the outermost one says how far an arm reaches.
    const frame = around !== undefined && last.arm ? around : { end: offset + type.size };
    const arms = type.members.map((member) =>
      this.#sequence(opening, [member], offset * 8, { ...last, arm: true }, frame),
    );
    const union: OpenedUnion = {
      kind: "union",
      offset,
      size: type.size,
      arms,
      bytesName: opening.scope.take(bytesName),
    };
    return { union, frame };
  }

  #named(
    opening: Opening,
    member: Member,
    bitOffset: number,
    last: Ends,
    around: UnionFrame | undefined,
  ): OpenedNode[] {
    const core = resolve(member.type).type;
    const annotations = this.#options.annotations.ofMember(opening.owner, member.name, member.tags ?? []);
    if (core.kind === "union" && annotationOf(annotations, "tag")?.path !== undefined) {
      // A tagged union has one arm at a time, so it opens into the struct as an anonymous one does.
      return [this.#opened(opening, member, core, bitOffset, last, around)];
    }
    return [this.#field(opening, member, bitOffset, annotations, last, around)];
  }

  #field(
    opening: Opening,
    member: Member,
    bitOffset: number,
    annotations: readonly Annotation[],
    last: Ends,
    around: UnionFrame | undefined,
  ): MemberPlan {
    const { plan } = opening;
    const core = resolve(member.type).type;
    const old = core.kind === "int" && member.bitSize === undefined ? core.bits : undefined;
    const partial = old !== undefined && core.kind === "int" && (old.offset !== 0 || old.size !== core.size * 8);
    const bitSize = member.bitSize ?? (partial ? old.size : undefined);
    const at = bitOffset + (partial ? old.offset : 0);
    if (bitSize === undefined && at % 8 !== 0) {
      throw new ShapeError(`${plan.cText}.${member.name} is no bit-field and starts at bit ${at}`);
    }
    const where = `${plan.cText}.${member.name}`;
    const skipped = annotationOf(annotations, "skip") !== undefined;
    const shape = skipped
      ? skippedShape(member.type, where, annotations)
      : this.#holders.holding({ opening, offset: at / 8 }, () =>
          this.#memberShape(opening, member, annotations, bitSize, where),
        );
    // A part that may be there has no bytes of its own.
    const size = annotationOf(annotations, "present") === undefined ? shape.size : 0;
    const end = bitSize === undefined ? at / 8 + size : (at + bitSize) / 8;
    if (end > plan.size) {
      throw new ShapeError(`${plan.cText}.${member.name} ends at byte ${end}, beyond the type's ${plan.size}`);
    }
    const doc = member.doc ?? opening.docs.get(member.name);
    const copied = shape.kind === "bytes" || annotationOf(annotations, "dataloc") !== undefined;
    const field: MemberPlan = {
      kind: "field",
      cName: member.name,
      name: skipped ? named`` : propertyOf(opening, member.name, annotations, copied, this.#options.case),
      bitOffset: at,
      shape,
      declaration: cText(member.type, member.name) + (member.bitSize === undefined ? "" : ` : ${member.bitSize}`),
      ...(bitSize === undefined ? {} : { bitSize }),
      ...(doc === undefined ? {} : { doc }),
      ...(skipped ? { skipped } : {}),
    };
    const frame = around === undefined ? {} : { around };
    const { location } = member;
    opening.fields.push({ field, annotations, last: last.record, endsArm: last.arm, location, ...frame });
    return field;
  }

  /** What a member's type and annotations say that it is. */
  #memberShape(
    opening: Opening,
    { type: whole, name }: Member,
    annotations: readonly Annotation[],
    bitSize: number | undefined,
    where: string,
  ): Shape {
    const type = presentType(whole, annotations, where) ?? whole;
    const written = formBytes(type, annotations, where);
    if (written !== undefined) return written;
    const reading: Reading = {
      policy: annotationOf(annotations, "int64")?.policy ?? opening.policy,
      // Names of types say nothing of bits: where they lie is the target's, unless told otherwise.
      order:
        checkedOrder(type, annotations, where, bitSize !== undefined) ??
        (bitSize === undefined ? undefined : this.#options.endian),
      integers: readsIntegers(annotations),
    };
    const shape = textOrBytes(this.shape(type, `${opening.owner}_${name}`, reading), annotations, where);
    const meant = meantShape(shape, annotations, where, bitSize, (called) => this.#enumCalled(called));
    return this.#options.typedArrays ? withTypedArrays(meant) : meant;
  }

  #enumCalled(name: string): EnumPlan {
    for (const found of this.#options.find(name)) {
      const core = resolve(found).type;
      if (core.kind !== "enum" && core.kind !== "enum64") continue;
      const plan = this.enum(core, name);
      if (plan !== undefined) return plan;
      throw new AnnotationError(`the values of enum ${name} are not told whole, so that no member can have them`);
    }
    throw new AnnotationError(`no enum is called ${name}`, this.#options.missing("enum", name));
  }
}
