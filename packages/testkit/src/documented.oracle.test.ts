import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const packages = ["runtime", "native", "vm", "relay"];
/** Entries that people do not import: generated code and backends do. */
const seams = /codegen|backend|helpers/;

interface Exports {
  readonly exports: Readonly<Record<string, string | { readonly "@rbgen/source"?: string }>>;
}

/** The sources of a package's entries. */
function entriesOf(name: string): readonly string[] {
  const manifest = JSON.parse(readFileSync(join(root, "packages", name, "package.json"), "utf8")) as Exports;
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    const source = typeof target === "string" ? undefined : target["@rbgen/source"];
    return source === undefined || seams.test(entry) ? [] : [join(root, "packages", name, source)];
  });
}

/** A declaration that someone may hover over, and what is written of it. */
interface Shown {
  readonly name: string;
  readonly comment: string;
}

/** Everything that the entries export, and the members of it. */
function shownBy(entries: readonly string[]): readonly Shown[] {
  const program = ts.createProgram([...entries], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ESNext,
    strict: true,
    noEmit: true,
    allowImportingTsExtensions: true,
    customConditions: ["@rbgen/source"],
    types: ["node"],
    typeRoots: [join(root, "node_modules/@types")],
  });
  const checker = program.getTypeChecker();
  const symbols = new Set<ts.Symbol>();
  for (const entry of entries) {
    const file = program.getSourceFile(entry);
    const module = file && checker.getSymbolAtLocation(file);
    if (module === undefined) throw new Error(`${entry} is no module`);
    for (const symbol of checker.getExportsOfModule(module)) {
      symbols.add(symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
    }
  }
  const isInternal = (symbol: ts.Symbol): boolean => symbol.getJsDocTags().some(({ name }) => name === "internal");
  const textOf = (symbol: ts.Symbol): string => ts.displayPartsToString(symbol.getDocumentationComment(checker));
  return [...symbols].flatMap((symbol): Shown[] => {
    const declarations = (symbol.declarations ?? []).filter((each) =>
      each.getSourceFile().fileName.startsWith(join(root, "packages")),
    );
    const [first] = declarations;
    if (first === undefined || isInternal(symbol)) return [];
    const at = `${relative(root, first.getSourceFile().fileName)}: ${symbol.name}`;
    const members = declarations
      .filter((each) => ts.isClassDeclaration(each) || ts.isInterfaceDeclaration(each))
      .flatMap((each) => [...each.members])
      .filter((each) => each.name !== undefined && (ts.isIdentifier(each.name) || ts.isStringLiteral(each.name)))
      .filter((each) => !(ts.getCombinedModifierFlags(each) & ts.ModifierFlags.Private))
      .flatMap((each): Shown[] => {
        const member = checker.getSymbolAtLocation(each.name!);
        return member === undefined || isInternal(member)
          ? []
          : [{ name: `${at}.${member.name}`, comment: textOf(member) }];
      });
    return [{ name: at, comment: textOf(symbol) }, ...members];
  });
}

let shown: readonly Shown[];
beforeAll(() => {
  shown = shownBy(packages.flatMap(entriesOf));
});

test("everything that users see of the packages says what it is", () => {
  expect(shown.length).toBeGreaterThan(1000);
  expect(shown.filter(({ comment }) => comment === "").map(({ name }) => name)).toEqual([]);
});

test("what teaches has an example: making a map, writing, loading a program, attaching an object", () => {
  const commented = (path: string, member: string): string => {
    const text = readFileSync(join(root, "packages", path), "utf8");
    const end = text.search(new RegExp(`^(?:export function |  )(?:async )?${member}\\(`, "m"));
    return text.slice(text.lastIndexOf("/**", end), end);
  };
  for (const [path, member] of [
    ["runtime/src/emulated/kernel.ts", "createRingBuf"],
    ["runtime/src/emulated/kernel.ts", "loadProgram"],
    ["runtime/src/writer.ts", "write"],
    ["native/src/object/object.ts", "attach"],
  ] as const) {
    expect(commented(path, member), `${path} ${member}`).toMatch(/@example\n\s*\* ```ts\n[\s\S]*```/);
  }
});

test("errors stand on lines of their own", () => {
  const inside = packages.flatMap((name) => {
    const folder = join(root, "packages", name, "src");
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.includes(".test."))
      .flatMap((path) => {
        const comments = readFileSync(join(folder, path), "utf8").match(/\/\*\*(?:(?!\*\/)[\s\S])*\*\//g) ?? [];
        return comments
          .filter((comment) => /[^\s*/][^\n]*[ \t]@throws/.test(comment))
          .map((comment) => `${path}: ${comment}`);
      });
  });
  expect(inside).toEqual([]);
});
