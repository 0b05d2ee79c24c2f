import type { ScalarRecordPlan } from "../plan/model.ts";
import { block, type Code, code } from "./code.ts";
import { codecStatements } from "./codec.ts";
import { type EmitContext, use, useType } from "./context.ts";
import type { Statement } from "./declaration.ts";
import { commentText, quote } from "./text.ts";
import { outType, readExpression, writeStatements } from "./values.ts";
import { standing, where } from "./view.ts";
import { liveLine } from "./writer-cursor.ts";

/** A record that is no struct (`int`, `__u64[4]`): its value stands alone, and in views and writers under `value`. */
export function scalarStatements(context: EmitContext, record: ScalarRecordPlan): Statement[] {
  const { names, shape, cName, declaration } = record;
  const type = outType(context, shape);
  const input = code`${useType(context, "Input")}<${names.type}>`;
  const name = quote(cName);
  const check = use(context, "checkBounds");
  const place = { record: cName, path: code`` };
  const writes = (at: Code): readonly Code[] => writeStatements(context, shape, code`value`, at, code`"value"`);
  return [
    code`/** \`${commentText(declaration)}\`: ${shape.size} bytes. */\nexport type ${names.type} = ${type};`,
    block([
      code`/** Copies one \`${commentText(declaration)}\` out of \`view\`. */`,
      code`export function ${names.decode}(view: DataView, offset: number = 0, byteLength: number = view.byteLength - offset): ${names.type} {`,
      code`  ${check}(${name}, view, offset, byteLength, ${shape.size});`,
      code`  return ${readExpression(context, shape, code`offset`, place)};`,
      code`}`,
    ]),
    block([
      code`/** Writes \`value\` at \`offset\`; returns the bytes written. */`,
      code`export function ${names.encode}(value: ${input}, view: DataView, offset: number = 0): number {`,
      code`  ${use(context, "checkRoom")}(${name}, view, offset, ${shape.size});`,
      ...writes(code`offset`).map((line) => code`  ${line}`),
      code`  return ${shape.size};`,
      code`}`,
    ]),
    code`/** Cursor over a leased \`${commentText(declaration)}\`. */\nexport type ${names.view} = { readonly value: ${names.type} };`,
    code`/** Setter over a reserved \`${commentText(declaration)}\`. */\nexport type ${names.writer} = { value: ${input} };`,
    block([
      code`class ${names.viewClass} implements ${useType(context, "Leased")} {`,
      code`  #lease: ${useType(context, "Lease")} = ${use(context, "noLease")};`,
      code``,
      code`  get value(): ${names.type} {`,
      ...standing(context, [code`return ${readExpression(context, shape, where.base, place)};`]).map(
        (line) => code`    ${line}`,
      ),
      code`  }`,
      code``,
      code`  [${use(context, "takeLease")}](lease: Lease): boolean {`,
      code`    this.#lease = lease;`,
      code`    return false;`,
      code`  }`,
      code`}`,
    ]),
    block([
      code`class ${names.writerClass} implements ${useType(context, "Attachable")} {`,
      code`  #view: DataView | null = null;`,
      code`  #offset = 0;`,
      code``,
      code`  set value(value: ${input}) {`,
      code`    ${liveLine(context)}`,
      ...writes(code`this.#offset`).map((line) => code`    ${line}`),
      code`  }`,
      code``,
      code`  [${use(context, "attachView")}](view: DataView | null, offset: number, byteLength: number): void {`,
      code`    if (view !== null) ${check}(${name}, view, offset, byteLength, ${shape.size});`,
      code`    this.#view = view;`,
      code`    this.#offset = offset;`,
      code`    if (view !== null) ${use(context, "zero")}(view, offset, byteLength);`,
      code`  }`,
      code`}`,
    ]),
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
