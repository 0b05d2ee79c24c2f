import { BtfError } from "../error.ts";
import type * as graph from "../types.ts";
import { bytes } from "../units.ts";
import { linkages, vlenMask } from "./constants.ts";
import type { NodeSource } from "./node-source.ts";

/** A parameter; its type is read when it is asked for. */
class ParamNode implements graph.Param {
  readonly name: string;
  readonly #source: NodeSource;
  readonly #proto: number;
  readonly #index: number;
  readonly #ref: number;

  constructor(source: NodeSource, proto: number, index: number, at: number) {
    this.#source = source;
    this.#proto = proto;
    this.#index = index;
    this.name = source.string(source.words[at]!);
    this.#ref = source.words[at + 1]!;
  }

  get type(): graph.Type {
    return this.#source.typeById(this.#ref);
  }

  /** Tags of the one function that has this prototype; none where several share it, whose tags `Btf.tagsOf` tells. */
  get tags(): readonly string[] {
    return this.#source.paramTagTexts(this.#proto, this.#index);
  }
}

/** A prototype; its parameters are made when they are asked for. */
export class FuncProtoNode implements graph.FuncProto {
  readonly kind = "func_proto";
  readonly id: number;
  readonly #source: NodeSource;
  readonly #at: number;
  #params: readonly graph.Param[] | undefined;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.#at = at;
  }

  get result(): graph.Type {
    return this.#source.typeById(this.#source.words[this.#at + 2]!);
  }

  get params(): readonly graph.Param[] {
    this.#params ??= Array.from(
      { length: this.#source.words[this.#at + 1]! & vlenMask },
      (_, i) => new ParamNode(this.#source, this.id, i, this.#at + 3 + i * 2),
    );
    return this.#params;
  }
}

/** A function. */
export class FuncNode implements graph.Func {
  readonly kind = "func";
  readonly id: number;
  readonly name: string;
  readonly linkage: graph.Func["linkage"];
  readonly #source: NodeSource;
  readonly #ref: number;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.name = source.string(source.words[at]!);
    this.linkage = linkages[source.words[at + 1]! & vlenMask]!;
    this.#ref = source.words[at + 2]!;
  }

  get proto(): graph.FuncProto {
    const proto = this.#source.typeById(this.#ref);
    if (proto.kind !== "func_proto") {
      throw new BtfError("type", `function ${this.name} has ${proto.kind} for a prototype`, { typeId: this.id });
    }
    return proto;
  }

  get tags(): readonly string[] {
    return this.#source.tagTexts(this.id, -1);
  }
}

/** A variable. */
export class VarNode implements graph.Var {
  readonly kind = "var";
  readonly id: number;
  readonly name: string;
  readonly linkage: graph.Var["linkage"];
  readonly #source: NodeSource;
  readonly #ref: number;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.name = source.string(source.words[at]!);
    this.linkage = linkages[source.words[at + 3]!]!;
    this.#ref = source.words[at + 2]!;
  }

  get type(): graph.Type {
    return this.#source.typeById(this.#ref);
  }

  get tags(): readonly string[] {
    return this.#source.tagTexts(this.id, -1);
  }
}

/** A section of variables, which are read when they are asked for. */
export class DatasecNode implements graph.Datasec {
  readonly kind = "datasec";
  readonly id: number;
  readonly name: string;
  readonly size: graph.Datasec["size"];
  readonly #source: NodeSource;
  readonly #at: number;
  #variables: readonly graph.SectionVariable[] | undefined;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.#at = at;
    this.name = source.string(source.words[at]!);
    this.size = bytes(source.words[at + 2]!);
  }

  get variables(): readonly graph.SectionVariable[] {
    this.#variables ??= this.#read();
    return this.#variables;
  }

  #read(): graph.SectionVariable[] {
    const { words } = this.#source;
    const count = words[this.#at + 1]! & vlenMask;
    const variables: graph.SectionVariable[] = [];
    for (let i = 0, at = this.#at + 3; i < count; i++, at += 3) {
      const variable = this.#source.typeById(words[at]!);
      if (variable.kind !== "var" && variable.kind !== "func") {
        throw new BtfError("type", `section ${this.name} holds ${variable.kind}, not a variable or function`, {
          typeId: this.id,
        });
      }
      variables.push({ variable, offset: bytes(words[at + 1]!), size: bytes(words[at + 2]!) });
    }
    return variables;
  }
}

/** A decl tag. */
export class DeclTagNode implements graph.DeclTag {
  readonly kind = "decl_tag";
  readonly id: number;
  readonly value: string;
  readonly component: number;
  readonly attribute: boolean;
  readonly #source: NodeSource;
  readonly #ref: number;

  constructor(source: NodeSource, id: number, at: number) {
    this.id = id;
    this.#source = source;
    this.value = source.string(source.words[at]!);
    this.attribute = source.words[at + 1]! >>> 31 === 1;
    this.#ref = source.words[at + 2]!;
    this.component = source.words[at + 3]! | 0;
  }

  get target(): graph.DeclTag["target"] {
    const target = this.#source.typeById(this.#ref);
    switch (target.kind) {
      case "struct":
      case "union":
      case "typedef":
      case "func":
      case "var":
        return target;
      default:
        throw new BtfError("type", `decl tag "${this.value}" is on ${target.kind}, which carries none`, {
          typeId: this.id,
        });
    }
  }
}
