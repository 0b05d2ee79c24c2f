import { counted } from "../diagnostics/counted.ts";
import type { ScalarRecordPlan } from "../plan/model.ts";
import { block, type Code, code, commentText, quote } from "./code.ts";
import { codecStatements } from "./codec.ts";
import { scalarColumns } from "./columns/record-columns.ts";
import { type EmitContext, use, useType } from "./context.ts";
import { cursorText, method, standing } from "./cursor.ts";
import type { Statement } from "./declaration.ts";
import { bytes, decodeParameters } from "./decode.ts";
import { encodeParameters } from "./encode.ts";
import { shapeJson } from "./json.ts";
import { byteLength, here, type Span, value } from "./span.ts";
import { inputStatement } from "./types.ts";
import { outType, readExpression, writeStatements } from "./values.ts";
import { leaseField, viewStand } from "./view.ts";
import { setter } from "./writer.ts";

function viewClass(context: EmitContext, record: ScalarRecordPlan): Code {
  const { names, shape, cName } = record;
  const place = { record: cName, path: "" };
  const body = ({ view, base }: Span): Code[] => [code`return ${readExpression(context, shape, view, base, place)};`];
  const lease = useType(context, "Lease");
  return cursorText({
    name: names.viewClass,
    base: use(context, "RecordView"),
    implemented: useType(context, "Leased"),
    fields: [leaseField(context)],
    members: [
      method(code`get value(): ${names.type}`, standing(context, viewStand(context, false), body)),
      method(code`[${use(context, "takeLease")}](lease: ${lease}): boolean`, [
        code`this.#lease = lease;`,
        code`return false;`,
      ]),
    ],
  });
}

function writerClass(context: EmitContext, record: ScalarRecordPlan, input: Code): Code {
  const { names, shape, cName } = record;
  const sample = code`${here.view}, ${here.base}, ${byteLength}, ${shape.size}`;
  return cursorText({
    name: names.writerClass,
    implemented: useType(context, "Attachable"),
    fields: [code`#view: DataView | null = null`, code`#at = 0`],
    members: [
      setter(context, code`value`, input, ({ view, base }) =>
        writeStatements(context, shape, value, view, base, quote("value")),
      ),
      method(code`[${use(context, "attachView")}](view: DataView | null, offset: number, byteLength: number): void`, [
        code`this.#view = ${use(context, "clearSample")}(${quote(cName)}, ${sample});`,
        code`this.#at = offset;`,
      ]),
    ],
  });
}

/** A record that is no struct (`int`, `__u64[4]`): its value stands alone, and in views and writers under `value`. */
export function scalarStatements(context: EmitContext, record: ScalarRecordPlan): Statement[] {
  const { names, shape, cName, declaration } = record;
  const { view, base } = here;
  const input = code`${names.input}`;
  const check = use(context, "checkBounds");
  const place = { record: cName, path: "" };
  const documented = code`\`${commentText(declaration)}\``;
  const { parts } = context;
  const statements: Statement[] = [
    code`/** ${documented}: ${commentText(counted(shape.size, "byte"))}. */\nexport type ${names.type} = ${outType(context, shape)};`,
    {
      kind: context.kinds.Function,
      name: names.decode,
      isExported: true,
      docs: [code`Copies one ${documented} out of \`bytes\`.`],
      parameters: decodeParameters,
      returnType: names.type,
      statements: block([
        code`const ${view} = ${check}(${quote(cName)}, ${bytes}, ${base}, ${byteLength}, ${shape.size});`,
        code`return ${readExpression(context, shape, view, base, place)};`,
      ]),
    },
  ];
  if (parts.has("views")) {
    statements.push(
      code`/** Cursor over a leased ${documented}. */\nexport type ${names.view} = { readonly value: ${names.type} };`,
      viewClass(context, record),
    );
  }
  if (parts.has("encode")) {
    statements.push(
      inputStatement(context, names),
      {
        kind: context.kinds.Function,
        name: names.encode,
        isExported: true,
        docs: [code`Writes \`value\` at \`offset\`; returns the bytes written.`],
        parameters: encodeParameters(input),
        returnType: code`number`,
        statements: block([
          code`${use(context, "checkRoom")}(${quote(cName)}, ${view}, ${base}, ${shape.size});`,
          ...writeStatements(context, shape, value, view, base, quote("value")),
          code`return ${shape.size};`,
        ]),
      },
      code`/** Setter over a reserved ${documented}. */\nexport type ${names.writer} = { value: ${input} };`,
      writerClass(context, record, input),
    );
  }
  statements.push(
    ...codecStatements(context, {
      names,
      cName,
      cText: declaration,
      size: shape.size,
      minByteLength: shape.size,
      layout: record.layout,
      input,
      json: parts.has("json") ? shapeJson(context, shape) : undefined,
      length: shape.size,
      moves: false,
      made: undefined,
      columns: parts.has("columns") ? scalarColumns(context, record) : undefined,
    }),
  );
  return statements;
}
