import { ts } from "ts-morph";

/** A generated file as JavaScript, as a CommonJS module. */
export function scriptOf(text: string): string {
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}
