import { readFileSync } from "node:fs";
import ts from "typescript";
import { expect, test } from "vitest";
import { runtimeNames } from "./runtime-names.ts";

test("the names that a generated file may import are those that codegen/v1 exports", () => {
  const file = new URL("../../../runtime/src/codegen/v1.ts", import.meta.url);
  const source = ts.createSourceFile("v1.ts", readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const exported = source.statements.flatMap((statement) => {
    const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
    return clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map(({ name }) => name.text) : [];
  });
  expect([...runtimeNames].sort()).toEqual(exported.sort());
});
