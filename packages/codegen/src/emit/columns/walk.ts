import { chunksOf } from "../../plan/chunks.ts";
import type { ChoicePlan, FieldPlan, NodePlan, TaggedUnionPlan, UnionPlan } from "../../plan/model.ts";
import { type Name, named } from "../../plan/names.ts";
import { holdsOverlying } from "../../plan/nodes.ts";
import { extract, isWide, loadChunk } from "../bit-fields.ts";
import { chainLines } from "../chains.ts";
import { choiceSwitch, leastLine } from "../choice.ts";
import { binary, type Code, code, quote } from "../code.ts";
import { roleOf, taggedOf, use } from "../context.ts";
import { unionLength } from "../decode.ts";
import { cutExpression, elementCount, isTold, lengthsPlace, locate } from "../members.ts";
import { loadPlace, placeLiteral } from "../places.ts";
import { type Found, minus, plus, type Span } from "../span.ts";
import { startOf } from "../starts.ts";
import {
  boolColumn,
  bytesColumn,
  type Column,
  fixedBytesColumn,
  integerElements,
  kindColumn,
  numberColumn,
  type Slot,
} from "./column.ts";
import { itemsColumn, listColumn, piecesColumn, stringsColumn, valueColumn } from "./lists.ts";
import type { ColumnScope, StructWalk } from "./scope.ts";

/** Where the members of a struct are found, and where their columns go. */
interface Walk extends StructWalk {
  readonly where: Span;
}

const indent = (line: Code): Code => code`  ${line}`;

function slotOf({ level }: Walk, name: Name): Slot {
  return { source: level.next, row: level.row, grows: level.grows, name };
}

/** Adds a column, and gives the statements that fill it. */
function add(walk: Walk, name: string, column: Column): readonly Code[] {
  walk.level.add(`${walk.prefix}${name}`, column, walk.arm);
  return column.lines;
}

/** The column of a bit-field: as narrow as its bits allow. */
function bitColumn(shared: ColumnScope, walk: Walk, field: FieldPlan, value: Code): Column {
  const { shape, bitSize = 0 } = field;
  const slot = slotOf(walk, field.name);
  if (shape.kind === "bool") return boolColumn(shared, slot, value);
  const signed = (shape.kind === "int" || shape.kind === "enum") && shape.signed;
  if (shape.kind === "enum" && shape.size === 8) return numberColumn(shared, slot, integerElements(8, signed), value);
  if (!isWide(field)) {
    const size = bitSize <= 8 ? 1 : bitSize <= 16 ? 2 : 4;
    return numberColumn(shared, slot, integerElements(size, signed), value);
  }
  const rounds = shape.kind === "int" && shape.policy === "number";
  return numberColumn(shared, slot, rounds ? "Float64" : integerElements(8, signed), value);
}

/** The members of the struct at `at`, as columns of the level around it. */
export function structLines(shared: ColumnScope, walk: StructWalk, view: Code, at: Code, end: Code): readonly Code[] {
  const { composite } = walk;
  const where: Span = { view, base: at, end, length: minus(end, at) };
  if (!composite.extent.readsToEnd) return compositeLines(shared, { ...walk, where });
  const check = code`${use(shared.context, "checkLeft")}(${quote(composite.cName)}, ${where.length}, ${composite.extent.minByteLength});`;
  return [check, ...compositeLines(shared, { ...walk, where })];
}

/** The column of an array that varies in length. */
function variableColumn(shared: ColumnScope, walk: Walk, field: FieldPlan): Column {
  const { composite, where } = walk;
  const { shape, variable } = field;
  const at = startOf(shared.context, composite, field, where);
  const slot = slotOf(walk, field.name);
  const count = elementCount(shared.context, composite, field, where);
  if (variable?.list !== undefined) return itemsColumn(shared, slot, variable.list, where, at, count);
  if (variable?.present !== undefined) {
    const { stride } = variable;
    const list = { kind: "array", size: stride, element: shape, count: 1, stride } as const;
    return listColumn(shared, slot, list, where, at, count, { record: composite.cName, path: field.cName }, undefined);
  }
  if (field.pieces !== undefined) {
    const lengths = lengthsPlace(shared.context, composite, field, where);
    return piecesColumn(shared, slot, shape.kind === "string", where.view, at, count, lengths);
  }
  if (shape.kind === "bytes") return bytesColumn(shared, slot, false, where.view, at, count);
  if (shape.kind === "string") return bytesColumn(shared, slot, true, where.view, at, count);
  if (shape.kind === "strings")
    return stringsColumn(shared, slot, where.view, at, count, variable?.length !== undefined);
  if (shape.kind !== "array") throw new Error(`${field.cName} is no array`);
  const place = { record: composite.cName, path: field.cName };
  const over = field.overlies && holdsOverlying(shape) ? where.end : undefined;
  return listColumn(shared, slot, shape, where, at, count, place, over);
}

function fieldLines(shared: ColumnScope, walk: Walk, field: FieldPlan): readonly Code[] {
  const { context } = shared;
  const { composite, where } = walk;
  if (field.dataloc !== undefined) {
    const local = shared.scope.take(named`${field.name}At`);
    const { locals, at, length } = locate(context, composite, field, where, local);
    const column = bytesColumn(shared, slotOf(walk, field.name), field.dataloc.text, where.view, at, length);
    return [code`{`, ...[...locals, ...add(walk, field.name, column)].map(indent), code`}`];
  }
  const at = plus(where.base, field.bitOffset / 8);
  const { shape } = field;
  if (field.variable !== undefined) {
    const cut = cutExpression(context, composite, field, where);
    const lines = add(walk, field.name, variableColumn(shared, walk, field));
    if (cut === undefined) return lines;
    return [...lines, ...add(walk, cut.name, boolColumn(shared, slotOf(walk, cut.name), cut.expression))];
  }
  if (shape.kind === "composite") {
    const inner = { ...walk, composite: shape.composite, prefix: `${walk.prefix}${field.name}.` };
    let end = field.overlies ? where.end : plus(at, shape.size);
    if (field.room !== undefined) end = plus(at, field.room);
    else if (field.reachesEnd) end = where.end;
    return structLines(shared, inner, where.view, at, end);
  }
  const place = { record: composite.cName, path: field.cName };
  const over = field.overlies ? where.end : undefined;
  return add(walk, field.name, valueColumn(shared, slotOf(walk, field.name), shape, where, at, place, over));
}

/** The bytes of a union whose arms nothing tells apart. */
function unionBytes(shared: ColumnScope, walk: Walk, union: UnionPlan): readonly Code[] {
  const { composite, where } = walk;
  const at = plus(where.base, union.offset);
  const slot = slotOf(walk, union.bytesName);
  const column =
    union === composite.extent.ending.open
      ? bytesColumn(shared, slot, false, where.view, at, minus(where.length, union.offset))
      : fixedBytesColumn(shared, slot, union.size, where.view, at);
  return add(walk, union.bytesName, column);
}

/** Every member of these, in their order. */
function nodeLines(shared: ColumnScope, around: Walk, nodes: readonly NodePlan[]): readonly Code[] {
  const { context, scope } = shared;
  const { composite } = around;
  const where = { ...around.where, found: new Map<FieldPlan, Found>() };
  const walk = { ...around, where };
  const lines = chainLines(context, composite, nodes, where, scope);
  const bitValues = new Map<NodePlan, Code>();
  for (const chunk of chunksOf(nodes)) {
    if (chunk.fields.every(isTold)) continue;
    const bits = scope.take(named`bits${chunk.offset}`);
    if (chunk.length <= 4) lines.push(code`const ${bits} = ${loadChunk(chunk, where)};`);
    for (const field of chunk.fields) {
      if (!isTold(field)) bitValues.set(field, extract(context, field, chunk, bits, where, composite.cName));
    }
  }
  for (const node of nodes) {
    if (node.kind === "union") {
      if (taggedOf(composite, node) !== undefined) continue;
      for (const arm of node.arms) lines.push(...nodeLines(shared, walk, arm));
      lines.push(...unionBytes(shared, walk, node));
      continue;
    }
    if (node.hidden) continue;
    const value = bitValues.get(node);
    if (value === undefined) lines.push(...fieldLines(shared, walk, node));
    else lines.push(...add(walk, node.name, bitColumn(shared, walk, node, value)));
  }
  return lines;
}

/** Statements that fill the columns of an arm where the local `kind` says it, and leave them without values where not. */
function armLines({ level }: Walk, kind: Code, index: number, lines: () => readonly Code[]): readonly Code[] {
  const before = level.blank.length;
  const filled = lines();
  const blank = level.blank.slice(before);
  if (blank.length === 0) return filled.length === 0 ? [] : [code`{`, ...filled.map(indent), code`}`];
  return [
    code`if (${binary("===", kind, code`${index}`)}) {`,
    ...filled.map(indent),
    code`} else {`,
    ...blank.map(indent),
    code`}`,
  ];
}

/** One of several structs: the column of its kind, and then those of each, under its kind. */
function choiceLines(shared: ColumnScope, walk: Walk, choice: ChoicePlan): readonly Code[] {
  const { composite, where, prefix } = walk;
  const { kindName, variants } = choice;
  const kind = shared.scope.take(kindName);
  const head = choiceSwitch(shared.context, composite, choice, where, ({ body }, index) => [
    leastLine(shared.context, body, where),
    code`${kind} = ${index};`,
    code`break;`,
  ]);
  const kinds = variants.map((variant) => quote(variant.kind));
  const path = `${prefix}${kindName}`;
  const lines = [...add(walk, kindName, kindColumn(shared, slotOf(walk, kindName), kinds, kind))];
  for (const [index, { kind: name, body }] of variants.entries()) {
    const arm = { kind: path, code: index };
    const inner = { ...walk, composite: body, prefix: `${prefix}${name}.`, arm };
    lines.push(...armLines(walk, kind, index, () => memberLines(shared, inner)));
  }
  return [code`let ${kind}: number;`, ...head, ...lines];
}

interface ToldUnion {
  /** Statements that find the arm, and check that the sample has it. */
  readonly head: readonly Code[];
  /** Statements that fill the columns of the arm, and leave those of the others without values. */
  readonly arms: () => readonly Code[];
}

/** A union with a tag: the column of its kind first, and then those of each arm, which count where the kind says it. */
function toldUnion(shared: ColumnScope, walk: Walk, tagged: TaggedUnionPlan): ToldUnion {
  const { context, scope } = shared;
  const { composite, where, prefix } = walk;
  const { union, trailing, variants, unknown: other, kindName } = tagged;
  const kind = scope.take(kindName);
  const fallback = variants.findIndex(({ isDefault }) => isDefault);
  const cases = variants.flatMap((variant, index) => {
    const name = quote(`${composite.cName} (${variant.kind})`);
    const least = variant.least;
    const check = trailing ? [code`    ${use(context, "checkLeft")}(${name}, ${where.length}, ${least});`] : [];
    return [
      ...variant.values.map((value) => code`  case ${placeLiteral(tagged.tag, value)}:`),
      ...(variant.isDefault ? [code`  default:`] : []),
      code`    ${kind} = ${index};`,
      ...check,
      code`    break;`,
    ];
  });
  const head = [
    code`let ${kind} = ${fallback < 0 ? variants.length : fallback};`,
    code`switch (${loadPlace(context, tagged.tag, where)}) {`,
    ...cases,
    code`}`,
  ];
  const kinds = [...variants.map((variant) => variant.kind), ...(other === undefined ? [] : [other.kind])].map(quote);
  const fill = (index: number, lines: () => readonly Code[]) => armLines(walk, kind, index, lines);
  const arms = (): readonly Code[] => {
    const column = kindColumn(shared, slotOf(walk, kindName), kinds, kind);
    const path = `${prefix}${kindName}`;
    const lines = [...add(walk, kindName, column)];
    const of = (index: number): Walk => ({ ...walk, arm: { kind: path, code: index } });
    for (const [index, { body }] of variants.entries()) {
      lines.push(...fill(index, () => nodeLines(shared, of(index), body)));
    }
    if (other === undefined) return lines;
    const unknown = of(variants.length);
    const at = plus(where.base, union.offset);
    const length = unionLength(composite, tagged, where);
    lines.push(
      ...fill(variants.length, () => {
        const slot = slotOf(unknown, union.bytesName);
        const bytes = trailing
          ? bytesColumn(shared, slot, false, where.view, at, length)
          : fixedBytesColumn(shared, slot, union.size, where.view, at);
        return add(unknown, union.bytesName, bytes);
      }),
    );
    return lines;
  };
  return { head, arms };
}

/** The statements that fill a row with the members of a composite, which refuse what its decoder refuses, in its order. */
export function compositeLines(shared: ColumnScope, walk: Walk): readonly Code[] {
  const { variant, choice } = roleOf(shared.context, walk.composite);
  if (choice !== undefined) return choiceLines(shared, walk, choice);
  const lines: Code[] = [];
  if (variant !== undefined) {
    const column = kindColumn(shared, slotOf(walk, variant.kindName), [quote(variant.kind)], code`0`);
    lines.push(...add(walk, variant.kindName, column));
  }
  return [...lines, ...memberLines(shared, walk)];
}

/** The same without what tells that it is one of several. */
function memberLines(shared: ColumnScope, walk: Walk): readonly Code[] {
  const { tagged, nodes } = walk.composite;
  const unions = tagged.map((union) => toldUnion(shared, walk, union));
  const lines: Code[] = [];
  // of one union, the decoder looks at the arm before all else; of several, after what is beside them
  if (unions.length === 1) lines.push(...unions.flatMap(({ head }) => head));
  lines.push(...nodeLines(shared, walk, nodes));
  for (const union of unions) {
    if (unions.length > 1) lines.push(...union.head);
    lines.push(...union.arms());
  }
  return lines;
}
