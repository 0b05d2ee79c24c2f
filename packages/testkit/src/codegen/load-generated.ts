import { compileFunction } from "node:vm";
import type { RecordCodec } from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import ts from "typescript";

/** What a test may do with any codec, whatever its record. */
export type AnyCodec = RecordCodec<unknown, unknown, object, object>;

const runtimeModule = "@rbgen/runtime/codegen/v1";

/** The exports of a generated file, run in this process over the runtime's sources. */
export function loadGenerated(text: string): Readonly<Record<string, unknown>> {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports: Record<string, unknown> = {};
  const load = (name: string): unknown => {
    if (name !== runtimeModule)
      throw new Error(`generated code imports ${name}, and may import ${runtimeModule} alone`);
    return v1;
  };
  compileFunction(outputText, ["exports", "require"])(exports, load);
  return exports;
}

function isCodec(value: unknown): value is AnyCodec {
  return typeof value === "object" && value !== null && "layoutHash" in value && "decode" in value;
}

/** Codecs of a generated file by the C name of their record. */
export function codecsOf(exports: Readonly<Record<string, unknown>>): ReadonlyMap<string, AnyCodec> {
  const codecs = new Map<string, AnyCodec>();
  for (const value of Object.values(exports)) if (isCodec(value)) codecs.set(value.name, value);
  return codecs;
}
