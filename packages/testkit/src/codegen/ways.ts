import { type Diagnostic, type GenerateOptions, generate, readBtfModule, readHeader, type TypeModule } from "rbgen";
import { compileBpf } from "../compile.ts";
import type { EnumSign } from "./arbitrary-value.ts";
import { headerText, typeText } from "./c-text.ts";
import type { CComposite } from "./c-type.ts";
import type { Reading } from "./expectation.ts";
import type { Generated } from "./proof.ts";

/** What a proof varies. */
export type Choice = Pick<GenerateOptions, "case" | "int64">;

/** The choices that batches of random records take in turn. */
export const choices: readonly Choice[] = [
  { case: "camel", int64: "bigint" },
  { case: "preserve", int64: "bigint" },
  { case: "camel", int64: "number" },
];

/** Options for `types`, and nothing else that a user could ask for. */
export function optionsFor(types: readonly string[], choice: Choice): GenerateOptions {
  return { types, all: false, maps: {}, columns: true, version: "0.0.0", ...choice };
}

/** The file that is generated from `module`. @throws Error with the diagnostics where there is none. */
export async function generated(module: TypeModule, options: GenerateOptions): Promise<string> {
  const errors: Diagnostic[] = [];
  const file = await generate(module, options, (diagnostic) => {
    if (diagnostic.severity === "error") errors.push(diagnostic);
  });
  if (file === undefined) throw new Error(`nothing was generated: ${describe(errors)}`);
  return file.text;
}

function describe(errors: readonly Diagnostic[]): string {
  return errors
    .slice(0, 5)
    .map(({ code, at, message }) => `${code} ${at ?? ""}: ${message}`)
    .join("\n");
}

/** C source in which `records` are reachable from globals, so that compilers keep them in the BTF. */
export function anchoredText(records: readonly CComposite[]): string {
  return headerText(records) + records.map((record, index) => `${typeText(record)} *anchor${index};\n`).join("");
}

/** The module that clang's BTF of `records` makes. */
export function btfModuleOf(records: readonly CComposite[], endian: "little" | "big"): TypeModule {
  const object = compileBpf(anchoredText(records), endian);
  const problems: Diagnostic[] = [];
  const module = readBtfModule(object, { name: "types.bpf.o", path: "types.bpf.o" }, (diagnostic) => {
    problems.push(diagnostic);
  });
  if (module === undefined || problems.length > 0) throw new Error(`clang's BTF is not read: ${describe(problems)}`);
  return module;
}

/** What `module` says of the sign of enums: a BTF of older compilers says that all are unsigned. */
export function enumSignIn(module: TypeModule): EnumSign {
  return (tag, declared) => {
    const type = module.find(tag).find((found) => found.kind === "enum" || found.kind === "enum64");
    return type === undefined || (type.kind !== "enum" && type.kind !== "enum64") ? declared : type.signed;
  };
}

/** `records` through clang's BTF. */
export async function throughBtf(
  records: readonly CComposite[],
  endian: "little" | "big",
  choice: Choice,
): Promise<Generated> {
  const module = btfModuleOf(records, endian);
  const types = records.map((record) => record.tag);
  const reading: Reading = { enumSign: enumSignIn(module), int64: choice.int64 };
  return { text: await generated(module, optionsFor(types, choice)), reading };
}

/** The module that the C front-end makes of a header with `records`; system headers are its own shims. */
export function headerModuleOf(records: readonly CComposite[], endian: "little" | "big"): TypeModule {
  const problems: Diagnostic[] = [];
  const module = readHeader(
    { name: "types.h", text: headerText(records) },
    "types.h",
    { read: () => undefined },
    { endian, includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => problems.push(diagnostic),
  );
  if (problems.length > 0) throw new Error(`the header is not read without complaint: ${describe(problems)}`);
  return module;
}

/** `records` through the C front-end. */
export async function throughHeader(
  records: readonly CComposite[],
  endian: "little" | "big",
  choice: Choice,
): Promise<Generated> {
  const module = headerModuleOf(records, endian);
  const types = records.map((record) => record.tag);
  const reading: Reading = { enumSign: (_, declared) => declared, int64: choice.int64 };
  return { text: await generated(module, optionsFor(types, choice)), reading };
}
