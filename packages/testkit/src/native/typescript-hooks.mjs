// Lets a child process of a test run the TypeScript sources as they are: `node --conditions=@rbgen/source --import <this>`.
import { readFileSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

if (!import.meta.url.includes("?hooks")) register(`${import.meta.url}?hooks`);

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const { default: typescript } = await import("typescript");
  const source = typescript.transpileModule(readFileSync(fileURLToPath(url), "utf8"), {
    fileName: fileURLToPath(url),
    compilerOptions: {
      target: typescript.ScriptTarget.ES2022,
      module: typescript.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  });
  return { format: "module", source: source.outputText, shortCircuit: true };
}
