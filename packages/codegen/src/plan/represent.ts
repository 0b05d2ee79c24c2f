import type { Endian, Enum, Enum64, Member, Struct, Type, Union } from "@rbgen/btf";
import type { CompositePlan, EnumPlan, FieldPlan, Int64Policy, NodePlan, Shape, UnionPlan } from "./model.ts";
import { memberName, memberScope, type NameCase, type Scope } from "./names.ts";
import { cText, resolve, ShapeError, sizeOf } from "./resolve.ts";

export interface RepresentOptions {
  readonly endian: Endian;
  readonly pointerSize: 4 | 8;
  readonly int64: "bigint" | "number";
  readonly case: NameCase;
}

/** Structs nest this deep at most; C programs stay far below. */
const maxNesting = 100;

/** Turns types into shapes, and declares each struct, union and enum that they need once. */
export class Representer {
  readonly composites: CompositePlan[] = [];
  readonly enums: EnumPlan[] = [];
  readonly #options: RepresentOptions;
  readonly #scope: Scope;
  readonly #composites = new Map<unknown, CompositePlan>();
  readonly #enums = new Map<unknown, EnumPlan>();
  readonly #open = new Set<CompositePlan>();
  readonly #filled = new Set<CompositePlan>();

  constructor(options: RepresentOptions, scope: Scope) {
    this.#options = options;
    this.#scope = scope;
  }

  /** Settles the names of a struct or union without looking into it, so that records come before what they contain. */
  declare(type: Struct | Union, nameHint: string): CompositePlan {
    const key = type.id ?? type;
    const known = this.#composites.get(key);
    if (known !== undefined) return known;
    const cName = type.name === "" ? nameHint : type.name;
    const plan: CompositePlan = {
      type,
      cName,
      cText: type.name === "" ? cName : `${type.kind} ${type.name}`,
      names: this.#scope.takeFamily(cName, this.#options.case),
      size: type.size,
      nodes: [],
      minByteLength: type.size,
      record: false,
      nested: false,
      ...(type.location === undefined ? {} : { location: type.location }),
      ...(type.doc === undefined ? {} : { doc: type.doc }),
    };
    this.#composites.set(key, plan);
    return plan;
  }

  /** A struct or union with all of its members represented. */
  composite(type: Struct | Union, nameHint: string): CompositePlan {
    const plan = this.declare(type, nameHint);
    if (this.#filled.has(plan)) return plan;
    if (this.#open.has(plan)) throw new ShapeError(`${plan.cText} contains itself`);
    if (this.#open.size >= maxNesting) throw new ShapeError(`structs nest deeper than ${maxNesting}`);
    this.#open.add(plan);
    try {
      const members = memberScope();
      plan.nodes =
        type.kind === "union"
          ? [this.#union(plan, type, 0, members, "$bytes")]
          : this.#sequence(plan, type.members, 0, members, true);
      this.#settleTail(plan);
      this.#filled.add(plan);
      this.composites.push(plan);
    } finally {
      this.#open.delete(plan);
    }
    return plan;
  }

  enum(type: Enum | Enum64, nameHint: string | undefined): EnumPlan | undefined {
    const cName = type.name === "" ? nameHint : type.name;
    if (cName === undefined) return undefined;
    const key = type.id ?? type;
    const known = this.#enums.get(key);
    if (known !== undefined) return known;
    const plan: EnumPlan = { type, cName, name: this.#scope.takeFamily(cName, this.#options.case).type };
    this.#enums.set(key, plan);
    this.enums.push(plan);
    return plan;
  }

  /** How a value of `type` is represented; `nameHint` names it where it is anonymous and no typedef does. */
  shape(type: Type, nameHint: string, policy: Int64Policy = this.#options.int64, order?: Endian): Shape {
    const { type: core, typedefs, endian: ordered } = resolve(type);
    const endian = order ?? ordered ?? this.#options.endian;
    const hint = typedefs.at(-1) ?? nameHint;
    switch (core.kind) {
      case "int": {
        if (core.bool) return { kind: "bool", size: powerSize(core.size, core.name), endian };
        const size = core.size === 16 ? 16 : powerSize(core.size, core.name);
        return { kind: "int", size, signed: core.signed, endian, policy, char: core.char };
      }
      case "enum":
      case "enum64": {
        const plan = this.enum(core, typedefs.at(-1));
        return { kind: "enum", size: powerSize(core.size, core.name), signed: core.signed, endian, enum: plan };
      }
      case "float":
        // x87 and IEEE quad have no JavaScript number: their bytes are exact.
        if (core.size === 10 || core.size === 12 || core.size === 16) return { kind: "bytes", size: core.size };
        return { kind: "float", size: floatSize(core.size, core.name), endian };
      case "ptr":
        return { kind: "pointer", size: this.#options.pointerSize, endian };
      case "array":
        return this.#array(
          core.element,
          core.count,
          hint,
          policy,
          endian === this.#options.endian ? undefined : endian,
        );
      case "struct":
      case "union": {
        const composite = this.composite(core, hint);
        composite.nested = true;
        return { kind: "composite", size: core.size, composite };
      }
      default:
        sizeOf(core, this.#options.pointerSize);
        throw new ShapeError(`a ${core.kind} is not the type of a value`);
    }
  }

  #array(elementType: Type, count: number, hint: string, policy: Int64Policy, order: Endian | undefined): Shape {
    const core = resolve(elementType).type;
    const stride = sizeOf(elementType, this.#options.pointerSize);
    if (core.kind === "int" && core.size === 1 && !core.bool) {
      if (core.char) return { kind: "string", size: count };
      return { kind: "bytes", size: count };
    }
    const element = this.shape(elementType, hint, policy, order);
    const size = stride * count;
    if (!Number.isSafeInteger(size)) throw new ShapeError("the array is larger than 2^53 bytes");
    return { kind: "array", size, element, count, stride };
  }

  #sequence(
    plan: CompositePlan,
    members: readonly Member[],
    base: number,
    scope: Scope,
    ends: boolean,
  ): readonly NodePlan[] {
    const nodes: NodePlan[] = [];
    members.forEach((member, index) => {
      const last = ends && index === members.length - 1;
      const bitOffset = base + member.bitOffset;
      const core = resolve(member.type).type;
      if (member.name === "") {
        // An unnamed bit-field is padding; an anonymous struct or union opens into what holds it.
        if (core.kind === "struct") nodes.push(...this.#sequence(plan, core.members, bitOffset, scope, last));
        else if (core.kind === "union") {
          nodes.push(this.#union(plan, core, bitOffset / 8, scope, `$bytes${bitOffset / 8}`));
        }
        return;
      }
      nodes.push(this.#field(plan, member, bitOffset, scope, last));
    });
    return nodes;
  }

  #union(plan: CompositePlan, type: Union, offset: number, scope: Scope, bytesName: string): UnionPlan {
    const arms = type.members
      .map((member) => this.#sequence(plan, [member], offset * 8, scope, false))
      .filter((arm) => arm.length > 0);
    return { kind: "union", offset, size: type.size, arms, bytesName: scope.take(bytesName) };
  }

  #field(plan: CompositePlan, member: Member, bitOffset: number, scope: Scope, last: boolean): FieldPlan {
    const { case: nameCase } = this.#options;
    const core = resolve(member.type).type;
    const oldBits = core.kind === "int" ? core.bits : undefined;
    const partial =
      oldBits !== undefined && (oldBits.offset !== 0 || oldBits.size !== (core as { size: number }).size * 8);
    const bitSize = member.bitSize ?? (partial ? oldBits.size : undefined);
    const at = bitOffset + (partial && member.bitSize === undefined ? oldBits.offset : 0);
    if (bitSize === undefined && at % 8 !== 0) {
      throw new ShapeError(`${plan.cText}: ${member.name} is no bit-field and starts at bit ${at}`);
    }
    const shape = this.shape(member.type, `${plan.cName}_${member.name}`);
    const end = bitSize === undefined ? at / 8 + shape.size : (at + bitSize) / 8;
    if (end > plan.size) {
      throw new ShapeError(`${plan.cText}: ${member.name} ends at byte ${end}, beyond the type's ${plan.size}`);
    }
    const flexible = last && bitSize === undefined && core.kind === "array" && core.count === 0;
    return {
      kind: "field",
      cName: member.name,
      name: scope.take(memberName(member.name, nameCase)),
      bitOffset: at,
      shape,
      declaration: cText(member.type, member.name) + (member.bitSize === undefined ? "" : ` : ${member.bitSize}`),
      ...(bitSize === undefined ? {} : { bitSize }),
      ...(member.doc === undefined ? {} : { doc: member.doc }),
      ...(flexible ? { tail: { kind: "flexible", stride: strideOf(shape) } } : {}),
    };
  }

  #settleTail(plan: CompositePlan): void {
    const last = plan.nodes.at(-1);
    if (last === undefined || last.kind !== "field") return;
    const inner = last.shape.kind === "composite" ? last.shape.composite : undefined;
    if (last.tail === undefined && inner?.tail === undefined) return;
    plan.tail = last;
    plan.minByteLength = last.bitOffset / 8 + (inner === undefined ? 0 : inner.minByteLength);
  }
}

function strideOf(shape: Shape): number {
  return shape.kind === "array" ? shape.stride : 1;
}

function floatSize(size: number, name: string): 2 | 4 | 8 {
  if (size === 2 || size === 4 || size === 8) return size;
  throw new ShapeError(`${name} has ${size} bytes, which no floating-point number has`);
}

function powerSize(size: number, name: string): 1 | 2 | 4 | 8 {
  if (size === 1 || size === 2 || size === 4 || size === 8) return size;
  throw new ShapeError(`${name} has ${size} bytes, which no integer has`);
}
