import type { StatementStructures } from "ts-morph";
import type { ScalarRecordPlan } from "../plan/model.ts";
import { codecStatements } from "./codec.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { commentText, quote } from "./text.ts";
import { outType, readExpression, writeStatements } from "./values.ts";
import { standing, where } from "./view.ts";
import { liveLine } from "./writer-cursor.ts";

/** A record that is no struct (`int`, `__u64[4]`): its value stands alone, and in views and writers under `value`. */
export function scalarStatements(context: EmitContext, record: ScalarRecordPlan): (StatementStructures | string)[] {
  const { names, shape, cName, declaration } = record;
  const type = outType(context, shape);
  const input = `${useType(context, "Input")}<${names.type}>`;
  const name = quote(cName);
  const check = use(context, "checkBounds");
  const place = { record: cName, path: "" };
  const writes = (at: string): readonly string[] => writeStatements(context, shape, "value", at, '"value"');
  return [
    `/** \`${commentText(declaration)}\`: ${shape.size} bytes. */\nexport type ${names.type} = ${type};`,
    [
      `/** Copies one \`${commentText(declaration)}\` out of \`view\`. */`,
      `export function ${names.decode}(view: DataView, offset: number = 0, byteLength: number = view.byteLength - offset): ${names.type} {`,
      `  ${check}(${name}, view, offset, byteLength, ${shape.size});`,
      `  return ${readExpression(context, shape, "offset", place)};`,
      "}",
    ].join("\n"),
    [
      "/** Writes `value` at `offset`; returns the bytes written. */",
      `export function ${names.encode}(value: ${input}, view: DataView, offset: number = 0): number {`,
      `  ${use(context, "checkRoom")}(${name}, view, offset, ${shape.size});`,
      ...writes("offset").map((line) => `  ${line}`),
      `  return ${shape.size};`,
      "}",
    ].join("\n"),
    `/** Cursor over a leased \`${commentText(declaration)}\`. */\nexport type ${names.view} = { readonly value: ${names.type} };`,
    `/** Setter over a reserved \`${commentText(declaration)}\`. */\nexport type ${names.writer} = { value: ${input} };`,
    [
      `class ${names.viewClass} implements ${useType(context, "Leased")} {`,
      `  #lease: ${useType(context, "Lease")} = ${use(context, "noLease")};`,
      "",
      `  get value(): ${names.type} {`,
      ...standing(context, [`return ${readExpression(context, shape, where.base, place)};`]).map(
        (line) => `    ${line}`,
      ),
      "  }",
      "",
      `  [${use(context, "takeLease")}](lease: Lease): boolean {`,
      "    this.#lease = lease;",
      "    return false;",
      "  }",
      "}",
    ].join("\n"),
    [
      `class ${names.writerClass} implements ${useType(context, "Attachable")} {`,
      "  #view: DataView | null = null;",
      "  #offset = 0;",
      "",
      `  set value(value: ${input}) {`,
      `    ${liveLine(context)}`,
      ...writes("this.#offset").map((line) => `    ${line}`),
      "  }",
      "",
      `  [${use(context, "attachView")}](view: DataView | null, offset: number, byteLength: number): void {`,
      `    if (view !== null) ${check}(${name}, view, offset, byteLength, ${shape.size});`,
      "    this.#view = view;",
      "    this.#offset = offset;",
      `    if (view !== null) ${use(context, "zero")}(view, offset, byteLength);`,
      "  }",
      "}",
    ].join("\n"),
    ...codecStatements(context, {
      names,
      cName,
      cText: declaration,
      size: shape.size,
      minByteLength: shape.size,
      layout: record.layout,
      input,
      length: shape.size,
    }),
  ];
}
