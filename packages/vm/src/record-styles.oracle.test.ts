import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { format } from "node:util";
import { compileFunction } from "node:vm";
import * as runtime from "@rbgen/runtime";
import * as v1 from "@rbgen/runtime/codegen/v1";
import { compileBpf } from "@rbgen/testkit/compile";
import { describeWith } from "@rbgen/testkit/tools";
import ts from "typescript";
import { afterAll, beforeAll, expect, test } from "vitest";
import { VmObject } from "./index.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const page = readFileSync(join(root, "docs/record-styles.md"), "utf8");

/** Blocks of the page by the file that their first line names. */
const files = new Map(
  [...page.matchAll(/^```(?:c|ts)\n\/\/ (\S+)\n(.*?)^```$/gms)].map(([, name = "", body = ""]) => [name, body]),
);
const styles = [...files.keys()].filter((name) => name.endsWith(".bpf.c")).map((name) => name.slice(0, -6));
const include = join(root, "packages/codegen/include");

/** What an example prints, as its comments say. */
function printed(text: string): string[] {
  return [...text.matchAll(/(?:^|\s)\/\/ (.*)$/gm)].map(([, line = ""]) => line);
}

type Names = Readonly<Record<string, unknown>>;

/** What a file exports; its globals beside those of the language are `given`, and it imports `modules`. */
function run(text: string, given: Names, modules: Names): Names {
  const { outputText } = ts.transpileModule(text, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const exports = {};
  const load = (from: string): unknown => modules[from] ?? expect.unreachable(`imports ${from}`);
  compileFunction(outputText, ["exports", "require", ...Object.keys(given)])(exports, load, ...Object.values(given));
  return exports;
}

/** Errors of types in files of this folder that are not there. */
function typeErrors(texts: ReadonlyMap<string, string>): string[] {
  const options: ts.CompilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [] },
    target: ts.ScriptTarget.ES2022,
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ["@rbgen/source"],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists.call(host, name);
  host.readFile = (name) => texts.get(name) ?? readFile.call(host, name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = texts.get(name);
    return text === undefined
      ? getSourceFile.call(host, name, target, ...rest)
      : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((name) =>
    [
      ...program.getSyntacticDiagnostics(program.getSourceFile(name)),
      ...program.getSemanticDiagnostics(program.getSourceFile(name)),
    ].map(({ messageText }) => `${name}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`),
  );
}

test("the page has each way to send a record with its C and its TypeScript", () => {
  expect(styles.length).toBeGreaterThan(17);
  expect(styles.filter((name) => !files.has(`${name}.ts`))).toEqual([]);
});

describeWith(["clang", "libbpf"], "the ways to send a record of docs/record-styles.md", () => {
  const own = fileURLToPath(new URL(".", import.meta.url));
  const texts = new Map([[join(own, "read.ts"), files.get("read.ts") ?? ""]]);
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "rbgen-styles-"));
    writeFileSync(join(folder, "style.h"), files.get("style.h") ?? "");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each(styles)("%s: what is sent is read as the page says", async (name) => {
    const source = files.get(`${name}.bpf.c`) ?? "";
    const example = files.get(`${name}.ts`) ?? "";
    const object = compileBpf(source, "little", [`-I${folder}`, `-I${include}`]);
    writeFileSync(join(folder, `${name}.bpf.c`), source);
    const { read } = run(files.get("read.ts") ?? "", {}, { "@rbgen/runtime": runtime });
    const bin = join(root, "packages/codegen/bin/rbgen.mjs");
    execFileSync(process.execPath, [bin, `${name}.bpf.c`, "-I", include], { cwd: folder, stdio: "pipe" });
    const text = readFileSync(join(folder, `${name}.gen.ts`), "utf8");
    const codecs = run(text, {}, { "@rbgen/runtime/codegen/v1": v1 });
    const { events } = codecs["maps"] as { readonly events: { readonly name: string } };
    using loaded = await VmObject.load(object);
    loaded.program("send").run();
    const lines: string[] = [];
    const log = (...values: unknown[]): void => void lines.push(format(...values));
    const given = { maps: { events }, ring: loaded.ringBuf(events.name), read, console: { log } };
    run(example, given, { "@rbgen/runtime": runtime, [`./${name}.gen.ts`]: codecs });
    expect(lines).toEqual(printed(example));
    texts.set(join(own, `${name}.gen.ts`), text);
    const head = `import type { RingBufMap } from "@rbgen/runtime";
import { read } from "./read.ts";
import { maps } from "./${name}.gen.ts";
declare const ring: RingBufMap;
`;
    texts.set(join(own, `${name}.ts`), `${head}${example}`);
  });

  test("and its types hold", () => {
    expect(texts.size).toBe(1 + 2 * styles.length);
    expect(typeErrors(texts)).toEqual([]);
  });
});
