import type { Shape, VariablePlan } from "../../plan/model.ts";
import { type Name, named } from "../../plan/names.ts";
import { binary, block, type Code, code, local, mentions, quote } from "../code.ts";
import { use, useType } from "../context.ts";
import { itemEnd } from "../lists.ts";
import type { LengthsPlace } from "../members.ts";
import { minus, plus, type Span, times } from "../span.ts";
import { bind, bytesColumn, type Column, type Slot, scalarColumn } from "./column.ts";
import { Level } from "./level.ts";
import type { ColumnScope } from "./scope.ts";

type ArrayShape = Shape & { readonly kind: "array" };

const indent = (line: Code): Code => code`  ${line}`;

/** The column of a value at `at`; of elements that may lie over what follows them, `end` is the end of the sample. */
export function valueColumn(
  shared: ColumnScope,
  slot: Slot,
  shape: Shape,
  where: Span,
  at: Code,
  place: { readonly record: string; readonly path: string },
  end?: Code,
): Column {
  if (shape.kind === "array") return fixedListColumn(shared, slot, shape, where, at, place, end);
  if (shape.kind === "strings") return stringsColumn(shared, slot, where.view, at, code`${shape.size}`, false);
  if (shape.kind === "composite") throw new Error(`${place.record}.${place.path} is not one column`);
  return scalarColumn(shared, slot, shape, where.view, at, place);
}

/** What the elements of a list are: values, or structs with columns of their own; `row` is a local that is theirs. */
function elements(
  shared: ColumnScope,
  slot: Slot,
  buffer: Code,
  shape: Shape,
  where: Span,
  row: Code,
  at: Code,
  place: { readonly record: string; readonly path: string },
  end: Code | undefined,
): Pick<Column, "type" | "schema" | "lines"> {
  const source = code`${buffer}.of`;
  if (shape.kind !== "composite") {
    const inner: Slot = { source, row, grows: slot.grows, name: named`${slot.name}Of` };
    return valueColumn(shared, inner, shape, where, at, place, end);
  }
  const level = levelOf(shared, slot, source, row);
  const walk = { composite: shape.composite, level, prefix: "", arm: undefined };
  const lines = shared.structLines(shared, walk, where.view, at, end ?? plus(at, shape.size));
  return structOf(shared, level, lines);
}

/** The columns of the structs in a list. */
function levelOf(shared: ColumnScope, slot: Slot, source: Code, row: Code): Level {
  const bound = local(shared.scope.take(named`${slot.name}Of`));
  const type = use(shared.context, "StructBuffer");
  shared.bindings.push({ local: bound, line: code`const ${bound} = (${source} as ${type}).columns;` });
  return new Level(bound, row, slot.grows);
}

function structOf(shared: ColumnScope, level: Level, lines: readonly Code[]) {
  const type = code`${useType(shared.context, "StructColumns")}<${level.inlineType(shared.context)}>`;
  return { type, schema: level.inlineSchema, lines };
}

/** A loop over elements with those of its locals that they ask for; none over elements that have no columns and no bounds. */
function loop(
  index: Code,
  count: Code,
  locals: readonly (readonly [local: Code, is: Code])[],
  lines: readonly Code[],
): Code[] {
  if (lines.length === 0) return [];
  const used = locals.filter(([local]) => mentions(block(lines), local) > 0);
  return [
    code`for (let ${index} = 0; ${index} < ${count}; ${index}++) {`,
    ...used.map(([local, is]) => code`  const ${local} = ${is};`),
    ...lines.map(indent),
    code`}`,
  ];
}

/** The column of an array with as many elements in each row. */
function fixedListColumn(
  shared: ColumnScope,
  slot: Slot,
  shape: ArrayShape,
  where: Span,
  at: Code,
  place: { readonly record: string; readonly path: string },
  end: Code | undefined,
): Column {
  const { scope, context } = shared;
  const buffer = bind(shared, slot, "FixedListBuffer");
  const [index, row, start] = [scope.take(named`i`), local(scope.take(named`row`)), local(scope.take(named`at`))];
  const of = elements(shared, slot, buffer, shape.element, where, row, start, place, end);
  return {
    type: code`${useType(context, "FixedListColumn")}<${of.type}>`,
    schema: code`{ kind: "list", of: ${of.schema}, count: ${shape.count} }`,
    lines: loop(
      index,
      code`${shape.count}`,
      [
        [row, binary("+", binary("*", slot.row, code`${shape.count}`), index)],
        [start, binary("+", at, times(index, shape.stride))],
      ],
      of.lines,
    ),
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** The column of an array whose `count` varies from row to row. */
export function listColumn(
  shared: ColumnScope,
  given: Slot,
  shape: ArrayShape,
  where: Span,
  at: Code,
  count: Code,
  place: { readonly record: string; readonly path: string },
  end: Code | undefined,
): Column {
  const { scope, context } = shared;
  const slot = { ...given, grows: true };
  const buffer = bind(shared, slot, "ListBuffer");
  const [index, row, start, total, first] = [
    scope.take(named`i`),
    local(scope.take(named`row`)),
    local(scope.take(named`at`)),
    scope.take(named`count`),
    scope.take(named`first`),
  ];
  const of = elements(shared, slot, buffer, shape.element, where, row, start, place, end);
  return {
    type: code`${useType(context, "ListColumn")}<${of.type}>`,
    schema: code`{ kind: "list", of: ${of.schema} }`,
    lines: [
      code`const ${total} = ${count};`,
      code`const ${first} = ${buffer}.begin(${slot.row}, ${total});`,
      ...loop(
        index,
        total,
        [
          [row, binary("+", first, index)],
          [start, binary("+", at, times(index, shape.stride))],
        ],
        of.lines,
      ),
      code`${buffer}.offsets[${binary("+", slot.row, code`1`)}] = ${binary("+", first, total)};`,
    ],
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** What a walk over values behind each other is made of: locals for the row, the place, the end of all and that of one. */
interface Walk {
  readonly buffer: Code;
  readonly row: Name;
  readonly start: Name;
  readonly end: Name;
  readonly next: Name;
}

function walkOf(shared: ColumnScope, slot: Slot): Walk {
  const { scope } = shared;
  const buffer = bind(shared, slot, "ListBuffer");
  const [row, start] = [scope.take(named`row`), scope.take(named`at`)];
  return { buffer, row, start, end: scope.take(named`until`), next: scope.take(named`next`) };
}

/** The column of values that are found one behind another, each by `found`, and the next one by `step`. */
function walkedColumn(
  shared: ColumnScope,
  slot: Slot,
  { buffer, row, start, end }: Walk,
  of: Pick<Column, "type" | "schema" | "lines">,
  at: Code,
  until: Code,
  found: readonly Code[],
  step: Code,
): Column {
  return {
    type: code`${useType(shared.context, "ListColumn")}<${of.type}>`,
    schema: code`{ kind: "list", of: ${of.schema} }`,
    lines: [
      code`let ${start} = ${at};`,
      code`const ${end} = ${until};`,
      code`let ${row} = ${buffer}.begin(${slot.row}, 0);`,
      code`while (${binary("<", start, end)}) {`,
      ...found.map(indent),
      code`  ${buffer}.grow(${binary("+", row, code`1`)});`,
      ...of.lines.map(indent),
      code`  ${row} += 1;`,
      indent(step),
      code`}`,
      code`${buffer}.offsets[${binary("+", slot.row, code`1`)}] = ${row};`,
    ],
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** The column of texts that stand behind each other in `length` bytes, which a member tells or not. */
export function stringsColumn(
  shared: ColumnScope,
  given: Slot,
  view: Code,
  at: Code,
  length: Code,
  told: boolean,
): Column {
  const { context } = shared;
  const slot = { ...given, grows: true };
  const walk = walkOf(shared, slot);
  const { buffer, row, start, end, next } = walk;
  const inner: Slot = { source: code`${buffer}.of`, row, grows: true, name: named`${slot.name}Of` };
  const of = bytesColumn(shared, inner, true, view, start, minus(next, start));
  const until = code`${use(context, "endOfStrings")}(${view}, ${start}, ${length}, ${told})`;
  const found = code`const ${next} = ${use(context, "endOfString")}(${view}, ${start}, ${end});`;
  return walkedColumn(shared, slot, walk, of, at, until, [found], code`${start} = ${plus(next, 1)};`);
}

/** The column of pieces in `bytes` bytes at `at`, each as long as an array beside them says. */
export function piecesColumn(
  shared: ColumnScope,
  given: Slot,
  text: boolean,
  view: Code,
  at: Code,
  bytes: Code,
  lengths: LengthsPlace,
): Column {
  const { context, scope } = shared;
  const slot = { ...given, grows: true };
  const { buffer, row, start, end, next } = walkOf(shared, slot);
  const [index, total, first] = [scope.take(named`i`), scope.take(named`count`), scope.take(named`first`)];
  const inner: Slot = { source: code`${buffer}.of`, row, grows: true, name: named`${slot.name}Of` };
  const of = bytesColumn(shared, inner, text, view, start, minus(next, start));
  const lengthsAt = scope.take(named`lengthsAt`);
  const place = binary("+", lengthsAt, times(index, lengths.stride));
  const told = code`${use(context, "lengthAt")}(${view}, ${place}, ${lengths.form})`;
  return {
    type: code`${useType(context, "ListColumn")}<${of.type}>`,
    schema: code`{ kind: "list", of: ${of.schema} }`,
    lines: [
      code`let ${start} = ${at};`,
      code`const ${end} = ${binary("+", start, bytes)};`,
      code`const ${lengthsAt} = ${lengths.at};`,
      code`const ${total} = ${lengths.count};`,
      code`const ${first} = ${buffer}.begin(${slot.row}, ${total});`,
      code`for (let ${index} = 0; ${index} < ${total}; ${index}++) {`,
      code`  const ${row} = ${binary("+", first, index)};`,
      code`  const ${next} = Math.min(${end}, ${binary("+", start, code`Math.max(0, ${told})`)});`,
      ...of.lines.map(indent),
      code`  ${start} = ${next};`,
      code`}`,
      code`${buffer}.offsets[${binary("+", slot.row, code`1`)}] = ${binary("+", first, total)};`,
    ],
    blank: code`${buffer}.blank(${slot.row});`,
  };
}

/** The column of structs that each say how long they are, in `length` bytes. */
export function itemsColumn(
  shared: ColumnScope,
  given: Slot,
  { item, align }: NonNullable<VariablePlan["list"]>,
  where: Span,
  at: Code,
  length: Code,
): Column {
  const { context } = shared;
  const slot = { ...given, grows: true };
  const walk = walkOf(shared, slot);
  const { buffer, row, start, end, next } = walk;
  const level = levelOf(shared, slot, code`${buffer}.of`, row);
  const here: Span = { view: where.view, base: start, end, length: minus(end, start) };
  const { needed, locals, end: behind } = itemEnd(context, item, here, local(shared.scope.take(named`count`)));
  const inner = { composite: item, level, prefix: "", arm: undefined };
  const lines = shared.structLines(shared, inner, where.view, start, next);
  const bytes = minus(next, start);
  const step = align === 1 ? bytes : times(code`Math.ceil(${binary("/", bytes, code`${align}`)})`, align);
  const found = [
    code`${use(context, "checkLeft")}(${quote(item.cName)}, ${here.length}, ${needed});`,
    ...locals,
    code`const ${next} = ${behind};`,
  ];
  const of = structOf(shared, level, lines);
  return walkedColumn(shared, slot, walk, of, at, binary("+", start, length), found, code`${start} += ${step};`);
}
