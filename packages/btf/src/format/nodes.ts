import { BtfError } from "../error.ts";
import type * as graph from "../types.ts";
import { bits, bytes } from "../units.ts";
import { CompositeNode } from "./composite-node.ts";
import { intBool, intSigned, kindMask, kindName, kindShift, vlenMask } from "./constants.ts";
import { DatasecNode, DeclTagNode, FuncNode, FuncProtoNode, VarNode } from "./declaration-nodes.ts";
import type { NodeSource } from "./node-source.ts";

/** `void`, which is type id 0 of every file. */
export const voidType: graph.Void = Object.freeze({ kind: "void", id: 0 });

/** Pointers and qualifiers: a kind and what it is of. */
class ReferenceNode<Kind extends "ptr" | "volatile" | "const" | "restrict"> {
  readonly kind: Kind;
  readonly id: number;
  readonly #source: NodeSource;
  readonly #ref: number;
  #target: graph.Type | undefined;

  constructor(source: NodeSource, kind: Kind, id: number, ref: number) {
    this.kind = kind;
    this.id = id;
    this.#source = source;
    this.#ref = ref;
  }

  get target(): graph.Type {
    this.#target ??= this.#source.typeById(this.#ref);
    return this.#target;
  }
}

class PointerNode extends ReferenceNode<"ptr"> implements graph.Ptr {
  readonly #pointerSource: NodeSource;

  constructor(source: NodeSource, id: number, ref: number) {
    super(source, "ptr", id, ref);
    this.#pointerSource = source;
  }

  get size(): graph.Ptr["size"] & number {
    return bytes(this.#pointerSource.pointerSize);
  }
}

class TypeTagNode implements graph.TypeTag {
  readonly kind = "type_tag";
  readonly id: number;
  readonly value: string;
  readonly attribute: boolean;
  readonly #source: NodeSource;
  readonly #ref: number;
  #target: graph.Type | undefined;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.value = source.string(source.words[at]!);
    this.attribute = source.words[at + 1]! >>> 31 === 1;
    this.#ref = source.words[at + 2]!;
  }

  get target(): graph.Type {
    this.#target ??= this.#source.typeById(this.#ref);
    return this.#target;
  }
}

class TypedefNode implements graph.Typedef {
  readonly kind = "typedef";
  readonly id: number;
  readonly name: string;
  readonly #source: NodeSource;
  readonly #ref: number;
  #target: graph.Type | undefined;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.name = source.string(source.words[at]!);
    this.#ref = source.words[at + 2]!;
  }

  get target(): graph.Type {
    this.#target ??= this.#source.typeById(this.#ref);
    return this.#target;
  }

  get tags(): readonly string[] {
    return this.#source.tagTexts(this.id, -1);
  }
}

class ArrayNode implements graph.ArrayType {
  readonly kind = "array";
  readonly id: number;
  readonly count: number;
  readonly #source: NodeSource;
  readonly #at: number;
  #element: graph.Type | undefined;
  #index: graph.Type | undefined;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.#at = at;
    this.count = source.words[at + 5]!;
  }

  get element(): graph.Type {
    this.#element ??= this.#source.typeById(this.#source.words[this.#at + 3]!);
    return this.#element;
  }

  get index(): graph.Type {
    this.#index ??= this.#source.typeById(this.#source.words[this.#at + 4]!);
    return this.#index;
  }
}

function intNode(source: NodeSource, id: number, at: number): graph.Int {
  const word = source.words[at + 3]!;
  const size = source.words[at + 2]!;
  const flags = (word >>> 24) & 0xf;
  const width = word & 0xff;
  const offset = (word >>> 16) & 0xff;
  const name = source.string(source.words[at]!);
  return {
    kind: "int",
    id,
    name,
    size: bytes(size),
    signed: (flags & intSigned) !== 0,
    // By name: clang and pahole flag no character type, gcc flags `unsigned char` too.
    char: size === 1 && name === "char",
    bool: (flags & intBool) !== 0,
    ...(offset === 0 && width === size * 8 ? {} : { bits: { offset: bits(offset), size: bits(width) } }),
    ...((flags & ~(intSigned | intBool)) === 0 ? {} : { encoding: flags }),
  };
}

class EnumNode<Kind extends "enum" | "enum64"> {
  readonly kind: Kind;
  readonly id: number;
  readonly name: string;
  readonly size: graph.Enum["size"];
  readonly signed: boolean;
  readonly #source: NodeSource;
  readonly #at: number;
  #values: readonly graph.Enumerator[] | undefined;

  constructor(source: NodeSource, kind: Kind, id: number, at: number) {
    this.kind = kind;
    this.id = id;
    this.name = source.string(source.words[at]!);
    this.size = bytes(source.words[at + 2]!);
    this.#source = source;
    this.#at = at;
    this.signed = source.words[at + 1]! >>> 31 === 1 || this.#holdsNegative();
  }

  get values(): readonly graph.Enumerator[] {
    this.#values ??= this.#read();
    return this.#values;
  }

  get tags(): readonly string[] {
    return this.#source.tagTexts(this.id, -1);
  }

  /**
   * Whether a value fits the type only as a negative number. Compilers of old (clang before 16) flag no enum as signed;
   * of an enum as wide as its values nothing tells more than the flag.
   */
  #holdsNegative(): boolean {
    const { words } = this.#source;
    const count = words[this.#at + 1]! & vlenMask;
    const step = this.kind === "enum" ? 2 : 3;
    if (this.size >= 4 * (step - 1)) return false;
    const width = 8 * this.size;
    const fits = (value: bigint): boolean => BigInt.asIntN(width, value) === value;
    for (let i = 0, at = this.#at + 3; i < count; i++, at += step) {
      const high = step === 2 ? words[at + 1]! | 0 : words[at + 2]! | 0;
      const value = (BigInt(step === 2 ? high >> 31 : high) << 32n) | BigInt(words[at + 1]!);
      if (value < 0n && fits(value)) return true;
    }
    return false;
  }

  #read(): graph.Enumerator[] {
    const { words } = this.#source;
    const count = words[this.#at + 1]! & vlenMask;
    const step = this.kind === "enum" ? 2 : 3;
    const values: graph.Enumerator[] = [];
    for (let i = 0, at = this.#at + 3; i < count; i++, at += step) {
      const low = words[at + 1]!;
      let value: bigint;
      if (step === 2) value = BigInt(this.signed ? low | 0 : low);
      else {
        const whole = (BigInt(words[at + 2]!) << 32n) | BigInt(low);
        value = this.signed ? BigInt.asIntN(64, whole) : whole;
      }
      values.push({ name: this.#source.string(words[at]!), value });
    }
    return values;
  }
}

/**
 * The node of the type whose first word is at `at`.
 * @throws {@link BtfError} `kind` for a kind that the scan could only skip; `string`.
 */
export function makeNode(source: NodeSource, id: number, at: number): graph.Type {
  const info = source.words[at + 1]!;
  const number = (info >>> kindShift) & kindMask;
  const third = source.words[at + 2]!;
  const kind = kindName[number];
  switch (kind) {
    case "int":
      return intNode(source, id, at);
    case "ptr":
      return new PointerNode(source, id, third);
    case "array":
      return new ArrayNode(source, id, at);
    case "struct":
      return new CompositeNode(source, "struct", id, at);
    case "union":
      return new CompositeNode(source, "union", id, at);
    case "enum":
    case "enum64":
      if (third === 0) return { kind: "fwd", id, name: source.string(source.words[at]!), of: "enum" };
      return new EnumNode(source, kind, id, at);
    case "fwd":
      return { kind, id, name: source.string(source.words[at]!), of: info >>> 31 === 1 ? "union" : "struct" };
    case "typedef":
      return new TypedefNode(source, id, at);
    case "volatile":
      return new ReferenceNode(source, "volatile", id, third);
    case "const":
      return new ReferenceNode(source, "const", id, third);
    case "restrict":
      return new ReferenceNode(source, "restrict", id, third);
    case "func":
      return new FuncNode(source, id, at);
    case "func_proto":
      return new FuncProtoNode(source, id, at);
    case "var":
      return new VarNode(source, id, at);
    case "datasec":
      return new DatasecNode(source, id, at);
    case "float":
      return { kind, id, name: source.string(source.words[at]!), size: bytes(third) };
    case "decl_tag":
      return new DeclTagNode(source, id, at);
    case "type_tag":
      return new TypeTagNode(source, id, at);
    default:
      throw new BtfError("kind", `kind ${number} is not known; the file says how long it is, not what it means`, {
        typeId: id,
      });
  }
}
