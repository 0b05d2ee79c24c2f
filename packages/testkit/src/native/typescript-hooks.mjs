// Lets a child process of a test run the TypeScript sources as they are: `node --conditions=@rbgen/source --import <this>`.
// What a source was made into is kept, since loading the compiler takes longer than most of those tests.
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { register } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

if (!import.meta.url.includes("?hooks")) register(`${import.meta.url}?hooks`);

const kept = fileURLToPath(new URL("../../../../.tools/javascript", import.meta.url));

export async function load(url, context, next) {
  if (!url.endsWith(".ts")) return next(url, context);
  const source = readFileSync(fileURLToPath(url));
  const file = join(kept, `${createHash("sha256").update(source).digest("hex")}.js`);
  let made;
  try {
    made = readFileSync(file, "utf8");
  } catch {
    made = await compile(source.toString(), fileURLToPath(url));
    mkdirSync(kept, { recursive: true });
    const partial = `${file}.${randomUUID()}`;
    writeFileSync(partial, made);
    renameSync(partial, file);
  }
  return { format: "module", source: made, shortCircuit: true };
}

async function compile(source, fileName) {
  const { default: typescript } = await import("typescript");
  const compilerOptions = {
    target: typescript.ScriptTarget.ES2022,
    module: typescript.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  return typescript.transpileModule(source, { fileName, compilerOptions }).outputText;
}
