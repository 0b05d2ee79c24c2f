import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import ts from "typescript";

const folder = dirname(fileURLToPath(import.meta.url));
const runtime = join(folder, "../../../runtime/src");

const options: ts.CompilerOptions = {
  strict: true,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts"],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  paths: { "@rbgen/runtime/codegen/v1": [join(runtime, "codegen/v1.ts")] },
};

// Small numbers are lengths, counts and tags of what is drawn beside them more often than others.
const numbers: fc.Arbitrary<number> = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 0, max: 6 }) },
  { weight: 2, arbitrary: fc.integer({ min: -2, max: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom(0x7fff, 0xffff, 2 ** 31 - 1, 2 ** 32 - 1, 2 ** 40, 0.5) },
);
const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("", "a", "bc", "def", "ghij") },
  { weight: 1, arbitrary: fc.constantFrom("é", "a\0", "\ud800", "klmnopqrstuvwxyz", "127.0.0.1", "ENOENT") },
);
const typedArrays: Readonly<Record<string, (values: readonly number[]) => unknown>> = {
  Int8Array: (values) => Int8Array.from(values),
  Int16Array: (values) => Int16Array.from(values),
  Uint16Array: (values) => Uint16Array.from(values),
  Int32Array: (values) => Int32Array.from(values),
  Uint32Array: (values) => Uint32Array.from(values),
  Float32Array: (values) => Float32Array.from(values),
  Float64Array: (values) => Float64Array.from(values),
  BigInt64Array: (values) => BigInt64Array.from(values, (value) => BigInt(Math.trunc(value))),
  BigUint64Array: (values) => BigUint64Array.from(values, (value) => BigInt(Math.trunc(value))),
};

/** Draws values of types as TypeScript has them. */
class TypeValues {
  readonly #checker: ts.TypeChecker;
  readonly #known = new Map<ts.Type, fc.Arbitrary<unknown>>();

  constructor(checker: ts.TypeChecker) {
    this.#checker = checker;
  }

  of(type: ts.Type): fc.Arbitrary<unknown> {
    const known = this.#known.get(type);
    if (known !== undefined) return known;
    const made = this.#make(type);
    this.#known.set(type, made);
    return made;
  }

  #make(type: ts.Type): fc.Arbitrary<unknown> {
    const { flags } = type;
    if (type.isUnion()) return fc.oneof(...type.types.map((one) => this.of(one)));
    if ((flags & ts.TypeFlags.Undefined) !== 0) return fc.constant(undefined);
    if (type.isStringLiteral() || type.isNumberLiteral()) return fc.constant(type.value);
    if ((flags & ts.TypeFlags.BigIntLiteral) !== 0) return fc.constant(bigOf((type as ts.BigIntLiteralType).value));
    if ((flags & ts.TypeFlags.BooleanLiteral) !== 0) {
      return fc.constant(this.#checker.typeToString(type) === "true");
    }
    if ((flags & ts.TypeFlags.StringLike) !== 0) return texts;
    if ((flags & ts.TypeFlags.NumberLike) !== 0) return numbers;
    if ((flags & ts.TypeFlags.BigIntLike) !== 0) return numbers.map((value) => BigInt(Math.trunc(value)));
    if ((flags & ts.TypeFlags.BooleanLike) !== 0) return fc.boolean();
    const primitive = type.isIntersection() ? type.types.find(({ flags: own }) => (own & primitives) !== 0) : undefined;
    if (primitive !== undefined) return this.of(primitive);
    const name = type.symbol?.name ?? "";
    if (name === "Uint8Array") return fc.uint8Array({ maxLength: 6 });
    const typed = typedArrays[name];
    if (typed !== undefined) return fc.array(numbers, { maxLength: 4 }).map(typed);
    if (this.#checker.isArrayType(type)) {
      const [element] = this.#checker.getTypeArguments(type as ts.TypeReference);
      if (element === undefined) throw new Error("an array of nothing");
      // Flags by their names: a number among them may be some of these.
      const names = element.isUnion() ? element.types.filter((one) => one.isStringLiteral()) : [];
      if (names.length > 0 && names.length < (element as ts.UnionType).types.length) {
        return fc.subarray(names.map((one) => (one as ts.StringLiteralType).value));
      }
      return fc.array(this.of(element), { maxLength: 4 });
    }
    return this.#object(type);
  }

  #object(type: ts.Type): fc.Arbitrary<unknown> {
    const model: Record<string, fc.Arbitrary<unknown>> = {};
    const required: string[] = [];
    for (const property of this.#checker.getPropertiesOfType(type)) {
      // One of a symbol is none that a value has.
      if (property.name.startsWith("__@")) continue;
      const own = this.#checker.getTypeOfSymbol(property);
      model[property.name] = this.of(this.#checker.getNonNullableType(own));
      if ((property.flags & ts.SymbolFlags.Optional) === 0) required.push(property.name);
    }
    return fc.record(model, { requiredKeys: required, noNullPrototype: true });
  }
}

const primitives =
  ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike | ts.TypeFlags.BigIntLike | ts.TypeFlags.BooleanLike;

function bigOf({ negative, base10Value }: ts.PseudoBigInt): bigint {
  return BigInt(base10Value) * (negative ? -1n : 1n);
}

/**
 * What the codecs of generated files take, by the type of their `toBytes`: of each file, by the name of the const, values that
 * TypeScript lets through.
 */
export function givenValues(
  files: Readonly<Record<string, string>>,
): ReadonlyMap<string, ReadonlyMap<string, fc.Arbitrary<unknown>>> {
  const named = new Map(Object.entries(files).map(([name, text]) => [join(folder, name), text]));
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => named.has(name) || fileExists.call(host, name);
  host.readFile = (name) => named.get(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = named.get(name);
    return text === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, text, target, true);
  };
  const program = ts.createProgram([...named.keys()], options, host);
  const checker = program.getTypeChecker();
  const values = new TypeValues(checker);
  return new Map(
    Object.keys(files).map((file) => {
      const source = program.getSourceFile(join(folder, file));
      const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
      if (module === undefined) throw new Error(`${file} is no module`);
      const codecs = checker.getExportsOfModule(module).flatMap((symbol) => {
        if ((symbol.flags & ts.SymbolFlags.Variable) === 0) return [];
        const encode = checker.getPropertyOfType(checker.getTypeOfSymbol(symbol), "toBytes");
        const taken = encode === undefined ? undefined : checker.getTypeOfSymbol(encode).getCallSignatures()[0];
        const parameter = taken?.getParameters()[0];
        if (parameter === undefined) return [];
        return [[symbol.name, values.of(checker.getTypeOfSymbol(parameter))] as const];
      });
      return [file, new Map(codecs)] as const;
    }),
  );
}
