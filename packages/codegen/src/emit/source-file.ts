import type { StatementStructures } from "ts-morph";
import { hashLayout, layoutOf } from "../plan/layout.ts";
import type { CompositePlan, FilePlan } from "../plan/model.ts";
import type { Scope } from "../plan/names.ts";
import { ArrayFunctions } from "./arrays.ts";
import { codecStatement } from "./codec.ts";
import { type EmitContext, useType } from "./context.ts";
import { decodeFunction, readFunction } from "./decode.ts";
import { encodeFunction, lengthFunction, writeFunction } from "./encode.ts";
import { layoutStatement } from "./layout.ts";
import { compositeInterface, enumStatements } from "./types.ts";
import { viewClass } from "./view.ts";
import { writerClass } from "./writer.ts";

const runtimeModule = "@rbgen/runtime/codegen/v1";

function compositeStatements(context: EmitContext, composite: CompositePlan): (StatementStructures | string)[] {
  const statements: (StatementStructures | string)[] = [compositeInterface(context, composite)];
  statements.push(...lengthFunction(context, composite));
  if (composite.nested) statements.push(readFunction(context, composite), writeFunction(context, composite));
  if (composite.record) statements.push(decodeFunction(context, composite), encodeFunction(context, composite));
  const { names } = composite;
  if (composite.record) {
    statements.push(
      `/** Cursor over a leased \`${composite.cText}\`. */\nexport type ${names.view} = ${useType(context, "ViewOf")}<${names.type}>;\n/** Setters over a reserved \`${composite.cText}\`. */\nexport type ${names.writer} = ${useType(context, "WriterOf")}<${names.type}>;`,
    );
  }
  statements.push(viewClass(context, composite), writerClass(context, composite));
  if (composite.record) {
    const layout = layoutOf(composite, context.plan.endian);
    statements.push(layoutStatement(context, composite.names.layout, layout, composite.cText));
    statements.push(codecStatement(context, composite, hashLayout(layout)));
  }
  return statements;
}

/** The text of a generated file. `preamble` holds its first lines, without comment signs. */
export async function sourceFile(plan: FilePlan, scope: Scope, preamble: readonly string[]): Promise<string> {
  // ts-morph brings the compiler, which costs more than all the rest: it is loaded when there is something to print.
  const { Project, StructureKind } = await import("ts-morph");
  const context: EmitContext = {
    plan,
    kinds: StructureKind,
    scope,
    values: new Set(),
    types: new Set(),
    arrays: new ArrayFunctions(),
  };
  const declarations = [
    ...plan.enums.flatMap((entry) => enumStatements(entry)),
    ...plan.composites.flatMap((composite) => compositeStatements(context, composite)),
  ];
  const imports: StatementStructures[] = [
    {
      kind: StructureKind.ImportDeclaration,
      moduleSpecifier: runtimeModule,
      namedImports: [...context.values].sort(),
    },
    {
      kind: StructureKind.ImportDeclaration,
      isTypeOnly: true,
      moduleSpecifier: runtimeModule,
      namedImports: [...context.types].sort(),
    },
  ];
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: { indentationText: "  " as never },
  });
  const file = project.createSourceFile("generated.ts", {
    statements: [
      ...imports.filter((entry) => (entry as { namedImports: string[] }).namedImports.length > 0),
      ...declarations,
      ...context.arrays.declarations,
    ],
  });
  return `${preamble.map((line) => `// ${line}\n`).join("")}/* eslint-disable */\n${file.getFullText()}`;
}
