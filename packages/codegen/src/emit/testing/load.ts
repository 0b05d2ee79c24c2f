import type { GeneratedCodec, JsonCodec } from "@rbgen/runtime/codegen/v1";
import * as runtime from "@rbgen/runtime/codegen/v1";
import ts from "typescript";
import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { type GenerateOptions, generate } from "../../generate.ts";
import type { TypeModule } from "../../module.ts";

type AnyCodec = GeneratedCodec<unknown, unknown, unknown, unknown> & JsonCodec<unknown>;

/** A generated file, its text and what it exports when it runs. */
export interface Loaded {
  readonly text: string;
  readonly records: readonly string[];
  readonly exports: Readonly<Record<string, unknown>>;
  codec(name: string): AnyCodec;
}

const defaults: GenerateOptions = {
  types: [],
  all: false,
  maps: {},
  int64: "bigint",
  case: "camel",
  version: "0.0.0",
};

/** Runs generated text against the runtime of this repository. */
export function run(text: string): Record<string, unknown> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Record<string, unknown> = {};
  new Function("exports", "require", outputText)(exports, () => runtime);
  return exports;
}

/** Generates, and runs what was generated; diagnostics, warnings too, fail it unless they are taken. */
export async function load(
  module: TypeModule,
  options: Partial<GenerateOptions> = {},
  take?: (diagnostic: Diagnostic) => void,
): Promise<Loaded> {
  const diagnostics: Diagnostic[] = [];
  const file = await generate(module, { ...defaults, ...options }, take ?? ((d) => diagnostics.push(d)));
  if (file === undefined || diagnostics.length > 0) {
    throw new Error(`not generated: ${diagnostics.map((d) => `${d.code} ${d.message}`).join("; ")}`);
  }
  const exports = run(file.text);
  return {
    text: file.text,
    records: file.records,
    exports,
    codec: (name) => exports[name] as AnyCodec,
  };
}

/** Diagnostics of a module that does not generate. */
export async function complaints(module: TypeModule, options: Partial<GenerateOptions> = {}): Promise<Diagnostic[]> {
  const diagnostics: Diagnostic[] = [];
  await generate(module, { ...defaults, ...options }, (diagnostic) => diagnostics.push(diagnostic));
  return diagnostics;
}
