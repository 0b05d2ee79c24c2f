import type { CompositePlan, PlacePlan, ScalarRecordPlan, StreamPlan } from "../../plan/model.ts";
import { type Name, named, type TypeNames } from "../../plan/names.ts";
import { endOf } from "../../plan/place.ts";
import { boundsCheck } from "../bounds.ts";
import { binary, block, type Code, code, commentText, join, mentions, propertyKey, quote } from "../code.ts";
import { type EmitContext, innerScope, use, useType } from "../context.ts";
import { kindsOf } from "../kinds.ts";
import { loadPlace, placeLiteral } from "../places.ts";
import { byteLength, here, type Span, sample } from "../span.ts";
import { bytesColumn, integerElements, numberColumn } from "./column.ts";
import { copiedPlaces } from "./copied.ts";
import { Level } from "./level.ts";
import { valueColumn } from "./lists.ts";
import { type ColumnScope, usedBindings } from "./scope.ts";
import { compositeLines, structLines } from "./walk.ts";

/** The columns of a record: what its file declares for them, and what its codec is told. */
export interface RecordColumns {
  /** The type of a batch. */
  readonly type: Name;
  /** Declarations before the codec. */
  readonly statements: readonly Code[];
  /** Lines of the codec. */
  readonly members: readonly Code[];
}

/** How a struct of a stream is filled in: by a function, since a ring holds several of them. */
interface Filled {
  readonly level: Level;
  readonly fill: Name;
  readonly statements: readonly Code[];
}

/** The columns of the structs in streams. */
export type FilledStructs = Map<CompositePlan, Filled>;

const { view, base: offset, end } = here;
const row = code`row`;
const own = [
  view,
  offset,
  byteLength,
  end,
  row,
  code`run`,
  code`lease`,
  code`buffer`,
  code`max`,
  code`columns`,
  code`stream`,
  code`error`,
  code`tag`,
  code`at`,
  code`next`,
];

const indent = (line: Code): Code => code`  ${line}`;

function scopeOf(context: EmitContext): ColumnScope {
  return { context, scope: innerScope(context, own), bindings: [], structLines };
}

/** `const end = …` where a statement asks for it. */
function endLine(lines: readonly Code[]): readonly Code[] {
  return mentions(block(lines), end) > 0 ? [code`const ${end} = ${binary("+", offset, byteLength)};`] : [];
}

/** The sample's place, as much of it as is asked for. */
function leaseLine(lines: readonly Code[]): readonly Code[] {
  const used = [view, offset, byteLength].filter((name) => mentions(block(lines), name) > 0);
  return used.length === 0 ? [] : [code`const { ${join(used, code`, `)} } = lease;`];
}

/** The lines of a codec: its memory, and the loop over samples that `body` makes a row of. */
function codecMembers(
  context: EmitContext,
  schema: Name,
  buffer: Code,
  before: readonly Code[],
  body: readonly Code[],
  places?: readonly number[],
): Code[] {
  const lines = [...endLine(body), ...body];
  return [
    code`  [${use(context, "recordColumns")}]: {`,
    code`    schema: ${schema},`,
    ...(places === undefined
      ? []
      : [
          code`    places: [${join(
            places.map((place) => code`${place}`),
            code`, `,
          )}],`,
        ]),
    code`    createBuffer: () => new ${buffer}(${schema}),`,
    code`    fill(run, lease, ${before.length === 0 ? "_buffer" : "buffer"}, row, max) {`,
    ...before.map((line) => code`      ${line}`),
    code`      while (row < max && run.next(lease)) {`,
    code`        let next = lease.offset;`,
    code`        do {`,
    code`          next += lease.stride;`,
    code`          try {`,
    ...[...leaseLine(lines), ...lines].map((line) => code`            ${line}`),
    code`          } catch (error) { run.failed(error, lease); continue; }`,
    code`          row += 1;`,
    code`        } while (row < max && lease.moveTo(next));`,
    code`      }`,
    code`      return row;`,
    code`    },`,
    code`  },`,
  ];
}

function schemaStatement(
  context: EmitContext,
  name: Name,
  type: "StructType" | "StreamType",
  cText: string,
  value: Code,
): Code {
  return block([
    code`/** What the columns of \`${commentText(cText)}\` are. */`,
    code`const ${name}: ${useType(context, type)} = ${value};`,
  ]);
}

/** The columns of a record of one type. */
function flatColumns(
  context: EmitContext,
  { columns: type, schema }: TypeNames,
  cText: string,
  fill: (shared: ColumnScope, level: Level, where: Span) => readonly Code[],
  places?: readonly number[],
): RecordColumns {
  const shared = scopeOf(context);
  const level = new Level(code`columns`, row, false);
  const lines = fill(shared, level, sample);
  const used = usedBindings(shared.bindings, lines);
  const bindings =
    used.length === 0 ? [] : [code`const { columns } = buffer as ${use(context, "StructBuffer")};`, ...used];
  const batch = useType(context, "ColumnBatch");
  return {
    type,
    statements: [
      block([
        code`/** Records of \`${commentText(cText)}\` in columns, by the path of each member. */`,
        code`export type ${type} = ${batch}<${level.type(context)}>;`,
      ]),
      schemaStatement(context, schema, "StructType", cText, level.schema),
    ],
    members: codecMembers(context, schema, use(context, "StructBuffer"), bindings, lines, places),
  };
}

/** The columns of a struct. */
export function compositeColumns(context: EmitContext, composite: CompositePlan): RecordColumns {
  return flatColumns(
    context,
    composite.names,
    composite.cText,
    (shared, level, where) => compositeLines(shared, { composite, level, where, prefix: "", arm: undefined }),
    copiedPlaces(context, composite),
  );
}

/** The column of a record that is no struct: `value`. */
export function scalarColumns(context: EmitContext, record: ScalarRecordPlan): RecordColumns {
  const { names, shape, cName, declaration } = record;
  return flatColumns(context, names, declaration, (shared, level, where) => {
    const slot = { source: level.next, row, grows: false, name: named`value` };
    const column = valueColumn(shared, slot, shape, where, offset, { record: cName, path: "" });
    level.add("value", column, undefined);
    return column.lines;
  });
}

/** The function that fills a row with one struct of a stream. */
function filledStruct(context: EmitContext, composite: CompositePlan): Filled {
  const shared = scopeOf(context);
  const level = new Level(code`columns`, row, false);
  const check = boundsCheck(context, composite, sample);
  const body = compositeLines(shared, { composite, level, where: sample, prefix: "", arm: undefined });
  const { fill } = composite.names;
  const buffers = use(context, "StructBuffer");
  const lines = [...usedBindings(shared.bindings, body), check, ...endLine(body), ...body];
  const parameters = code`columns: ${buffers}["columns"], row: number, view: DataView, offset: number, byteLength: number`;
  const statement = block([
    code`/** Fills row \`row\` of the columns of \`${commentText(composite.cText)}\`. */`,
    code`function ${fill}(${parameters}): void {`,
    ...lines.map(indent),
    code`}`,
  ]);
  return { level, fill, statements: [statement] };
}

/** Bytes of the integers that hold the tag. */
function tagBytes({ shape, bits }: PlacePlan): number {
  if (bits === undefined) return shape.size;
  return [1, 2, 4].find((size) => bits.size <= 8 * size) ?? 8;
}

/** The columns of records whose tag means none of a ring's structs. */
function unknownLevel(shared: ColumnScope, { variants, tag }: StreamPlan): Level {
  const unknown = new Level(code`stream.columns(${variants.length})`, code`at`, true);
  const elements = integerElements(tagBytes(tag), tag.shape.kind !== "bool" && tag.shape.signed);
  const at = (name: Name) => ({ source: unknown.next, row: code`at`, grows: true, name });
  unknown.add("tag", numberColumn(shared, at(named`tags`), elements, code`tag`), undefined);
  unknown.add("bytes", bytesColumn(shared, at(named`bytes`), false, view, offset, byteLength), undefined);
  return unknown;
}

/** The columns of a ring that holds several types of record: those of each. */
export function streamColumns(context: EmitContext, stream: StreamPlan, filled: FilledStructs): RecordColumns {
  const { columns: type, schema } = stream.names;
  const { variants, tag, unknown: other, cName } = stream;
  const statements: Code[] = [];
  const structs = variants.map(({ body }) => {
    const known = filled.get(body);
    if (known !== undefined) return known;
    const made = filledStruct(context, body);
    filled.set(body, made);
    statements.push(...made.statements);
    return made;
  });
  const shared = scopeOf(context);
  const unknown = other === undefined ? undefined : unknownLevel(shared, stream);
  const checks = code`${use(context, "checkBounds")}(${quote(cName)}, ${view}, ${offset}, ${byteLength}, ${endOf(tag)});`;
  const body = [
    checks,
    code`const tag = ${loadPlace(context, tag, here)};`,
    code`switch (tag) {`,
    ...variants.flatMap(({ values, isDefault }, kind) => [
      ...values.map((value) => code`  case ${placeLiteral(tag, value)}:`),
      ...(isDefault ? [code`  default:`] : []),
      code`    ${structs[kind]?.fill ?? code``}(stream.columns(${kind}), stream.begin(${kind}), ${view}, ${offset}, ${byteLength});`,
      code`    stream.end(row, ${kind});`,
      code`    break;`,
    ]),
    ...(unknown === undefined
      ? []
      : [
          code`  default: {`,
          code`    const at = stream.begin(${variants.length});`,
          ...unknown.fills.map((line) => code`    ${line}`),
          code`    stream.end(row, ${variants.length});`,
          code`  }`,
        ]),
    code`}`,
  ];
  const kinds = kindsOf(stream);
  const levels = [...structs.map(({ level }) => level), ...(unknown === undefined ? [] : [unknown])];
  const struct = useType(context, "StructColumns");
  const types = kinds.map(
    (kind, index) => code`  readonly ${propertyKey(kind)}: ${struct}<${levels[index]?.inlineType(context) ?? code``}>;`,
  );
  const schemas = kinds.map(
    (kind, index) => code`  { name: ${quote(kind)}, type: ${levels[index]?.inlineSchema ?? code``} },`,
  );
  const union = join(kinds.map(quote), code` | `);
  return {
    type,
    statements: [
      ...statements,
      block([
        code`/** Records of \`${commentText(cName)}\` in columns, those of each type by themselves. */`,
        code`export type ${type} = ${useType(context, "StreamBatch")}<${union}, {`,
        ...types,
        code`}>;`,
      ]),
      schemaStatement(
        context,
        schema,
        "StreamType",
        cName,
        block([code`{ kind: "stream", variants: [`, ...schemas, code`] }`]),
      ),
    ],
    members: codecMembers(
      context,
      schema,
      use(context, "StreamBuffer"),
      [code`const stream = buffer as ${use(context, "StreamBuffer")};`, ...usedBindings(shared.bindings, body)],
      body,
    ),
  };
}
