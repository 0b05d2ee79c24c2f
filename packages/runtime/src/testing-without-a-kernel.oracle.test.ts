import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compileFunction } from "node:vm";
import { type Diagnostic, generate, readHeader } from "rbgen";
import ts from "typescript";
import * as vitest from "vitest";
import * as v1 from "./codegen/v1.ts";
import * as emulated from "./emulated/index.ts";
import * as runtime from "./index.ts";

/** The page whose examples this file runs: each block that begins with `// name` is a file, in order. */
const page = readFileSync(new URL("../../../docs/testing-without-a-kernel.md", import.meta.url), "utf8");
const files = new Map(
  [...page.matchAll(/^```(?:c|ts)\n\/\/ (\S+)\n(.*?)^```$/gms)].map(([, name = "", text = ""]) => [name, text]),
);

/** What `npx rbgen events.h` writes. */
async function generated(name: string): Promise<string> {
  const problems: Diagnostic[] = [];
  const module = readHeader(
    { name, text: files.get(name) ?? "" },
    name,
    { read: () => undefined },
    { endian: "little", includePaths: [], systemPaths: [], forcedIncludes: [], defines: [], undefines: [] },
    (diagnostic) => problems.push(diagnostic),
  );
  const types = ["exec_event", "filter_command"];
  const options = { types, all: false, maps: {}, int64: "bigint", case: "camel", version: "0.0.0" } as const;
  const file = await generate(module, options, (diagnostic) => problems.push(diagnostic));
  if (file === undefined || problems.length > 0) throw new Error(JSON.stringify(problems));
  return file.text;
}

const modules = new Map<string, unknown>([
  ["vitest", vitest],
  ["@rbgen/runtime", runtime],
  ["@rbgen/runtime/emulated", emulated],
  ["@rbgen/runtime/codegen/v1", v1],
]);

/** Complaints of the compiler about the files, as strict as this repository's own. */
function complaints(texts: ReadonlyMap<string, string>): string[] {
  const folder = fileURLToPath(new URL("..", import.meta.url));
  const at = new Map([...texts].map(([name, text]) => [`${folder}docs-example/${name}`, text]));
  const base = fileURLToPath(new URL("../../../tsconfig.base.json", import.meta.url));
  const { config } = ts.readConfigFile(base, ts.sys.readFile) as { config: { compilerOptions: object } };
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      isolatedDeclarations: false,
      lib: ["es2022", "esnext.disposable", "dom"],
      types: ["node"],
    },
    folder,
  );
  const host = ts.createCompilerHost(options);
  const read = host.readFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.readFile = (name) => at.get(name) ?? read(name);
  host.fileExists = (name) => at.has(name) || exists(name);
  host.directoryExists = (name) => name === `${folder}docs-example` || ts.sys.directoryExists(name);
  host.getSourceFile = (name, version) => {
    const text = host.readFile(name);
    return text === undefined ? undefined : ts.createSourceFile(name, text, version);
  };
  const program = ts.createProgram([...at.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    return `${file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

/** Runs one file, whose imports are the modules that there are by now. */
function run(name: string, text: string): void {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports = {};
  const load = (from: string): unknown => {
    if (!modules.has(from)) throw new Error(`${name} imports ${from}`);
    return modules.get(from);
  };
  compileFunction(outputText, ["exports", "require"], { filename: name })(exports, load);
  modules.set(`./${name}`, exports);
}

const records = await generated("events.h");
run("events.gen.ts", records);
const tests: string[] = [];
for (const [name, text] of files) {
  if (name.endsWith(".test.ts")) {
    tests.push(name);
    vitest.describe(name, () => run(name, text));
  } else if (name.endsWith(".ts")) {
    run(name, text);
  }
}

vitest.test("the examples, and those of the README, compile under strict flags", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const blocks = [...readme.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = ""]) => text);
  vitest.expect(blocks.length).toBeGreaterThan(1);
  const generatedFiles = [["events.gen.ts", records] as const, ["readme.ts", blocks.join("")] as const];
  const texts = [...files, ...generatedFiles].filter(([name]) => name.endsWith(".ts"));
  vitest.expect(complaints(new Map(texts))).toEqual([]);
});

vitest.test("every example of the page that is code is run", () => {
  const blocks = [...page.matchAll(/^```ts$/gm)].length;
  vitest.expect([...files.keys()].filter((name) => name.endsWith(".ts"))).toHaveLength(blocks);
  vitest.expect(tests.length).toBeGreaterThanOrEqual(5);
});
