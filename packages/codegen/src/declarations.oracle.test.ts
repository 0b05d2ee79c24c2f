import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import compiler from "typescript-5.4";
import { expect, test } from "vitest";

const packages = fileURLToPath(new URL("../..", import.meta.url));

/** Declarations of a built package. */
function declarations(name: string): string[] {
  const dist = join(packages, name, "dist");
  return readdirSync(dist, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".d.ts"))
    .map((path) => join(dist, path));
}

/** Of a peer that only those have who import `@rbgen/runtime/arrow`, and of which version is theirs to choose. */
const optional = /\/node_modules\/(?:apache-arrow|flatbuffers)\//;

/** What the oldest TypeScript that users may have says of the files and of all that they import, libraries too. */
function errors(files: readonly string[]): string[] {
  const program = compiler.createProgram(files, {
    strict: true,
    skipLibCheck: false,
    types: [],
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts"],
    target: compiler.ScriptTarget.ES2022,
    module: compiler.ModuleKind.NodeNext,
    moduleResolution: compiler.ModuleResolutionKind.NodeNext,
    noEmit: true,
  });
  const said = compiler.getPreEmitDiagnostics(program).filter(({ file }) => !optional.test(file?.fileName ?? ""));
  return said.map(({ file, start, messageText }) => {
    const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start ?? 0).line + 1;
    const path = file?.fileName.slice(packages.length);
    return `${path}:${line}: ${compiler.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

// One program for each: what one package's files refer to must not help another's.
test.each(["btf", "runtime", "native", "codegen"])(
  "TypeScript 5.4 compiles the declarations of packages/%s by themselves",
  (name) => {
    const files = declarations(name);
    expect(files).not.toEqual([]);
    expect(errors(files)).toEqual([]);
  },
);

test("the declarations of packages/runtime have nothing that is marked as internal", () => {
  const texts = declarations("runtime").map((path) => readFileSync(path, "utf8"));
  expect(texts.flatMap((text) => text.match(/.*@internal.*/g) ?? [])).toEqual([]);
});
