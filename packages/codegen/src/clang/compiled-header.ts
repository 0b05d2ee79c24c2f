import type { Datasec, Location, Member, NamedType, Type } from "@rbgen/btf";
import type { BtfModule } from "../btf/btf-module.ts";
import type { Report, Span } from "../diagnostics/diagnostic.ts";
import {
  type Constant,
  type MapDefinition,
  type Origin,
  type ProgramDefinition,
  type SentMap,
  shownName,
  type TypeModule,
} from "../module.ts";
import { Agreement } from "./agreement.ts";
import type { ClangDeclaration } from "./declarations.ts";

/** What clang made of a header. */
export interface Compilation {
  /** Named types that the unit defines, in order. */
  readonly declarations: readonly ClangDeclaration[];
  /** The header itself, as clang names it. */
  readonly file: string;
  /** The `vmlinux.h` that was made of a kernel's BTF, and that BTF's name, where clang was given one. */
  readonly kernel?: { readonly file: string; readonly name: string };
  /** BTF of the types that were compiled first: the header's own. */
  readonly btf: BtfModule;
  /** Compiles once more, for a type that `btf` does not hold whole; undefined, and a diagnostic, where that fails. */
  compile(declaration: ClangDeclaration): BtfModule | undefined;
}

type Kind = ClangDeclaration["kind"];

/**
 * A header as clang compiles it. BTF has no comments, lines, macros, alignments: a type on which clang and the built-in
 * front-end agree is the latter's, which has them. Where they differ (reported) or the built-in one refuses, clang's is taken.
 */
export class CompiledHeader implements TypeModule {
  readonly kind = "header";
  readonly #read: TypeModule;
  readonly #compilation: Compilation;
  readonly #report: Report;
  readonly #agreement = new Agreement();
  /** Types by kind and name. */
  readonly #named = new Map<string, NamedType | undefined>();
  /** Nodes of BTF as nodes of this module. */
  readonly #made = new Map<Type, Type>();
  /** Types that are clang's, with their files. */
  readonly #clangs = new Map<Type, string>();
  readonly #declared = new Map<string, ClangDeclaration>();
  readonly maps: readonly MapDefinition[];
  readonly programs: readonly ProgramDefinition[];
  readonly sections: readonly Datasec[];

  /**
   * @param read the header as the built-in front-end reads it
   * @param whole that one found no error in it
   */
  constructor(read: TypeModule, whole: boolean, compilation: Compilation, report: Report) {
    this.#read = read;
    this.#compilation = compilation;
    this.#report = report;
    for (const declaration of compilation.declarations) {
      const key = `${declaration.kind} ${declaration.name}`;
      if (!this.#declared.has(key)) this.#declared.set(key, declaration);
    }
    for (const type of read.types()) {
      if (!this.#declared.has(keyOf(type))) this.#differ(type, `${keyOf(type)} is not defined with clang`);
    }
    const { btf } = compilation;
    this.maps = whole ? read.maps.map((map) => this.#map(map)) : btf.maps.map((map) => this.#mapOf(map));
    this.programs = whole ? read.programs : btf.programs;
    this.sections = whole ? read.sections : btf.sections.map((section) => this.#section(section));
  }

  get name(): string {
    return this.#read.name;
  }

  get path(): string {
    return shownName(this.#read);
  }

  get endian(): TypeModule["endian"] {
    return this.#read.endian;
  }

  get pointerSize(): 4 | 8 {
    return this.#read.pointerSize;
  }

  get constants(): readonly Constant[] {
    return this.#read.constants;
  }

  get provenance(): readonly string[] {
    return this.#read.provenance;
  }

  constant(name: string): Constant | undefined {
    return this.#read.constant?.(name);
  }

  spanOf(location: Location): Span | undefined {
    return this.#read.spanOf?.(location);
  }

  *types(): Iterable<NamedType> {
    for (const declaration of this.#declared.values()) {
      if (declaration.file !== this.#compilation.file) continue;
      const type = this.#type(declaration);
      if (type !== undefined) yield type;
    }
  }

  /** Clang tells what types are; what code does with them is read from the source. */
  sent(): readonly SentMap[] {
    return this.#read.sent?.() ?? [];
  }

  *included(): Iterable<NamedType> {
    for (const type of this.#read.included?.() ?? []) {
      const declaration = this.#declared.get(keyOf(type));
      const own = declaration === undefined ? undefined : this.#type(declaration);
      if (own !== undefined) yield own;
    }
  }

  find(name: string, tag?: "struct" | "union" | "enum"): readonly NamedType[] {
    const declarations = (["struct", "union", "enum", "typedef"] as const).flatMap(
      (kind) => this.#declared.get(`${kind} ${name}`) ?? [],
    );
    // Of a vmlinux.h that was made for clang, the built-in front-end reads the original.
    const { kernel } = this.#compilation;
    if (kernel !== undefined && declarations.every(({ file }) => file === kernel.file))
      return this.#read.find(name, tag);
    if (declarations.length > 0) return declarations.flatMap((declaration) => this.#type(declaration) ?? []);
    // Everyday types, which no file needs to define.
    return this.#read.find(name).filter((type) => this.#read.origin(type).kind === "prelude");
  }

  *names(): Iterable<string> {
    const names = new Set([...this.#declared.values()].map(({ name }) => name));
    for (const name of this.#read.names()) if (names.delete(name)) yield name;
    yield* names;
  }

  origin(type: NamedType): Origin {
    const file = this.#clangs.get(type);
    if (file === undefined) return this.#read.origin(type);
    const { kernel } = this.#compilation;
    if (file === kernel?.file) return { kind: "kernel", file: kernel.name };
    return file === this.#compilation.file ? { kind: "input" } : { kind: "include", file };
  }

  #type(declaration: ClangDeclaration): NamedType | undefined {
    const { kind, name } = declaration;
    const key = `${kind} ${name}`;
    if (this.#named.has(key)) return this.#named.get(key);
    const clangs = this.#compiled(declaration);
    const own = this.#read.find(name).find((type) => keyOf(type) === key);
    if (clangs === undefined) {
      this.#named.set(key, undefined);
      return undefined;
    }
    const difference = own === undefined ? undefined : this.#agreement.difference(own, clangs);
    if (own !== undefined && difference === undefined) {
      this.#named.set(key, own);
      return own;
    }
    if (own !== undefined) this.#differ(own, `${key} differs: ${difference}`);
    const untold = this.#untold(clangs) ?? "";
    if (untold !== "") {
      this.#named.set(key, undefined);
      this.#report({
        code: "RB2013",
        severity: "error",
        message: `${key} cannot be taken from clang: its BTF does not tell the type of ${untold}`,
        at: this.#read.name,
        hint: "BTF has neither atomic nor complex types",
      });
      return undefined;
    }
    const made = this.#make(clangs) as NamedType;
    this.#clangs.set(made, declaration.file);
    return made;
  }

  /** The type in BTF: what only pointers lead to is a forward declaration there, or not there at all. */
  #compiled(declaration: ClangDeclaration): NamedType | undefined {
    const { kind, name } = declaration;
    const whole = (module: BtfModule | undefined) =>
      module?.find(name).find((type) => keyOf(type) === `${kind} ${name}`);
    return whole(this.#compilation.btf) ?? whole(this.#compilation.compile(declaration));
  }

  /** A member that is void in BTF, and so of a type that BTF does not have; types that are not clang's tell theirs. */
  #untold(type: Type, depth = 0): string | undefined {
    switch (type.kind) {
      case "struct":
      case "union": {
        const declaration = depth === 0 ? undefined : this.#declared.get(keyOf(type));
        // It has its own complaint.
        if (declaration !== undefined) return this.#type(declaration) === undefined ? `${keyOf(type)}` : undefined;
        for (const member of type.members) {
          const own = this.#untold(member.type, depth + 1);
          if (own !== undefined) return own === "" ? `member '${member.name}'` : own;
        }
        return undefined;
      }
      case "array":
        return this.#untold(type.element, depth + 1);
      case "typedef":
      case "const":
      case "volatile":
      case "restrict":
      case "type_tag":
        // A name for void is fine as long as no member has it.
        return this.#untold(type.target, depth + 1);
      case "void":
        return "";
      default:
        return undefined;
    }
  }

  #differ(type: NamedType, message: string): void {
    const location = "location" in type ? type.location : undefined;
    const span = location === undefined ? undefined : this.spanOf(location);
    this.#report({
      code: "RB5013",
      severity: "warning",
      message,
      ...(span === undefined ? { at: this.#read.name } : { span }),
      hint: "clang's reading counts: does a condition of the header tell the two front-ends apart?",
    });
  }

  /** A node of BTF as one of this module, so that a name is one type wherever it is met. */
  #node(type: Type): Type {
    const known = this.#made.get(type);
    if (known !== undefined) return known;
    if (isNamed(type)) {
      const declaration = this.#declared.get(keyOf(type));
      const named = declaration === undefined ? undefined : this.#type(declaration);
      if (named !== undefined) {
        this.#made.set(type, named);
        return named;
      }
    }
    return this.#make(type);
  }

  #make(type: Type): Type {
    const known = this.#made.get(type);
    if (known !== undefined) return known;
    const made = this.#copy(type);
    this.#made.set(type, made);
    if (isNamed(type)) this.#named.set(keyOf(type), made as NamedType);
    return made;
  }

  #copy(type: Type): Type {
    const node = (other: Type): Type => this.#node(other);
    switch (type.kind) {
      case "struct":
      case "union": {
        // Made when looked at: a struct may hold pointers to itself.
        let members: readonly Member[] | undefined;
        const { id: _, ...rest } = type;
        return {
          ...rest,
          get members(): readonly Member[] {
            members ??= type.members.map((member) => ({ ...member, type: node(member.type) }));
            return members;
          },
        };
      }
      case "ptr":
        return {
          kind: "ptr",
          get target(): Type {
            return node(type.target);
          },
        };
      case "array":
        return { kind: "array", element: node(type.element), count: type.count };
      case "typedef":
        return { kind: "typedef", name: type.name, target: node(type.target) };
      case "const":
      case "volatile":
      case "restrict":
        return { kind: type.kind, target: node(type.target) };
      case "type_tag":
        return { kind: "type_tag", value: type.value, target: node(type.target) };
      case "func_proto":
        return {
          kind: "func_proto",
          result: node(type.result),
          params: type.params.map((param) => ({ name: param.name, type: node(param.type) })),
        };
      case "var":
        return { ...type, type: node(type.type) };
      default:
        return type;
    }
  }

  /** A map as the built-in front-end reads it, with clang's types where they differ. */
  #map(map: MapDefinition): MapDefinition {
    const clangs = this.#compilation.btf.maps.find(({ name }) => name === map.name);
    if (clangs === undefined) return map;
    const same =
      map.type === clangs.type &&
      map.maxEntries === clangs.maxEntries &&
      map.mapFlags === clangs.mapFlags &&
      this.#sameType(map.key, clangs.key) &&
      this.#sameType(map.value, clangs.value);
    return same ? map : this.#mapOf(clangs);
  }

  #sameType(own: Type | undefined, clangs: Type | undefined): boolean {
    if (own === undefined || clangs === undefined) return own === clangs;
    return this.#agreement.difference(own, clangs) === undefined;
  }

  #mapOf(map: MapDefinition): MapDefinition {
    return {
      ...map,
      ...(map.key === undefined ? {} : { key: this.#node(map.key) }),
      ...(map.value === undefined ? {} : { value: this.#node(map.value) }),
      ...(map.inner === undefined ? {} : { inner: this.#mapOf(map.inner) }),
      ...(map.definition === undefined ? {} : { definition: this.#node(map.definition) }),
    };
  }

  #section(section: Datasec): Datasec {
    const variables = section.variables.flatMap((entry) =>
      entry.variable.name.startsWith(anchorName)
        ? []
        : [{ ...entry, variable: this.#node(entry.variable) as typeof entry.variable }],
    );
    return { ...section, variables };
  }
}

/** What the names of variables start with that keep types in BTF. */
export const anchorName = "__rbgen_anchor_";

function isNamed(type: Type): type is NamedType {
  switch (type.kind) {
    case "struct":
    case "union":
    case "enum":
    case "enum64":
    case "typedef":
      return type.name !== "";
    default:
      return false;
  }
}

/** `struct event`; a forward declaration's is that of no definition. */
function keyOf(type: NamedType): string {
  const kind: Kind | "fwd" | "int" | "float" = type.kind === "enum64" ? "enum" : type.kind;
  return `${kind} ${type.name}`;
}
