import type { CodeBlockWriter, Project, WriterFunction } from "ts-morph";
import type { CompositePlan, FilePlan } from "../plan/model.ts";
import { named, type Scope } from "../plan/names.ts";
import type { SdkPlan } from "../plan/sdk.ts";
import { aliasStatements } from "./aliases.ts";
import { ArrayFunctions } from "./arrays.ts";
import { ChainFunctions } from "./chains.ts";
import { choiceStatements } from "./choice.ts";
import { block, type Code, code, commentText, isCode, join, quote, textOf } from "./code.ts";
import { codecStatements } from "./codec.ts";
import { compositeColumns, type FilledStructs } from "./columns/record-columns.ts";
import { constantStatements, type NamedConstant } from "./constants.ts";
import { type EmitContext, inputType, lengthName, roleOf } from "./context.ts";
import { cursorTypes } from "./cursor-types.ts";
import { printable, type Statement } from "./declaration.ts";
import { armFunctions, decodeFunction, madeInLoop, readFunction } from "./decode.ts";
import { encodeFunction, writeFunction } from "./encode.ts";
import { FlagTables } from "./forms.ts";
import { compositeJson, jsonOf } from "./json.ts";
import { lengthFunction } from "./length.ts";
import { filled, fits } from "./lines.ts";
import { ListFunctions } from "./lists.ts";
import { placed } from "./members.ts";
import type { RecordPart } from "./record-part.ts";
import { type RuntimeName, runtimeNames } from "./runtime-names.ts";
import { scalarStatements } from "./scalar.ts";
import { sdkStatements } from "./sdk.ts";
import { streamStatements } from "./stream.ts";
import { compositeTypes, enumStatements, inputStatement } from "./types.ts";
import { staysBehind, viewClass } from "./view.ts";
import { writerClass } from "./writer.ts";

const runtimeModule = quote("@rbgen/runtime/codegen/v1");

/** The types of what goes into a record, of its view and of its writer, which stand together. */
function typesBeside(context: EmitContext, composite: CompositePlan, viewed: boolean): Statement[] {
  const named = roleOf(context, composite).layout !== undefined && context.parts.has("encode");
  const types = [
    ...(named ? [inputStatement(context, composite.names)] : []),
    ...(viewed ? cursorTypes(context, composite) : []),
  ];
  return types.length === 0 ? [] : [block(types)];
}

function compositeStatements(
  context: EmitContext,
  composite: CompositePlan,
  viewed: ReadonlySet<CompositePlan>,
): Statement[] {
  const { parts } = context;
  const { nested, layout, choice } = roleOf(context, composite);
  if (choice !== undefined) {
    const statements = choiceStatements(context, composite, choice);
    return parts.has("json") ? [compositeJson(context, composite), ...statements] : statements;
  }
  const statements: Statement[] = [
    ...compositeTypes(context, composite),
    ...typesBeside(context, composite, viewed.has(composite)),
  ];
  if (nested || layout !== undefined) statements.push(...armFunctions(context, composite));
  if (parts.has("json")) statements.push(compositeJson(context, composite));
  if (nested) statements.push(readFunction(context, composite));
  if (nested && parts.has("encode")) statements.push(writeFunction(context, composite));
  if (layout !== undefined) {
    statements.push(decodeFunction(context, composite));
    if (parts.has("encode")) statements.push(encodeFunction(context, composite));
  }
  if (viewed.has(composite)) {
    if (parts.has("views")) statements.push(viewClass(context, composite));
    if (parts.has("encode")) statements.push(writerClass(context, composite));
  }
  if (layout === undefined) return statements;
  statements.push(
    ...codecStatements(context, {
      names: composite.names,
      cName: composite.cName,
      cText: composite.cText,
      size: composite.size,
      minByteLength: composite.extent.minByteLength,
      layout,
      input: inputType(context, composite),
      json: parts.has("json") ? jsonOf(context, composite) : undefined,
      length: composite.extent.hasLength && parts.has("encode") ? lengthName(context, composite) : composite.size,
      moves: staysBehind(composite),
      made: madeInLoop(context, composite),
      columns: parts.has("columns") ? compositeColumns(context, composite) : undefined,
    }),
  );
  return statements;
}

/** The structs that the cursors of records lead to: not those that only arrays and lists hold, which are copied. */
function containedOf(records: readonly CompositePlan[]): Set<CompositePlan> {
  const contained = new Set<CompositePlan>();
  const visit = (composite: CompositePlan): void => {
    for (const { field } of placed(composite.nodes)) {
      if (field.shape.kind !== "composite" || field.variable !== undefined || contained.has(field.shape.composite))
        continue;
      contained.add(field.shape.composite);
      visit(field.shape.composite);
    }
  };
  for (const composite of records) visit(composite);
  return contained;
}

/** All that one file says beside its records. */
export interface FileParts {
  readonly scope: Scope;
  readonly constants: readonly NamedConstant[];
  readonly sdk: SdkPlan;
  /** First lines, without comment signs. */
  readonly preamble: readonly string[];
  /** What it has of each record. */
  readonly recordParts: ReadonlySet<RecordPart>;
}

/** An import from the runtime, broken where a line would be too long. */
function importStatement(
  { imported }: EmitContext,
  keyword: "import" | "import type",
  names: Iterable<RuntimeName>,
): Code[] {
  const sorted = [...names].sort().map((name) => {
    const own = imported.get(name) ?? name;
    return own === name ? code`${name}` : code`${name} as ${own}`;
  });
  if (sorted.length === 0) return [];
  const line = code`${keyword} { ${join(sorted, code`, `)} } from ${runtimeModule};`;
  if (fits(line, 0)) return [line];
  const lines = filled(sorted.map((name) => code`${name},`));
  return [block([code`${keyword} {`, ...lines, code`} from ${runtimeModule};`])];
}

/**
 * What ts-morph prints for `statements`, as one structure: added one by one, each would parse the file anew. Taken from its
 * writer after the last of them, since ts-morph would go on to parse the whole of it, which costs more than printing.
 */
function printed(project: Project, statements: readonly Statement[]): string {
  const end = new Error("printed");
  let text = "";
  const stop: WriterFunction = (writer) => {
    text = writer.toString();
    throw end;
  };
  const parts = statements.map((statement) =>
    isCode(statement)
      ? (writer: CodeBlockWriter) => void writer.blankLineIfLastNot().write(textOf(statement))
      : printable(statement),
  );
  try {
    project.createSourceFile("generated.ts", { statements: [...parts, stop] });
  } catch (error) {
    if (error !== end) throw error;
  }
  return text.trim();
}

/** What is used of ts-morph. */
export type TsMorph = Pick<typeof import("ts-morph"), "Project" | "StructureKind" | "IndentationText" | "ts">;

/** The text of a generated file. */
export function sourceFile(plan: FilePlan, parts: FileParts, printer: TsMorph): string {
  const { Project, StructureKind, IndentationText } = printer;
  const records = plan.composites.filter((composite) => plan.roles.get(composite)?.layout !== undefined);
  const contained = containedOf(records);
  // Declarations are named first: what a later runtime exports renames none of them.
  const imported = new Map(runtimeNames.map((name) => [name, parts.scope.take(named`${name}`)]));
  const context: EmitContext = {
    plan,
    kinds: StructureKind,
    scope: parts.scope,
    values: new Set(),
    types: new Set(),
    imported,
    arrays: new ArrayFunctions(),
    lists: new ListFunctions(),
    chains: new ChainFunctions(),
    flags: new FlagTables(),
    jsons: new Map(),
    contained,
    views: new Map(),
    writers: new Map(),
    measured: new Set(),
    counts: new Map(),
    starts: new Map(),
    givens: new Map(),
    parts: parts.recordParts,
  };
  const filled: FilledStructs = new Map();
  const viewed = new Set([...records, ...contained]);
  const declarations: Statement[] = [
    ...constantStatements(parts.constants),
    ...plan.enums.flatMap((entry) => enumStatements(entry)),
    ...plan.composites.flatMap((composite) => compositeStatements(context, composite, viewed)),
    ...plan.scalars.flatMap((record) => scalarStatements(context, record)),
    ...plan.streams.flatMap((stream) => streamStatements(context, stream, filled)),
    ...aliasStatements(plan.aliases),
    ...sdkStatements(context, parts.sdk),
  ];
  // A set grows while it is walked: one length asks for another.
  const lengths: Statement[] = [];
  for (const composite of context.measured) lengths.push(...lengthFunction(context, composite));
  // What views of tagged unions look at, in a file that has no JSON: a struct's members come before it, and are asked for by it.
  const jsons: Code[] = [];
  if (!parts.recordParts.has("json")) {
    for (const composite of [...plan.composites].reverse()) {
      if (context.jsons.has(composite)) jsons.unshift(compositeJson(context, composite));
    }
  }
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    manipulationSettings: { indentationText: IndentationText.TwoSpaces },
  });
  const text = printed(project, [
    block([
      ...importStatement(context, "import type", context.types),
      ...importStatement(context, "import", context.values),
    ]),
    ...declarations,
    ...jsons,
    ...lengths,
    ...context.lists.declarations,
    ...context.chains.declarations,
    ...context.arrays.declarations,
    ...context.flags.declarations,
  ]);
  const head = parts.preamble.map((line) => code`// ${commentText(line)}`);
  return `${textOf(block(head))}\n${text}\n`;
}
