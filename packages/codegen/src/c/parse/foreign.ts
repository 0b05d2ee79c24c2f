import {
  type Btf,
  BtfError,
  alignOf as btfAlignOf,
  type Enumerator,
  type Member,
  type NamedType,
  suggest,
  type Type,
  type Typedef,
} from "@rbgen/btf";
import type { Complaints } from "../text/complaints.ts";
import { asked, Poisoned } from "../text/complaints.ts";
import type { Interner } from "../text/interner.ts";
import { keywords } from "../text/keyword.ts";
import type { Value } from "../type/arithmetic.ts";
import { asType, basic, stripped, TagNode, tagOf } from "../type/ctype.ts";
import type { Scope } from "../type/scope.ts";
import type { Cursor } from "./cursor.ts";
import { annotationMacros, preludeConstants, preludeTypes, suppliers } from "./prelude.ts";

/** A kernel's types. */
export interface KernelTypes {
  readonly btf: Btf;
  /** The file, as the user would name it. */
  readonly name: string;
  /** Asked for by an option, rather than the running kernel's. */
  readonly explicit: boolean;
  /** Hash of the file, for the preamble of what depends on it. */
  readonly hash?: string;
}

/** Types inside of each other that a kernel may have. */
const deepest = 200;

/** Answers names that the files do not define: everyday names from the prelude, the rest from a kernel's BTF. */
export class ForeignNames {
  readonly #interner: Interner;
  readonly #scope: Scope;
  readonly #complaints: Complaints;
  readonly #kernel: KernelTypes | undefined;
  readonly #imported = new Map<Type, Type>();
  readonly #missing = new Set<string>();
  readonly #missingInFunction = new Set<string>();
  /** Only everyday names are answered: a macro that is merely looked at asks the kernel for nothing. */
  everydayOnly = false;
  readonly #filling = new Set<TagNode>();
  readonly #homonyms = new Map<string, TagNode>();
  #constants: Map<string, KernelConstant> | undefined;
  readonly fromPrelude: Set<object> = new Set<object>();
  readonly fromKernel: Set<object> = new Set<object>();
  /** Nothing is told, whatever is asked: a body is looked at that no type comes from. */
  #quiet = false;
  /** Something, a type or a number, came from the kernel. */
  usedKernel = false;

  constructor(interner: Interner, scope: Scope, complaints: Complaints, kernel: KernelTypes | undefined) {
    this.#interner = interner;
    this.#scope = scope;
    this.#complaints = complaints;
    this.#kernel = kernel;
  }

  /** Answers what `read` asks without a word, and as if it had not asked; `everydayOnly` asks the kernel for nothing. */
  quietly<Result>(everydayOnly: boolean, read: () => Result): Result {
    const { usedKernel } = this;
    this.#quiet = true;
    this.everydayOnly = everydayOnly;
    try {
      return read();
    } finally {
      this.#quiet = false;
      this.everydayOnly = false;
      this.usedKernel = usedKernel;
    }
  }

  /** Whether `name` would be answered as a type. */
  isTypeName(name: string): boolean {
    return preludeTypes.has(name) || this.#asked(asked, () => this.#kernelTypes(name, "typedef").length > 0) === true;
  }

  /** The typedef `name`, entered into the scope. */
  typeOf(name: string, pos: number): Typedef | undefined {
    const scalar = preludeTypes.get(name);
    if (scalar !== undefined) {
      const type: Typedef = { kind: "typedef", name, target: scalar };
      this.fromPrelude.add(type);
      this.#enter(name, type, pos);
      return type;
    }
    return this.#asked(pos, () => {
      const found = this.#kernelTypes(name, "typedef")[0];
      if (found?.kind !== "typedef") return undefined;
      const type = this.#import(found, pos) as Typedef;
      this.#tell(`type '${name}'`, pos);
      return type;
    });
  }

  /** Defines a struct, union or enum that was only declared, from the kernel's. */
  complete(node: TagNode, pos: number): boolean {
    if (node.name === "" || node.kind !== "fwd") return false;
    return this.#asked(pos, () => this.#complete(node, pos)) === true;
  }

  #complete(node: TagNode, pos: number): boolean {
    const found = this.#kernelTypes(node.name, node.of);
    const first = found[0];
    if (first === undefined) return false;
    if (found.length > 1) {
      this.#scope.poisoned.add(node);
      this.#complaints.add(
        "RB2019",
        pos,
        `the kernel's BTF has ${found.length} different types named ${node.of} ${node.name}`,
        {
          notes: [`type ids: ${found.map((type) => type.id).join(", ")}`],
          hint: "define the one that is meant in the header",
        },
      );
      return false;
    }
    this.#fill(node, first, pos);
    this.#tell(`${node.of} ${node.name}`, pos);
    return true;
  }

  /** An everyday constant, or an enumerator of the kernel. */
  constant(name: string, pos: number): Value | undefined {
    const known = preludeConstants.get(name);
    if (known !== undefined) return known;
    const kernel = this.#kernel;
    if (kernel === undefined || this.everydayOnly) return undefined;
    this.#constants ??= this.#asked(pos, () => enumerators(kernel.btf)) ?? new Map();
    const found = this.#constants.get(name);
    if (found === undefined) return undefined;
    this.usedKernel = true;
    this.#tell(`'${name}' (${found.value})`, pos);
    const type =
      BigInt.asIntN(32, found.value) === found.value
        ? basic.int
        : found.size === 8
          ? found.signed
            ? basic.long
            : basic.ulong
          : basic.uint;
    return { type, value: found.value };
  }

  /** Reports a type name that nobody defines, once, and gives the declaration up; a function is only worth a warning. */
  missing(name: string, pos: number, cursor: Cursor, inFunction: boolean): never {
    if (this.#quiet) throw new Poisoned();
    if (!this.#missing.has(name) && !(inFunction && this.#missingInFunction.has(name))) {
      (inFunction ? this.#missingInFunction : this.#missing).add(name);
      const cost = inFunction ? ": the function is left out" : "";
      this.#complaints.add("RB2002", pos, `type name '${name}' is not known${cost}`, {
        severity: inFunction ? "warning" : "error",
        hint: this.#suggest(name, cursor),
      });
    }
    throw new Poisoned();
  }

  /** The header that is known to define `name`, as a hint. */
  supplier(name: string): string | undefined {
    const header = suppliers.get(name);
    return header === undefined ? undefined : `#include <${header}> defines it`;
  }

  /** What would supply a struct that is declared and not defined. */
  hint(name: string): string {
    const known = this.supplier(name);
    if (known !== undefined) return known;
    return this.#kernel === undefined
      ? "include the header that defines it, or give the kernel's types with --vmlinux FILE"
      : `the kernel's BTF (${this.#kernel.name}) does not have it either: include the header that defines it`;
  }

  /** The type `name` for a caller outside of the source: from the kernel, whole. */
  lookUp(name: string): NamedType[] {
    return this.#asked(asked, () => this.#lookUp(name)) ?? [];
  }

  #lookUp(name: string): NamedType[] {
    const result: NamedType[] = [];
    for (const of of ["struct", "union", "enum"] as const) {
      if (this.#kernelTypes(name, of).length !== 1) continue;
      const node = this.#tag(name, of);
      if (node.kind !== "fwd" || this.complete(node, asked)) result.push(asType(node) as NamedType);
    }
    const typedef = this.typeOf(name, asked);
    if (typedef !== undefined) result.push(typedef);
    return result;
  }

  /** Names that the kernel would answer. */
  names(): Iterable<string> {
    return this.#kernel?.btf.names() ?? [];
  }

  #suggest(name: string, cursor: Cursor): string {
    const known = this.supplier(name);
    if (known !== undefined) return known;
    const words = keywords.filter((keyword) => !keyword.startsWith("__"));
    const candidates: string[] = name.startsWith("RB_") ? [...annotationMacros] : [...preludeTypes.keys(), ...words];
    this.#scope.symbols.forEach((symbol, id) => {
      if (symbol?.kind === "typedef") candidates.push(cursor.names[id]!);
    });
    const tags: string[] = [];
    this.#scope.tags.forEach((tag) => {
      if (tag !== undefined && tag.kind !== "fwd") tags.push(tag.name);
    });
    if (tags.includes(name)) return `did you mean 'struct ${name}'?`;
    const close = suggest(name, candidates, 1)[0];
    if (close !== undefined) return `did you mean '${close}'?`;
    return this.#kernel === undefined
      ? "include the header that defines it (-include FILE works too), or give the kernel's types with --vmlinux FILE"
      : `the kernel's BTF (${this.#kernel.name}) has no such type: include the header that defines it (-include FILE works too)`;
  }

  #kernelTypes(name: string, kind: "struct" | "union" | "enum" | "typedef"): NamedType[] {
    if (this.everydayOnly) return [];
    const found = this.#kernel?.btf.find(name) ?? [];
    return found.filter((type) => type.kind === kind || (kind === "enum" && type.kind === "enum64"));
  }

  /** Asks the kernel's BTF, which is read only now and may turn out to be broken. */
  #asked<Answer>(pos: number, question: () => Answer): Answer | undefined {
    try {
      return question();
    } catch (error) {
      if (!(error instanceof BtfError)) throw error;
      this.#filling.clear();
      const name = this.#kernel?.name ?? "";
      this.#complaints.add("RB2024", pos, `the kernel's BTF (${name}) cannot be read: ${error.message}`, {
        hint: "name another file with --vmlinux FILE",
      });
      return undefined;
    }
  }

  #tell(what: string, pos: number): void {
    const kernel = this.#kernel;
    if (kernel === undefined || kernel.explicit || this.#quiet) return;
    this.#complaints.add("RB2018", pos, `${what} is taken from the running kernel (${kernel.name})`, {
      severity: "warning",
      hint: "name the kernel's BTF with --vmlinux FILE, so that the output does not depend on the machine",
    });
  }

  #enter(name: string, type: Typedef, pos: number): void {
    this.#scope.symbols[this.#interner.intern(name)] ??= { kind: "typedef", type, pos };
  }

  /** The tag `name`; kernels have structs and enums that share one, which C does not allow. */
  #tag(name: string, of: TagNode["of"]): TagNode {
    const id = this.#interner.intern(name);
    const known = this.#scope.tags[id];
    if (known?.of === of) return known;
    const key = `${of} ${name}`;
    const node = this.#homonyms.get(key) ?? new TagNode(name, of);
    if (known === undefined) this.#scope.tags[id] = node;
    else this.#homonyms.set(key, node);
    return node;
  }

  /** A type of the kernel as one of this unit, so that a name is one type wherever it came from. */
  #import(type: Type, pos: number): Type {
    const known = this.#imported.get(type);
    if (known !== undefined) return known;
    const made = this.#make(type, pos);
    this.#imported.set(type, made);
    return made;
  }

  #make(type: Type, pos: number): Type {
    switch (type.kind) {
      case "ptr": {
        const link = (): Type => this.#import(type.target, pos);
        return {
          kind: "ptr",
          get target(): Type {
            return link();
          },
        };
      }
      case "array":
        return { kind: "array", element: this.#import(type.element, pos), count: type.count };
      case "const":
      case "volatile":
      case "restrict":
        return { kind: type.kind, target: this.#import(type.target, pos) };
      case "type_tag":
        return { kind: "type_tag", value: type.value, target: this.#import(type.target, pos) };
      case "typedef": {
        const symbol = this.#scope.symbols[this.#interner.intern(type.name)];
        if (symbol?.kind === "typedef") return symbol.type;
        const everyday = preludeTypes.get(type.name);
        const scalar = everyday !== undefined && agrees(everyday, type.target) ? everyday : undefined;
        const made: Typedef = { kind: "typedef", name: type.name, target: scalar ?? this.#import(type.target, pos) };
        (scalar === undefined ? this.fromKernel : this.fromPrelude).add(made);
        this.#enter(type.name, made, pos);
        return made;
      }
      case "func_proto":
        return {
          kind: "func_proto",
          result: this.#import(type.result, pos),
          params: type.params.map((param) => ({ ...param, type: this.#import(param.type, pos) })),
        };
      case "struct":
      case "union":
      case "enum":
      case "enum64":
      case "fwd": {
        const of = type.kind === "fwd" ? type.of : type.kind === "enum64" ? "enum" : type.kind;
        const node: TagNode = type.name === "" ? new TagNode("", of) : this.#tag(type.name, of);
        this.#imported.set(type, asType(node));
        if (type.kind !== "fwd" && type.name === "") this.#fill(node, type, pos);
        return asType(node);
      }
      case "int":
        if (type.char) return basic.char;
        return (
          Object.values(basic).find(
            (own) =>
              own.kind === "int" &&
              own.size === type.size &&
              own.signed === type.signed &&
              own.bool === type.bool &&
              plainName(type.name) === own.name,
          ) ?? type
        );
      default:
        return type;
    }
  }

  #fill(node: TagNode, type: NamedType, pos: number): void {
    if (this.#filling.has(node) || this.#filling.size > deepest) {
      const name = `${type.kind} ${type.name}`;
      throw new BtfError("type", `${name} holds itself, or nests deeper than ${deepest}`);
    }
    this.#filling.add(node);
    this.#fillIn(node, type, pos);
    this.#filling.delete(node);
  }

  #fillIn(node: TagNode, type: NamedType, pos: number): void {
    this.fromKernel.add(node);
    this.usedKernel = true;
    if (type.kind === "enum" || type.kind === "enum64") {
      node.size = type.size;
      node.align = type.size;
      node.signed = type.signed;
      node.values = type.values as readonly Enumerator[];
      node.kind = type.kind;
      return;
    }
    if (type.kind !== "struct" && type.kind !== "union") return;
    node.members = type.members.map((member): Member => {
      const own = this.#import(member.type, pos);
      this.#need(own, member.type, pos);
      return { ...plainMember(member), type: own };
    });
    node.size = type.size;
    node.align = btfAlignOf(type);
    if (type.tags !== undefined) node.tags = type.tags;
    node.kind = type.kind;
  }

  /** Completes what a member holds by value. */
  #need(own: Type, type: Type, pos: number): void {
    switch (own.kind) {
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        if ("target" in type) this.#need(own.target, type.target, pos);
        return;
      case "array":
        if (type.kind === "array") this.#need(own.element, type.element, pos);
        return;
      default: {
        const node = tagOf(own);
        const plain = type;
        if (node !== undefined && node.kind === "fwd" && plain.kind !== "fwd" && tagOf(plain) !== undefined)
          this.#fill(node, plain as NamedType, pos);
      }
    }
  }
}

/** Whether the prelude's type has the size and sign of the kernel's of that name: kernel code has meanings of its own. */
function agrees(everyday: Type, kernels: Type): boolean {
  const a = stripped(everyday);
  const b = stripped(kernels);
  if (a.kind !== "int" || b.kind !== "int") return a.kind === b.kind;
  return a.size === b.size && a.signed === b.signed && a.bool === b.bool;
}

interface KernelConstant {
  readonly value: bigint;
  readonly size: number;
  readonly signed: boolean;
}

/** Every enumerator of the kernel; of those that share a name the first counts. */
function enumerators(btf: Btf): Map<string, KernelConstant> {
  const found = new Map<string, KernelConstant>();
  for (const kind of ["enum", "enum64"] as const) {
    for (const { values, size, signed } of btf.findAll(kind)) {
      for (const { name, value } of values) if (!found.has(name)) found.set(name, { value, size, signed });
    }
  }
  return found;
}

/** A member's own facts, without the getters that a lazy reader may have. */
function plainMember(member: Member): Omit<Member, "type"> {
  return {
    name: member.name,
    bitOffset: member.bitOffset,
    ...(member.bitSize !== undefined && { bitSize: member.bitSize }),
    ...(member.tags !== undefined && { tags: member.tags }),
  };
}

/** Names of integers as clang writes them. */
function plainName(name: string): string {
  const unsigned = name.includes("unsigned");
  const words = name.split(" ").filter((word) => word !== "unsigned" && word !== "signed");
  const base = words.filter((word) => word !== "int").join(" ") || "int";
  if (name === "signed char") return name;
  return unsigned ? `unsigned ${base}` : base;
}
