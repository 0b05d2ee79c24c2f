import { generate } from "rbgen";
import ts from "typescript";
import { BrokenPromise, type Target } from "../engine/target.ts";
import { cWords } from "./c-words.ts";
import { readC } from "./header.ts";

/** What a generated file may hold at its top: nothing that runs anything of the input. */
const harmless = new Set([
  ts.SyntaxKind.ImportDeclaration,
  ts.SyntaxKind.ExportDeclaration,
  ts.SyntaxKind.InterfaceDeclaration,
  ts.SyntaxKind.TypeAliasDeclaration,
  ts.SyntaxKind.ClassDeclaration,
  ts.SyntaxKind.FunctionDeclaration,
  ts.SyntaxKind.EnumDeclaration,
  ts.SyntaxKind.ModuleDeclaration,
  ts.SyntaxKind.VariableStatement,
]);

/** Whatever a header holds, it becomes diagnostics or a file that TypeScript parses, without a statement of the input's. */
export const target: Target = {
  grammar: { kind: "text", dictionary: cWords, longest: 2048 },
  work: { base: 20_000_000, perByte: 200_000 },
  async run(input) {
    let failed = false;
    const note = ({ severity }: { readonly severity: string }): void => {
      if (severity === "error") failed = true;
    };
    const module = readC(input, note);
    if (failed) return;
    const options = { types: [], all: true, maps: {}, int64: "bigint", case: "camel", version: "0.0.0" } as const;
    const file = await generate(module, options, note);
    if (file === undefined) {
      if (!failed) throw new BrokenPromise("no file, and no error");
      return;
    }
    const parsed = ts.createSourceFile("fuzz.gen.ts", file.text, ts.ScriptTarget.ES2022, true);
    const { parseDiagnostics } = parsed as unknown as { readonly parseDiagnostics: readonly ts.Diagnostic[] };
    const [fault] = parseDiagnostics;
    if (fault !== undefined) {
      const text = ts.flattenDiagnosticMessageText(fault.messageText, " ");
      throw new BrokenPromise(`${text}, in ${JSON.stringify(file.text.slice(fault.start, (fault.start ?? 0) + 60))}`);
    }
    for (const statement of parsed.statements) {
      if (!harmless.has(statement.kind)) throw new BrokenPromise(`a statement: ${statement.getText().slice(0, 80)}`);
    }
    const odd = /[\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|(?![\t\n])\p{Cc}/u.exec(file.text);
    if (odd !== null) throw new BrokenPromise(`U+${odd[0].charCodeAt(0).toString(16)} in the generated file`);
  },
};
