import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";
import { runtimeNames } from "./runtime-names.ts";
import { load } from "./testing/load.ts";
import * as t from "./testing/types.ts";

const tag = (text: string): { tags: string[] } => ({ tags: [`rbgen:${text}`] });

/** Names of locals and parameters of a generated file, as a header may use them. */
const known =
  `bytes view offset byteLength value length count index error end target kind result i at start next item big tag record
cursor run lease sink values handler stream columns buffer row max input unionBytes until used blob bits0 bare padded room
before elements read whole given held told look lengthsAt first`.split(/\s+/);

const words = [...new Set([...known, ...localsOfGoldens()])];

/** The locals and parameters of every golden file. */
function localsOfGoldens(): string[] {
  const folder = new URL("golden/", import.meta.url);
  const found = new Set<string>();
  for (const name of readdirSync(folder)) {
    const visit = (node: ts.Node): void => {
      const local = ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node);
      if (local && ts.isIdentifier(node.name)) found.add(node.name.text);
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(name, readFileSync(new URL(name, folder), "utf8"), ts.ScriptTarget.Latest, true));
  }
  return [...found];
}

/** Locals and parameters of a file that hide a function, a class or an import of it. */
function hidden(text: string): string[] {
  const file = ts.createSourceFile("a.ts", text, ts.ScriptTarget.Latest, true);
  const outer = new Set<string>();
  for (const statement of file.statements) {
    if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) outer.add(statement.name?.text ?? "");
    if (!ts.isImportDeclaration(statement)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings !== undefined && ts.isNamedImports(bindings))
      for (const { name } of bindings.elements) outer.add(name.text);
  }
  const found: string[] = [];
  const visit = (node: ts.Node, depth: number): void => {
    const local = (ts.isVariableDeclaration(node) && depth > 0) || ts.isParameter(node) || ts.isBindingElement(node);
    if (local && ts.isIdentifier(node.name) && outer.has(node.name.text)) found.push(node.getText());
    ts.forEachChild(node, (child) => visit(child, depth + Number(ts.isFunctionLike(node))));
  };
  visit(file, 0);
  return found;
}

test("a local that hides a function is found", () => {
  expect(hidden("function next() {}\nfunction a(next: number) { const b = next; }\nconst next2 = 1;")).toEqual([
    "next: number",
  ]);
});

test.each(["camel", "preserve"] as const)(
  "no local of a generated file has the name of a function, a class or an import, whatever a header calls its own (%s)",
  async (nameCase) => {
    const names = [...words, ...[...runtimeNames].filter((name) => /^[a-z]/.test(name))];
    const counted = words.slice(0, 8).map((name, index) =>
      t.struct(`${name}_s`, 4, [t.member("n", t.u32, 0), t.member(name, t.array(t.u16, 0), 4, tag("length=n"))], {
        tags: [`rbgen:record=ring;variant=${index};tag=n`],
      }),
    );
    const lengths = names.map((name) =>
      t.struct(`of_${name}`, 4, [t.member(name, t.u32, 0), t.member("d", t.array(t.u16, 0), 4, tag(`length=${name}`))]),
    );
    const structs = words.map((name) =>
      t.struct(name, 4, [t.bitField(name, t.u32, 0, 20), t.bitField("b", t.u32, 20, 4)]),
    );
    const item = t.struct("items", 4, [
      t.member("len", t.u32, 0),
      t.member("d", t.array(t.u8, 0), 4, tag("length=len")),
    ]);
    const holder = t.struct("holder", 4 * words.length + 4, [
      ...structs.map((struct, index) => t.member(words[index] ?? "", struct, 4 * index)),
      t.member("total", t.u32, 4 * words.length),
      t.member("list", t.array(t.u8, 0), 4 * words.length + 4, tag("list=items;length=total")),
    ]);
    const located = t.struct("located", 4 * words.length, [
      ...words.map((name, index) => t.member(name, t.u32, 4 * index, tag("dataloc"))),
    ]);
    const module = t.moduleOf([...structs, ...counted, ...lengths, item, holder, located]);
    const { text } = await load(module, { all: true, case: nameCase, columns: true });
    expect(hidden(text)).toEqual([]);
  },
);
