import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import latest from "typescript";
import oldest from "typescript-5.4";

type Compiler = typeof latest;

const folder = dirname(fileURLToPath(import.meta.url));
const runtime = join(folder, "../../../../runtime/src");

const plain: latest.CompilerOptions = {
  strict: true,
  target: latest.ScriptTarget.ES2022,
  lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
  module: latest.ModuleKind.ESNext,
  moduleResolution: latest.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  paths: {
    "@rbgen/runtime/codegen/v1": [join(runtime, "codegen/v1.ts")],
    "@rbgen/runtime": [join(runtime, "index.ts")],
  },
};

const repository: latest.CompilerOptions = {
  ...plain,
  isolatedDeclarations: true,
  declaration: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  noFallthroughCasesInSwitch: true,
};

function check(compiler: Compiler, options: latest.CompilerOptions, files: ReadonlyMap<string, string>): string[] {
  const host = compiler.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists.call(host, name);
  host.readFile = (name) => files.get(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : compiler.createSourceFile(name, text, target);
  };
  const program = compiler.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    const found = [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
      ...(options.declaration === true ? program.getDeclarationDiagnostics(source) : []),
    ];
    return found.map((diagnostic) => {
      const line = source === undefined ? 0 : source.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line;
      const text = compiler.flattenDiagnosticMessageText(diagnostic.messageText, "\n");
      return `${name.slice(folder.length + 1)}:${line + 1}: TS${diagnostic.code}: ${text}\n    ${source?.text.split("\n")[line] ?? ""}`;
    });
  });
}

/**
 * Type errors of generated files by name, all in one program per compiler: plain `strict` under the oldest TypeScript
 * that users may have, and every flag of this repository under its own.
 */
export function typeCheck(files: Readonly<Record<string, string>>): {
  readonly oldest: string[];
  readonly own: string[];
} {
  const named = new Map(Object.entries(files).map(([name, text]) => [join(folder, name), text]));
  // One compiler's options are the other's: their enums agree on what is used here.
  return {
    oldest: check(oldest as unknown as Compiler, plain, named),
    own: check(latest, repository, named),
  };
}
