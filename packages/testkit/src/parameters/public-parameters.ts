import ts from "typescript";

/** A place where a caller of a package hands in a number: `UserRingBufWriter.reserve(byteLength)`, `hold(options.ms)`. */
export interface PublicNumber {
  readonly path: string;
  readonly kind: "number" | "bigint";
  /** Whether it may be left out, where the object that it is a member of is given. */
  readonly optional: boolean;
}

/**
 * Every number that the declarations exported by `entries` (paths of sources) take: parameters of functions, of
 * constructors and of methods, and members of their options. What callers implement rather than call has the same form,
 * and is listed, too.
 */
export function publicNumbers(entries: readonly string[]): readonly PublicNumber[] {
  return [...visit(entries).found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every parameter of the same that is no number: `UserRingBufWriter.write(value)`. */
export function publicParameters(entries: readonly string[]): readonly string[] {
  const { found, parameters } = visit(entries);
  return [...parameters].filter((path) => !found.has(path)).sort();
}

function visit(entries: readonly string[]): Visitor {
  const program = ts.createProgram([...entries], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2022,
    // the DOM and Node are left out, since they take long to read, and no number of ours is of their types
    lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    customConditions: ["@rbgen/source"],
  });
  const visitor = new Visitor(program);
  for (const entry of entries) visitor.visitFile(program.getSourceFile(entry), entry);
  return visitor;
}

class Visitor {
  readonly found: Map<string, PublicNumber> = new Map();
  readonly parameters: Set<string> = new Set();
  readonly #program: ts.Program;
  readonly #checker: ts.TypeChecker;

  constructor(program: ts.Program) {
    this.#program = program;
    this.#checker = program.getTypeChecker();
  }

  visitFile(file: ts.SourceFile | undefined, entry: string): void {
    const module = file && this.#checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} is no module`);
    for (const exported of this.#checker.getExportsOfModule(module)) this.#visitExport(exported);
  }

  #visitExport(exported: ts.Symbol): void {
    const checker = this.#checker;
    const aliased = exported.flags & ts.SymbolFlags.Alias;
    const symbol = aliased ? checker.getAliasedSymbol(exported) : exported;
    if (symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) {
      this.#visitMembers(exported.name, checker.getDeclaredTypeOfSymbol(symbol));
    }
    if (symbol.flags & ts.SymbolFlags.Class) {
      const made = checker.getTypeOfSymbol(symbol).getConstructSignatures();
      this.#visitSignatures(
        `new ${exported.name}`,
        made.filter((one) => !isHidden(one.declaration)),
      );
      this.#visitMembers(exported.name, checker.getTypeOfSymbol(symbol));
    } else if (symbol.flags & ts.SymbolFlags.Value) {
      const type = checker.getTypeOfSymbol(symbol);
      this.#visitSignatures(exported.name, type.getCallSignatures());
      if (this.#isOurs(type)) this.#visitMembers(exported.name, type);
    }
  }

  #visitMembers(owner: string, type: ts.Type): void {
    for (const member of type.getProperties()) {
      // what a class has by itself, and members that are private or keyed by symbols
      if (member.flags & ts.SymbolFlags.Prototype) continue;
      if (/^(__|#)/.test(member.name) || (member.declarations ?? []).some(isHidden)) continue;
      this.#visitSignatures(`${owner}.${member.name}`, this.#checker.getTypeOfSymbol(member).getCallSignatures());
    }
  }

  #visitSignatures(name: string, signatures: readonly ts.Signature[]): void {
    for (const signature of signatures) {
      for (const parameter of signature.parameters) {
        const { valueDeclaration } = parameter;
        const optional =
          valueDeclaration !== undefined &&
          ts.isParameter(valueDeclaration) &&
          this.#checker.isOptionalParameter(valueDeclaration);
        this.parameters.add(`${name}(${parameter.name})`);
        this.#visitValue(`${name}(${parameter.name}`, this.#checker.getTypeOfSymbol(parameter), optional);
      }
    }
  }

  /** `path` lacks its closing parenthesis. */
  #visitValue(path: string, given: ts.Type, optional: boolean): void {
    const type = this.#usual(given);
    const parts = type.isUnion() ? type.types : [type];
    const absent = optional || parts.some((part) => part.flags & ts.TypeFlags.Undefined);
    const has = (flags: ts.TypeFlags): boolean => parts.some((part) => (part.flags & flags) !== 0);
    if (has(ts.TypeFlags.NumberLike)) this.#add({ path: `${path})`, kind: "number", optional: absent });
    else if (has(ts.TypeFlags.BigIntLike)) this.#add({ path: `${path})`, kind: "bigint", optional: absent });
    for (const part of parts) {
      // by name, as options of maps are
      const named = part.getStringIndexType();
      if (named !== undefined && this.#isPlain(part)) this.#visitValue(`${path}[name]`, named, false);
      if (!this.#isData(part)) continue;
      for (const member of part.getProperties()) {
        const left = (member.flags & ts.SymbolFlags.Optional) !== 0;
        this.#visitValue(`${path}.${member.name}`, this.#checker.getTypeOfSymbol(member), left);
      }
    }
  }

  /** What stands for a type parameter where nobody says another: its constraint, its default, of a choice the first. */
  #usual(given: ts.Type): ts.Type {
    if ((given.getFlags() & ts.TypeFlags.TypeParameter) === 0) return given;
    const type = given.getConstraint() ?? given.getDefault() ?? given;
    if ((type.flags & ts.TypeFlags.Conditional) === 0) return type;
    return this.#checker.getTypeFromTypeNode((type as ts.ConditionalType).root.node.trueType);
  }

  /** Whether it is a bag of options: members without a method among them, and no list of things. */
  #isData(type: ts.Type): boolean {
    if (type.isIntersection()) return type.types.every((part) => this.#isData(part));
    if (!this.#isOurs(type) || type.getNumberIndexType() || type.getStringIndexType()) return false;
    return type.getProperties().every((member) => {
      const method = this.#checker.getTypeOfSymbol(member).getCallSignatures().length > 0;
      return !method || (member.flags & ts.SymbolFlags.Method) === 0;
    });
  }

  /** Whether it is an object that is neither a function nor a list. */
  #isPlain(type: ts.Type): boolean {
    if ((type.flags & ts.TypeFlags.Object) === 0 || type.getCallSignatures().length > 0) return false;
    return !this.#checker.isArrayLikeType(type);
  }

  /** Whether it is an object that the sources declare, and no function. */
  #isOurs(type: ts.Type): boolean {
    if (!this.#isPlain(type)) return false;
    // Omit and its like are declared in the library, but what they map is not
    if ((type as ts.ObjectType).objectFlags & ts.ObjectFlags.Mapped) return true;
    const declarations = type.getSymbol()?.declarations ?? [];
    return declarations.every((one) => !this.#program.isSourceFileDefaultLibrary(one.getSourceFile()));
  }

  #add(number: PublicNumber): void {
    const before = this.found.get(number.path);
    this.found.set(
      number.path,
      before === undefined ? number : { ...number, optional: before.optional && number.optional },
    );
  }
}

function isHidden(declaration: ts.Declaration | undefined): boolean {
  if (declaration === undefined) return false;
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected;
  if (ts.getCombinedModifierFlags(declaration) & hidden) return true;
  return ts.getJSDocTags(declaration).some((tag) => tag.tagName.text === "internal");
}
